import base64
import hashlib

import pytest

from ledger_cast import ALPHA, BETA, NOW, ORIGIN, ed25519_log, ml_dsa_log, seed
from longbien.ledger.notes import (
    MAX_NOTE,
    MAX_SIGNATURES,
    Note,
    NoteSignature,
    SignatureType,
    VerifierKey,
    encode_note,
    is_key_name,
    parse_note,
    parse_signature_line,
    parse_vkey,
    verify_text_signature,
)
from longbien.primitives.errors import Malformed

# golang.org/x/mod/sumdb/note, note_test.go: the reference implementation's own key and note
GO_KEY = b"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
# C2SP signed-note, section Verifier keys, and the note that goes with it
C2SP_KEY = b"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# C2SP signed-note, the first example: its text has an empty line inside
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
    "ed \u00e8 subito sera.\n"
    "\n\u2014 quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()
LINE = f"\u2014 a {base64.b64encode(bytes(5)).decode()}".encode()


def code_of(data: bytes) -> str:
    """Return the code with which a note is refused."""
    with pytest.raises(Malformed) as caught:
        parse_note(data)
    return caught.value.code


@pytest.mark.parametrize(("vkey", "note"), [(GO_KEY, GO_NOTE), (C2SP_KEY, C2SP_NOTE)])
def test_the_published_notes_verify(vkey: bytes, note: bytes) -> None:
    """The examples of C2SP and of the reference implementation verify, byte for byte."""
    key, read = parse_vkey(vkey), parse_note(note)

    assert encode_note(read) == note
    assert key.text.encode() == vkey
    assert verify_text_signature(key=key, text=read.text, signature=read.signatures[0])
    assert not verify_text_signature(key=key, text=read.text + b"\n", signature=read.signatures[0])


def test_a_text_may_hold_empty_lines() -> None:
    """The last empty line parts text and signatures (signed-note, Format)."""
    note = parse_note(QUASIMODO)

    assert note.text.endswith("\n\ned \u00e8 subito sera.\n".encode())
    assert [line.name for line in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.signatures[0].key_id.hex() == "367ba04b"
    assert len(note.signatures[0].blob) == 64
    assert encode_note(note) == QUASIMODO


def test_a_text_may_be_one_line_end() -> None:
    """The shortest note has an empty line for its text."""
    assert parse_note(b"\n\n" + LINE + b"\n").text == b"\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        LINE + b"\n",
        b"\n" + LINE + b"\n",
        b"text\n" + LINE + b"\n",
        b"text\n\n" + LINE,
        b"text\n\n" + LINE + b"\n\n",
        b"text\r\n\n" + LINE + b"\n",
        b"te\x00xt\n\n" + LINE + b"\n",
        b"te\x09xt\n\n" + LINE + b"\n",
        b"te\x1fxt\n\n" + LINE + b"\n",
        b"te\xffxt\n\n" + LINE + b"\n",
        b"text\n\n" + LINE + b"\nmore\n",
        b"text\n\n" + LINE.replace(b"\xe2\x80\x94 ", b"- ") + b"\n",
        b"text\n\n" + LINE.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94") + b"\n",
        b"text\n\n" + LINE.replace(b" a ", b"  ") + b"\n",
        b"text\n\n" + LINE.replace(b" a ", b" a  ") + b"\n",
        b"text\n\n" + LINE.replace(b" a ", b" a+b ") + b"\n",
        b"text\n\n" + LINE.replace(b" a ", b" a b ") + b"\n",
        b"text\n\n" + LINE.replace(b" a ", " a\u00a0b ".encode()) + b"\n",
        b"text\n\n" + LINE.replace(b" a ", b" " + b"a" * 256 + b" ") + b"\n",
        b"text\n\n" + LINE + b" \n",
        b"text\n\n" + LINE[:-1] + b"\n",
        "text\n\n\u2014 a AAAAAA==\n".encode(),
        "text\n\n\u2014 a AAAAAAB=\n".encode(),
        "text\n\n\u2014 a\n".encode(),
    ],
)
def test_what_is_not_a_note(data: bytes) -> None:
    """Each departure from the form is refused under one code."""
    assert code_of(data) == "ledger.note"


def test_a_note_is_bounded() -> None:
    """Size and number of lines are capped, at least at what the specification demands."""
    whole = b"text\n\n" + (LINE + b"\n") * MAX_SIGNATURES
    padded = b"t" * (MAX_NOTE - len(C2SP_NOTE)) + C2SP_NOTE

    assert len(parse_note(whole).signatures) == MAX_SIGNATURES == 100
    assert code_of(whole + LINE + b"\n") == "ledger.note"
    assert len(padded) == MAX_NOTE == 2**20
    assert parse_note(padded).signatures
    assert code_of(b"t" + padded) == "ledger.note"


def test_the_shortest_signature_is_one_byte_behind_the_key_id() -> None:
    """Four bytes name the key; at least one more signs."""
    assert parse_signature_line(LINE) == NoteSignature(name="a", key_id=bytes(4), blob=b"\0")


@pytest.mark.parametrize(
    "name", ["a", "example.com/x", "\u00e9", "a" * 255, "\u00e9" * 127, "\u200b"]
)
def test_key_names(name: str) -> None:
    """Anything without spaces and plus signs, up to 255 bytes."""
    assert is_key_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a+b", "a" * 256, "\u00e9" * 128, "a\nb", "a\tb", "a\x00", "a\x1f"]
    + [f"a{chr(code)}" for code in (0x85, 0xA0, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029)]
    + [f"a{chr(code)}" for code in (0x202F, 0x205F, 0x3000)],
)
def test_what_is_no_key_name(name: str) -> None:
    """Every white space of Unicode, the plus sign, nothing at all, too much."""
    assert not is_key_name(name)


def test_a_key_id_is_bound_to_name_type_and_key() -> None:
    """The id is the recommended hash; another name or type gives another id."""
    key = ed25519_log().key
    bound = ORIGIN.encode() + b"\n\x01" + key.public_key

    assert key.key_id == hashlib.sha256(bound).digest()[:4]
    assert (
        len({ed25519_log().key.key_id, ed25519_log("b").key.key_id, ml_dsa_log().key.key_id}) == 3
    )


@pytest.mark.parametrize("signer", [ed25519_log(), ml_dsa_log(), ALPHA, BETA])
def test_vkeys_are_read_back(signer: object) -> None:
    """Every kind of key survives the way through its text."""
    key: VerifierKey = signer.key  # type: ignore[attr-defined]  # all four have one

    assert parse_vkey(key.text.encode()) == key
    assert signer.vkey == key.text  # type: ignore[attr-defined]  # the same


def remade(kind: int, material: bytes, *, name: str = "n") -> bytes:
    """Return a vkey whose id is right, whatever its key."""
    key_id = hashlib.sha256(f"{name}\n".encode() + bytes([kind]) + material).hexdigest()[:8]
    return f"{name}+{key_id}+{base64.b64encode(bytes([kind]) + material).decode()}".encode()


@pytest.mark.parametrize(
    "vkey",
    [
        b"",
        b"n",
        b"n+00000000",
        b"n+00000000+",
        C2SP_KEY[:-1],
        C2SP_KEY + b"\n",
        b" " + C2SP_KEY,
        C2SP_KEY.replace(b"530d903a", b"530D903A"),
        C2SP_KEY.replace(b"530d903a", b"530d903b"),
        C2SP_KEY.replace(b"530d903a", b"0530d903a"),
        C2SP_KEY.replace(b"foo", b"fop"),
        C2SP_KEY.replace(b"foo", b"f\xff"),
        remade(0x02, bytes(91)),
        remade(0x00, bytes(32)),
        remade(0x01, ed25519_log().key.public_key[:-1]),
        remade(0x01, ed25519_log().key.public_key + b"\0"),
        remade(0x06, bytes(1311)),
        remade(0x06, bytes(1313)),
        remade(0x01, bytes(32)),
        remade(0x04, b"\x01" + bytes(31)),
        remade(0x01, b"\xed" + b"\xff" * 30 + b"\x7f"),
        remade(0x01, ed25519_log().key.public_key, name="a b"),
        remade(0x06, bytes(1312), name="a" * 2400),
    ],
)
def test_what_is_no_vkey(vkey: bytes) -> None:
    """Wrong id, type, size, name, or a key of small order: refused under one code."""
    with pytest.raises(Malformed) as caught:
        parse_vkey(vkey)

    assert caught.value.code == "ledger.vkey"


def test_a_remade_vkey_is_good() -> None:
    """The helper above makes good keys; so the refusals are for what was changed."""
    assert parse_vkey(remade(0x01, ed25519_log().key.public_key, name="n")).name == "n"
    assert parse_vkey(remade(0x06, bytes(1312))).kind is SignatureType.ML_DSA_44


def test_base64_in_a_vkey_may_hold_plus_signs() -> None:
    """Only the first two plus signs part the fields."""
    vkeys = (remade(0x01, ed25519_log(key=f"k{number}").key.public_key) for number in range(99))
    found = next(vkey for vkey in vkeys if vkey.count(b"+") > 2)

    assert parse_vkey(found).name == "n"


def test_a_line_is_checked_against_its_own_key_only() -> None:
    """Name, id and type must fit before a signature is looked at."""
    signer = ed25519_log()
    line = signer.sign(b"text\n", now=NOW)
    same_id = NoteSignature(name="other", key_id=line.key_id, blob=line.blob)
    same_name = NoteSignature(name=line.name, key_id=bytes(4), blob=line.blob)
    cosigner = VerifierKey(
        name=ORIGIN, kind=SignatureType.ED25519_COSIGNATURE, public_key=signer.key.public_key
    )

    assert verify_text_signature(key=signer.key, text=b"text\n", signature=line)
    assert not verify_text_signature(key=signer.key, text=b"text\n", signature=same_id)
    assert not verify_text_signature(key=signer.key, text=b"text\n", signature=same_name)
    as_cosigner = NoteSignature(name=ORIGIN, key_id=cosigner.key_id, blob=line.blob)
    assert not verify_text_signature(key=cosigner, text=b"text\n", signature=as_cosigner)


def test_ed25519_notes_are_deterministic() -> None:
    """RFC 8032 needs no randomness: the same key and text give the same line."""
    assert ed25519_log().sign(b"t\n", now=NOW) == ed25519_log().sign(b"t\n", now=NOW)


def test_lines_are_added_once() -> None:
    """A line that stands there already is not repeated."""
    first, second = (ed25519_log(key=key).sign(b"t\n", now=NOW) for key in ("one", "two"))
    note = Note(text=b"t\n", signatures=(first,))

    assert note.with_signatures([first, second]).signatures == (first, second)
    assert note.with_signatures([]).signatures == (first,)


@pytest.mark.parametrize("text", [b"", b"t", b"t\r\n", b"t\x00\n"])
def test_a_note_is_written_only_if_it_can_be_read(text: bytes) -> None:
    """No line end, or control characters: a bug of the caller."""
    line = NoteSignature(name="a", key_id=bytes(4), blob=seed("x"))

    with pytest.raises(ValueError, match="a note's text"):
        encode_note(Note(text=text, signatures=(line,)))


def test_a_note_without_signatures_is_not_written() -> None:
    """Nobody vouches for it."""
    with pytest.raises(ValueError, match="without a signature"):
        encode_note(Note(text=b"t\n"))
