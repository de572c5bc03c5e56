"""The rules of a hand-over in parts: what a sealed object looks like, and what may be sent of it.

A transfer is announced by a signed message that fixes the digest and the size of everything
that may follow, so that each request is judged before its body is read.  Nothing here touches
a part's bytes but to count and to hash the list of digests.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import field, frozen

from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.digest import SIZE, Digest, Octets
from longbien.primitives.errors import Malformed, Refused, Unavailable
from longbien.primitives.ids import StateCode
from longbien.trust.age.header import MAX_HEADER
from longbien.trust.age.stream import MAX_PLAINTEXT, NONCE, TAG, sealed_size

PART_SIZE: Final = 8 * 2**20  # bytes; a cut costs at most one part, and two fit in any buffer
MAX_PARTS_LIST: Final = 24 * 2**20  # bytes of 32 each: 6 TiB in parts of 8 MiB
MAX_PARTS: Final = MAX_PARTS_LIST // SIZE
MAX_OBJECT: Final = MAX_HEADER + NONCE + sealed_size(MAX_PLAINTEXT)
"""Bytes of one sealed object: what 5 TiB take when they are sealed."""

MAX_RANGES: Final = 1024  # in one answer; a receiver with more gaps tells of the rest later
MAX_MISSING: Final = 64 * 1024  # bytes of one answer: 1,024 ranges of two numbers, and names

_FIELDS = frozenset({"header", "header_size", "part_count", "part_size", "parts_list", "size"})
_MISSING_FIELDS = frozenset({"header", "list", "missing", "through"})
_WINDOW_FIELDS = frozenset({"first", "last"})


@frozen(kw_only=True)
class SealedObject:
    """A sealed package or exhibit in the vault: an age file, cut into parts.

    The header is a part of its own, so that another recipient needs a new header only.  All
    other parts but the last have ``part_size`` bytes.
    """

    header: Digest
    header_size: int
    parts_list: Digest
    """SHA-256 of the parts' SHA-256 digests, 32 bytes each, in order; itself in the vault."""

    part_count: int
    part_size: int
    size: int
    """Bytes of the whole age file, header included."""

    def length_of(self, index: int) -> int:
        """Return how many bytes part ``index`` has.  ValueError: there is no such part."""
        if not 0 <= index < self.part_count:
            msg = f"part {index} of {self.part_count}"
            raise ValueError(msg)
        if index < self.part_count - 1:
            return self.part_size
        return self.size - self.header_size - self.part_size * (self.part_count - 1)


def encode_sealed_object(sealed: SealedObject) -> dict[str, Json]:
    """Write a sealed object as it stands in the announcement (field ``sealed``)."""
    return {
        "header": sealed.header.hex,
        "header_size": sealed.header_size,
        "part_count": sealed.part_count,
        "part_size": sealed.part_size,
        "parts_list": sealed.parts_list.hex,
        "size": sealed.size,
    }


def parse_sealed_object(value: Json) -> SealedObject:
    """Read the ``sealed`` of an announcement, within the limits of this module.

    Raises Malformed ``transfer.sealed-form`` and, where the numbers do not make one file in
    parts, ``transfer.sealed-sizes``.
    """
    if not isinstance(value, Mapping) or value.keys() != _FIELDS:
        raise _not_sealed()
    sealed = SealedObject(
        header=_digest(value["header"]),
        header_size=_count(value["header_size"]),
        parts_list=_digest(value["parts_list"]),
        part_count=_count(value["part_count"]),
        part_size=_count(value["part_size"]),
        size=_count(value["size"]),
    )
    if not _is_one_file(sealed):
        raise Malformed(
            "transfer.sealed-sizes", "the sizes of a sealed object do not make one file in parts"
        )
    return sealed


def _is_one_file(sealed: SealedObject) -> bool:
    payload = sealed.size - sealed.header_size
    return (
        sealed.header_size <= MAX_HEADER
        and sealed.part_size <= PART_SIZE
        and sealed.part_count <= MAX_PARTS
        and sealed.size <= MAX_OBJECT
        and payload >= TAG  # what an empty file has: the nonce is with the header
        and sealed.part_count == -(-payload // sealed.part_size)
    )


def _count(value: Json) -> int:
    # True is an int in Python and is no number here
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _not_sealed()
    return value


def _digest(value: Json) -> Digest:
    try:
        return Digest.parse(value if isinstance(value, str) else "")
    except Malformed:
        raise _not_sealed() from None


def _not_sealed() -> Malformed:
    return Malformed(
        "transfer.sealed-form",
        "a sealed object is two digests and four numbers above zero, and nothing else",
    )


# --- the list of parts -------------------------------------------------------------------------


def encode_parts_list(digests: Iterable[Digest]) -> bytes:
    """Write the digests of all parts in their order, 32 bytes each."""
    return b"".join([digest.raw for digest in digests])


def parse_parts_list(data: Octets, *, sealed: SealedObject) -> tuple[Digest, ...]:
    """Read the list of an announced object: exactly the one whose digest was signed.

    Raises Malformed ``transfer.list-size`` and ``transfer.list-digest``.
    """
    if len(data) != list_size(sealed):
        raise Malformed(
            "transfer.list-size",
            "the list of parts has {expected} bytes",
            expected=list_size(sealed),
        )
    if hashlib.sha256(data).digest() != sealed.parts_list.raw:
        raise Malformed("transfer.list-digest", "this is not the list of parts that was announced")
    raw = bytes(data)
    return tuple([Digest(raw[at : at + SIZE]) for at in range(0, len(raw), SIZE)])


def list_size(sealed: SealedObject) -> int:
    """Return how many bytes the list of parts has."""
    return sealed.part_count * SIZE


# --- what may be sent ---------------------------------------------------------------------------


def require_announced_to(announced: StateCode | None, *, peer: StateCode) -> None:
    """Refuse a transfer that this peer has not announced; ``announced`` is None for an unknown one.

    The answer is the same for both, so that nobody can probe for the transfers of another.
    Raises Refused ``transfer.unknown``.
    """
    if announced != peer:
        raise Refused("transfer.unknown", "no such transfer was announced by this State")


def require_header_size(sealed: SealedObject, *, length: int) -> None:
    """Judge a header by its ``Content-Length``, before it is read.  Refused ``transfer.size``."""
    _require_length(length, sealed.header_size)


def require_list_size(sealed: SealedObject, *, length: int) -> None:
    """Judge a list of parts by its ``Content-Length``.  Refused ``transfer.size``."""
    _require_length(length, list_size(sealed))


def require_part_size(sealed: SealedObject, *, index: int, length: int) -> None:
    """Judge a part by its place and ``Content-Length``, before it is read.

    Raises Refused ``transfer.index`` and ``transfer.size``.
    """
    if not 0 <= index < sealed.part_count:
        raise Refused(
            "transfer.index",
            "there is no part {index}: the object has {count}",
            index=index,
            count=sealed.part_count,
        )
    _require_length(length, sealed.length_of(index))


def _require_length(length: int, expected: int) -> None:
    if length != expected:
        raise Refused(
            "transfer.size",
            "{length} bytes where {expected} were announced",
            length=length,
            expected=expected,
        )


def require_digest(found: Digest, *, expected: Digest) -> None:
    """Refuse bytes that are not those announced; nothing of them is kept.

    Raises Malformed ``transfer.part-digest``.
    """
    if found != expected:
        raise Malformed("transfer.part-digest", "these are not the bytes that were announced")


def require_room(sealed: SealedObject, *, free_bytes: int | None, reserve: int) -> None:
    """Refuse an object that would not leave ``reserve`` bytes free; None: nobody can tell.

    Asked when a transfer is announced and again at its first part.  Raises Unavailable
    ``transfer.no-room``, to be tried again: room can be made.
    """
    needed = sealed.size + list_size(sealed) + reserve
    if free_bytes is not None and free_bytes < needed:
        raise Unavailable(
            "transfer.no-room",
            "{needed} bytes are needed and {free} are free",
            retry=True,
            needed=needed,
            free=free_bytes,
        )


# --- what is missing ----------------------------------------------------------------------------


@frozen(kw_only=True)
class Missing:
    """What a receiver still lacks of one object."""

    header: bool
    """The header is not there yet."""

    parts_list: bool
    """The list of parts is not there yet; without it no part is accepted."""

    ranges: tuple[tuple[int, int], ...] = field(default=())
    """First and last index of each run of missing parts, ascending, with gaps between them."""

    through: int
    """The ranges tell everything up to and including this part; ask again from the next one."""

    def is_complete(self, sealed: SealedObject) -> bool:
        """Say whether nothing at all is missing."""
        told_all = self.through == sealed.part_count - 1
        return told_all and not (self.header or self.parts_list or self.ranges)


def missing_of(
    indices: Iterable[int], *, header: bool, parts_list: bool, first: int, last: int
) -> Missing:
    """Tell which of the parts ``first`` to ``last`` are missing, in at most ``MAX_RANGES`` runs.

    ``indices`` are missing parts in ascending order, all within the window.  With the list
    missing every part of the window counts as missing.
    """
    if parts_list:
        whole = ((first, last),)
        return Missing(header=header, parts_list=True, ranges=whole, through=last)
    ranges: list[tuple[int, int]] = []
    for index in indices:
        if ranges and index == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], index)
        elif len(ranges) == MAX_RANGES:
            return Missing(
                header=header, parts_list=False, ranges=tuple(ranges), through=ranges[-1][1]
            )
        else:
            ranges.append((index, index))
    return Missing(header=header, parts_list=False, ranges=tuple(ranges), through=last)


def encode_missing(missing: Missing) -> bytes:
    """Write the answer to ``POST /v1/transfers/{id}/missing``."""
    return encode_json(
        {
            "header": missing.header,
            "list": missing.parts_list,
            "missing": [[first, last] for first, last in missing.ranges],
            "through": missing.through,
        }
    )


def parse_missing(data: bytes, *, sealed: SealedObject) -> Missing:
    """Read what the receiver lacks.

    Raises Malformed ``json.*`` and ``transfer.missing-form``.
    """
    value = parse_canonical(data, max_size=MAX_MISSING, max_depth=3)
    if not isinstance(value, Mapping) or value.keys() != _MISSING_FIELDS:
        raise _not_missing()
    header, parts_list = value["header"], value["list"]
    if not isinstance(header, bool) or not isinstance(parts_list, bool):
        raise _not_missing()
    through = _index(value["through"], sealed)
    ranges = _ranges(value["missing"], sealed)
    if ranges and ranges[-1][1] > through:
        raise _not_missing()
    return Missing(header=header, parts_list=parts_list, ranges=ranges, through=through)


def _ranges(value: Json, sealed: SealedObject) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list) or len(value) > MAX_RANGES:
        raise _not_missing()
    found: list[tuple[int, int]] = []
    for row in value:
        if not isinstance(row, list) or len(row) != 2:  # noqa: PLR2004 - first and last
            raise _not_missing()
        first, last = (_index(one, sealed) for one in row)
        # at least one present part lies between two runs: one text for one set
        if first > last or (found and first <= found[-1][1] + 1):
            raise _not_missing()
        found.append((first, last))
    return tuple(found)


def _index(value: Json, sealed: SealedObject) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number or not 0 <= value < sealed.part_count:  # type: ignore[operator]  # is_number
        raise _not_missing()
    return value  # type: ignore[return-value]  # is_number


def _not_missing() -> Malformed:
    return Malformed("transfer.missing-form", "what is missing is not told in its form")


def encode_window(*, first: int, last: int) -> bytes:
    """Write the body of ``POST /v1/transfers/{id}/missing`` for a part of the object."""
    return encode_json({"first": first, "last": last})


def parse_window(data: bytes, *, sealed: SealedObject) -> tuple[int, int]:
    """Read which parts are asked for; an empty body asks for all.

    Raises Malformed ``json.*`` and ``transfer.missing-form``.
    """
    if not data:
        return 0, sealed.part_count - 1
    value = parse_canonical(data, max_size=256, max_depth=1)
    if not isinstance(value, Mapping) or value.keys() != _WINDOW_FIELDS:
        raise _not_missing()
    first, last = _index(value["first"], sealed), _index(value["last"], sealed)
    if first > last:
        raise _not_missing()
    return first, last


def indices_of(ranges: Sequence[tuple[int, int]]) -> Iterable[int]:
    """Yield every missing part, in order; nothing of the size of the object is held."""
    for first, last in ranges:
        yield from range(first, last + 1)
