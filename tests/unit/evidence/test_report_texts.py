import pytest

from longbien.evidence._findings import failed
from longbien.evidence.report_texts import Catalogue, Piece, shown


def catalogue(**words: str) -> Catalogue:
    """Return a small catalogue."""
    named = {code.replace("_", "."): text for code, text in words.items()}
    return Catalogue(language="en", direction="ltr", words=named)


def test_a_sentence_is_cut_where_facts_stand() -> None:
    """Our words and the facts from outside stay apart, so that a page can isolate the latter."""
    words = catalogue(a_bad="File {subject} has {size} bytes.")

    assert words.pieces("a.bad", (("subject", "x"), ("size", "3"))) == (
        Piece(text="File ", is_fact=False),
        Piece(text="x", is_fact=True),
        Piece(text=" has ", is_fact=False),
        Piece(text="3", is_fact=True),
        Piece(text=" bytes.", is_fact=False),
    )


def test_a_sentence_may_begin_and_end_with_a_fact() -> None:
    """There is no empty piece at either end."""
    assert catalogue(a_bad="{a}").pieces("a.bad", (("a", "x"),)) == (Piece(text="x", is_fact=True),)


def test_a_fact_is_never_read_as_a_template() -> None:
    """Braces in a name stay braces: one pass only."""
    words = catalogue(a_bad="{subject} {code}")

    assert words.sentence("a.bad", (("subject", "{code}"), ("code", "c"))) == "{code} c"


def test_a_missing_fact_shows_as_a_question_mark() -> None:
    """A report never fails over its own words."""
    assert catalogue(a_bad="{subject}").sentence("a.bad") == "?"


def test_a_code_without_words_is_shown_with_its_facts() -> None:
    """An incomplete translation hides nothing."""
    assert catalogue().sentence("a.bad", (("size", "3"),)) == "a.bad size=3"
    assert catalogue().word("a.bad") == "a.bad"


def test_a_finding_brings_its_check_and_subject_as_facts() -> None:
    """The check is named in the words of the language."""
    words = catalogue(a_check="the check", a_bad="{check}: {subject}: {n}")

    told = words.told(failed("a.check", "a.bad", "file", n=1))

    assert "".join(piece.text for piece in told) == "the check: file: 1"


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("plain.txt", "plain.txt"),
        ("a\u202eb", "a\\u{202E}b"),
        ("a\nb", "a\\u{000A}b"),
        ("a\x1b[2Jb", "a\\u{001B}[2Jb"),
        ("a\x9bb", "a\\u{009B}b"),
        ("a\\b", "a\\\\b"),
        ("\ud800", "\\u{D800}"),
        ("ملف", "ملف"),
    ],
)
def test_what_is_not_seen_is_made_visible(*, name: str, seen: str) -> None:
    """No name can move the cursor, turn a line around, or pass for another one."""
    assert shown(name) == seen


def test_a_long_fact_is_cut() -> None:
    """A page stays a page whatever a forger writes."""
    assert shown("x" * 2000) == "x" * 2000
    assert shown("x" * 2001) == "x" * 2000 + "…"


@pytest.mark.parametrize("tag", ["", 'en"><script>', "e", "en-", "toolonglang", "en_GB"])
def test_a_language_is_a_tag(tag: str) -> None:
    """The tag goes into the page as it is: it cannot break out."""
    with pytest.raises(ValueError, match="BCP 47"):
        Catalogue(language=tag, direction="ltr", words={})


def test_the_words_cannot_be_changed_afterwards() -> None:
    """A catalogue keeps its own copy."""
    words = {"a.bad": "x"}
    made = Catalogue(language="ar", direction="rtl", words=words)

    words["a.bad"] = "y"

    assert made.word("a.bad") == "x"
