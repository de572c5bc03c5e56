import json
from importlib import resources
from pathlib import Path

import pytest

from longbien.cli import main


def printed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """Run a command and return what it printed."""
    assert main.run(("law", *words)) == code
    found = capsys.readouterr()
    return found.out if code == 0 else found.err


def test_a_state_gives_its_own_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own word goes before the concordance, and an example says that it is one."""
    text = (
        resources.files("longbien.treaty")
        .joinpath("example_profiles", "il.json")
        .read_text("utf-8")
    )
    profile = tmp_path / "il.json"
    profile.write_text(text, encoding="utf-8")

    told = printed(capsys, "gaps", "IL", "--articles", "15", "--profile", str(profile))
    assert "example of a provision: maximum 5 years (said by the State itself)" in told
    assert "The profile of Israel is an example" in told
    assert "made up" not in printed(capsys, "gaps", "IL", "--articles", "15")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("gaps", "QA"), "law.state-unknown"),
        (("gaps", "viet nam"), "id.form"),
        (("gaps", "VN", "--articles", "6"), "law.article"),
        (("compare", "VN", "IL", "--articles", "7;8"), "law.article"),
        (("compare", "VN", "QA"), "law.state-unknown"),
        (("bases", "VN", "IL", "--profile", "nowhere.json"), "state-profile.unreadable"),
    ],
)
def test_what_cannot_be_shown_is_said(
    words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown State, another article, a file that is not there."""
    assert f"[{code}]" in printed(capsys, *words, code=1)


def test_each_can_be_read_by_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document with the same content."""
    gaps = json.loads(printed(capsys, "gaps", "VN", "--json"))
    pair = json.loads(printed(capsys, "compare", "VN", "IL", "--articles", "17,7", "--json"))
    bases = json.loads(printed(capsys, "bases", "VN", "IL", "--json"))

    assert [one["article"] for one in gaps] == list(range(7, 18))
    assert [one["article"] for one in pair] == [7, 17]
    assert [one["state"] for one in pair[0]["states"]] == ["VN", "IL"]
    assert bases[-1]["force"] == "if-named"


def test_a_day_is_asked_for_in_its_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    """The officer reads how a day is written, not the name of a function."""
    with pytest.raises(SystemExit):
        main.run(("law", "bases", "VN", "IL", "--on", "tomorrow"))

    assert "a day is written 2027-01-31, not tomorrow" in capsys.readouterr().err
