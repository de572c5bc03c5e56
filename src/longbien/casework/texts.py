"""Free text by officers: what may be in it, so that both States and a court read the same words.

Text that only looks like other text is kept out here; what is shown is spelled out once more at
the doors (``primitives.visible``).
"""

import unicodedata
from typing import Final

from longbien.primitives.visible import spell_unseen

MAX_LINE: Final = 200  # characters of a name, a reference, a code
MAX_TEXT: Final = 8000  # characters: about three printed pages; more travels as an exhibit

# control characters, surrogates, private use, line and paragraph separators: not for words
_UNWANTED = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
# format characters are not for words either, but Arabic, Hebrew, Persian and Hindi need these:
# zero-width (non-)joiner, left-to-right, right-to-left and Arabic letter mark
_NEEDED = frozenset("\u200c\u200d\u200e\u200f\u061c")


def find_fault(text: str, *, most: int = MAX_TEXT, least: int = 1) -> str | None:
    """Return why a text cannot be taken, in a few words; None where nothing is wrong with it.

    A text is NFC (one form for one word), has neither control characters besides the line feed
    nor anything that turns the line around, and is not blank.  Unassigned characters pass: the
    other State may know a newer Unicode.
    """
    if len(text) > most:
        return f"it has more than {most} characters"
    if least and not text.strip():
        return "it is empty"
    if text.isascii() and text.replace("\n", "").isprintable():
        return None  # most texts: one form, and nothing hidden
    if not unicodedata.is_normalized("NFC", text):
        return "it is not in the normal form NFC"
    if any(map(_is_unwanted, text)):
        return "it holds characters that nobody sees"
    return None


def legible(text: str) -> str:
    """Return an officer's text as a letter shows it: what is not seen is spelled out.

    Line feeds and the marks that scripts need stay as they are; the place where the text is shown
    must isolate it.
    """
    return "".join(char if char == "\n" or char in _NEEDED else spell_unseen(char) for char in text)


def _is_unwanted(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cf":
        return char not in _NEEDED
    return category in _UNWANTED and char != "\n"
