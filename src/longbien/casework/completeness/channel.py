"""Whom it goes to: legal basis, language, and whether the same was asked already."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import Final

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import Alike, Asked, Surroundings
from longbien.casework.completeness.remarks import NOWHERE, Fault, Place, fault, remark
from longbien.primitives.errors import Malformed
from longbien.treaty.basis_names import NAMES, TREATIES, Basis, find_basis, names_article
from longbien.treaty.fields import FieldType, read_language

_BASIS: Final = Place(ref="40(7)", confidence="P")
_LANGUAGE: Final = Place(ref="40(14)", confidence="P")
_AFTER_PRESERVING: Final = frozenset({"mla_stored_data", "subscriber_information"})

_SAMPLE: Final = 2000  # letters that are looked at to tell the script

_SCRIPTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **dict.fromkeys(("ar", "fa", "ur", "ps", "ku"), frozenset({"ARABIC"})),
        **dict.fromkeys(("ru", "uk", "be", "bg", "mk"), frozenset({"CYRILLIC"})),
        **dict.fromkeys(("kk", "ky", "mn", "tg"), frozenset({"CYRILLIC"})),
        "sr": frozenset({"CYRILLIC", "LATIN"}),
        **dict.fromkeys(("he", "yi"), frozenset({"HEBREW"})),
        "zh": frozenset({"CJK"}),
        "ja": frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
        "ko": frozenset({"HANGUL", "CJK"}),
        "el": frozenset({"GREEK"}),
        "hy": frozenset({"ARMENIAN"}),
        "ka": frozenset({"GEORGIAN"}),
        "th": frozenset({"THAI"}),
        "lo": frozenset({"LAO"}),
        "km": frozenset({"KHMER"}),
        "my": frozenset({"MYANMAR"}),
        "am": frozenset({"ETHIOPIC"}),
        "bn": frozenset({"BENGALI"}),
        "si": frozenset({"SINHALA"}),
        "ta": frozenset({"TAMIL"}),
        **dict.fromkeys(("hi", "ne", "mr"), frozenset({"DEVANAGARI"})),
    }
)  # fmt: skip
_LATIN: Final = frozenset({"LATIN"})


def remarks_on_basis(asked: Asked, around: Surroundings) -> Iterator[Warned]:
    """Tell which legal bases are not known, name no article, or do not bind both States."""
    found = [find_basis(text) for text in asked.legal_basis]
    carried = any(one is not None and one.value not in around.not_in_force for one in found)
    severity = Severity.NOTE if carried else Severity.WRONG
    for line, (text, basis) in enumerate(zip(asked.legal_basis, found, strict=True), start=1):
        if basis is None:
            yield remark(fault("basis.unknown", Severity.RISKY, line=str(line)), _BASIS)
            continue
        if basis in TREATIES and not names_article(text):
            yield remark(fault("basis.article", Severity.NOTE, line=str(line)), _BASIS)
        if basis.value in around.not_in_force:
            yield remark(_not_in_force(basis, around, severity), _BASIS)


def _not_in_force(basis: Basis, around: Surroundings, severity: Severity) -> Fault:
    known = (NAMES[Basis(one)] for one in around.in_force or ())
    others = ", ".join(known) or "none that we know; agree on reciprocity"
    return fault("basis.not-in-force", severity, basis=NAMES[basis], others=others)


# --- language -----------------------------------------------------------------------------------


def remarks_on_language(asked: Asked, around: Surroundings) -> Iterator[Warned]:
    """Tell whether the requested authority accepts the language, as far as it can be told."""
    if not around.languages:
        return
    accepted = ", ".join(around.languages)
    primary = {_primary(one) for one in around.languages}
    for name, text in asked.texts.items():
        if asked.type_of(name) is not FieldType.LANGUAGE:
            continue
        language = _find_language(text)
        if language and _primary(language) not in primary:
            yield remark(
                fault(
                    "language.not-accepted", Severity.WRONG, language=language, accepted=accepted
                ),
                asked.place(name),
            )
    script = script_of(asked)
    scripts = frozenset[str]().union(*(_SCRIPTS.get(one, _LATIN) for one in primary))
    if script is not None and script not in scripts:
        yield remark(fault("language.script", Severity.WRONG, accepted=accepted), _LANGUAGE)


def _primary(language: str) -> str:
    return language.split("-", 1)[0].lower()


def _find_language(text: str) -> str | None:
    try:
        return read_language(text.strip())
    except Malformed:
        return None


def script_of(asked: Asked) -> str | None:
    """Return the script of most letters of what was written; None where there are few."""
    texts = (
        text
        for name, text in asked.texts.items()
        if asked.type_of(name) in {FieldType.STATEMENT, FieldType.DESCRIBED}
    )
    letters = "".join(islice(filter(str.isalpha, chain.from_iterable(texts)), _SAMPLE))
    if len(letters) < _FEW:
        return None
    if letters.isascii():
        return "LATIN"
    script, count = Counter(map(_script, letters)).most_common(1)[0]
    return script if 2 * count > len(letters) else None


_FEW: Final = 20  # letters


def _script(char: str) -> str:
    return "LATIN" if char.isascii() else unicodedata.name(char, "UNKNOWN").split(" ", 1)[0]


# --- the same again -----------------------------------------------------------------------------


def remarks_on_earlier(asked: Asked, around: Surroundings) -> Iterator[Warned]:
    """Tell of other cases about the same thing, and of data that nobody has preserved."""
    for one in around.alike:
        if one.case != asked.preservation:
            yield remark(_of_alike(asked, one, around), NOWHERE)
    follows = asked.preservation is not None or "preservation_ref" in asked.texts
    if asked.kind in _AFTER_PRESERVING and not follows:
        yield remark(fault("preservation.none-before", Severity.NOTE), ref="44(1)")


def _of_alike(asked: Asked, one: Alike, around: Surroundings) -> Fault:
    if around.own is not None and one.own != around.own:
        return fault(
            "duplicate.other-authority", Severity.RISKY, own=one.own.text, peer=one.peer.text
        )
    facts = {"case": one.case.text, "kind": one.kind, "peer": one.peer.text}
    if one.kind == asked.kind and one.peer == around.peer and not one.is_over:
        return fault("duplicate.request", Severity.RISKY, **facts)
    return fault("duplicate.related", Severity.NOTE, **facts)
