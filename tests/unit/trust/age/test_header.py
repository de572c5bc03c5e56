import base64
import hmac

import pytest

from longbien.primitives.errors import Malformed
from longbien.trust.age.header import (
    MAX_HEADER,
    MAX_LINE,
    MAX_STANZAS,
    FileKey,
    Stanza,
    close_header,
    encode_base64,
    encode_stanzas,
    parse_base64,
    parse_header,
    reopen_header,
    require_mac,
)

KEY = FileKey(b"YELLOW SUBMARINE")
V1 = b"age-encryption.org/v1\n"
END = b"--- " + b"A" * 43 + b"\n"
ONE = b"-> X arg\nAAAA\n"


def code_of(data: bytes) -> str:
    """Return the code that a header is refused with."""
    with pytest.raises(Malformed) as caught:
        parse_header(data)
    return caught.value.code


def hkdf_header(file_key: bytes) -> bytes:
    """Derive the MAC's key with the standard library alone (RFC 5869)."""
    extracted = hmac.digest(bytes(32), file_key, "sha256")
    return hmac.digest(extracted, b"header\x01", "sha256")


def test_a_header_gives_its_parts() -> None:
    """Stanzas, MAC, the bytes under the MAC and the size are those that were written."""
    data = V1 + ONE + b"-> Y a b\n\n" + END + b"payload"

    header = parse_header(data)

    assert header.stanzas == (
        Stanza(kind="X", arguments=("arg",), body=b"\0\0\0"),
        Stanza(kind="Y", arguments=("a", "b"), body=b""),
    )
    assert header.mac == bytes(32)
    assert header.signed == V1 + ONE + b"-> Y a b\n\n---"
    assert header.size == len(data) - len(b"payload")


def test_what_was_parsed_is_written_back_byte_for_byte() -> None:
    """The stanzas of a header come back exactly, and close to the same header."""
    stanzas = encode_stanzas([Stanza(kind="X", arguments=("a",), body=bytes(range(100)))])

    header = parse_header(close_header(stanzas, file_key=KEY))

    assert reopen_header(header) == stanzas
    assert close_header(reopen_header(header), file_key=KEY) == close_header(stanzas, file_key=KEY)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "-> X\n\n"),
        (1, "-> X\nAA\n"),
        (47, "-> X\n" + "A" * 63 + "\n"),
        (48, "-> X\n" + "A" * 64 + "\n\n"),
        (49, "-> X\n" + "A" * 64 + "\nAA\n"),
        (96, "-> X\n" + "A" * 64 + "\n" + "A" * 64 + "\n\n"),
    ],
)
def test_a_body_ends_with_a_short_line(size: int, text: str) -> None:
    """Bodies stand in lines of 64 columns; a full last line is followed by an empty one."""
    stanza = Stanza(kind="X", arguments=(), body=bytes(size))

    assert encode_stanzas([stanza]) == text.encode()
    assert parse_header(V1 + text.encode() + END).stanzas == (stanza,)


def test_the_mac_is_an_hmac_over_the_header_up_to_its_dashes() -> None:
    """The MAC is what RFC 5869 and HMAC-SHA-256 give, computed another way."""
    signed = V1 + ONE + b"---"
    mac = hmac.digest(hkdf_header(KEY.raw), signed, "sha256")

    written = close_header(ONE, file_key=KEY)

    assert written == signed + b" " + base64.b64encode(mac).rstrip(b"=") + b"\n"
    require_mac(parse_header(written), file_key=KEY)


def test_a_changed_header_has_a_wrong_mac() -> None:
    """Another file key, or another byte, is told as age.mac."""
    written = close_header(ONE, file_key=KEY)

    for data, key in (
        (written.replace(b"AAAA", b"AAAB"), KEY),
        (written, FileKey(bytes(16))),
    ):
        with pytest.raises(Malformed) as caught:
            require_mac(parse_header(data), file_key=key)
        assert caught.value.code == "age.mac"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "age.header.version"),
        (b"age-encryption.org/v2\n", "age.header.version"),
        (b"age-encryption.org/v1", "age.header.version"),
        (b"age-encryption.org/v1\r\n", "age.header.version"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "age.armor"),
        (b" \r\n\t-----BEGIN AGE ENCRYPTED FILE-----\n", "age.armor"),
        (V1, "age.header.truncated"),
        (V1 + END, "age.header.stanza"),
        (V1 + ONE, "age.header.truncated"),
        (V1 + ONE + END[:-1], "age.header.truncated"),
        (V1 + ONE + b"\n" + END, "age.header.end"),
        (V1 + ONE + b"---\n", "age.header.end"),
        (V1 + ONE + b"----" + END[4:], "age.header.end"),
        (V1 + ONE + b"--- " + b"A" * 42 + b"\n", "age.header.end"),
        (V1 + ONE + b"--- " + b"A" * 44 + b"\n", "age.header.end"),
        (V1 + ONE + b"--- " + b"A" * 42 + b"B\n", "age.header.base64"),
        (V1 + ONE + b"--- " + b"A" * 42 + b" \n", "age.header.base64"),
        (V1 + ONE + b"---  " + b"A" * 43 + b"\n", "age.header.base64"),
        (V1 + b"-> \nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"->\nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"->X\nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"-> X  a\nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"-> X a \nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"-> X\x7f\nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"-> X\r\nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"-> \xc3\xa9\nAAAA\n" + END, "age.header.stanza"),
        (V1 + b"-> X\n" + b"A" * 65 + b"\n" + END, "age.header.stanza"),
        (V1 + b"-> X\n" + b"A" * 64 + b"\n" + END, "age.header.base64"),
        (V1 + b"-> X\nAAA=\n" + END, "age.header.base64"),
        (V1 + b"-> X\nA\n" + END, "age.header.base64"),
        (V1 + b"-> X\nAB\n" + END, "age.header.base64"),
        (V1 + b"-> X\nAA\r\n" + END, "age.header.base64"),
    ],
)
def test_what_breaks_the_grammar_is_refused(data: bytes, code: str) -> None:
    """Each way of leaving the grammar has its code."""
    assert code_of(data) == code


def test_every_visible_character_may_stand_in_an_argument() -> None:
    """Arguments hold 0x21 to 0x7e; nothing else."""
    visible = "".join(map(chr, range(0x21, 0x7F)))

    (stanza,) = parse_header(V1 + f"-> {visible} {visible}\n\n".encode() + END).stanzas

    assert (stanza.kind, stanza.arguments) == (visible, (visible,))


def test_the_number_of_stanzas_is_bounded() -> None:
    """64 stanzas are read, the 65th is not."""
    assert MAX_STANZAS == 64
    assert len(parse_header(V1 + ONE * 64 + END).stanzas) == 64
    assert code_of(V1 + ONE * 65 + END) == "age.header.count"
    assert code_of(V1 + ONE * 64 + b"-> ") == "age.header.truncated"


def test_the_length_of_a_line_is_bounded() -> None:
    """A line of 4,096 bytes is read; one byte more is not, whether it ends or not."""
    assert MAX_LINE == 4096
    longest = b"-> " + b"x" * 4093
    assert parse_header(V1 + longest + b"\n\n" + END).stanzas[0].kind == "x" * 4093
    assert code_of(V1 + longest + b"x\n\n" + END) == "age.header.line"
    assert code_of(V1 + longest + b"x" * 10_000) == "age.header.line"
    assert code_of(V1 + longest) == "age.header.truncated"
    assert code_of(V1 + longest + b"x") == "age.header.line"


def test_the_size_of_a_header_is_bounded() -> None:
    """131,072 bytes of header are read, not one more; what lies behind is never looked at."""
    assert MAX_HEADER == 131_072
    body = b"-> X\n" + (b"A" * 64 + b"\n") * 2010 + b"\n"
    rest = MAX_HEADER + 1 - len(V1 + b"-> \n\n" + body + END)
    whole = V1 + b"-> " + b"x" * rest + b"\n\n" + body + END
    assert len(whole) == MAX_HEADER + 1

    assert code_of(whole) == "age.header.size"
    assert parse_header(whole.replace(b"xx", b"x", 1)).size == MAX_HEADER
    assert parse_header(whole.replace(b"xx", b"x", 1) + bytes(10)).size == MAX_HEADER


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"\0", "AA"), (b"\xff\xff", "//8"), (b"abc", "YWJj"), (b"\xfb\xef", "++8")],
)
def test_base64_has_no_padding(data: bytes, text: str) -> None:
    """Base64 is written and read without padding."""
    assert encode_base64(data) == text
    assert parse_base64(text.encode()) == data


@pytest.mark.parametrize("text", [b"AA==", b"A", b"AB", b"AAB", b"A-", b"AA\n", b" AA", b"AAAAA"])
def test_base64_has_one_spelling(text: bytes) -> None:
    """Padding, set bits that say nothing, other alphabets and blanks are refused."""
    with pytest.raises(Malformed) as caught:
        parse_base64(text)

    assert caught.value.code == "age.header.base64"


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_file_key_has_16_bytes(size: int) -> None:
    """Another size is a bug of the caller."""
    with pytest.raises(ValueError, match="a file key has 16 bytes"):
        FileKey(bytes(size))


def test_a_file_key_is_not_shown() -> None:
    """No log or traceback shows a file key by its repr."""
    assert repr(KEY) == "FileKey()"
