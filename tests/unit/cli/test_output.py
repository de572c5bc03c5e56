import pytest

from longbien.cli._output import complain, say, say_json, visible
from longbien.primitives.errors import Refused


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("image.dd", "image.dd"),
        ("ảnh số 1.dd", "ảnh số 1.dd"),
        ("דו״ח.pdf", "דו״ח.pdf"),
        ("a\u202egpj.exe", "a\\u{202E}gpj.exe"),
        ("a\u200bb", "a\\u{200B}b"),
        ("\x1b[2Jgone", "\\u{001B}[2Jgone"),
        ("a\nb\rc\td", "a\\u{000A}b\\u{000D}c\\u{0009}d"),
        ("\udc80", "\\u{DC80}"),
        ("a\u2028b", "a\\u{2028}b"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    """A name can neither move the cursor nor turn the line around."""
    assert visible(text) == shown


def test_our_line_breaks_stay(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines are ours; everything within a line is made visible."""
    say("one\ntwo \x07")

    assert capsys.readouterr().out == "one\ntwo \\u{0007}\n"


def test_json_is_canonical_and_ends_with_a_line_feed(capsys: pytest.CaptureFixture[str]) -> None:
    """A program can compare two answers byte by byte."""
    say_json({"b": 1, "a": [True, None]})

    assert capsys.readouterr().out == '{"a":[true,null],"b":1}\n'


def test_an_error_is_one_line_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    """People get a sentence on stderr, programs a document on stdout."""
    error = Refused("pack.twice", "{name} stands twice", name="a\u202eb")

    complain(error, as_json=False)
    complain(error, as_json=True)
    printed = capsys.readouterr()

    assert printed.err == "longbien: a\\u{202E}b stands twice [pack.twice]\n"
    assert printed.out == '{"error":{"code":"pack.twice","text":"a\u202eb stands twice"}}\n'
