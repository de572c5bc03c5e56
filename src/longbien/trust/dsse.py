"""Signed envelopes: DSSE v1.0.2 with the two signatures that Long Bien asks for.

What is signed is the pre-authentication encoding of payload type and payload, byte for byte,
so that a signature over one kind of document never counts for another.  The algorithm follows
from the key that the reader trusts, never from the message: there is no field that could name
one.  Payload and signatures stand in canonical JSON, one text for one envelope.
"""

import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, Protocol

from attrs import field, frozen

from longbien.primitives.canonical import Json, parse_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import KeyId
from longbien.trust.keys import (
    EC_ALGORITHMS,
    KeyAlgorithm,
    PublicKey,
    verify_ecdsa,
    verify_mldsa_raw,
)

MAX_SIGNATURES: Final = 64  # sixteen old and sixteen new root holders with two keys each
MAX_SIGNATURE: Final = 4627  # bytes of an ML-DSA-87 signature (FIPS 204, table 2)
MAX_PAYLOAD: Final = 2**20  # bytes, unless the caller names another cap
MAX_DEPTH: Final = 4  # envelope, signatures, signature, and one to spare

ML_DSA_ACCEPTED: Final = frozenset({KeyAlgorithm.ML_DSA_65, KeyAlgorithm.ML_DSA_87})
"""ML-DSA-44 is for ledgers, where C2SP asks for it; nothing else is signed with it."""

_OVERHEAD = 1024  # bytes of an envelope's names and punctuation, ids apart
_TYPE = re.compile(r"[a-z0-9!#$&^_.+/-]{1,127}", re.ASCII)  # RFC 6838, 4.2, lower case
_FIELDS = frozenset({"payload", "payloadType", "signatures"})
_SIGNATURE_FIELDS = frozenset({"keyid", "sig"})
_HASHES: Final = {KeyAlgorithm.P256: hashlib.sha256, KeyAlgorithm.P384: hashlib.sha384}


class RawSigner(Protocol):
    """A private key that signs without a certificate.  It may sit in a hardware module."""

    @property
    def key_id(self) -> KeyId:
        """Return ``key_id_of(self.spki)``."""
        ...

    @property
    def algorithm(self) -> KeyAlgorithm:
        """Return P-256, P-384, ML-DSA-65 or ML-DSA-87."""
        ...

    @property
    def spki(self) -> bytes:
        """Return the DER SubjectPublicKeyInfo of the public half."""
        ...

    def sign(self, pae: bytes, /) -> bytes:
        """Sign the pre-authentication encoding.

        ECDSA: DER, over its SHA-256 (P-256) or SHA-384 (P-384).  ML-DSA: pure, empty context.
        Raises Unavailable where the key cannot be reached.
        """
        ...


@frozen(kw_only=True)
class EnvelopeSignature:
    """One signature, not yet verified."""

    key_id: KeyId
    """Whose it claims to be.  A key nobody trusts is passed over."""

    signature: bytes = field(repr=False)


@frozen(kw_only=True)
class Envelope:
    """A payload and the signatures over it.  Nothing is verified by reading it."""

    payload_type: str
    payload: bytes = field(repr=False)

    signatures: tuple[EnvelopeSignature, ...]
    """In ascending order of their key ids, each once."""

    @property
    def pae(self) -> bytes:
        """Return the bytes that every signature is over."""
        return encode_pae(self.payload, payload_type=self.payload_type)


@frozen(kw_only=True)
class HybridKey:
    """A pair of public keys that count as one signer, and only together."""

    ec: PublicKey
    """P-256 or P-384."""

    mldsa: PublicKey
    """ML-DSA-65 or ML-DSA-87."""

    def __attrs_post_init__(self) -> None:
        """Refuse a pair of the same kind: Malformed ``dsse.pair``."""
        if self.ec.algorithm not in EC_ALGORITHMS or self.mldsa.algorithm not in ML_DSA_ACCEPTED:
            raise Malformed(
                "dsse.pair", "a signer has one ECDSA key and one ML-DSA-65 or ML-DSA-87 key"
            )

    @property
    def ids(self) -> tuple[KeyId, KeyId]:
        """Return both key ids, the elliptic curve's first."""
        return key_id_of(self.ec.spki), key_id_of(self.mldsa.spki)


def key_id_of(spki: bytes) -> KeyId:
    """Name a key: ``sha256:`` and the digest of its DER SubjectPublicKeyInfo."""
    return KeyId(f"sha256:{Digest.of(spki)}")


def encode_pae(payload: bytes, *, payload_type: str) -> bytes:
    """Return the pre-authentication encoding (DSSE protocol.md): what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


# --- signing ---------------------------------------------------------------------------------


def sign_envelope(payload: bytes, *, payload_type: str, signers: Iterable[RawSigner]) -> Envelope:
    """Sign ``payload`` with every signer.

    ValueError: a payload type that no envelope can carry, no signer, or one signer twice: a bug.
    """
    pae = encode_pae(payload, payload_type=payload_type)
    made = [
        EnvelopeSignature(key_id=signer.key_id, signature=signer.sign(pae)) for signer in signers
    ]
    made.sort(key=_order)
    if not made or not _TYPE.fullmatch(payload_type) or not _ascends(made):
        msg = "an envelope has a media type and at least one signer, each once"
        raise ValueError(msg)
    return Envelope(payload_type=payload_type, payload=payload, signatures=tuple(made))


def add_signatures(envelope: Envelope, more: Envelope) -> Envelope:
    """Return ``envelope`` with the signatures of ``more``: root holders sign one after another.

    A key that signed both keeps its signature in ``envelope``.  Raises Refused
    ``dsse.other-payload`` where the two are not over the same bytes.
    """
    if envelope.pae != more.pae:
        raise Refused("dsse.other-payload", "the two files were not signed over the same bytes")
    merged = {one.key_id: one for one in (*more.signatures, *envelope.signatures)}
    return Envelope(
        payload_type=envelope.payload_type,
        payload=envelope.payload,
        signatures=tuple(sorted(merged.values(), key=_order)),
    )


# --- bytes -----------------------------------------------------------------------------------


def encode_envelope(envelope: Envelope) -> bytes:
    """Write the one text of an envelope: canonical JSON (RFC 8785)."""
    # every letter in it stands for itself, so no JSON encoder is needed to write it
    rows = b",".join(
        b'{"keyid":"%s","sig":"%s"}' % (one.key_id.text.encode(), _base64(one.signature))
        for one in envelope.signatures
    )
    return b'{"payload":"%s","payloadType":"%s","signatures":[%s]}' % (
        _base64(envelope.payload),
        envelope.payload_type.encode(),
        rows,
    )


def envelope_to_json(envelope: Envelope) -> Json:
    """Return the envelope as a value, to stand inside another canonical document."""
    return {
        "payload": _base64(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [
            {"keyid": one.key_id.text, "sig": _base64(one.signature).decode()}
            for one in envelope.signatures
        ],
    }


def parse_envelope(data: bytes, *, payload_type: str, max_payload: int = MAX_PAYLOAD) -> Envelope:
    """Read an envelope of the one payload type that is expected here.

    Raises Malformed ``json.*`` and ``dsse.*``.  Nothing is verified.
    """
    value = parse_json(data, max_size=max_envelope(max_payload), max_depth=MAX_DEPTH)
    envelope = envelope_from_json(value, payload_type=payload_type, max_payload=max_payload)
    if encode_envelope(envelope) != data:
        raise Malformed("dsse.not-canonical", "the envelope is not in canonical form (RFC 8785)")
    return envelope


def max_envelope(max_payload: int) -> int:
    """Return how many bytes an envelope may have when its payload may have ``max_payload``."""
    each = _in_base64(MAX_SIGNATURE) + 128  # its key id and punctuation
    return _in_base64(max_payload) + MAX_SIGNATURES * each + _OVERHEAD


def envelope_from_json(
    value: Json, *, payload_type: str, max_payload: int = MAX_PAYLOAD
) -> Envelope:
    """Read an envelope out of a document that was itself read as canonical JSON.

    Raises Malformed ``dsse.form``, ``dsse.payload-type``, ``dsse.size``, ``dsse.base64``,
    ``dsse.signatures``, ``dsse.key-id``.
    """
    found = _object(value, _FIELDS)
    if found["payloadType"] != payload_type:
        raise Malformed(
            "dsse.payload-type", "the envelope does not hold {expected}", expected=payload_type
        )
    return Envelope(
        payload_type=payload_type,
        payload=_bytes(found["payload"], limit=max_payload),
        signatures=_signatures(found["signatures"]),
    )


def _signatures(value: Json) -> tuple[EnvelopeSignature, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SIGNATURES:
        raise Malformed(
            "dsse.signatures", "an envelope has 1 to {limit} signatures", limit=MAX_SIGNATURES
        )
    rows = [_object(row, _SIGNATURE_FIELDS) for row in value]
    made = [
        EnvelopeSignature(
            key_id=_key_id(row["keyid"]), signature=_bytes(row["sig"], limit=MAX_SIGNATURE)
        )
        for row in rows
    ]
    if not _ascends(made):
        raise Malformed(
            "dsse.signatures", "signatures stand in the order of their key ids, each key once"
        )
    return tuple(made)


def _object(value: Json, fields: frozenset[str]) -> Mapping[str, Json]:
    if not isinstance(value, dict) or value.keys() != fields:
        raise Malformed("dsse.form", "a DSSE envelope has exactly the fields of DSSE v1")
    return value


def _key_id(value: Json) -> KeyId:
    try:
        return KeyId(value if isinstance(value, str) else "")
    except Malformed:
        raise Malformed("dsse.key-id", "a key is named sha256:<64 hexadecimal digits>") from None


def _bytes(value: Json, *, limit: int) -> bytes:
    if not isinstance(value, str) or not value.isascii():
        raise _not_base64()
    if len(value) > _in_base64(limit):
        raise Malformed("dsse.size", "more than {limit} bytes in base64", limit=limit)
    try:
        raw = binascii.a2b_base64(value)
    except binascii.Error:
        raise _not_base64() from None
    # the decoder forgives foreign characters and unused bits; one value has one text here
    if _base64(raw).decode() != value:
        raise _not_base64()
    if len(raw) > limit:
        raise Malformed("dsse.size", "more than {limit} bytes in base64", limit=limit)
    return raw


def _not_base64() -> Malformed:
    return Malformed("dsse.base64", "payload and signatures are padded base64 (RFC 4648, 4)")


def _base64(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False)


def _in_base64(size: int) -> int:
    return (size + 2) // 3 * 4


def _order(signature: EnvelopeSignature) -> str:
    return signature.key_id.text


def _ascends(signatures: Sequence[EnvelopeSignature]) -> bool:
    ids = [one.key_id.text for one in signatures]
    return all(first < second for first, second in pairwise(ids))


# --- verifying -------------------------------------------------------------------------------


def verify_envelope(envelope: Envelope, *, keys: Iterable[PublicKey]) -> frozenset[KeyId]:
    """Return the ids of those of ``keys`` that signed the envelope validly.  Never raises.

    A signature by any other key, or a bad one, is passed over: what was asked for is missing then.
    """
    trusted = {key_id_of(key.spki): key for key in keys}
    pae = envelope.pae
    return frozenset(
        one.key_id
        for one in envelope.signatures
        if one.key_id in trusted and _is_good(trusted[one.key_id], one.signature, pae)
    )


def _is_good(key: PublicKey, signature: bytes, pae: bytes) -> bool:
    if key.algorithm in EC_ALGORITHMS:
        digest = _HASHES[key.algorithm](pae).digest()
        return verify_ecdsa(key, signature=signature, digest=digest)
    if key.algorithm in ML_DSA_ACCEPTED:
        return verify_mldsa_raw(key, signature=signature, message=pae)
    return False


def find_hybrid(envelope: Envelope, pairs: Iterable[HybridKey]) -> tuple[HybridKey, ...]:
    """Return those pairs of which both keys signed validly.  Never raises."""
    asked = tuple(pairs)
    good = verify_envelope(envelope, keys=(key for one in asked for key in (one.ec, one.mldsa)))
    return tuple(one for one in asked if good.issuperset(one.ids))


def require_hybrid(envelope: Envelope, pairs: Iterable[HybridKey]) -> HybridKey:
    """Return the first pair that signed with both algorithms.

    Raises Refused ``dsse.not-signed`` where no pair did: one good signature of the two is none.
    """
    found = find_hybrid(envelope, pairs)
    if not found:
        raise Refused(
            "dsse.not-signed",
            "the signatures of both kinds, ECDSA and ML-DSA, by one trusted signer are not there",
        )
    return found[0]
