"""Names of exhibits: from whatever an examiner's disk holds to names that every tool reads alike.

RFC 8493 percent-encodes CR, LF and ``%`` in manifests, ``sha256sum`` has an escape of its own,
and Windows, macOS and Linux disagree about case, accents and dots.  Only plain names mean one
thing everywhere; the original name goes into package.json.  Section 4 of ``spec/package.md``.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from longbien.evidence.layout import MAX_PATH, PAYLOAD
from longbien.evidence.package import MAX_FILES
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.visible import visible

MAX_PART = 80  # characters between two slashes
MAX_DEPTH = 64  # folders one inside the other in the examiner's folder
MAX_ORIGINAL = 4096  # bytes of an original path: PATH_MAX of Linux
_DIGITS = 10  # of the digest that tells two changed names apart
_LONG_DIGITS = 32
_MAX_EXTENSION = 12

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}(?<!\.)", re.ASCII)
_EXHIBIT = re.compile(r"E(?!0+$)(?:[0-9]{4}|[1-9][0-9]{4,6})", re.ASCII)
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,11}\Z", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:", re.ASCII)
# Windows opens a device under these names, whatever the extension
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.ASCII | re.IGNORECASE)


def is_portable_part(part: str) -> bool:
    """Tell whether one part of a path is a name that every tool reads alike."""
    return bool(_PART.fullmatch(part)) and not _RESERVED.fullmatch(part)


def is_payload_path(path: str) -> bool:
    """Tell whether this is the path of a payload file: ``data/<exhibit>/…``, portable."""
    if len(path) > MAX_PATH:
        return False
    head, *parts = path.split("/")
    return (
        head == PAYLOAD
        and len(parts) >= 2  # noqa: PLR2004 - the exhibit and at least the file's name
        and bool(_EXHIBIT.fullmatch(parts[0]))
        and all(map(is_portable_part, parts[1:]))
    )


def require_payload_path(path: str) -> None:
    """Raise Malformed ``name.not-portable`` unless the path is one of a payload file."""
    if not is_payload_path(path):
        raise Malformed("name.not-portable", "{path} is not a name for a payload file", path=path)


def find_clash(paths: Iterable[str]) -> str | None:
    """Return a path that a disk without upper and lower case takes for another, or None.

    Also one that is a file here and a folder there.
    """
    files: set[str] = set()
    folders: dict[str, str] = {}
    for path in paths:
        folded = path.lower()
        if folded in files or folded in folders:
            return path
        files.add(folded)
        folder = path.rpartition("/")[0]
        while folder and folders.get(folder.lower()) != folder:
            if folders.setdefault(folder.lower(), folder) != folder or folder.lower() in files:
                return path
            folder = folder.rpartition("/")[0]
    return None


def text_of(raw: bytes) -> tuple[str, str]:
    """Return an original name as text, and its bytes in hexadecimal where they are not UTF-8."""
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace"), raw.hex()


def assign_paths(originals: Sequence[bytes]) -> tuple[str, ...]:
    """Return the payload path of each original path, in the order given.

    ``originals`` are paths below the examiner's folder, ``/`` between the parts, each once, none
    the folder of another.  Each first part is an exhibit, numbered in byte order of the names.
    The result depends on the set of names alone, is injective even where case is not told apart,
    and keeps a name that is portable already.  Raises Refused ``ingest.traversal``,
    ``ingest.name-too-long``, ``ingest.too-deep``, ``ingest.too-many-files``.
    """
    if len(originals) > MAX_FILES:
        raise Refused(
            "ingest.too-many-files",
            "more than {limit} files: pack them as a disk image or an archive",
            limit=MAX_FILES,
        )
    for original in originals:
        _require_plain(original)
    parts = _portable_siblings(originals)
    exhibits = _exhibit_numbers(originals)
    paths = {path: _joined(path, exhibits, parts) for path in originals}
    _shorten(paths)
    return tuple(paths[original] for original in originals)


def _require_plain(original: bytes) -> None:
    if len(original) > MAX_ORIGINAL:
        raise Refused("ingest.name-too-long", "a path of more than {n} bytes", n=MAX_ORIGINAL)
    parts = original.split(b"/")
    if b"\0" in original or any(part in {b"", b".", b".."} for part in parts):
        raise Refused(
            "ingest.traversal",
            "{name} is not a path below the folder",
            name=visible(text_of(original)[0]),
        )
    if len(parts) > MAX_DEPTH + 1:
        raise Refused(
            "ingest.too-deep",
            "more than {limit} folders one inside the other at {name}",
            limit=MAX_DEPTH,
            name=visible(text_of(original)[0]),
        )


def _exhibit_numbers(originals: Iterable[bytes]) -> dict[bytes, str]:
    tops = sorted({original.split(b"/", 1)[0] for original in originals})
    return {top: f"{PAYLOAD}/E{number:04}" for number, top in enumerate(tops, 1)}


def _portable_siblings(originals: Iterable[bytes]) -> dict[bytes, str]:
    """Map each path, of files and of folders, to the portable form of its last part."""
    siblings: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for original in originals:
        path = original
        while path:
            parent, _, name = path.rpartition(b"/")
            if name in siblings[parent]:
                break  # its folders were met with an earlier file
            siblings[parent].add(name)
            path = parent
    return {
        (parent + b"/" + name if parent else name): portable
        for parent, names in siblings.items()
        for name, portable in portable_names(names).items()
    }


def _joined(original: bytes, exhibits: Mapping[bytes, str], parts: Mapping[bytes, str]) -> str:
    found = []
    path = original
    while b"/" in path:
        found.append(parts[path])
        path = path.rpartition(b"/")[0]
    # an exhibit that is one file keeps its name below the number
    return "/".join((exhibits[path], *(reversed(found) if found else (parts[path],))))


def portable_names(names: Iterable[bytes]) -> dict[bytes, str]:
    """Return a portable name for each of the names in one folder, all different in any case.

    Of names that differ only in case the first in byte order stays as it is.
    """
    found: dict[bytes, str] = {}
    taken: set[str] = set()
    changed: list[bytes] = []
    for raw in sorted(names):
        text = raw.decode("ascii", "replace")
        if is_portable_part(text) and text.lower() not in taken:
            found[raw] = text
            taken.add(text.lower())
        else:
            changed.append(raw)
    for raw in changed:
        found[raw] = _first_free(_changed_names(raw), taken)
    return found


def _first_free(candidates: Iterator[str], taken: set[str]) -> str:
    free = next(name for name in candidates if name.lower() not in taken)
    taken.add(free.lower())
    return free


def _changed_names(raw: bytes) -> Iterator[str]:
    """Offer names for one that cannot stay: what is left of it, and a part of its digest."""
    text = _FOREIGN.sub("_", text_of(raw)[0])
    extension = _EXTENSION.search(text)
    tail = extension[0] if extension else ""
    stem = text.removesuffix(tail).lstrip(".-")[: MAX_PART - _MAX_EXTENSION - _DIGITS - 2]
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    attempt = 0
    while True:
        yield f"{stem}-{_tag(raw, attempt, _DIGITS)}{tail}"
        attempt += 1


def _tag(raw: bytes, attempt: int, digits: int) -> str:
    # the attempt counts only where somebody named a file after the digest of another
    salted = raw if not attempt else raw + b"/" + str(attempt).encode("ascii")
    return hashlib.sha256(salted).hexdigest()[:digits]


def _shorten(paths: dict[bytes, str]) -> None:
    """Put each path that is too long for Windows or ustar directly below its exhibit."""
    long = sorted(original for original, path in paths.items() if len(path) > MAX_PATH)
    taken = {path.lower() for path in paths.values()} if long else set()
    taken |= {"/".join(path.split("/")[:3]) for path in taken}
    for original in long:
        paths[original] = _first_free(_short_paths(original, paths[original]), taken)


def _short_paths(original: bytes, path: str) -> Iterator[str]:
    exhibit = "/".join(path.split("/")[:2])
    extension = _EXTENSION.search(path)
    tail = extension[0] if extension else ""
    attempt = 0
    while True:
        yield f"{exhibit}/long-{_tag(original, attempt, _LONG_DIGITS)}{tail}"
        attempt += 1


def name_notices(siblings: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Name what is odd about the names in one folder: pairs of a code and the name.

    ``ingest.name-not-utf8``, ``ingest.name-control``, ``ingest.name-bidi``,
    ``ingest.name-reserved``, ``ingest.name-windows-path``, ``ingest.name-case-clash``,
    ``ingest.name-unicode-twin``.
    """
    names = sorted(siblings)
    folded: defaultdict[str, list[bytes]] = defaultdict(list)
    for raw in names:
        text, as_hex = text_of(raw)
        yield from ((code, raw) for code in _oddities(text, not_utf8=bool(as_hex)))
        folded[unicodedata.normalize("NFKC", text).casefold()].append(raw)
    for alike in folded.values():
        for raw in alike[1:]:
            yield _twin_code(alike[0], raw), raw


def _oddities(text: str, *, not_utf8: bool) -> Iterator[str]:
    if text.isascii() and is_portable_part(text):
        return
    categories = set(map(unicodedata.category, text))
    if not_utf8:
        yield "ingest.name-not-utf8"
    if categories & {"Cc", "Zl", "Zp"}:
        yield "ingest.name-control"
    if "Cf" in categories:
        yield "ingest.name-bidi"
    if _RESERVED.fullmatch(text) or text.endswith((".", " ")):
        yield "ingest.name-reserved"
    if "\\" in text or _DRIVE.match(text):
        yield "ingest.name-windows-path"


def _twin_code(first: bytes, second: bytes) -> str:
    one, other = text_of(first)[0], text_of(second)[0]
    if one != other and one.casefold() == other.casefold():
        return "ingest.name-case-clash"
    return "ingest.name-unicode-twin"
