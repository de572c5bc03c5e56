import pytest

from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.trust.age.bech32 import encode_bech32
from longbien.trust.age.identities import (
    MAX_IDENTITIES,
    MAX_IDENTITY_FILE,
    HybridIdentity,
    X25519Identity,
    encode_identities,
    encode_identity,
    new_classical_identity,
    new_identity,
    parse_identities,
    parse_identity,
    recipient_of,
)
from longbien.trust.age.recipients import HybridRecipient, X25519Recipient, encode_recipient

# the keys of the C2SP vectors
X25519 = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"
HYBRID = "AGE-SECRET-KEY-PQ-1HZLGZUPT4ETPKDEV8HSGFDCYZ4E522W0A7PU2LHT8EH9W6YLNC3SW78XKG"


def code_of(data: bytes) -> str:
    """Return the code that an identity file is refused with."""
    with pytest.raises(Malformed) as caught:
        parse_identities(data)
    return caught.value.code


def test_identities_are_read_as_they_were_written() -> None:
    """Text and key mean each other, for both kinds."""
    classical, hybrid = parse_identity(X25519), parse_identity(HYBRID)

    assert isinstance(classical, X25519Identity)
    assert isinstance(hybrid, HybridIdentity)
    assert (encode_identity(classical), encode_identity(hybrid)) == (X25519, HYBRID)


def test_new_identities_hold_32_bytes_of_the_given_randomness() -> None:
    """The source of randomness is asked once, for 32 bytes, and nothing else is used."""
    asked: list[int] = []

    def draw(size: int) -> bytes:
        asked.append(size)
        return b"r" * size

    assert new_identity(draw) == HybridIdentity(b"r" * 32)
    assert new_classical_identity(draw) == X25519Identity(b"r" * 32)
    assert asked == [32, 32]


def test_the_public_half_of_a_classical_identity_is_its_x25519_key() -> None:
    """RFC 7748, section 6.1, the first of the two pairs."""
    private = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    public = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")

    assert recipient_of(X25519Identity(private)) == X25519Recipient(public)


def test_the_public_half_of_a_hybrid_identity_has_two_keys() -> None:
    """ML-KEM-768 and X25519 together, always the same for the same seed."""
    recipient = recipient_of(HybridIdentity(bytes(32)))

    assert isinstance(recipient, HybridRecipient)
    assert len(recipient.key) == 1184 + 32
    assert recipient == recipient_of(HybridIdentity(bytes(32)))
    assert recipient != recipient_of(HybridIdentity(b"\1" + bytes(31)))


def test_no_secret_is_shown() -> None:
    """No log or traceback shows a secret by its repr, nor by the text of an error."""
    assert repr(parse_identity(X25519)) == "X25519Identity()"
    assert repr(parse_identity(HYBRID)) == "HybridIdentity()"
    with pytest.raises(Malformed) as caught:
        parse_identity(X25519[:-1] + "Q")
    assert "EGTZVFFV" not in str(caught.value)
    assert caught.value.facts == {}


@pytest.mark.parametrize("size", [0, 16, 31, 33])
@pytest.mark.parametrize("prefix", ["age-secret-key-", "age-secret-key-pq-"])
def test_an_identity_holds_32_bytes(prefix: str, size: int) -> None:
    """Another size is refused."""
    assert code_of(encode_bech32(prefix, bytes(size)).upper().encode()) == "age.identity.key"


@pytest.mark.parametrize(
    "text",
    [
        X25519.lower(),
        HYBRID.lower(),
        encode_recipient(recipient_of(X25519Identity(bytes(32)))),
        encode_bech32("age-plugin-x-", bytes(32)).upper(),
    ],
)
def test_only_the_two_kinds_in_upper_case_are_identities(text: str) -> None:
    """Lower case, recipients and plugins are refused."""
    assert code_of(text.encode()) == "age.identity.kind"


def test_an_identity_file_may_have_comments_and_empty_lines() -> None:
    """Comments, empty lines and Windows line ends are skipped; the order stays."""
    data = f"# a comment\r\n\r\n{X25519}\r\n\n#{HYBRID}\n{HYBRID}".encode()

    assert parse_identities(data) == (parse_identity(X25519), parse_identity(HYBRID))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "age.identity.none"),
        (b"# nothing\n\n", "age.identity.none"),
        (b"\xff\n", "age.identity.text"),
        (f" {X25519}\n".encode(), "age.bech32.form"),
        (f"{X25519} \n".encode(), "age.bech32.form"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "age.bech32.form"),
        (X25519.encode()[:-1], "age.bech32.checksum"),
    ],
)
def test_what_is_no_identity_file_is_refused(data: bytes, code: str) -> None:
    """Each fault has its code."""
    assert code_of(data) == code


def test_the_size_of_an_identity_file_is_bounded() -> None:
    """65,536 bytes are read, not one more."""
    assert MAX_IDENTITY_FILE == 65_536
    fill = "#" * (65_536 - len(X25519) - 1)

    assert len(parse_identities(f"{fill}\n{X25519}".encode())) == 1
    assert code_of(f"{fill}#\n{X25519}".encode()) == "age.identity.size"


def test_the_number_of_identities_is_bounded() -> None:
    """128 identities are read, not one more."""
    assert MAX_IDENTITIES == 128
    assert len(parse_identities(f"{X25519}\n".encode() * 128)) == 128
    assert code_of(f"{X25519}\n".encode() * 129) == "age.identity.count"


def test_an_identity_file_is_written_as_age_keygen_does() -> None:
    """Two comments name the time and the public key of each identity."""
    identities = parse_identities(f"{X25519}\n{HYBRID}\n".encode())
    public = [encode_recipient(recipient_of(identity)) for identity in identities]

    data = encode_identities(identities, created_at=Instant.parse("2026-11-21T09:30:00Z"))

    assert data.decode().split("\n") == [
        "# created: 2026-11-21T09:30:00Z",
        f"# public key: {public[0]}",
        X25519,
        "# created: 2026-11-21T09:30:00Z",
        f"# public key: {public[1]}",
        HYBRID,
        "",
    ]
    assert parse_identities(data) == identities
