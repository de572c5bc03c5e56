"""``longbien case``: what it says comes out of the catalogue."""

import argparse
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import pseudo
from api_world import Pair, asked
from longbien.casework.case import Duty, Officer
from longbien.node import exporting
from longbien.node.commands import case as command
from longbien.primitives.ids import OfficerId
from longbien.primitives.verdict import Outcome

NUMBER = "6f1d2c3b-4a59-4e60-8d7c-0123456789ab"


def test_an_export_speaks_the_officers_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged, how the court verifies it, and whom this node believes."""
    path = tmp_path / "xa.po"
    path.write_text(pseudo.document(), encoding="utf-8")
    report = SimpleNamespace(outcome=Outcome.PASSED)
    made = SimpleNamespace(bag="BAG", trust="TRUST", report=report)
    monkeypatch.setattr(exporting, "export_for_court", lambda *_: made)
    options = argparse.Namespace(
        language=str(path), json=False, case=NUMBER, package=NUMBER, out=tmp_path, use=0,
        purpose="request", to="court", name="", reason="trial",
    )  # fmt: skip

    assert command._export(None, None, options) == 0  # type: ignore[arg-type]  # no node is asked

    said = pseudo.bare(capsys.readouterr().out)
    for fact in ("longbien verify BAG --trust DIR", "BAG", "TRUST"):
        assert fact in said
        said = said.replace(fact, " ")
    assert re.findall(r"[A-Za-z]+", said) == []


def test_no_word_of_the_command_escapes_the_catalogue(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list, and the heads of a journal; bodies of entries are data and stay as they are."""
    path = tmp_path / "xa.po"
    path.write_text(pseudo.document(), encoding="utf-8")
    _, case = asked(pair)
    mai = Officer(
        id=OfficerId("mai"), authority=pair.vn.contact_point, duties=frozenset({Duty.CASE_OFFICER})
    )
    options = argparse.Namespace(language=str(path), json=False, case=case, reason="check")
    capsys.readouterr()  # the log of the interface

    command._list(pair.vn.node, mai, options)
    command._show(pair.vn.node, mai, options)

    lines = capsys.readouterr().out.splitlines()
    said = pseudo.bare("\n".join(line for line in lines if not line.startswith("     {")))
    rest = re.sub(rf"{case}|IL/contact-point|[0-9-]+T[0-9:.]+Z", " ", said)
    assert "⟦" in "".join(lines)
    assert re.findall(r"[A-Za-z]+", rest) == []
