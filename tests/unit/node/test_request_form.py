import json
from pathlib import Path

import pytest

from longbien.cli import main
from longbien.node.commands._request_form import unfolded
from longbien.primitives.errors import Refused
from longbien.treaty.contents import load


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Give a file that is never read: a form needs no node."""
    return tmp_path / "token"


def run(token: Path, *words: str) -> int:
    """Run the command."""
    return main.run(["request", "--token-file", str(token), "form", *words])


def test_the_fields_of_a_kind_are_told(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Name, when it is needed, how it is written, what it holds, where it stands."""
    assert run(token, "location_enquiry") == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "service_or_identifier  (always; 42(2))"
    assert lines[2] == "    one a line: KIND VALUE [port N] [at INSTANT]"
    names = ["service_or_identifier", "proceeding", "offences"]
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == names


def test_an_empty_form_is_printed(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All fields of the kind, none of them filled in: a file for ``ask``."""
    assert run(token, "extradition", "--json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found == dict.fromkeys([one.id for one in load().forms["extradition"].fields], "")


def test_a_template_is_a_form_too(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each item with the field that it goes into."""
    assert run(token, "t_cy_2018_11") == 0

    assert "(goes into offence_and_facts)" in capsys.readouterr().out


def test_a_form_that_there_is_not(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The officer is told where all of them are."""
    assert run(token, "horoscope") != 0

    assert "docs/kinds.md" in capsys.readouterr().err


def test_a_filled_in_template_makes_the_fields_of_the_form() -> None:
    """Item by item; an item that there is not, or no such template, is refused."""
    assert unfolded("t_cy_2018_11", {"necessity": "logs are kept a week", "urgency": "today"}) == {
        "necessity": "today\nlogs are kept a week"
    }
    for template, item, code in (
        ("t_cy_2018_11", "zodiac", "request.field"),
        ("horoscope", "necessity", "request.form"),
    ):
        with pytest.raises(Refused) as found:
            unfolded(template, {item: "x"})
        assert found.value.code == code
