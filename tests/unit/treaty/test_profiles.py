import json
from importlib import resources
from typing import Any

import pytest

from longbien.primitives.errors import Malformed
from longbien.treaty.offences import SourceStatus
from longbien.treaty.profiles import LimitCode, StateProfile, parse_profile
from longbien.treaty.states import load_examples


def example(name: str = "il") -> dict[str, Any]:
    """Return an example profile as data."""
    text = (
        resources.files("longbien.treaty")
        .joinpath("example_profiles", f"{name}.json")
        .read_text("utf-8")
    )
    found: dict[str, Any] = json.loads(text)
    return found


def parsed(data: dict[str, Any]) -> StateProfile:
    """Return what the parser makes of the data."""
    return parse_profile(json.dumps(data).encode())


def test_the_examples_say_that_they_are_examples() -> None:
    """Two full profiles: marked, dated, their values made up, and nobody can take them for fact."""
    found = load_examples()

    assert [one.state.text for one in found] == ["IL", "VN"]
    for one in found:
        assert one.example
        assert one.note.startswith("EXAMPLE")
        assert {party.source for party in one.parties} == {"made up for this example"}
        assert {limit.source for limit in one.limits} == {"made up for this example"}


def test_a_full_profile_holds_all_that_others_must_know() -> None:
    """Parties, declarations, offices with hours, languages, channels, limits, own provisions."""
    israel = parsed(example())

    assert israel.languages == ("he", "en")
    assert israel.find_days(LimitCode.PRESERVATION_ORDER) == 90
    assert israel.find_days(LimitCode.PRESERVATION_RENEWAL) is None
    reservation = israel.find_declared("11.reservation")
    assert reservation is not None
    assert reservation.values == ("possession",)
    assert israel.find_declared("37.needs-treaty") is None
    assert israel.offices[1].hours[0].days == (7, 1, 2, 3, 4)
    assert israel.channels.electronic
    cell = israel.find_cell(15)
    assert cell is not None
    assert cell.provisions[0].status is SourceStatus.OWN
    assert israel.find_cell(7) is None


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("format", "another", "state-profile.format"),
        ("more", 1, "law.form"),
        ("state", "Israel", "id.form"),
        ("version", 0, "law.form"),
        ("example", "yes", "law.form"),
        ("as_of", "21.11.2026", "law.form"),
        ("languages", ["Hebrew!"], "field.language"),
        ("channels", {"electronic": True}, "law.form"),
        ("offences", {"18": {}}, "law.form"),
        ("offences", [], "law.form"),
        ("parties.0.ratified", "surely", "law.form"),
        ("parties.0.confidence", "X", "law.form"),
        ("parties.0.other", "VNM", "id.form"),
        ("declarations.0.code", "7.moonlight", "state-profile.declaration"),
        ("offices.0.id", "VN/contact-point", "law.form"),
        ("offices.1.hours.0.days", [8], "law.form"),
        ("offices.1.hours.0.opens", "8", "law.form"),
        ("limits.0.code", "forever", "law.form"),
        ("limits.0.days", 0, "law.form"),
        ("offences.15.elements.0.element", "possession", "law.form"),
        ("offences.15.elements.0.holds", "perhaps", "law.form"),
        ("offences.15.provisions.0.maximum", "5", "offences.penalty"),
    ],
)
def test_a_bad_profile_is_malformed(place: str, value: object, code: str) -> None:
    """A field too many, of another form, or of another State: the file is not taken."""
    data: dict[str, Any] = example()
    target: Any = data
    *way, last = place.split(".")
    for step in way:
        target = target[int(step)] if isinstance(target, list) else target[step]
    target[last] = value

    with pytest.raises(Malformed) as caught:
        parsed(data)

    assert caught.value.code == code


def test_a_profile_is_an_object() -> None:
    """Any other document is no profile."""
    with pytest.raises(Malformed) as caught:
        parse_profile(b"[]")

    assert caught.value.code == "state-profile.format"
