"""How legal bases are named: codes, usual names, numbers; what is unknown is not guessed."""

import pytest

from longbien.treaty.basis_names import (
    NAMES,
    OF_ONE_SIDE,
    TREATIES,
    Basis,
    find_basis,
    names_article,
    names_code,
)


@pytest.mark.parametrize(
    ("named", "basis"),
    [
        ("UNCC", Basis.CONVENTION),
        ("UNCC article 44", Basis.CONVENTION),
        ("UNCC 40(4)", Basis.CONVENTION),
        ("UN Convention against Cybercrime, article 42", Basis.CONVENTION),
        ("Budapest", Basis.BUDAPEST),
        ("Convention on Cybercrime, art. 29", Basis.BUDAPEST),
        ("BUDAPEST-2", Basis.BUDAPEST_SECOND),
        ("UNTOC 18", Basis.UNTOC),
        ("United Nations Convention against Transnational Organized Crime", Basis.UNTOC),
        ("UN Convention against Corruption", Basis.UNCAC),
        ("bilateral treaty of 2001", Basis.BILATERAL),
        ("reciprocity: assurance of 1 March", Basis.RECIPROCITY),
        ("comity", Basis.RECIPROCITY),
        ("ETS No. 185, article 31", Basis.BUDAPEST),
        ("Regulation (EU) 2023/1543, article 10", Basis.EUROPEAN_UNION),
        ("Penal Code, section 415", Basis.DOMESTIC),
        ("UNCCX", None),
        ("Another treaty", None),
    ],
)
def test_a_line_of_a_request_is_read_as_people_write_it(named: str, basis: Basis | None) -> None:
    """Codes and the usual names; what is unknown is not guessed."""
    assert find_basis(named) is basis


@pytest.mark.parametrize(
    ("text", "basis", "is_named"),
    [
        ("EU-2023-1543", "EU-2023-1543", True),
        ("regulation (eu) 2023/1543", "EU-2023-1543", True),
        ("2023/15431", "EU-2023-1543", False),
        ("12023/1543", "EU-2023-1543", False),
        ("UNCC 42", "UNCC", True),
        ("UNCCX", "UNCC", False),
        ("Hanoi Convention, article 42", "UNCC", True),
        ("us-18-usc-2703 (f)", "US-18-USC-2703", True),
    ],
)
def test_a_basis_is_named_by_its_code_or_number(text: str, basis: str, *, is_named: bool) -> None:
    """As a whole word: half a number is another act."""
    assert names_code(text, basis) is is_named


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("UNCC 42", True),
        ("UNCC", False),
        ("Convention on Cybercrime (ETS 185)", False),
        ("Convention on Cybercrime (ETS 185), article 29", True),
        ("BUDAPEST-2", False),
        ("BUDAPEST-2, article 7", True),
    ],
)
def test_a_number_in_the_name_of_an_instrument_is_no_article(text: str, *, is_named: bool) -> None:
    """An officer who writes ETS 185 has named no article yet."""
    assert names_article(text) is is_named


def test_every_basis_has_a_name_and_one_place() -> None:
    """A treaty of many States, one of the two, none, or the law of one side."""
    assert set(NAMES) == set(Basis)
    assert not OF_ONE_SIDE & set(TREATIES)
