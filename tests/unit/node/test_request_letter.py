"""``longbien request letter``: lines, a document, a page."""

import json
from pathlib import Path
from typing import Any

import pytest

from longbien.casework.statements import RequestMade
from longbien.casework.wire import content_of
from longbien.primitives.errors import Refused
from request_world import CASE, LINE, Node, perform

REQUEST = RequestMade(
    contents=(("necessity", "the logs\nare kept a week"),), legal_basis=("UNCC 42",)
)
DUE = {"clock": "preserved-until", "at": "2026-06-01T12:00:00.000Z", "rule": "42(8) M"}


def answer(**changes: object) -> dict[str, Any]:
    """Return a case as the interface gives it."""
    return {**LINE, "clocks": [DUE], "request": content_of(REQUEST), **changes}


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return a file with a token."""
    path = tmp_path / "token"
    path.write_text("lbt_0123456789abcdef_secret\n")
    path.chmod(0o600)
    return path


def write(token: Path, found: dict[str, Any], *words: str) -> int:
    """Run the command."""
    return perform(Node(found), token, "letter", CASE, "--reason", "for the file", *words)


def test_a_letter_in_lines(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From whom to whom is what the case says, whichever side reads it."""
    assert write(token, answer()) == 0
    ours = capsys.readouterr().out.splitlines()
    assert write(token, answer(side="requested"), "--json") == 0
    theirs = json.loads(capsys.readouterr().out)["letter"]

    assert ours[1:4] == ["From: IL/contact-point", "To: VN/contact-point", f"Case: {CASE}"]
    assert theirs[1:3] == ["From: VN/contact-point", "To: IL/contact-point"]
    assert ours[-2:] == ["  the logs", "  are kept a week"]


def test_a_page_is_for_whoever_asked_for_it(
    token: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody else may read the file; a second one replaces it, and no half of it is left."""
    path = tmp_path / "letter.html"
    path.write_text("older")

    assert write(token, answer(), "--html", str(path)) == 0

    assert capsys.readouterr().out == f"{path} is written: a page for the screen and for paper.\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "the logs\nare kept a week</p>" in path.read_text(encoding="utf-8")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["letter.html", "token"]


@pytest.mark.parametrize(
    "changes", [{"request": None}, {"kind": "drill"}, {"kind": "spontaneous_information"}]
)
def test_only_a_request_is_a_letter(token: Path, changes: dict[str, Any]) -> None:
    """Nothing is written for a drill, for information, or before a request was sent."""
    with pytest.raises(Refused) as caught:
        write(token, answer(**changes))

    assert caught.value.code == "request.no-letter"


def test_a_page_that_cannot_be_written_is_told(token: Path, tmp_path: Path) -> None:
    """With the name of the file."""
    with pytest.raises(Exception, match="no-folder") as caught:
        write(token, answer(), "--html", str(tmp_path / "no-folder" / "letter.html"))

    assert getattr(caught.value, "code", "").startswith(("disk.", "keystore."))
