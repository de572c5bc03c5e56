from enum import StrEnum

import pytest
import rfc8785

from longbien.primitives.canonical import (
    MAX_DEPTH,
    MAX_SIZE,
    encode_json,
    parse_canonical,
    parse_json,
)
from longbien.primitives.errors import Malformed


def code_of(data: bytes, **limits: int) -> str:
    """Return the code with which canonical parsing refuses ``data``."""
    with pytest.raises(Malformed) as caught:
        parse_canonical(data, **limits)
    return caught.value.code


def test_keys_are_sorted_by_utf16_and_nothing_is_escaped_without_need() -> None:
    """The bytes are those of RFC 8785: the sort order of its section 3.2.3 example."""
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}

    encoded = encode_json(value).decode()

    assert list(parse_json(encoded.encode())) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]
    assert encoded.startswith('{"\\r":2,"1":4,"\u0080":6')


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"{}", {}),
        (b"[]", []),
        (b"null", None),
        (b'{"a":[true,false,null,0,-1]}', {"a": [True, False, None, 0, -1]}),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", 1 - 2**53),
        ('"\u1ed9"'.encode(), "\u1ed9"),
        (b'"a\\"[[[b"', 'a"[[[b'),
    ],
)
def test_canonical_bytes_are_read_and_written_alike(data: bytes, value: object) -> None:
    """What is canonical comes back as it was."""
    assert parse_canonical(data) == value
    assert encode_json(parse_canonical(data)) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json.syntax"),
        (b"{", "json.syntax"),
        (b"{}x", "json.syntax"),
        (b"\xff", "json.syntax"),
        (b"\xef\xbb\xbf{}", "json.syntax"),
        (b"'a'", "json.syntax"),
        (b"]", "json.syntax"),
        (b'"\\ud800"', "json.syntax"),
        (b'{"\\udfff":1}', "json.syntax"),
        (b'{"a":1,"a":1}', "json.duplicate-key"),
        (b'{"a":{"b":1,"b":2}}', "json.duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "json.duplicate-key"),
        (b"1.0", "json.number"),
        (b"1e3", "json.number"),
        (b"NaN", "json.number"),
        (b"-Infinity", "json.number"),
        (b"9007199254740992", "json.number"),
        (b"-9007199254740992", "json.number"),
        (b"1" * 5000, "json.number"),
        (b" {}", "json.not-canonical"),
        (b"{}\n", "json.not-canonical"),
        (b'{"b":1,"a":2}', "json.not-canonical"),
        (b'{"a": 1}', "json.not-canonical"),
        (b'"\\u0041"', "json.not-canonical"),
        (b'"\\/"', "json.not-canonical"),
        (b"-0", "json.not-canonical"),
    ],
)
def test_what_is_not_canonical_is_refused_by_name(data: bytes, code: str) -> None:
    """Two readers can never see two meanings: each deviation has its own code."""
    assert code_of(data) == code


def test_a_string_without_its_end_is_looked_at_once() -> None:
    """Half a million quotes inside of it do not make half a million searches for the end."""
    assert code_of(b"[" * MAX_DEPTH + b'["' + b'\\"' * 500_000) == "json.depth"
    assert code_of(b"[]," * MAX_DEPTH + b'"' + b'\\"' * 500_000) == "json.syntax"
    assert code_of(b"[]," * MAX_DEPTH + b'"[[[[\\') == "json.syntax"


def test_depth_is_counted_outside_of_strings_and_capped() -> None:
    """The cap itself is allowed, one more is not; brackets in strings do not count."""
    assert parse_canonical(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert code_of(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)) == "json.depth"
    assert code_of(b"[" * 10**6) == "json.depth"
    assert code_of(b'{"a":[[1]]}', max_depth=2) == "json.depth"
    assert parse_canonical(b"[[],[],[]]", max_depth=2) == [[], [], []]
    assert code_of(b"[[],[[]]]", max_depth=2) == "json.depth"
    assert code_of(b"[[[],[[]]]]", max_depth=3) == "json.depth"
    assert parse_canonical(b'"' + b"[" * 100 + b'"') == "[" * 100


def test_size_is_capped_before_anything_is_read() -> None:
    """The cap itself is allowed, one byte more is not."""
    assert parse_canonical(b'"aa"', max_size=4) == "aa"
    assert code_of(b'"aaa"', max_size=4) == "json.size"
    assert code_of(b" " * (MAX_SIZE + 1)) == "json.size"


def test_a_loose_document_is_read_but_not_taken_for_canonical() -> None:
    """``parse_json`` allows white space and any order, and still refuses double keys."""
    assert parse_json(b' { "b" : 1, "a" : 2 } ') == {"a": 2, "b": 1}
    with pytest.raises(Malformed, match="twice"):
        parse_json(b'{ "b" : 1, "b" : 1 }')


def test_what_json_cannot_carry_is_a_bug_of_the_caller() -> None:
    """Writing never rounds and never guesses."""
    for value in (2**53, -(2**53), -(2**53) - 1, {"a": 2**53}, [2**53], "\ud800", float("nan")):
        with pytest.raises(ValueError, match=r"exceeds|surrogates|not representable"):
            encode_json(value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[[[1]]]", "nested deeper than 2 levels"),
        (b'"' + b"a" * 40 + b'"', "more than 40 bytes of JSON"),
        (b"9007199254740992", "a whole number beyond 2**53"),
        (b"1.00000000000000000000001", "1.000000000000000000 is not a whole number"),
        (b'{"a":1,"a":1}', "a key stands twice in one object"),
        (b" {}", "the bytes are not in canonical form (RFC 8785)"),
        (b"{", "this is not JSON: Expecting property name"),
    ],
)
def test_a_refusal_says_what_is_wrong(data: bytes, said: str) -> None:
    """Whoever wrote the bytes can mend them by what is said."""
    with pytest.raises(Malformed) as caught:
        parse_canonical(data, max_depth=2, max_size=40)
    assert str(caught.value).startswith(said)


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    """Loose documents too: what cannot be written again is not read; a whole pair is."""
    for data in (b'"\\ud800"', b'{"\\uDFFF": 1}', b'["\\udc00\\ud800"]'):
        with pytest.raises(Malformed) as caught:
            parse_json(data)
        assert caught.value.code == "json.syntax"
    assert parse_json(b'"\\ud83d\\ude00 \\u00e9"') == "\U0001f600 \u00e9"


class _Word(StrEnum):
    ONE = "one"


@pytest.mark.parametrize(
    "value",
    [
        {"z": 1, "a": [True, None, (2, -3)], "b": {}},
        {"\U0001f600": 1, "\uffff": 2},
        {"escapes": '\x00\x1f\x7f\b\f\n\r\t"\\/\u2028\xe9'},
        {_Word.ONE: _Word.ONE},
        [1.5, 0.0],
    ],
)
def test_the_quick_way_writes_what_rfc_8785_writes(value: object) -> None:
    """However a value is written, the bytes are those of the outside judge."""
    assert encode_json(value) == rfc8785.dumps(value)
