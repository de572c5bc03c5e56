import pytest

from longbien.casework.texts import MAX_TEXT, find_fault, legible


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "two\nlines",
        "Hà Nội, cầu Long Biên",
        "עברית \u200f(RTL)",
        "می\u200cخواهم",  # noqa: RUF001 - Persian
        "क\u094d\u200dष",
        "x" * MAX_TEXT,
        "\U0001f6d1 emoji",
        "\u0378 unassigned today",
    ],
)
def test_words_of_any_language_pass(text: str) -> None:
    """Letters, marks, joiners and direction marks are words."""
    assert find_fault(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        (" \n ", "it is empty"),
        ("\u3000", "it is empty"),
        ("x" * (MAX_TEXT + 1), f"it has more than {MAX_TEXT} characters"),
        ("Ha\u0300 No\u0323\u0302i", "it is not in the normal form NFC"),
        ("a\x00b", "it holds characters that nobody sees"),
        ("a\rb", "it holds characters that nobody sees"),
        ("a\tb", "it holds characters that nobody sees"),
        ("a\x1b[31mb", "it holds characters that nobody sees"),
        ("a\u202eb", "it holds characters that nobody sees"),
        ("a\u2066b", "it holds characters that nobody sees"),
        ("a\u200bb", "it holds characters that nobody sees"),
        ("a\ufeffb", "it holds characters that nobody sees"),
        ("a\U000e0041b", "it holds characters that nobody sees"),
        ("a\u2028b", "it holds characters that nobody sees"),
        ("a\ud800b", "it holds characters that nobody sees"),
        ("a\ue000b", "it holds characters that nobody sees"),
    ],
)
def test_what_only_looks_like_words_does_not(text: str, why: str) -> None:
    """Nothing invisible, nothing that turns the line, nothing in two forms, nothing endless."""
    assert find_fault(text) == why


def test_a_text_that_may_be_missing_may_be_empty() -> None:
    """With ``least=0`` an empty text is no fault; a bad one still is."""
    assert find_fault("", least=0) is None
    assert find_fault("  ", least=0) is None
    assert find_fault("\x00", least=0) == "it holds characters that nobody sees"


def test_a_cap_is_the_callers() -> None:
    """The cap counts characters, and the last one still fits."""
    assert find_fault("abc", most=3) is None
    assert find_fault("abcd", most=3) == "it has more than 3 characters"


def test_a_letter_shows_what_scripts_need_and_spells_what_turns_a_line() -> None:
    """Joiners and marks stay; an override is seen; so is a control character."""
    kept = "two\nlines می\u200cخواهم \u200fא"  # noqa: RUF001 - Persian

    assert legible(kept) == kept
    assert legible("a\u202eb\x1b[2J") == "a\\u{202E}b\\u{001B}[2J"
