import pytest

from longbien.primitives.errors import Malformed
from longbien.primitives.ids import StateCode
from longbien.treaty.named_offences import (
    MAX_OFFENCES,
    ConventionOffence,
    NationalOffence,
    Part,
    offences_in,
    parse_offences,
)
from longbien.treaty.penalties import Penalty

VN_289 = 'national VN "Penal Code art. 289" max 12 years'


def test_offences_as_they_are_written() -> None:
    """Articles of the Convention with paragraph and part; national provisions with a maximum."""
    found = parse_offences(f"uncc 7\n\nuncc 11(1)(a) attempt\n  {VN_289}\n")

    assert found == (
        ConventionOffence(article=7),
        ConventionOffence(article=11, paragraph="(1)(a)", part=Part.ATTEMPT),
        NationalOffence(
            state=StateCode("VN"), cite="Penal Code art. 289", maximum=Penalty.parse("12 years")
        ),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "offences.count"),
        ("uncc 7\n" * (MAX_OFFENCES + 1), "offences.count"),
        ("uncc 6", "offences.article"),
        ("uncc 18", "offences.article"),
        ("uncc seven", "offences.line"),
        ("uncc 7 perhaps", "offences.line"),
        ("national VN Penal Code max 3 years", "offences.line"),
        ('national VN "Penal Code"', "offences.line"),
        ('national VN "Penal Code" max long', "offences.penalty"),
        ("theft", "offences.line"),
    ],
)
def test_what_is_no_offence_is_malformed(text: str, code: str) -> None:
    """Nothing is guessed out of a line that cannot be read."""
    with pytest.raises(Malformed) as caught:
        parse_offences(text)

    assert caught.value.code == code


def test_offences_are_found_in_sentences_too() -> None:
    """A line that begins as an offence does is one, each counted once; a bad line is left out."""
    contents = {
        "offence_and_facts": f"A mailbox was opened.\nuncc 7\nuncc 99\n{VN_289}",
        "offences": "uncc 7",
        "purpose": "national interest of VN",
    }

    assert offences_in(contents) == parse_offences(f"uncc 7\n{VN_289}")
