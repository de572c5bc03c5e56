"""``longbien case``: what it says comes out of the catalogue."""

import argparse
import re
from pathlib import Path

import pytest

import pseudo
from api_world import Pair, asked
from longbien.casework.case import Duty, Officer
from longbien.node.commands import case as command
from longbien.primitives.ids import OfficerId


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
