"""The grammar of the age header: stanzas, base64, the line that closes it.

Strict, because a second reader must never see a second meaning.  Size, number and length
are bounded before anything is decoded.  What a stanza means is not known here (``wrapped``).
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable

from attrs import field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from longbien.primitives.errors import Malformed

MAX_HEADER = 128 * 1024  # bytes; 64 hybrid stanzas take 103 KiB
MAX_STANZAS = 64  # usual are 3: the requesting authority, its laboratory, an escrow
MAX_LINE = 4096  # bytes without LF; the longest in use, of mlkem768x25519, has 1512
FILE_KEY_SIZE = 16

_VERSION = b"age-encryption.org/v1\n"
_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_ARGUMENTS = re.compile(rb"-> ([\x21-\x7e]+(?: [\x21-\x7e]+)*)")
_COLUMNS = 64  # of a full body line
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")
_END = b"---"
_MAC_SIZE = 32


@frozen
class FileKey:
    """The 16 bytes that every recipient's stanza wraps.  One key for one payload, never two."""

    raw: bytes = field(repr=False)

    @raw.validator
    def _has_size(self, _attribute: object, value: bytes) -> None:
        if len(value) != FILE_KEY_SIZE:
            msg = f"a file key has {FILE_KEY_SIZE} bytes"
            raise ValueError(msg)


@frozen(kw_only=True)
class Stanza:
    """One recipient's part of the header: a kind, its arguments, and a body."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes


@frozen(kw_only=True)
class Header:
    """A header that keeps the grammar.  Its MAC is not checked yet: that needs the file key."""

    stanzas: tuple[Stanza, ...]
    signed: bytes = field(repr=False)
    """The bytes under the MAC, exactly as received: from the version to ``---``."""
    mac: bytes

    @property
    def size(self) -> int:
        """Return the header's length in bytes: the payload's nonce begins there."""
        return len(self.signed) + len(_mac_line(self.mac))


def parse_header(data: bytes) -> Header:
    """Read the header at the beginning of ``data``; what follows it is not looked at.

    Give at least ``MAX_HEADER`` bytes of the file, or all of a shorter one.

    Raises Malformed ``age.armor`` and ``age.header.*``: ``version``, ``size``, ``truncated``,
    ``line``, ``stanza``, ``count``, ``base64``, ``end``.
    """
    if data[:MAX_LINE].lstrip().startswith(_ARMOR):
        raise Malformed("age.armor", "the file is in age's text armor, which we do not read")
    if not data.startswith(_VERSION):
        raise Malformed("age.header.version", "this is not an age v1 file")
    lines = _Lines(data)
    stanzas: list[Stanza] = []
    while (line := lines.take()).startswith(b"->"):
        if len(stanzas) == MAX_STANZAS:
            raise Malformed(
                "age.header.count", "more than {limit} recipients in one file", limit=MAX_STANZAS
            )
        stanzas.append(_parse_stanza(line, lines))
    if not stanzas:
        raise Malformed("age.header.stanza", "the header names no recipient")
    mac = _parse_end(line)
    signed = data[: lines.position - len(_mac_line(mac))]
    return Header(stanzas=tuple(stanzas), signed=signed, mac=mac)


def encode_stanzas(stanzas: Iterable[Stanza]) -> bytes:
    """Write stanzas, one after the other."""
    return b"".join(_encode_stanza(stanza) for stanza in stanzas)


def close_header(stanzas: bytes, *, file_key: FileKey) -> bytes:
    """Put the version before encoded stanzas, and the MAC behind them."""
    signed = _VERSION + stanzas + _END
    return signed + _mac_line(_mac(signed, file_key))


def reopen_header(header: Header) -> bytes:
    """Return the stanzas of ``header``, exactly as received."""
    return header.signed[len(_VERSION) : -len(_END)]


def require_mac(header: Header, *, file_key: FileKey) -> None:
    """Raise Malformed ``age.mac`` unless the header is what the holder of ``file_key`` wrote."""
    if not hmac.compare_digest(header.mac, _mac(header.signed, file_key)):
        raise Malformed("age.mac", "the header was changed after it was written")


def encode_base64(data: bytes) -> str:
    """Write base64 without padding."""
    return base64.b64encode(data).rstrip(b"=").decode("ascii")


def parse_base64(text: bytes) -> bytes:
    """Read base64 without padding; another spelling is Malformed ``age.header.base64``."""
    if not _BASE64.fullmatch(text):
        raise _not_base64()
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:  # one character alone
        raise _not_base64() from None
    if base64.b64encode(data).rstrip(b"=") != text:  # bits set that say nothing
        raise _not_base64()
    return data


class _Lines:
    """The lines of a header, taken one by one, within the caps."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._limit = min(len(data), MAX_HEADER)
        self.position = len(_VERSION)

    def take(self) -> bytes:
        """Return the next line without its LF."""
        start = self.position
        end = self._data.find(b"\n", start, min(start + MAX_LINE + 1, self._limit))
        if end < 0:
            raise self._endless(start)
        self.position = end + 1
        return self._data[start:end]

    def _endless(self, start: int) -> Malformed:
        if self._limit - start > MAX_LINE:
            return Malformed(
                "age.header.line",
                "a line of the header has more than {limit} bytes",
                limit=MAX_LINE,
            )
        if self._limit < MAX_HEADER:
            return Malformed("age.header.truncated", "the file ends inside its header")
        return Malformed(
            "age.header.size", "the header has more than {limit} bytes", limit=MAX_HEADER
        )


def _parse_stanza(line: bytes, lines: _Lines) -> Stanza:
    found = _ARGUMENTS.fullmatch(line)
    if not found:
        raise Malformed("age.header.stanza", "a recipient's first line is not in its form")
    kind, *arguments = found.group(1).decode("ascii").split(" ")
    return Stanza(kind=kind, arguments=tuple(arguments), body=_parse_body(lines))


def _parse_body(lines: _Lines) -> bytes:
    text: list[bytes] = []
    while True:
        line = lines.take()
        if len(line) > _COLUMNS:
            raise Malformed("age.header.stanza", "a recipient's body has too long a line")
        text.append(line)
        if len(line) < _COLUMNS:  # a short line, even an empty one, ends the body
            return parse_base64(b"".join(text))


def _parse_end(line: bytes) -> bytes:
    mac = parse_base64(line[len(_END) + 1 :]) if line.startswith(_END + b" ") else b""
    if len(mac) != _MAC_SIZE:
        raise Malformed("age.header.end", "the line that closes the header is not in its form")
    return mac


def _encode_stanza(stanza: Stanza) -> bytes:
    first = " ".join(("->", stanza.kind, *stanza.arguments))
    text = encode_base64(stanza.body)
    # one line more than the full ones, empty where the last one is full
    rows = [text[i : i + _COLUMNS] for i in range(0, len(text) + 1, _COLUMNS)]
    return "\n".join((first, *rows, "")).encode("ascii")


def _mac_line(mac: bytes) -> bytes:
    return b" " + encode_base64(mac).encode("ascii") + b"\n"


def _mac(signed: bytes, file_key: FileKey) -> bytes:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"header").derive(file_key.raw)
    return hmac.digest(key, signed, "sha256")


def _not_base64() -> Malformed:
    return Malformed("age.header.base64", "the header has base64 that is not canonical")
