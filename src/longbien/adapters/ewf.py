"""Checking the digests that an EnCase image (E01) carries inside, with libewf (extra ``ewf``).

An image is payload like any other: it is neither changed nor taken apart.  What its own MD5 and
SHA-1 say about the medium becomes a notice in the description, also where nothing was checked.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from longbien.evidence.package import IngestNotice, PayloadFile

VERIFIED = "ingest.ewf-verified"
DIFFERS = "ingest.ewf-differs"
NO_DIGEST = "ingest.ewf-no-digest"
UNREADABLE = "ingest.ewf-unreadable"
NOT_CHECKED = "ingest.ewf-not-checked"

_BLOCK = 2**20
_FIRST = re.compile(r"(.*)\.e01", re.IGNORECASE | re.DOTALL)
# segments are numbered .E01 to .E99, then .EAA to .EZZ, .FAA and so on
_SEGMENT = re.compile(r"(.*)\.[e-z](?:[0-9]{2}|[a-z]{2})", re.IGNORECASE | re.DOTALL)


def check_images(
    files: Iterable[PayloadFile],
    bag: Path,
    *,
    skip: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[IngestNotice, ...]:
    """Check every E01 image among the files of a bag; one notice each.

    ``skip`` leaves them unchecked, which the notice says, as it does where the library is not
    installed.  ``advance`` counts bytes of the media inside.
    """
    images = tuple(_images(files))
    library = None if skip or not images else _find_library()
    return tuple(
        IngestNotice(
            code=_check(library, [bag / file.path for file in segments], advance)
            if library
            else NOT_CHECKED,
            name=segments[0].original_name,
        )
        for segments in images
    )


def _find_library() -> Any | None:  # noqa: ANN401 - pyewf has no types
    try:
        import pyewf  # noqa: PLC0415 - the extra may be missing
    except ImportError:
        return None
    return pyewf


def _images(files: Iterable[PayloadFile]) -> Iterator[list[PayloadFile]]:
    """Group the segments of each image, first one first."""
    firsts: dict[str, PayloadFile] = {}
    others: defaultdict[str, list[PayloadFile]] = defaultdict(list)
    for file in files:
        if found := _FIRST.fullmatch(file.original_name):
            firsts[found[1]] = file
        elif found := _SEGMENT.fullmatch(file.original_name):
            others[found[1]].append(file)
    for stem, first in firsts.items():
        yield [first, *sorted(others[stem], key=lambda file: file.original_name.lower())]


def _check(library: Any, segments: list[Path], advance: Callable[[int], None]) -> str:  # noqa: ANN401 - pyewf has no types
    image = library.handle()
    try:
        image.open([str(path) for path in segments])
        try:
            return _compare(image, advance)
        finally:
            image.close()
    except OSError:
        # libewf tells of a broken image and of a broken disk alike
        return UNREADABLE


def _compare(image: Any, advance: Callable[[int], None]) -> str:  # noqa: ANN401 - pyewf has no types
    stored = {
        name: str(value).lower()
        for name, value in dict(image.get_hash_values()).items()
        if name in {"MD5", "SHA1"} and value
    }
    if not stored:
        return NO_DIGEST
    hashers = {name: hashlib.new(name.lower(), usedforsecurity=False) for name in stored}
    left = image.get_media_size()
    while left:
        block = image.read_buffer(min(left, _BLOCK))
        if not block:
            return UNREADABLE
        for hasher in hashers.values():
            hasher.update(block)
        left -= len(block)
        advance(len(block))
    same = all(hashers[name].hexdigest() == value for name, value in stored.items())
    return VERIFIED if same else DIFFERS
