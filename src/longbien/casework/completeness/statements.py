"""What a request tells in words: enough for an officer abroad who knows nothing of the case."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import Asked
from longbien.casework.completeness.phrases import BOILERPLATE, DANGER, concerns_in
from longbien.casework.completeness.remarks import NOWHERE, Place, fault, remark
from longbien.casework.safeguards import Concern
from longbien.treaty.fields import FieldType

LEAST_WORDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "offence_and_facts": 10,
        "facts_summary": 10,
        "facts_and_nature": 10,
        "facts_relied": 10,
        "facts_for_order": 10,
        "facts_and_extent": 10,
        "facts_law": 10,
        "emergency_statement": 10,
        "necessity": 6,
        "justification": 6,
        "purpose": 5,
        "urgency": 5,
    }
)
"""Below so many words nobody abroad can judge; our own figures."""

_EMERGENCY: Final = Place(ref="2(o)", confidence="V")
_LEAST_IN_EMERGENCY: Final = 10
_LETTERS_A_WORD: Final = 6
_IDEOGRAMS_A_WORD: Final = 2
_PROSE: Final = frozenset({FieldType.STATEMENT, FieldType.DESCRIBED})
_SERVICE: Final = "service_of_documents"

_SOURCES: Final[Mapping[Concern, Place]] = MappingProxyType(
    {
        Concern.DISCRIMINATION: Place(ref="40(22)", confidence="M"),
        Concern.POLITICAL_OFFENCE: Place(ref="40(22)", confidence="M"),
        Concern.FREEDOMS: Place(ref="6(2)", confidence="V"),
    }
)
_WHO_WRITES: Final = "_authority"
"""Fields that name an office: a State Attorney is nobody's lawyer."""

_OTHER_SOURCE: Final = Place(ref="24", confidence="M")


def count_words(text: str) -> int:
    """Return about how many words a text has, also where a script puts no space between them."""
    spaced = len(text.split())
    if text.isascii():
        return spaced
    ideograms = sum("\u3040" <= char <= "\u9fff" for char in text)
    letters = sum(not char.isascii() and char.isalpha() for char in text)
    return max(spaced, ideograms // _IDEOGRAMS_A_WORD, letters // _LETTERS_A_WORD)


def remarks_on_fields(asked: Asked) -> Iterator[Warned]:
    """Tell which fields are missing, and which the form does not have."""
    if asked.form is None:
        return
    given = frozenset(asked.texts)
    for one in asked.form.missing(given, is_service=asked.kind == _SERVICE):
        yield remark(fault("form.field-missing", Severity.MISSING), asked.place(one.id))
    known = {one.id for one in asked.form.fields}
    for name in given - known:
        yield remark(fault("form.field-unknown", Severity.NOTE), asked.place(name))


def remarks_on_statements(asked: Asked) -> Iterator[Warned]:
    """Tell which statements say too little, nothing, or the same twice."""
    said: dict[str, str] = {}
    for name, text in asked.texts.items():
        if asked.type_of(name) not in _PROSE:
            continue
        at, words = asked.place(name), count_words(text)
        plain = " ".join(text.lower().split()).rstrip(".")
        if BOILERPLATE.fullmatch(plain):
            yield remark(fault("statement.boilerplate", Severity.RISKY), at)
        elif words < LEAST_WORDS.get(name, 0):
            yield remark(fault("statement.too-short", Severity.RISKY, words=str(words)), at)
        elif plain in said:
            yield remark(fault("statement.repeated", Severity.RISKY, other=said[plain]), at)
        said.setdefault(plain, name)


def remarks_on_emergency(asked: Asked) -> Iterator[Warned]:
    """Tell whether an emergency says who is in danger, and why now (article 2(o))."""
    told = asked.texts.get("emergency_statement", "")
    if asked.is_emergency:
        yield from _on_emergency(asked.emergency or told, _EMERGENCY)
    elif told and not DANGER.search(told):
        yield remark(
            fault("emergency.no-danger", Severity.WRONG), asked.place("emergency_statement")
        )


def _on_emergency(text: str, at: Place) -> Iterator[Warned]:
    words = count_words(text)
    if words < _LEAST_IN_EMERGENCY:
        yield remark(fault("emergency.too-short", Severity.RISKY, words=str(words)), at)
    if not DANGER.search(text):
        yield remark(fault("emergency.no-danger", Severity.WRONG), at)


def remarks_on_people(asked: Asked) -> Iterator[Warned]:
    """Tell where words touch a question of the stop list: it is to be answered with care."""
    texts = [text for name, text in asked.texts.items() if not name.endswith(_WHO_WRITES)]
    texts.append(asked.emergency)
    for concern in concerns_in(tuple(texts)):
        at = _SOURCES.get(concern, _OTHER_SOURCE)
        yield remark(
            fault("safeguard.look", Severity.RISKY, concern=concern.value),
            NOWHERE,
            ref=at.ref,
            confidence=at.confidence,
        )
