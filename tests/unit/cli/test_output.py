import pytest

from longbien.cli._output import complain, say, say_json
from longbien.primitives.errors import Refused


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
