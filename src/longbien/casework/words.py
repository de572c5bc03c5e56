"""The words of casework, joined: one English catalogue, out of which every translation is made.

A module that brings codes of its own may keep their words in a dictionary of its own; it is
entered in ``JOINED``.  What the treaty data say themselves (labels of fields, texts of grounds)
is joined here and nowhere copied.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from longbien.casework import words_english as w
from longbien.casework.case import Warned
from longbien.casework.completeness.words_english import WORDS as GATE
from longbien.casework.words_safeguards import SAFEGUARDS
from longbien.evidence.report_texts import Catalogue
from longbien.treaty import pack_words, remarks
from longbien.treaty.contents import load

JOINED: Final[tuple[Mapping[str, str], ...]] = (
    w.KINDS,
    w.SIDES,
    w.STATES,
    w.TRACKS,
    w.STEPS,
    w.DUTIES,
    w.LANES,
    w.SEVERITIES,
    w.CAUSES,
    w.CLOCKS,
    w.WARNINGS,
    GATE,
    w.GRADES,
    w.REQUIRED,
    w.EVENTS,
    SAFEGUARDS,
    pack_words.EFFECTS,
    pack_words.FINDINGS,
    remarks.WORDS,
    w.RECEIPTS,
    w.ALARMS,
)
"""Every dictionary of words; no code stands in two of them."""


@cache
def english() -> Catalogue:
    """Return all words of casework in English.  Made once; the same for everybody."""
    words = {code: text for each in JOINED for code, text in each.items()}
    return Catalogue(
        language="en",
        direction="ltr",
        words={**words, **dict(_labels()), **dict(_grounds())},
    )


def _labels() -> Iterator[tuple[str, str]]:
    for form in load().forms.values():
        for one in form.fields:
            yield f"field.{form.kind}.{one.id}", one.label


def _grounds() -> Iterator[tuple[str, str]]:
    law = load()
    for rules in (law.grounds, law.forbidden, law.postponement):
        for ref, rule in rules.items():
            yield f"ground.{ref}", rule.text


def warning_text(words: Catalogue, kind: str, warned: Warned) -> str:
    """Return what a warning says, the fields of the kind's form by their labels."""
    facts = [
        (name, words.words.get(f"field.{kind}.{fact}", fact) if name == "field" else fact)
        for name, fact in warned.facts
    ]
    return words.sentence(warned.code, facts)
