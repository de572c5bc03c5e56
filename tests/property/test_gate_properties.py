"""Whatever stands in a request: it is judged, never raised about; slips in numbers are found."""

import hashlib
import string

from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from longbien.casework.case import Severity
from longbien.casework.completeness.asked import Asked, Surroundings
from longbien.casework.completeness.gate import check_request, tokens_of
from longbien.casework.completeness.identifiers import JUDGES
from longbien.casework.completeness.numbers import judge_iban, judge_imei, judge_lei
from longbien.casework.completeness.wallets import judge_wallet
from longbien.casework.events import RulesWarned
from longbien.casework.wire import encode_event, parse_event
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load
from longbien.trust.age.bech32 import ALPHABET, CHECKSUM, checksum_of

NOW = Instant.parse("2026-11-21T03:00:00Z")
LAW = load()
KINDS = sorted(LAW.forms)
NAMES = sorted({one.id for form in LAW.forms.values() for one in form.fields} | {"of-tomorrow"})
ALNUM = string.digits + string.ascii_uppercase
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

anything = st.text(min_size=1, max_size=300)
lines = st.lists(
    st.tuples(st.sampled_from([*JUDGES, "wallet bitcoin", "wallet tron"]), anything), max_size=5
).map(lambda found: "\n".join(f"{kind} {text}" for kind, text in found) or "x")
contents = st.dictionaries(st.sampled_from(NAMES), anything | lines, max_size=8)


@given(st.sampled_from(KINDS), contents, st.lists(anything, max_size=3), anything)
def test_any_text_as_any_field_is_judged(
    kind: str, fields: dict[str, str], bases: list[str], told: str
) -> None:
    """Nothing raises, the remarks come worst first, and can be recorded and read again."""
    asked = Asked(
        kind=kind,
        contents=tuple(fields.items()),
        legal_basis=tuple(bases),
        is_emergency=len(told) % 2 == 1,
        emergency=told,
    )
    around = Surroundings(languages=("vi", "en"), in_force=("UNCC",), not_in_force=("UNTOC",))
    found = check_request(asked, law=LAW, now=NOW, around=around)

    order = list(Severity)
    ranks = [order.index(one.severity) for one in found]
    assert ranks == sorted(ranks)
    assert all(len(token) < 4000 for token in tokens_of(asked))
    if found:
        event = RulesWarned(at=NOW, warnings=found)
        assert parse_event("rules-warned", encode_event(event)) == event


def changed(text: str, place: int, letters: str, pick: int) -> str:
    """Return a text with one letter replaced by another one of the same alphabet."""
    at = place % len(text)
    others = [one for one in letters if one != text[at]]
    return text[:at] + others[pick % len(others)] + text[at + 1 :]


def imei_of(body: str) -> str:
    """Return fourteen digits with their check digit (Luhn)."""
    doubled = [int(one) * (1 + at % 2) for at, one in enumerate(body)]
    return body + str(-sum(one // 10 + one % 10 for one in doubled) % 10)


@given(st.text(string.digits, min_size=14, max_size=14), st.integers(0), st.integers(0))
def test_one_wrong_digit_of_an_imei_is_found(body: str, place: int, pick: int) -> None:
    """A valid one passes; with any digit changed it does not."""
    whole = imei_of(body)

    assert judge_imei(whole).faults == ()
    assert not judge_imei(changed(whole, place, string.digits, pick)).canonical


def mod97(text: str) -> int:
    """Return the remainder of ISO 7064 with letters as numbers."""
    return int("".join(str(int(one, 36)) for one in text)) % 97


def slipped(text: str, place: int, pick: int) -> str:
    """Return a text with one digit or one letter replaced by another of its sort."""
    is_digit = text[place % len(text)].isdigit()
    return changed(text, place, string.digits if is_digit else string.ascii_uppercase, pick)


@given(st.text(ALNUM, min_size=18, max_size=18), st.integers(0), st.integers(0))
def test_one_wrong_character_of_a_legal_entity_is_found(body: str, place: int, pick: int) -> None:
    """ISO 17442 by ISO 7064."""
    whole = body + f"{98 - mod97(body + '00'):02}"

    assert judge_lei(whole).faults == ()
    assert not judge_lei(slipped(whole, place, pick)).canonical


@given(st.text(string.digits, min_size=14, max_size=14), st.integers(0), st.integers(0))
def test_one_wrong_character_of_a_bank_account_is_found(body: str, place: int, pick: int) -> None:
    """An account of the form of GB; its digits, its bank and its check digits."""
    whole = f"GB{98 - mod97('WEST' + body + 'GB00'):02}WEST{body}"
    tail = slipped(whole[2:], place, pick)

    assert judge_iban(whole).faults == ()
    assert not judge_iban(whole[:2] + tail).canonical


def base58(raw: bytes) -> str:
    """Return bytes with their checksum in Base58Check."""
    whole = raw + hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    number = int.from_bytes(whole)
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(whole) - len(whole.lstrip(b"\0"))) + text


@given(
    st.binary(min_size=20, max_size=20),
    st.sampled_from([("bitcoin", 0), ("bitcoin", 5), ("tron", 0x41)]),
    st.integers(0),
    st.integers(0),
)
def test_one_wrong_letter_of_a_base58_address_is_found(
    body: bytes, chain: tuple[str, int], place: int, pick: int
) -> None:
    """Bitcoin and Tron."""
    name, version = chain
    whole = base58(bytes([version]) + body)

    assert judge_wallet(f"{name} {whole}").faults == ()
    assert not judge_wallet(f"{name} {changed(whole, place, BASE58, pick)}").canonical


@given(
    st.integers(0, 16),
    st.lists(st.integers(0, 31), min_size=51, max_size=51),
    st.integers(0),
    st.integers(0),
)
def test_one_wrong_letter_of_a_witness_address_is_found(
    version: int, body: list[int], place: int, pick: int
) -> None:
    """Of every version, taproot among them: Bech32 for the first, Bech32m for all others."""
    values = [version, *body, 16 * (pick % 2)]
    target = 1 if version == 0 else 0x2BC830A3
    check = checksum_of("bc", [*values, *bytes(CHECKSUM)]) ^ target
    letters = "".join(
        ALPHABET[one] for one in (*values, *(check >> 5 * (5 - at) & 31 for at in range(6)))
    )
    assume(letters)

    assert judge_wallet(f"bitcoin bc1{letters}").faults == ()
    wrong = changed(letters, place, ALPHABET, pick)
    assert not judge_wallet(f"bitcoin bc1{wrong}").canonical


@seed(20261121)
@settings(max_examples=200)
@given(st.integers(0, 39), st.integers(0))
def test_one_wrong_digit_of_an_ethereum_address_is_found(place: int, pick: int) -> None:
    """By its capitals; one in some thousands would be missed, so the seed is fixed."""
    whole = "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    wrong = changed(whole, place, "0123456789", pick)

    assert judge_wallet(f"ethereum 0x{whole}").faults == ()
    assert not judge_wallet(f"ethereum 0x{wrong}").canonical
