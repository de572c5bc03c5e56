import hashlib

import pytest
from attrs import evolve

from longbien.directory import fingerprint
from longbien.directory.entry import Roots
from longbien.directory.fingerprint import (
    Fingerprint,
    entry_fingerprint,
    parse_fingerprint,
    roots_fingerprint,
)
from longbien.exercise.states import make_state
from longbien.primitives.errors import Malformed

ENTRY = make_state("IL").entry
FOUND = roots_fingerprint(ENTRY)


def code_of(text: str) -> str:
    """Return the code with which a fingerprint is refused."""
    with pytest.raises(Malformed) as caught:
        parse_fingerprint(text)
    return caught.value.code


def test_a_known_fingerprint() -> None:
    """The digits of a given entry never change: other software computes the same."""
    assert str(FOUND) == "97143 67582 19355 76703 02456 46228 40813 76044 32124 47831"


def test_the_number_is_from_sha256() -> None:
    """Without its check digits an entry's fingerprint is SHA-256 modulo 10^40."""
    data = b"longbien:fingerprint.entry/1\n" + make_state("IL").signed.envelope.payload
    number = int.from_bytes(hashlib.sha256(data).digest(), "big") % 10**40
    groups = entry_fingerprint(ENTRY).groups
    assert "".join(group[:4] for group in groups) == f"{number:040d}"


@pytest.mark.parametrize("gap", ["", " ", "-", ". ", "\n"])
def test_read_as_it_was_noted(gap: str) -> None:
    """Spaces, dashes and line ends between the groups do not matter."""
    assert parse_fingerprint(gap.join(FOUND.groups)) == FOUND


@pytest.mark.parametrize("text", ["", "1" * 49, "1" * 51, str(FOUND)[:-1] + "x", "\uff11" * 50])
def test_other_text_is_none(text: str) -> None:
    """A fingerprint has fifty ASCII digits."""
    assert code_of(text) == "fingerprint.form"


def test_long_text_is_not_read() -> None:
    """Nobody reads a book to find fifty digits in it."""
    assert code_of(" " * 400 + str(FOUND)) == "fingerprint.form"


def test_every_misheard_digit_shows_in_its_group() -> None:
    """Any other digit in any place is found, and the group named."""
    for place, right in enumerate(FOUND.digits):
        for wrong in set("0123456789") - {right}:
            text = FOUND.digits[:place] + wrong + FOUND.digits[place + 1 :]
            with pytest.raises(Malformed) as caught:
                parse_fingerprint(text)
            assert caught.value.code == "fingerprint.group"
            assert caught.value.facts["number"] == place // 5 + 1


def test_every_swap_of_neighbours_shows() -> None:
    """Two different neighbouring digits of a group exchanged are found."""
    for place in range(49):
        one, two = FOUND.digits[place : place + 2]
        if one != two and place % 5 != 4:
            swapped = FOUND.digits[:place] + two + one + FOUND.digits[place + 2 :]
            assert code_of(swapped) == "fingerprint.group"


def test_every_exchange_of_two_groups_shows() -> None:
    """Groups read in another order are found, for each begins with its place."""
    for first in range(10):
        for second in range(first):
            groups = list(FOUND.groups)
            groups[first], groups[second] = groups[second], groups[first]
            assert code_of("".join(groups)) == "fingerprint.group"


def test_stable_while_the_roots_are() -> None:
    """A later version of the entry has the same fingerprint of its roots, and one of its own."""
    later = make_state("IL").renewed().entry
    assert roots_fingerprint(later) == FOUND
    assert entry_fingerprint(later) != entry_fingerprint(ENTRY)


@pytest.mark.parametrize("seed", [1, 2])
def test_other_roots_have_another(seed: int) -> None:
    """Another key, State, threshold or kind of use has another fingerprint."""
    other = make_state("IL", seed=seed, holders=2).entry
    raised = evolve(other, roots=Roots(threshold=2, holders=other.roots.holders))
    found = {
        FOUND,
        roots_fingerprint(other),
        roots_fingerprint(raised),
        roots_fingerprint(make_state("IL", exercise=False).entry),
        roots_fingerprint(make_state("VN").entry),
    }
    assert len(found) == 5


def test_the_table_is_a_quasigroup() -> None:
    """Each digit stands once in each row and column of Damm's table, zeros on the diagonal."""
    rows = fingerprint._DAMM
    assert all(sorted(row) == list(range(10)) for row in (*rows, *zip(*rows, strict=True)))
    assert [rows[at][at] for at in range(10)] == [0] * 10


def test_shown_in_ten_groups() -> None:
    """Fifty digits are shown as ten groups of five."""
    assert Fingerprint("0123456789" * 5).groups == ("01234", "56789") * 5
