import pytest

from longbien.primitives.errors import Malformed
from longbien.trust.age.bech32 import MAX_LENGTH, encode_bech32, parse_bech32

# BIP 173, "Test vectors", valid strings: prefix and data, regrouped to octets where they fit
VALID = [
    ("A12UEL5L", "A", b""),
    ("a12uel5l", "a", b""),
    ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", None),
    ("?1ezyfcl", "?", b""),
]

# BIP 173, invalid strings that age's use of Bech32 must refuse as well
INVALID = [
    (" 1nwldj5", "age.bech32.form"),
    ("\x7f1axkwrx", "age.bech32.form"),
    ("\x801eym55h", "age.bech32.form"),
    ("pzry9x0s0muk", "age.bech32.form"),
    ("1pzry9x0s0muk", "age.bech32.form"),
    ("x1b4n0q5v", "age.bech32.form"),
    ("li1dgmt3", "age.bech32.form"),
    ("de1lg7wt\xff", "age.bech32.form"),
    ("A1G7SGD8", "age.bech32.checksum"),
    ("10a06t8", "age.bech32.form"),
    ("1qzzfhee", "age.bech32.form"),
    ("a12uEl5l", "age.bech32.case"),
    ("", "age.bech32.form"),
    ("a12uel5q", "age.bech32.checksum"),
]


@pytest.mark.parametrize(("text", "prefix", "data"), VALID)
def test_the_valid_strings_of_bip_173_are_read(text: str, prefix: str, data: bytes | None) -> None:
    """A valid string gives its prefix, in its own case, and its data."""
    found = parse_bech32(text)

    assert found[0] == prefix
    assert data is None or found[1] == data


@pytest.mark.parametrize(("text", "code"), INVALID)
def test_the_invalid_strings_of_bip_173_are_refused(text: str, code: str) -> None:
    """An invalid string is refused with the code of its fault."""
    with pytest.raises(Malformed) as caught:
        parse_bech32(text)

    assert caught.value.code == code


def test_all_32_characters_are_read_and_written() -> None:
    """The alphabet of BIP 173 stands for 0 to 31 in its order."""
    data = int("".join(f"{value:05b}" for value in range(32)), 2).to_bytes(20)

    assert parse_bech32("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw") == ("abcdef", data)
    assert encode_bech32("abcdef", data) == "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"


@pytest.mark.parametrize("size", range(12))
def test_every_length_comes_back(size: int) -> None:
    """Data of any length, leading zeros included, is read as it was written."""
    for data in (bytes(size), b"\xff" * size, bytes(range(size))):
        assert parse_bech32(encode_bech32("age", data)) == ("age", data)


def test_the_prefix_ends_at_the_last_one() -> None:
    """A prefix may hold the separator itself, as age1pq does."""
    assert parse_bech32(encode_bech32("age1pq", b"x")) == ("age1pq", b"x")


def test_upper_case_is_one_key_too() -> None:
    """All upper case means the same data and says so by its prefix."""
    assert parse_bech32(encode_bech32("age", b"key").upper()) == ("AGE", b"key")


def test_letters_outside_ascii_never_pass_for_ascii() -> None:
    """U+212A, whose lower case is a plain k, is refused."""
    text = encode_bech32("age", bytes(range(32)))
    assert "k" in text

    with pytest.raises(Malformed) as caught:
        parse_bech32(text.upper().replace("K", "\u212a"))

    assert caught.value.code == "age.bech32.form"


@pytest.mark.parametrize("text", ["a1" + "q" * 6 + tail for tail in ("", "q", "p")])
def test_a_wrong_checksum_is_told(text: str) -> None:
    """A string of the right form with another checksum is mistyped."""
    with pytest.raises(Malformed) as caught:
        parse_bech32(text)

    assert caught.value.code == "age.bech32.checksum"


def test_the_length_is_bounded_before_any_work() -> None:
    """4,096 characters are looked at, 4,097 are not."""
    assert MAX_LENGTH == 4096
    for length, code in ((4096, "age.bech32.checksum"), (4097, "age.bech32.length")):
        with pytest.raises(Malformed) as caught:
            parse_bech32("a1" + "q" * (length - 2))
        assert caught.value.code == code


# made with the reference polymod: prefix "a", groups as named
@pytest.mark.parametrize(
    ("groups", "code"),
    [
        ([0, 1], "age.bech32.padding"),  # 8 bits of data, a set bit behind them
        ([0], "age.bech32.padding"),  # 5 bits: no whole octet
        ([0, 0, 0], "age.bech32.padding"),  # 15 bits: 7 of padding
        ([0] * 6, "age.bech32.padding"),  # 30 bits: 6 of padding
    ],
)
def test_bits_that_say_nothing_are_refused(groups: list[int], code: str) -> None:
    """Padding is at most four bits, all zero: else two texts would mean one key."""
    with pytest.raises(Malformed) as caught:
        parse_bech32(with_checksum("a", groups))

    assert caught.value.code == code


def test_four_zero_bits_of_padding_are_right() -> None:
    """20 bits hold two octets and four zero bits."""
    assert parse_bech32(with_checksum("a", [31, 31, 31, 16])) == ("a", b"\xff\xff")


def with_checksum(prefix: str, groups: list[int]) -> str:
    """Write five-bit groups under a checksum; the algorithm as BIP 173 prints it."""
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = 1
    for value in [*values, *groups, 0, 0, 0, 0, 0, 0]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> i & 1 else 0
    check ^= 1
    ending = [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(alphabet[value] for value in [*groups, *ending])
