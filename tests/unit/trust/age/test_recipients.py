import hashlib

import pytest

from longbien.primitives.errors import Malformed
from longbien.trust.age.bech32 import encode_bech32
from longbien.trust.age.header import FileKey, parse_base64
from longbien.trust.age.identities import (
    HybridIdentity,
    X25519Identity,
    find_file_key,
    recipient_of,
)
from longbien.trust.age.recipients import (
    HybridRecipient,
    X25519Recipient,
    encode_recipient,
    key_id,
    parse_recipient,
    wrap_file_key,
)
from longbien.trust.age.wrapped import HybridShare, X25519Share, is_low_order, parse_wrapped

KEY = FileKey(b"YELLOW SUBMARINE")
PRIME = 2**255 - 19
CLASSIC = X25519Identity(bytes(range(32, 64)))
HYBRID = HybridIdentity(bytes(range(32)))

# the points whose order divides 8, canonical and not (cr.yp.to/ecdh.html, "small order")
LOW_ORDER = [
    bytes(32),
    (1).to_bytes(32, "little"),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    (PRIME - 1).to_bytes(32, "little"),
    PRIME.to_bytes(32, "little"),
    (PRIME + 1).to_bytes(32, "little"),
]


def fixed(size: int) -> bytes:
    """Stand in for randomness."""
    return bytes(range(1, size + 1))


def code_of(text: str) -> str:
    """Return the code that a recipient is refused with."""
    with pytest.raises(Malformed) as caught:
        parse_recipient(text)
    return caught.value.code


@pytest.mark.parametrize("point", LOW_ORDER)
def test_points_of_low_order_are_known(point: bytes) -> None:
    """Every point that makes a secret zero is recognised, and is no recipient."""
    assert is_low_order(point)
    assert code_of(encode_bech32("age", point)) == "age.recipient.key"


def test_an_ordinary_point_is_not_of_low_order() -> None:
    """The base point is a good one."""
    assert not is_low_order((9).to_bytes(32, "little"))


@pytest.mark.parametrize(
    "number", [PRIME + 2, PRIME + 9, 2**255 - 1, 2**255 + 9, 2**256 - 1], ids=str
)
def test_a_key_has_one_text_only(number: int) -> None:
    """A number beyond the field, or with the unused bit set, is the second text of a key."""
    assert code_of(encode_bech32("age", number.to_bytes(32, "little"))) == "age.recipient.key"


def test_the_largest_number_of_the_field_is_a_key() -> None:
    """P - 2 is canonical and of high order."""
    point = (PRIME - 2).to_bytes(32, "little")

    assert parse_recipient(encode_bech32("age", point)) == X25519Recipient(point)


@pytest.mark.parametrize("size", [0, 31, 33, 1216])
def test_a_classical_recipient_has_32_bytes(size: int) -> None:
    """Another size is refused."""
    assert code_of(encode_bech32("age", bytes([9] * size))) == "age.recipient.key"


@pytest.mark.parametrize("size", [0, 32, 1184, 1215, 1217])
def test_a_hybrid_recipient_has_1216_bytes(size: int) -> None:
    """Another size is refused."""
    assert code_of(encode_bech32("age1pq", bytes([9] * size))) == "age.recipient.key"


def test_a_hybrid_recipient_is_good_in_both_halves() -> None:
    """A coefficient beyond the modulus (FIPS 203, 7.2), or a low-order point, is refused."""
    good = recipient_of(HYBRID)
    assert isinstance(good, HybridRecipient)
    for bad in (b"\xff\xff" + good.key[2:], good.key[:1184] + bytes(32)):
        assert code_of(encode_bech32("age1pq", bad)) == "age.recipient.key"


@pytest.mark.parametrize("prefix", ["a", "age1", "age1tag", "age-secret-key-", "age1pqq"])
def test_another_kind_of_key_is_no_recipient(prefix: str) -> None:
    """Only age1… and age1pq… are recipients."""
    assert code_of(encode_bech32(prefix, bytes([9] * 32))) == "age.recipient.kind"


def test_upper_case_is_no_recipient() -> None:
    """A recipient has one text, in lower case."""
    assert code_of(encode_recipient(recipient_of(CLASSIC)).upper()) == "age.recipient.kind"


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID])
def test_a_recipient_is_read_as_it_was_written(identity: X25519Identity | HybridIdentity) -> None:
    """Text and key mean each other."""
    recipient = recipient_of(identity)
    text = encode_recipient(recipient)

    assert parse_recipient(text) == recipient
    assert text.startswith("age1pq1" if identity is HYBRID else "age1")
    assert len(text) == (1959 if identity is HYBRID else 62)


def test_the_key_id_is_the_digest_of_the_text() -> None:
    """Anybody computes the key id with printf and sha256sum."""
    recipient = recipient_of(HYBRID)
    digest = hashlib.sha256(encode_recipient(recipient).encode()).hexdigest()

    assert str(key_id(recipient)) == f"sha256:{digest}"


def test_wrapping_for_x25519_takes_its_ephemeral_key_from_the_caller() -> None:
    """The stanza is the same for the same randomness: 32 bytes, drawn once."""
    drawn: list[int] = []

    def draw(size: int) -> bytes:
        drawn.append(size)
        return fixed(size)

    stanza = wrap_file_key(recipient_of(CLASSIC), file_key=KEY, random_bytes=draw)

    assert drawn == [32]
    assert stanza == wrap_file_key(recipient_of(CLASSIC), file_key=KEY, random_bytes=fixed)
    share = recipient_of(X25519Identity(fixed(32)))
    assert isinstance(share, X25519Recipient)
    assert parse_base64(stanza.arguments[0].encode()) == share.point
    assert (stanza.kind, len(stanza.arguments), len(stanza.body)) == ("X25519", 1, 32)


def test_wrapping_for_a_hybrid_recipient_never_repeats() -> None:
    """The encapsulation draws its own randomness; the stanza has the sizes of the format."""
    first, second = (
        wrap_file_key(recipient_of(HYBRID), file_key=KEY, random_bytes=fixed) for _ in range(2)
    )

    assert first != second
    assert (first.kind, len(first.arguments), len(first.body)) == ("mlkem768x25519", 1, 32)
    assert len(parse_base64(first.arguments[0].encode())) == 1120


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID])
def test_only_the_right_identity_unwraps(identity: X25519Identity | HybridIdentity) -> None:
    """The file key comes back for its identity, and for no other, of either kind."""
    stanza = wrap_file_key(recipient_of(identity), file_key=KEY, random_bytes=fixed)
    wrapped = parse_wrapped(stanza)
    assert isinstance(wrapped, X25519Share | HybridShare)

    assert find_file_key(identity, wrapped) == KEY
    for other in (X25519Identity(b"o" * 32), HybridIdentity(b"o" * 32)):
        assert find_file_key(other, wrapped) is None
