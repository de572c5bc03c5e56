import pytest

from longbien.primitives.visible import spell_lines, spell_unseen, visible


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
        ("a\ue000b", "a\\u{E000}b"),
        ("a\U000e0041b", "a\\u{E0041}b"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    """A name can neither move the cursor nor turn the line around."""
    assert spell_unseen(text) == shown
    assert visible(text) == shown


def test_a_name_that_spells_itself_is_told_apart() -> None:
    """A backslash of the name is doubled, so that nobody can write what only we may write."""
    assert visible("a\\u{202E}b") == "a\\\\u{202E}b"
    assert spell_unseen("a\\u{202E}b") == "a\\u{202E}b"
    assert visible("a\u202eb\\") == "a\\u{202E}b\\\\"


def test_line_breaks_of_our_own_stay() -> None:
    """Each line is spelled, the breaks between them are kept."""
    assert spell_lines("a\tb\nc\n") == "a\\u{0009}b\nc\n"
