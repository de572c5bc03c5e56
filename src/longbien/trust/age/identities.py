"""Identities: the secret keys that open sealed files, and the text files that hold them.

No message and no ``repr`` shows a secret.
"""

import hashlib
from collections.abc import Iterable
from functools import cached_property
from typing import TypeAlias

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.trust.age.bech32 import encode_bech32, parse_bech32
from longbien.trust.age.header import FileKey
from longbien.trust.age.recipients import (
    HybridRecipient,
    RandomBytes,
    Recipient,
    X25519Recipient,
    encode_recipient,
)
from longbien.trust.age.wrapped import (
    HYBRID_INFO,
    HYBRID_SUITE,
    HybridShare,
    Wrapped,
    X25519Share,
    x25519_wrapping,
)

MAX_IDENTITY_FILE = 64 * 1024  # bytes
MAX_IDENTITIES = 128  # of one file; keys are rotated yearly and old ones are kept for court
SECRET_SIZE = 32  # bytes, of either kind

_X25519_PREFIX = "age-secret-key-"
_HYBRID_PREFIX = "age-secret-key-pq-"
_KEM_SEED_SIZE = 64  # bytes of an ML-KEM seed (FIPS 203: d and z)


@frozen
class X25519Identity:
    """A classical secret key, ``AGE-SECRET-KEY-1…``."""

    secret: bytes = field(repr=False)

    @secret.validator
    def _has_size(self, _attribute: object, value: bytes) -> None:
        _require_secret(value)


@frozen
class HybridIdentity:
    """A post-quantum secret key, ``AGE-SECRET-KEY-PQ-1…``: the seed of an X-Wing key."""

    seed: bytes = field(repr=False)

    @seed.validator
    def _has_size(self, _attribute: object, value: bytes) -> None:
        _require_secret(value)

    @cached_property
    def key(self) -> MLKEM768X25519PrivateKey:
        """Return the key that the seed gives; making it costs as much as opening a file."""
        return MLKEM768X25519PrivateKey(*_expanded(self.seed))


Identity: TypeAlias = X25519Identity | HybridIdentity


def new_identity(random_bytes: RandomBytes) -> HybridIdentity:
    """Make a post-quantum identity, the only kind that our suites seal for."""
    return HybridIdentity(random_bytes(SECRET_SIZE))


def new_classical_identity(random_bytes: RandomBytes) -> X25519Identity:
    """Make an X25519 identity, for a peer whose age is older than 1.3."""
    return X25519Identity(random_bytes(SECRET_SIZE))


def recipient_of(identity: Identity) -> Recipient:
    """Return the public half."""
    if isinstance(identity, X25519Identity):
        private = X25519PrivateKey.from_private_bytes(identity.secret)
        return X25519Recipient(private.public_key().public_bytes_raw())
    kem, curve = _expanded(identity.seed)
    return HybridRecipient(
        kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    )


def parse_identity(text: str) -> Identity:
    """Read ``AGE-SECRET-KEY-1…`` or ``AGE-SECRET-KEY-PQ-1…``.

    Raises Malformed ``age.identity.kind``, ``age.identity.key`` and ``age.bech32.*``.
    """
    prefix, data = parse_bech32(text)
    if prefix == _X25519_PREFIX.upper():
        return X25519Identity(data)
    if prefix == _HYBRID_PREFIX.upper():
        return HybridIdentity(data)
    raise Malformed("age.identity.kind", "an identity is written AGE-SECRET-KEY-1… or …-PQ-1…")


def encode_identity(identity: Identity) -> str:
    """Write the one text of an identity.  It is a secret."""
    if isinstance(identity, X25519Identity):
        return encode_bech32(_X25519_PREFIX, identity.secret).upper()
    return encode_bech32(_HYBRID_PREFIX, identity.seed).upper()


def parse_identities(data: bytes) -> tuple[Identity, ...]:
    """Read an identity file of age: one identity a line; empty lines and ``#`` are skipped.

    Raises Malformed ``age.identity.size``, ``age.identity.text``, ``age.identity.count``,
    ``age.identity.none``, and what ``parse_identity`` raises.
    """
    if len(data) > MAX_IDENTITY_FILE:
        raise Malformed(
            "age.identity.size", "more than {limit} bytes of identities", limit=MAX_IDENTITY_FILE
        )
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise Malformed("age.identity.text", "an identity file is text in UTF-8") from None
    texts = [text for line in lines if (text := line.removesuffix("\r")) and text[0] != "#"]
    if len(texts) > MAX_IDENTITIES:
        raise Malformed(
            "age.identity.count", "more than {limit} identities in a file", limit=MAX_IDENTITIES
        )
    if not texts:
        raise Malformed("age.identity.none", "the file holds no identity")
    return tuple(parse_identity(text) for text in texts)


def encode_identities(identities: Iterable[Identity], *, created_at: Instant) -> bytes:
    """Write an identity file as age-keygen does.  It is a secret."""
    lines: list[str] = []
    for identity in identities:
        public = encode_recipient(recipient_of(identity))
        lines += (f"# created: {created_at}", f"# public key: {public}", encode_identity(identity))
    return ("\n".join(lines) + "\n").encode("ascii")


def find_file_key(identity: Identity, wrapped: Wrapped) -> FileKey | None:
    """Unwrap the file key; None when it was not wrapped for this identity."""
    if isinstance(identity, X25519Identity):
        if isinstance(wrapped, X25519Share):
            return _unwrap_x25519(identity.secret, wrapped)
    elif isinstance(wrapped, HybridShare):
        return _unwrap_hybrid(identity.key, wrapped)
    return None


def _unwrap_x25519(secret: bytes, wrapped: X25519Share) -> FileKey | None:
    private = X25519PrivateKey.from_private_bytes(secret)
    shared = private.exchange(X25519PublicKey.from_public_bytes(wrapped.share))
    recipient = private.public_key().public_bytes_raw()
    cipher = x25519_wrapping(shared, share=wrapped.share, recipient=recipient)
    try:
        return FileKey(cipher.decrypt(bytes(12), wrapped.body, None))
    except InvalidTag:
        return None


def _unwrap_hybrid(private: MLKEM768X25519PrivateKey, wrapped: HybridShare) -> FileKey | None:
    try:
        return FileKey(HYBRID_SUITE.decrypt(wrapped.enc + wrapped.body, private, HYBRID_INFO))
    except InvalidTag:
        return None


def _expanded(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    # draft-connolly-cfrg-xwing-kem, section 5.2: expandDecapsulationKey
    octets = hashlib.shake_256(seed).digest(_KEM_SEED_SIZE + SECRET_SIZE)
    return (
        MLKEM768PrivateKey.from_seed_bytes(octets[:_KEM_SEED_SIZE]),
        X25519PrivateKey.from_private_bytes(octets[_KEM_SEED_SIZE:]),
    )


def _require_secret(value: bytes) -> None:
    if len(value) != SECRET_SIZE:
        raise Malformed("age.identity.key", "an identity holds {size} bytes", size=SECRET_SIZE)
