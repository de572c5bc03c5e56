import base64
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from longbien.trust.age import envelope, header, stream
from longbien.trust.age.envelope import encode_header, get_file_key
from longbien.trust.age.header import FileKey, parse_header
from longbien.trust.age.identities import (
    MAX_IDENTITIES,
    MAX_IDENTITY_FILE,
    HybridIdentity,
    X25519Identity,
    encode_identity,
    recipient_of,
)
from longbien.trust.age.recipients import X25519Recipient, encode_recipient, key_id
from longbien.trust.age.stream import NONCE, payload_cipher
from outside import REPOSITORY

SPEC = (REPOSITORY / "spec" / "sealed.md").read_text()
_, CLASSICAL, HYBRID = re.split(r"^### 7\.[12] .*$", SPEC, flags=re.MULTILINE)
KEY, NONCE_BYTES = bytes(range(16)), bytes(range(16, 32))


def blocks(section: str) -> list[str]:
    """Return the fenced blocks of a section."""
    return [block.strip("\n") for block in section.split("```")[1::2]]


def values(block: str) -> dict[str, str]:
    """Read ``name: value`` lines; a value goes on in indented lines."""
    joined = re.sub(r"\n +", "", block)
    return dict(line.split(": ", 1) for line in joined.splitlines())


def hkdf(salt: bytes, secret: bytes, info: bytes) -> bytes:
    """Derive 32 bytes as RFC 5869 says, with the standard library."""
    return hmac.digest(hmac.digest(salt, secret, "sha256"), info + b"\1", "sha256")


def test_the_classical_example_is_right_in_every_step() -> None:
    """Each value follows from the ones above it, computed from the text, not by our codec."""
    told = values(blocks(CLASSICAL)[0])
    raw = {name: bytes.fromhex(told[name]) for name in list(told)[3:]}
    private = X25519PrivateKey.from_private_bytes(raw["secret"])
    ephemeral = X25519PrivateKey.from_private_bytes(raw["ephemeral"])
    info = b"age-encryption.org/v1/X25519"
    text = blocks(CLASSICAL)[1]
    signed = text[: text.index("---") + 3].encode()

    assert raw["point"] == private.public_key().public_bytes_raw()
    assert raw["share"] == ephemeral.public_key().public_bytes_raw()
    point = X25519PublicKey.from_public_bytes(raw["point"])
    assert raw["shared secret"] == ephemeral.exchange(point)
    salt = raw["share"] + raw["point"]
    assert raw["wrapping key"] == hkdf(salt, raw["shared secret"], info)
    wrapping = ChaCha20Poly1305(raw["wrapping key"])
    assert raw["wrapped file key"] == wrapping.encrypt(bytes(12), raw["file key"], None)
    assert raw["MAC key"] == hkdf(bytes(32), raw["file key"], b"header")
    assert raw["MAC"] == hmac.digest(raw["MAC key"], signed, "sha256")
    assert raw["payload key"] == hkdf(raw["nonce"], raw["file key"], b"payload")
    payload = ChaCha20Poly1305(raw["payload key"])
    assert raw["chunk"] == payload.encrypt(raw["chunk nonce"], raw["plaintext"], None)
    assert raw["plaintext"] == b"exhibit 7\n"
    assert told["key id"] == "sha256:" + hashlib.sha256(told["recipient"].encode()).hexdigest()


def test_the_classical_example_is_what_we_write() -> None:
    """Keys and header of the example are those of our codec."""
    told = values(blocks(CLASSICAL)[0])
    identity = X25519Identity(bytes.fromhex(told["secret"]))
    recipient = recipient_of(identity)

    written = encode_header(FileKey(KEY), [recipient], lambda _n: bytes.fromhex(told["ephemeral"]))

    assert written.decode() == blocks(CLASSICAL)[1] + "\n"
    assert len(written) == 168
    assert 168 + NONCE + len(bytes.fromhex(told["chunk"])) == 210
    assert told["identity"] == encode_identity(identity)
    assert told["recipient"] == encode_recipient(recipient)
    assert recipient == X25519Recipient(bytes.fromhex(told["point"]))
    assert (told["file key"], told["nonce"]) == (KEY.hex(), NONCE_BYTES.hex())


def test_the_hybrid_example_opens() -> None:
    """The file of the example opens with its identity to what the text says."""
    told, classical = values(blocks(HYBRID)[0]), values(blocks(CLASSICAL)[0])
    identity = HybridIdentity(bytes.fromhex(told["seed"]))
    file = base64.b64decode(blocks(HYBRID)[1])
    head = parse_header(file)

    file_key = get_file_key(head, [identity])

    assert len(file) == 1669
    assert file_key.raw == KEY
    nonce, chunk = file[head.size :][:NONCE], file[head.size + NONCE :]
    assert (nonce, chunk.hex()) == (NONCE_BYTES, classical["chunk"])
    opened = payload_cipher(file_key, nonce).decrypt(bytes(11) + b"\1", chunk, None)
    assert opened == b"exhibit 7\n"
    assert told["identity"] == encode_identity(identity)
    assert told["key id"] == str(key_id(recipient_of(identity)))
    assert told["expanded"] == hashlib.shake_256(identity.seed).hexdigest(96)


def test_the_limits_of_the_text_are_those_of_the_code() -> None:
    """Every limit stands in the text as it stands in the code."""
    limits = {
        f"header {header.MAX_HEADER:,} bytes",
        f"a line {header.MAX_LINE:,} bytes",
        f"{header.MAX_STANZAS} stanzas",
        f"most {envelope.MAX_RECIPIENTS} recipients",
        f"{stream.MAX_PLAINTEXT:,} bytes",
        f"{stream.SEALED_CHUNK:,}",
        f"{MAX_IDENTITY_FILE:,} bytes and {MAX_IDENTITIES} identities",
    }

    flat = re.sub(r"\s+", " ", SPEC)
    assert sorted(limit for limit in limits if limit not in flat) == []
