import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from longbien.primitives.canonical import encode_json, parse_canonical, parse_json
from longbien.primitives.errors import Malformed

LEAVES = st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text()
ASCII = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(
    LEAVES | ASCII,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | ASCII, inner, max_size=4)
    ),
    max_leaves=12,
)


def is_accepted(data: bytes) -> bool:
    """Tell if the reader takes the bytes for canonical."""
    try:
        parse_canonical(data)
    except Malformed:
        return False
    return True


@given(VALUES)
def test_what_we_write_is_what_we_accept(value: object) -> None:
    """Canonical bytes are RFC 8785's and come back as the same value."""
    assert encode_json(value) == rfc8785.dumps(value)
    assert parse_canonical(encode_json(value)) == value


@given(VALUES, st.booleans(), st.booleans())
def test_only_the_canonical_bytes_are_accepted(
    value: object,
    is_escaped: bool,  # noqa: FBT001 - drawn by hypothesis
    is_sorted: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    """However else a value is written, the reader agrees with RFC 8785 about it."""
    text = json.dumps(value, ensure_ascii=is_escaped, sort_keys=is_sorted, separators=(",", ":"))
    data = text.encode()

    assert is_accepted(data) is (rfc8785.dumps(parse_json(data)) == data)


@given(st.binary(max_size=60).map(lambda raw: b'["' + raw + b'"]'))
def test_any_bytes_in_a_string_are_judged_alike(data: bytes) -> None:
    """Whatever stands in a string: what is accepted is what RFC 8785 writes."""
    if is_accepted(data):
        assert rfc8785.dumps(json.loads(data)) == data


@given(st.text(st.characters(categories=("Cs", "Lu", "So")), max_size=6))
def test_whatever_is_read_can_be_written(text: str) -> None:
    """Loose JSON too: halves of surrogate pairs are refused, whole ones are one character."""
    data = json.dumps([text]).encode()
    is_whole = not any("\ud800" <= one <= "\udfff" for one in json.loads(data)[0])
    if is_whole:
        assert parse_canonical(encode_json(parse_json(data))) == json.loads(data)
    else:
        with pytest.raises(Malformed, match="surrogates"):
            parse_json(data)
