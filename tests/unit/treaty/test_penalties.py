import pytest

from longbien.primitives.errors import Malformed
from longbien.treaty.penalties import Penalty


@pytest.mark.parametrize(
    ("text", "is_serious"),
    [
        ("1 year", False),
        ("47 months", False),
        ("4 years", True),
        ("12 years", True),
        ("life", True),
        ("death", True),
        ("unknown", None),
    ],
)
def test_four_years_make_a_serious_crime(text: str, *, is_serious: bool | None) -> None:
    """Article 2(h): at least 4 years, or a more serious penalty; what is not known stays open."""
    penalty = Penalty.parse(text)

    assert penalty.is_serious is is_serious
    assert penalty.is_known is (text != "unknown")
    assert str(penalty) == text


def test_months_that_make_years_are_written_as_years() -> None:
    """One penalty has one text."""
    assert str(Penalty.parse("48 months")) == "4 years"
    assert str(Penalty.parse("1 month")) == "1 month"


@pytest.mark.parametrize(
    "text", ["", "12", "0 years", "4 Years", "1000 years", "four years", "-1 year"]
)
def test_what_is_no_penalty_is_malformed(text: str) -> None:
    """A maximum is written in one of five ways."""
    with pytest.raises(Malformed) as caught:
        Penalty.parse(text)

    assert caught.value.code == "offences.penalty"


def test_figures_of_the_concordance() -> None:
    """Years, life, or nothing; anything else is malformed."""
    assert Penalty.of_years(5) == Penalty.parse("5 years")
    assert Penalty.of_years("life") == Penalty.parse("life")
    assert not Penalty.of_years(None).is_known
    with pytest.raises(Malformed):
        Penalty.of_years(0)
