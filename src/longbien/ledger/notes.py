"""Signed notes and verifier keys, as C2SP signed-note v1.0.0 defines them.

Text that keys vouch for, with one signature line a key.  What a text says is read in
``checkpoints``; the time-stamped signatures of witnesses are made in ``cosignatures``.
"""

import hashlib
import re
from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar, Final, Protocol

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from longbien.ledger._letters import encode_base64, find_base64
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.trust.ed25519 import is_strict_point, verify_ed25519

MAX_NOTE: Final = 2**20  # bytes; 100 post-quantum signatures of 5 KB fit, a flood does not
MAX_SIGNATURES: Final = 100  # the specification wants at least 16
MAX_NAME: Final = 255  # bytes; what the length byte of an ML-DSA-44 cosigned message can say
MAX_VKEY: Final = 4096  # bytes; an ML-DSA-44 key in base64 takes 1752

_DASH = "\u2014 ".encode()  # em dash and space open each signature line
# White_Space of Unicode 15, written out so that no version of a table changes a verdict
_NAME = re.compile(r"[^+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


class SignatureType(IntEnum):
    """The signature types that we know; every other one belongs to an unknown key."""

    ED25519 = 0x01
    """A signature over the note's text: how a log signs."""

    ED25519_COSIGNATURE = 0x04
    """A time-stamped cosignature of a witness."""

    ML_DSA_44 = 0x06
    """A time-stamped, post-quantum cosignature; a log signs with it under its own name too."""


_KEY_SIZES = {
    SignatureType.ED25519: 32,
    SignatureType.ED25519_COSIGNATURE: 32,
    SignatureType.ML_DSA_44: 1312,
}


# --- verifier keys -------------------------------------------------------------------------


@frozen(kw_only=True)
class VerifierKey:
    """A public key with the name and the use that it is good for."""

    name: str
    kind: SignatureType
    public_key: bytes = field(repr=False)

    key_id: bytes = field(init=False)
    """The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key): a label, not a proof."""

    @key_id.default
    def _computed(self) -> bytes:
        bound = b"%s\n%c%s" % (self.name.encode(), self.kind, self.public_key)
        return hashlib.sha256(bound).digest()[:4]

    @property
    def text(self) -> str:
        """Return the vkey: ``<name>+<key id in hexadecimal>+<base64 of type and key>``."""
        material = encode_base64(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


def parse_vkey(data: bytes) -> VerifierKey:
    """Read a vkey, without a line end.

    Stricter than C2SP where it costs nothing: the key id must be the recommended one and a
    point of small order is no key.  Raises Malformed ``ledger.vkey``.
    """
    text = _text_of(data, limit=MAX_VKEY) or ""
    # the base64 part may itself hold a plus sign: cut at the first two only
    name, id_text, material = (*text.split("+", 2), "", "")[:3]
    raw = find_base64(material.encode())
    if not is_key_name(name) or not _KEY_ID.fullmatch(id_text) or not raw:
        raise Malformed("ledger.vkey", "a verifier key is written <name>+<key id>+<base64>")
    if raw[0] not in _KEY_SIZES:
        raise Malformed("ledger.vkey", "signature type {kind} is not known here", kind=raw[0])
    key = VerifierKey(name=name, kind=SignatureType(raw[0]), public_key=raw[1:])
    if len(key.public_key) != _KEY_SIZES[key.kind]:
        raise Malformed("ledger.vkey", "a key of type {kind} has another size", kind=int(key.kind))
    if key.key_id.hex() != id_text:
        raise Malformed("ledger.vkey", "the key id does not belong to this name and key")
    if key.kind is not SignatureType.ML_DSA_44 and not is_strict_point(key.public_key):
        raise Malformed("ledger.vkey", "the Ed25519 key is of small order or not canonical")
    return key


def is_key_name(name: str) -> bool:
    """Say whether ``name`` may stand in a signature line: no spaces, no plus, 1 to 255 bytes."""
    return bool(_NAME.fullmatch(name)) and len(name.encode()) <= MAX_NAME


# --- notes ---------------------------------------------------------------------------------


@frozen(kw_only=True)
class NoteSignature:
    """One signature line, not yet verified."""

    name: str
    key_id: bytes
    blob: bytes = field(repr=False)
    """What stands after the key id: the signature, with its time stamp where there is one."""

    def is_by(self, key: VerifierKey) -> bool:
        """Say whether this line claims to be made with ``key``: both name and id fit."""
        return (self.name, self.key_id) == (key.name, key.key_id)

    @property
    def line(self) -> bytes:
        """Return the line as it stands in a note, its line end included."""
        encoded = encode_base64(self.key_id + self.blob)
        return b"%s%s %s\n" % (_DASH, self.name.encode(), encoded)


@frozen(kw_only=True)
class Note:
    """A text and the signature lines under it."""

    text: bytes
    """Everything that is signed: UTF-8, its final line end included."""

    signatures: tuple[NoteSignature, ...] = ()

    def with_signatures(self, more: Sequence[NoteSignature]) -> "Note":
        """Return the note with lines added; a line that stands there already is not repeated."""
        new = tuple(line for line in more if line not in self.signatures)
        return Note(text=self.text, signatures=(*self.signatures, *new))


class NoteSigner(Protocol):
    """A private key that signs notes.  The key may sit in a hardware module."""

    @property
    def key(self) -> VerifierKey:
        """Return the public half."""
        ...

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:
        """Sign ``text``; ``now`` goes into signatures that carry a time."""
        ...


def parse_note(data: bytes) -> Note:
    """Read a signed note.  Raises Malformed ``ledger.note``.

    Nothing is verified: the text means nothing until a trusted key has vouched for it.
    """
    if _text_of(data, limit=MAX_NOTE) is None:
        raise Malformed(
            "ledger.note",
            "a signed note is UTF-8 of at most {limit} bytes without control characters",
            limit=MAX_NOTE,
        )
    # a signature line is never empty, so the last empty line is the one before the first of them
    body, gap, lines = data.rpartition(b"\n\n")
    if not gap or not lines.endswith(b"\n"):
        raise Malformed("ledger.note", "a signed note is text, an empty line and signature lines")
    rows = lines[:-1].split(b"\n")
    if len(rows) > MAX_SIGNATURES:
        raise Malformed("ledger.note", "more than {limit} signature lines", limit=MAX_SIGNATURES)
    return Note(text=body + b"\n", signatures=tuple(parse_signature_line(row) for row in rows))


def parse_signature_line(row: bytes) -> NoteSignature:
    """Read one signature line, without its line end.  Raises Malformed ``ledger.note``."""
    opening, _, encoded = row.rpartition(b" ")
    name = (_text_of(opening, limit=MAX_NOTE) or "").removeprefix("\u2014 ")
    raw = find_base64(encoded) or b""
    if not opening.startswith(_DASH) or not is_key_name(name) or len(raw) <= 4:  # noqa: PLR2004 - a key id and at least one byte
        raise Malformed("ledger.note", "a signature line is a dash, a key name and base64")
    return NoteSignature(name=name, key_id=raw[:4], blob=raw[4:])


def encode_note(note: Note) -> bytes:
    """Write the note.  ValueError: it has no signature, or a text that no note can hold."""
    if not note.signatures:
        msg = "a note without a signature is not a note"
        raise ValueError(msg)
    if not note.text.endswith(b"\n") or _CONTROL.search(note.text):
        msg = "a note's text ends with a line end and holds no control characters"
        raise ValueError(msg)
    return note.text + b"\n" + b"".join(line.line for line in note.signatures)


# --- Ed25519, type 0x01 ----------------------------------------------------------------------


@frozen(kw_only=True)
class Ed25519Signer:
    """A named Ed25519 key; what it signs, and how, its kinds below and in ``cosignatures`` say."""

    kind: ClassVar[SignatureType]

    name: str
    private_key: Ed25519PrivateKey = field(repr=False)

    @property
    def key(self) -> VerifierKey:
        """Return the public half."""
        return VerifierKey(
            name=self.name,
            kind=self.kind,
            public_key=self.private_key.public_key().public_bytes_raw(),
        )

    @property
    def vkey(self) -> str:
        """Return the public half as a vkey."""
        return self.key.text


@frozen(kw_only=True)
class Ed25519NoteSigner(Ed25519Signer):
    """How a log signs its checkpoints so that OpenSSL alone can check them."""

    kind = SignatureType.ED25519

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:  # noqa: ARG002 - this type carries no time
        """Sign the text itself (RFC 8032)."""
        key = self.key
        return NoteSignature(name=key.name, key_id=key.key_id, blob=self.private_key.sign(text))


def verify_text_signature(*, key: VerifierKey, text: bytes, signature: NoteSignature) -> bool:
    """Say whether a line of type 0x01 was made by ``key`` over ``text``; never raises."""
    return (
        key.kind is SignatureType.ED25519
        and signature.is_by(key)
        and verify_ed25519(public_key=key.public_key, signature=signature.blob, message=text)
    )


# --- letters -------------------------------------------------------------------------------


def _text_of(data: bytes, *, limit: int) -> str | None:
    # UTF-8 without control characters other than the line end (signed-note, Format)
    if len(data) > limit or _CONTROL.search(data):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
