"""``longbien request check``: the remarks as an officer reads them."""

import json
from pathlib import Path

import pytest

from request_world import Node, perform

REMARKS = [
    {
        "code": "ip.no-time",
        "ref": "40(15)(e)",
        "confidence": "P",
        "severity": "missing",
        "facts": {"field": "identifiers", "line": "2"},
        "sentence": "In English.",
    },
    {
        "code": "preservation.none-before",
        "ref": "44(1)",
        "confidence": "P",
        "severity": "note",
        "facts": {},
        "sentence": "In English.",
    },
]


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return the file of a token."""
    path = tmp_path / "token.txt"
    path.write_text("lbt_" + "a" * 43)
    path.chmod(0o600)
    return path


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    """Return the file of a request."""
    path = tmp_path / "request.json"
    path.write_text('{"kind": "preservation", "contents": {"necessity": "it goes"}}')
    return path


def test_remarks_are_grouped_and_say_what_to_do(
    token: Path, request_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Worst first, each with its field, article and grade; exit code 3 where one is missing."""
    node = Node({"warnings": REMARKS})

    assert perform(node, token, "check", str(request_file)) == 3

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Missing (1)"
    assert lines[1].startswith("  The address in line 2 has no time.")
    assert lines[2] == "      identifiers: 40(15)(e), supported by another source [ip.no-time]"
    assert lines[3] == "Good to know (1)"
    assert lines[5] == "      44(1), supported by another source [preservation.none-before]"
    assert lines[6] == "2 remarks. Nothing was sent, nothing was stored."
    (call,) = node.calls
    assert call.path == "/api/v1/requests/check"
    assert "Idempotency-Key" not in call.headers
    assert node.body == {
        "verb": "ask",
        "kind": "preservation",
        "contents": {"necessity": "it goes"},
    }


def test_remarks_as_json(
    token: Path, request_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole, and with exit code 0 where nothing is missing or wrong."""
    node = Node({"warnings": REMARKS[1:]})

    assert perform(node, token, "check", str(request_file), "--json") == 0

    assert json.loads(capsys.readouterr().out) == {"warnings": REMARKS[1:]}
