import base64

import pytest

from ledger_cast import NOW, ed25519_log, head_of, signed_by
from longbien.ledger.checkpoints import (
    MAX_ORIGIN,
    Head,
    checkpoint_of,
    encode_head,
    parse_checkpoint,
    parse_signed_checkpoint,
)
from longbien.ledger.notes import encode_note
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed

# the example of C2SP tlog-checkpoint
TEXT = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
ROOT = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
HEAD = Head(origin="example.com/behind-the-sofa", size=20852163, root=Digest(ROOT))


def test_the_example_of_the_specification() -> None:
    """Origin, size and root of the published example; written again it is the same."""
    checkpoint = parse_checkpoint(TEXT)

    assert checkpoint.head == HEAD
    assert checkpoint.extensions == ()
    assert checkpoint.text == TEXT == encode_head(HEAD)
    assert checkpoint_of(HEAD) == checkpoint


def test_extension_lines_are_kept_apart() -> None:
    """They are there, and they are not the head."""
    checkpoint = parse_checkpoint(TEXT + b"one\ntwo two\n")

    assert checkpoint.head == HEAD
    assert checkpoint.extensions == ("one", "two two")
    assert checkpoint.text == TEXT + b"one\ntwo two\n"


@pytest.mark.parametrize("size", [0, 1, 2**63 - 1])
def test_sizes(size: int) -> None:
    """An empty log and the largest one can be stated."""
    head = Head(origin="o", size=size, root=Digest(ROOT))

    assert parse_checkpoint(encode_head(head)).head == head


def test_an_origin_may_be_any_line() -> None:
    """It need not look like an address; it may hold spaces; it is bounded."""
    longest = "\u00e9" * 127 + "a"

    assert parse_checkpoint(b"a b" + TEXT[27:]).head.origin == "a b"
    assert len(longest.encode()) == MAX_ORIGIN == 255
    assert parse_checkpoint(longest.encode() + TEXT[27:]).head.origin == longest


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"a\n1\n",
        b"a\n1\n\n",
        TEXT[:-1],
        TEXT + b"\n",
        TEXT + b"x",
        TEXT + b"x\n\n",
        TEXT + b"\nx\n",
        b"\n" + TEXT,
        TEXT[27:],
        b"\xff" + TEXT,
        TEXT.replace(b"20852163", b"020852163"),
        TEXT.replace(b"20852163", b"9223372036854775808"),
        TEXT.replace(b"20852163", b"-1"),
        TEXT.replace(b"20852163", b"1 "),
        TEXT.replace(b"q2I=", b"q2J="),
        TEXT.replace(b"q2I=", b"q2I"),
        TEXT.replace(b"q2I=", b""),
        b"a" * 256 + TEXT[27:],
    ],
)
def test_what_is_no_checkpoint(text: bytes) -> None:
    """Each departure from the three lines is refused under one code."""
    with pytest.raises(Malformed) as caught:
        parse_checkpoint(text)

    assert caught.value.code == "ledger.checkpoint"


def test_a_signed_checkpoint_is_read_with_its_lines() -> None:
    """Text and signature lines come out as they went in."""
    signed = signed_by(head_of(3), ed25519_log(), now=NOW)

    assert parse_signed_checkpoint(encode_note(signed.note)) == signed


def test_a_signed_checkpoint_is_refused_for_note_or_text() -> None:
    """A bad note and a bad text keep their own codes."""
    with pytest.raises(Malformed) as note:
        parse_signed_checkpoint(TEXT)
    line = ed25519_log().sign(b"x\n", now=NOW).line
    with pytest.raises(Malformed) as text:
        parse_signed_checkpoint(b"x\n\n" + line)

    assert (note.value.code, text.value.code) == ("ledger.note", "ledger.checkpoint")
