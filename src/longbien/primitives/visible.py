"""Text from outside as it may be shown: what is not seen as such is spelled out.

A name may hold characters that move the cursor, turn the line around or hide a part, so
that a reader sees another name than the one that was signed.
"""

import unicodedata
from typing import Final

# control, format (bidirectional marks, zero width), surrogates, private, unassigned, separators
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def spell_unseen(text: str) -> str:
    r"""Return ``text`` with each unseen character as its code point, ``\u{202E}``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{{{ord(char):04X}}}" if unicodedata.category(char) in UNSEEN else char for char in text
    )


def spell_lines(text: str) -> str:
    """Return text for a screen: its line breaks are ours, all else that is unseen is spelled."""
    return "\n".join(spell_unseen(line) for line in text.split("\n"))


def visible(text: str) -> str:
    r"""Return the same with backslashes doubled: a name that holds ``\u{202E}`` is told apart."""
    return spell_unseen(text.replace("\\", "\\\\"))
