"""The bag as one tar file: a layout that is fixed by names and sizes alone, and a strict reader.

Writing: because every offset is known beforehand, the tar never exists as a file; a sealer asks
for any range of it (``TarPlan.pieces``) and reads the bag's files only once.  Reading: what our
writer would not have written, byte for byte, is refused; so there are no links, no devices, no
absolute names, no duplicates and no second meaning.  POSIX.1-2017 pax, ``ustar`` headers; GNU tar
extracts it.  Section 8 of ``spec/package.md``.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from attrs import field, frozen

from longbien.evidence.layout import (
    MAX_PROOFS,
    MAX_SIGNERS,
    Role,
    find_role,
    parse_bag_folder,
)
from longbien.evidence.names import is_payload_path
from longbien.evidence.package import MAX_FILES
from longbien.primitives.digest import Octets
from longbien.primitives.errors import Malformed

BLOCK: Final = 512
END: Final = bytes(2 * BLOCK)
MAX_ENTRIES = 2 * MAX_FILES + MAX_PROOFS + 3 * MAX_SIGNERS + 1000  # payload, leaves, the rest
MAX_ENTRY_SIZE = 2**53 - 1  # bytes: what package.json can say

_USTAR_SIZE = 8**11 - 1  # bytes that eleven octal digits can say
_MAX_PAX = 2 * BLOCK  # a path of 300 characters and a size
_NAME, _PREFIX = 100, 155
_MAX_MTIME = 8**11 - 1
_RANKS = {Role.PAYLOAD: 0, Role.TAG_MANIFEST: 2, Role.SIGNATURE: 3}  # all other files: 1


@frozen(kw_only=True)
class Segment:
    """One file of the bag and where it lies in the tar."""

    path: str
    """Below the bag's folder."""

    size: int
    header_at: int
    data_at: int

    @property
    def end(self) -> int:
        """Return where the next segment begins."""
        return self.data_at + self.size + _padding(self.size)


@frozen(kw_only=True)
class FileSpan:
    """A range of one file of the bag."""

    path: str
    offset: int
    length: int


Piece: TypeAlias = bytes | FileSpan


@frozen(kw_only=True)
class TarPlan:
    """The whole layout of one tar."""

    folder: str
    mtime: int
    segments: tuple[Segment, ...]
    _starts: tuple[int, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """Return how many bytes the tar has."""
        return (self.segments[-1].end if self.segments else 0) + len(END)

    def pieces(self, offset: int, length: int) -> Iterator[Piece]:
        """Name what the bytes from ``offset`` consist of, in order: literal bytes and file ranges.

        A range that ends behind the tar is cut there.
        """
        end = min(offset + length, self.size)
        at = max(bisect_right(self._starts, offset) - 1, 0)
        while offset < end:
            parts = self._segment_parts(at) if at < len(self.segments) else [self._end_part()]
            at += 1
            for start, stop, piece in parts:
                if start < end and offset < stop:
                    yield _cut(piece, offset - start, min(end, stop) - start)
                    offset = min(end, stop)

    def fill(
        self, offset: int, out: memoryview, read: Callable[[FileSpan, memoryview], None]
    ) -> None:
        """Fill ``out`` with the bytes from ``offset`` on; ``read`` fills in those of files."""
        at = 0
        for piece in self.pieces(offset, len(out)):
            if isinstance(piece, FileSpan):
                read(piece, out[at : at + piece.length])
                at += piece.length
            else:
                out[at : at + len(piece)] = piece
                at += len(piece)

    def _segment_parts(self, at: int) -> list[tuple[int, int, Piece]]:
        segment = self.segments[at]
        header = encode_header(self.folder, segment.path, size=segment.size, mtime=self.mtime)
        data_end = segment.data_at + segment.size
        span = FileSpan(path=segment.path, offset=0, length=segment.size)
        return [
            (segment.header_at, segment.data_at, header),
            (segment.data_at, data_end, span),
            (data_end, segment.end, bytes(_padding(segment.size))),
        ]

    def _end_part(self) -> tuple[int, int, Piece]:
        return self.size - len(END), self.size, END


def _cut(piece: Piece, start: int, stop: int) -> Piece:
    if isinstance(piece, bytes):
        return piece[start:stop]
    return FileSpan(path=piece.path, offset=piece.offset + start, length=stop - start)


def plan_tar(folder: str, *, mtime: int, files: Iterable[tuple[str, int]]) -> TarPlan:
    """Lay out a bag: ``files`` are paths below the bag's folder and their sizes, in any order.

    Payload first, then the files of the tag manifest, then it, then the signatures: a receiver
    knows what was signed only after it has all of it.
    """
    segments = []
    at = 0
    for path, size in sorted(files, key=lambda entry: _place(entry[0])):
        data_at = at + len(encode_header(folder, path, size=size, mtime=mtime))
        segments.append(Segment(path=path, size=size, header_at=at, data_at=data_at))
        at = segments[-1].end
    return TarPlan(
        folder=folder,
        mtime=mtime,
        segments=tuple(segments),
        starts=tuple(segment.header_at for segment in segments),
    )


def _place(path: str) -> tuple[int, str]:
    role = find_role(path)
    if role is None or (role is Role.PAYLOAD and not is_payload_path(path)):
        raise Malformed("tar.foreign", "{path} has no place in a bag", path=path)
    return _RANKS.get(role, 1), path


def _padding(size: int) -> int:
    return -size % BLOCK


# --- headers --------------------------------------------------------------------------------


def encode_header(folder: str, path: str, *, size: int, mtime: int) -> bytes:
    """Return everything in front of a file's data: its ustar header, before it a pax one if needed.

    A pax header stands only where the name does not fit into ustar's two fields, or the size not
    into eleven octal digits.
    """
    full = f"{folder}/{path}"
    prefix, name = _split_name(full)
    pax = b""
    if not name:
        pax += _pax_record("path", full)
        name = full[:_NAME]
    if size > _USTAR_SIZE:
        pax += _pax_record("size", str(size))
        size_field = 0
    else:
        size_field = size
    header = _ustar(prefix, name, size=size_field, mtime=mtime, kind=b"0")
    if not pax:
        return header
    before = _ustar("", f"{folder}/PaxHeader", size=len(pax), mtime=mtime, kind=b"x")
    return before + pax + bytes(_padding(len(pax))) + header


def _split_name(full: str) -> tuple[str, str]:
    """Return ustar's prefix and name; an empty name where the path does not fit."""
    if len(full) <= _NAME:
        return "", full
    # the longest prefix that fits, so that there is one way to write a name
    at = full.rfind("/", 0, _PREFIX + 1)
    name = full[at + 1 :]
    return (full[:at], name) if len(name) <= _NAME else ("", "")


def _pax_record(key: str, value: str) -> bytes:
    rest = f" {key}={value}\n"
    length = len(rest) + 1
    while len(str(length)) + len(rest) != length:
        length += 1
    return f"{length}{rest}".encode("ascii")


def _ustar(prefix: str, name: str, *, size: int, mtime: int, kind: bytes) -> bytes:
    fields = (
        (name.encode("ascii"), _NAME),
        (b"0000644", 8),
        (b"0000000", 8),
        (b"0000000", 8),
        (b"%011o" % size, 12),
        (b"%011o" % mtime, 12),
        (b" " * 8, 8),
        (kind, 1),
        (b"", 100),
        (b"ustar\x0000", 8),
        (b"", 32),
        (b"", 32),
        (b"0000000", 8),
        (b"0000000", 8),
        (prefix.encode("ascii"), _PREFIX),
        (b"", 12),
    )
    header = b"".join(value.ljust(width, b"\0") for value, width in fields)
    return header[:148] + b"%06o\0 " % sum(header) + header[156:]


# --- reading --------------------------------------------------------------------------------


@frozen(kw_only=True)
class FileBegin:
    """A file begins; ``size`` bytes of data follow."""

    folder: str
    path: str
    size: int


@frozen(kw_only=True)
class FileData:
    """The next bytes of the file that has begun: a view on what was fed."""

    data: memoryview


@frozen(kw_only=True)
class FileEnd:
    """The file is complete."""


Event: TypeAlias = FileBegin | FileData | FileEnd


class TarReader:
    """Reads one tar that comes in pieces of any size.

    ``feed`` names what the bytes mean; each of its results must be used up before the next
    call, and a ``FileData`` before its block changes.  ``finish`` must be called at the end.
    Raises Malformed: ``tar.header``, ``tar.folder``, ``tar.foreign``, ``tar.order``,
    ``tar.too-many``, ``tar.padding``, ``tar.trailing``, ``tar.truncated``, ``layout.folder``.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()  # a header that is not complete yet
        self._folder = ""
        self._mtime = -1
        self._left = 0  # bytes of data to come
        self._padding = 0  # bytes behind the data to come
        self._last = (-1, "")
        self._entries = 0
        self._ended = False

    def feed(self, block: Octets) -> Iterator[Event]:
        """Take the next bytes."""
        view = memoryview(block)
        while view:
            if self._left:
                piece, view = view[: self._left], view[self._left :]
                self._left -= len(piece)
                yield FileData(data=piece)
                if not self._left:
                    yield FileEnd()
            elif self._padding:
                piece, view = view[: self._padding], view[self._padding :]
                if any(piece):
                    raise Malformed("tar.padding", "bytes behind a file are not zero")
                self._padding -= len(piece)
            else:
                take = BLOCK - len(self._buffer) % BLOCK
                self._buffer += view[:take]
                view = view[take:]
                if len(self._buffer) % BLOCK == 0:
                    yield from self._header_block()

    def skip(self) -> int:
        """Leave out the data of the file that has just begun; return how many bytes that is.

        For one who can read at any place: the next bytes to feed are behind them.
        """
        count, self._left, self._padding = self._left + self._padding, 0, 0
        return count

    def finish(self) -> None:
        """Raise Malformed ``tar.truncated`` unless the tar came to its end."""
        if not self._ended:
            raise Malformed("tar.truncated", "the tar ends too early")

    def _header_block(self) -> Iterator[Event]:
        header = bytes(self._buffer)
        if self._ended:
            raise Malformed("tar.trailing", "bytes follow the end of the tar")
        if not any(header[:BLOCK]):
            self._take_end(header)
            return
        if len(header) < _header_length(header):
            return
        self._buffer.clear()
        begin = self._begin(header)
        self._left, self._padding = begin.size, _padding(begin.size)
        yield begin
        if not begin.size:
            yield FileEnd()

    def _take_end(self, header: bytes) -> None:
        if any(header):
            raise Malformed("tar.header", "one empty block is not the end of a tar")
        if len(header) == len(END):
            self._buffer.clear()
            self._ended = True

    def _begin(self, header: bytes) -> FileBegin:
        full, size, mtime = _read_header(header)
        folder, _, path = full.partition("/")
        if not self._entries:
            parse_bag_folder(folder)
            self._folder, self._mtime = folder, mtime
        if folder != self._folder:
            raise Malformed("tar.folder", "a file outside the bag's folder")
        place = _place(path)
        if encode_header(folder, path, size=size, mtime=self._mtime) != header:
            raise Malformed("tar.header", "a header is not written as it must be")
        if place <= self._last:
            raise Malformed("tar.order", "{path} is not in order", path=path)
        self._last = place
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise Malformed("tar.too-many", "more than {limit} files", limit=MAX_ENTRIES)
        return FileBegin(folder=folder, path=path, size=size)


def _header_length(header: bytes) -> int:
    """Return how many bytes stand in front of the data, by what the first block says."""
    if header[156:157] != b"x":
        return BLOCK
    length = _octal(header[124:136])
    if not 0 < length <= _MAX_PAX:
        raise Malformed("tar.header", "a pax header of {size} bytes", size=length)
    return BLOCK + length + _padding(length) + BLOCK


def _read_header(header: bytes) -> tuple[str, int, int]:
    """Return name, size and time of a header; the caller encodes them and compares every byte."""
    last = header[-BLOCK:]
    name, prefix = _text(last[:100]), _text(last[345:500])
    full = f"{prefix}/{name}" if prefix else name
    size = _octal(last[124:136])
    if len(header) > BLOCK:
        pax = _read_pax(header[BLOCK : BLOCK + _octal(header[124:136])])
        full = pax.get("path", full)
        size = _pax_size(pax["size"]) if "size" in pax else size
    return full, size, _octal(last[136:148])


def _read_pax(records: bytes) -> dict[str, str]:
    found = {}
    for record in records.split(b"\n")[:-1]:
        key, _, value = record.partition(b" ")[2].partition(b"=")
        found[_text(key)] = _text(value)
    return found


def _pax_size(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(MAX_ENTRY_SIZE)):
        raise Malformed("tar.header", "a size in a pax header is not a number")
    return int(text)


def _text(raw: bytes) -> str:
    try:
        return raw.rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("tar.header", "a name in the tar is not ASCII") from None


def _octal(raw: bytes) -> int:
    digits = raw[:-1]
    if raw[-1:] != b"\0" or not digits.isdigit() or any(digit > ord("7") for digit in digits):
        raise Malformed("tar.header", "a number in a header is not written as it must be")
    return int(digits, 8)
