"""Words for reports: a catalogue turns codes and facts into sentences of one language.

A translation is another catalogue, data only; the English one is ``report_english``.
Nothing here may fail: a code without words is shown as the code, with its facts.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from attrs import field, frozen

from longbien.primitives.verdict import Finding
from longbien.primitives.visible import visible

_HOLE = re.compile(r"\{([a-z0-9_]+)\}", re.ASCII)
_MAX_FACT = 2000  # characters of one fact: a page must stay a page whatever a forger writes


def shown(fact: str) -> str:
    r"""Return a fact from outside as it may be shown: unseen characters as ``\u{202E}``, capped.

    A name may hold characters that turn the line around or move the cursor, so that a
    reader sees another name than the one that was signed.
    """
    return visible(fact if len(fact) <= _MAX_FACT else f"{fact[:_MAX_FACT]}…")


@frozen(kw_only=True)
class Piece:
    """A part of a sentence: our words, or a fact from outside that must be isolated."""

    text: str
    is_fact: bool


def _sealed(words: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(words))


@frozen(kw_only=True)
class Catalogue:
    """The words of one language."""

    language: str = field()
    """BCP 47, as it stands in ``lang``."""

    direction: Literal["ltr", "rtl"]
    words: Mapping[str, str] = field(converter=_sealed)
    """Code to template; ``{fact}`` marks where a fact goes."""

    @language.validator
    def _is_a_tag(self, _attribute: object, value: str) -> None:
        if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", value, re.ASCII):
            msg = "a language is a BCP 47 tag"
            raise ValueError(msg)

    def pieces(self, code: str, facts: Iterable[tuple[str, str]] = ()) -> tuple[Piece, ...]:
        """Return the sentence of a code, cut where facts stand; facts as they may be shown.

        A fact that the sentence does not ask for is left out; one that is missing shows
        as ``?``.  A code without words becomes the code and all its facts.
        """
        known = dict(facts)
        template = self.words.get(code)
        if template is None:
            rest = "".join(f" {name}={{{name}}}" for name in known)
            template = f"{code}{rest}"
        return tuple(_cut(template, known))

    def sentence(self, code: str, facts: Iterable[tuple[str, str]] = ()) -> str:
        """Return the sentence of a code as plain text."""
        return "".join(piece.text for piece in self.pieces(code, facts))

    def isolated(self, code: str, facts: Iterable[tuple[str, str]] = ()) -> str:
        """Return the sentence as a line of plain text in which no fact turns the words around it.

        Where the language runs from right to left each fact stands between U+2068 and U+2069
        (first strong isolate), as a page does it with ``<bdi>``.
        """
        if self.direction == "ltr":
            return self.sentence(code, facts)
        return "".join(
            f"\u2068{piece.text}\u2069" if piece.is_fact else piece.text
            for piece in self.pieces(code, facts)
        )

    def told(self, finding: Finding) -> tuple[Piece, ...]:
        """Return the sentence of a finding; ``{check}`` and ``{subject}`` are facts of each."""
        own = (("check", self.word(finding.check)), ("subject", finding.subject))
        return self.pieces(finding.reason, (*own, *finding.facts))

    def word(self, code: str) -> str:
        """Return a word or title of the report itself, without facts."""
        return self.words.get(code, code)


def _cut(template: str, facts: Mapping[str, str]) -> Iterable[Piece]:
    place = 0
    for hole in _HOLE.finditer(template):
        if hole.start() > place:
            yield Piece(text=template[place : hole.start()], is_fact=False)
        yield Piece(text=shown(str(facts.get(hole.group(1), "?"))), is_fact=True)
        place = hole.end()
    if place < len(template):
        yield Piece(text=template[place:], is_fact=False)
