"""Canonical JSON (RFC 8785): the one way in and the one way out.

Two readers must never see two meanings in the same bytes: duplicate keys, numbers
beyond 2**53, lone surrogates, depth and size beyond the caps are refused.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import rfc8785

from longbien.primitives.errors import Malformed

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

MAX_DEPTH = 32  # our deepest document has 6 levels; CPython's parser recurses
MAX_SIZE = 4 * 2**20  # bytes of one document, unless the caller names another cap

# A string without its end is taken whole: to look for the end again at each quote inside would
# cost quadratic time.  What is inside of a string is passed over without a step back.
_NESTING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


def encode_json(value: Json) -> bytes:
    """Return the canonical bytes of ``value``.

    Raises ValueError for what RFC 8785 cannot carry: that is a bug of the caller.
    """
    return _written(value) if _is_plain(value) else rfc8785.dumps(value)


def parse_json(data: bytes, *, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH) -> Json:
    """Read one JSON document of any layout.

    Raises Malformed: ``json.size``, ``json.depth``, ``json.syntax``, ``json.duplicate-key``,
    ``json.number``.
    """
    if len(data) > max_size:
        raise Malformed("json.size", "more than {limit} bytes of JSON", limit=max_size)
    _check_depth(data, max_depth)
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_number,
        )
        if b"\\u" in data:
            _written(value)  # half of a surrogate pair is no text, and only an escape can bring one
    except ValueError as error:  # JSONDecodeError, UnicodeDecodeError and UnicodeEncodeError
        raise Malformed("json.syntax", "this is not JSON: {why}", why=error) from None
    return value


def parse_canonical(data: bytes, *, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH) -> Json:
    """Read one JSON document whose bytes must already be canonical.

    Raises Malformed as ``parse_json`` does, and ``json.not-canonical``.
    """
    value = parse_json(data, max_size=max_size, max_depth=max_depth)
    if (_written(value) if data.isascii() else encode_json(value)) != data:
        raise Malformed("json.not-canonical", "the bytes are not in canonical form (RFC 8785)")
    return value


def _is_plain(value: Json) -> bool:
    kind = type(value)
    if kind is dict:
        for name, one in cast("dict[str, Json]", value).items():
            if type(name) is not str or not name.isascii() or not _is_plain(one):
                return False
        return True
    if kind is list or kind is tuple:
        return all(map(_is_plain, cast("Sequence[Json]", value)))
    if kind is int:
        return -(2**53) < cast("int", value) < 2**53
    return kind is str or kind is bool or value is None


def _written(value: Json) -> bytes:
    # Four times as quick as rfc8785 and the same where names are ASCII and numbers whole: both
    # escape alike (RFC 8785, 3.2.2.2), and ASCII names sort alike by code point and by UTF-16.
    # What was read from ASCII bytes may have other names: an escape for anything above ASCII
    # comes out longer than it went in, so that these bytes were not canonical.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def _check_depth(data: bytes, max_depth: int) -> None:
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return  # most documents: too few brackets to be deep, wherever they stand
    depth = 0
    for token in _NESTING.finditer(data):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            if depth > max_depth:
                raise Malformed("json.depth", "nested deeper than {limit} levels", limit=max_depth)
        elif first in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("json.duplicate-key", "a key stands twice in one object")
    return found


def _integer(text: str) -> int:
    # 20 characters hold any 64-bit number; CPython would take quadratic time on longer ones
    if len(text) > 20 or abs(int(text)) >= 2**53:  # noqa: PLR2004 - named in the comment above
        raise Malformed("json.number", "a whole number beyond 2**53")
    return int(text)


def _number(text: str) -> float:
    # our formats have no fractions; a float is where two readers round differently
    raise Malformed("json.number", "{text} is not a whole number", text=text[:20])
