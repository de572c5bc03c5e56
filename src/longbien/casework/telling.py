"""Sentences about the law, in one language: words of the catalogue, and facts between them.

What comes with the program as data (the text of a rule, the title of an article, a note on a
provision) is translated like every other word: its code is made of its English text.  What a
State wrote itself has no translation and is shown as it was written.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from longbien.evidence.report_texts import Catalogue, shown
from longbien.primitives.digest import Digest
from longbien.treaty.penalties import Penalty
from longbien.treaty.remarks import Remark

WIDTH: Final = 100
"""Characters of a line."""

_DIGITS: Final = 16  # of a hash: enough to tell some thousand texts apart


def data_code(text: str) -> str:
    """Return the code under which a text of the data stands in the catalogue."""
    return f"law-data.{Digest.of(text.encode('utf-8')).hex[:_DIGITS]}"


class Teller:
    """One language."""

    def __init__(self, words: Catalogue) -> None:
        self.words = words

    def name(self, family: str, code: str) -> str:
        """Return the name of a code of a family, like ``state.asked``; the code without one."""
        return self.words.words.get(f"{family}.{code}", code)

    def data(self, text: str) -> str:
        """Return a text of the data that come with the program; a State's own as it is."""
        return self.words.words.get(data_code(text), text)

    def text(self, text: str) -> str:
        """Return a text of the data as it may be shown alone."""
        return shown(self.data(text))

    def label(self, sentence: str) -> str:
        """Return words without facts."""
        return self.words.word(f"shown.{sentence}")

    def line(self, sentence: str, /, **facts: object) -> str:
        """Return a sentence that stands alone: no fact turns the words around it."""
        return self.words.isolated(f"shown.{sentence}", _told(facts))

    def part(self, sentence: str, /, **facts: object) -> str:
        """Return a sentence that becomes a fact of another one."""
        return self.words.sentence(f"shown.{sentence}", _told(facts))

    def maximum(self, penalty: Penalty) -> str:
        """Return a highest penalty: ``12 years``, ``life``."""
        count, unit = penalty.graver or "unknown", ""
        if penalty.months is not None:
            count, unit = str(penalty).split(" ")
        return self.words.sentence(f"penalty.{unit or count}", (("count", count),))

    def remark(self, one: Remark) -> str:
        """Return the sentence of a remark, with its article and grade."""
        facts = [(name, self._fact(name, value)) for name, value in one.facts]
        sentence = self.words.sentence(one.code, facts)
        return self.part(
            "graded", text=sentence, ref=self.data(one.ref), grade=one.confidence.value
        )

    def _fact(self, name: str, value: str) -> str:
        if name == "penalty":
            return self.maximum(Penalty.parse(value))
        return self.words.words.get(f"{name}.{value}") or self.data(value)


def _told(facts: dict[str, object]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in facts.items()]


def paragraph(text: str, indent: int, *, hang: int = 2) -> Iterator[str]:
    """Give a text as lines; those after the first begin ``hang`` characters further in."""
    margin = " " * indent
    yield from wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin + " " * hang)


def bullet(text: str, indent: int = 0) -> Iterator[str]:
    """Give a text as an item of a list."""
    margin = " " * indent
    yield from wrap(text, WIDTH, initial_indent=f"{margin}- ", subsequent_indent=f"{margin}  ")
