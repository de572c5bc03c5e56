"""Remarks: what the law as data has to say about a request, for a person to read.

A remark is a code with facts; its words come from a table, so that they can be translated.  No
lawyer has verified what stands behind a remark: it informs, and stops nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from longbien.treaty.contents import Confidence

OWN_RULE: Final = "own rule"
"""The reference of a remark that no article stands behind."""


@frozen(kw_only=True)
class Remark:
    """One thing to know before an officer decides."""

    code: str
    """Documented in ``spec/codes.md``; its sentence is ``WORDS[code]``."""

    ref: str
    """Article(paragraph)(letter), or ``OWN_RULE``."""

    confidence: Confidence
    facts: tuple[tuple[str, str], ...] = ()


def remark(code: str, ref: str, confidence: Confidence, **facts: str) -> Remark:
    """Return a remark with its facts in order."""
    return Remark(code=code, ref=ref, confidence=confidence, facts=tuple(sorted(facts.items())))


def sentence_of(said: Remark) -> str:
    """Return the English sentence of a remark, with its article and grade."""
    facts = {name: SOURCES.get(f"{name}.{value}", value) for name, value in said.facts}
    return f"{WORDS[said.code].format(**facts)} [{said.ref}, {said.confidence.value}]"


SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "source.sourced": "read in a source",
        "source.section_sourced_penalty_memory": "section read, penalty recalled",
        "source.memory_unverified": "recalled, not read",
        "source.own": "said by the State itself",
        "source.request": "named in the request",
    }
)
"""Where a provision and its penalty come from: ``SourceStatus``, or the request itself."""

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # legal bases
        "basis.convention-dormant": "The Convention is not in force: it needs 40 instruments, "
        "and then 90 days.  A request needs another basis.",
        "basis.denounced": "{state} has denounced it with effect from {date}.",
        "basis.deposited": "{state} has deposited its instrument; from when it binds {state} is "
        "not recorded.",
        "basis.example": "What stands here of {state} is an example and no fact.",
        "basis.in-force": "It binds {state} from {date}.",
        "basis.in-force-later": "It will bind {state} from {date}, and does not bind it now.",
        "basis.named-binds": "The request names {basis}: it binds both States.",
        "basis.named-does-not-bind": "The request names {basis}: it does not bind both States.  "
        "Name another basis, or an assurance of reciprocity.",
        "basis.named-not-recorded": "The request names {basis}: whether it binds both States is "
        "not recorded.  Look it up before you rely on it.",
        "basis.named-own-law": "The request rests on the law of one side.  Whether it reaches who "
        "holds the data is not recorded here: name what binds both States, too.",
        "basis.named-reciprocity": "The request rests on reciprocity or comity: say which "
        "assurance was given, and by whom.",
        "basis.named-unknown": "The request names a basis that this program does not know: "
        "{named}.",
        "basis.no-treaty-recorded": "No treaty between {first} and {second} is recorded here.",
        "basis.none-recorded": "No treaty is recorded that binds both States on {date}: "
        "reciprocity or comity remains, and must be named.",
        "basis.no-signature-seen": "{state} is not among the signatories that were seen.",
        "basis.not-recorded": "Whether it binds {state} is not recorded here.",
        "basis.other-rules-apply": "{treaty} binds both States: its rules apply instead of "
        "article 40(8) to (31), unless both agree to use these.",
        "basis.other-rules-open": "{treaty} binds both States too.  If it is a treaty on mutual "
        "legal assistance, its rules apply instead of article 40(8) to (31), unless both agree "
        "to use these.",
        "basis.reciprocity": "It needs no treaty.  The request must name it, and say which "
        "assurance was given.",
        "basis.reported": "The ratification of {state} was reported; its deposit was not seen.",
        "basis.signed": "{state} has signed it.  A signature is not a ratification and does not "
        "bind {state} to cooperate under it.",
        # scope
        "scope.convention-offence": "Article {articles}: an offence of the Convention.  It needs "
        "no minimum penalty.",
        "scope.narrow-reach": "For this kind of request the Convention may reach its own offences "
        "only (35(1)(a)), and not every serious crime.  A lawyer has yet to say.",
        "scope.not-serious": "{cite} ({state}): maximum {penalty}, below 4 years; {source}.",
        "scope.one-side": "No maximum penalty of {state} is recorded.  The text does not say "
        "whose law decides: record the maximum of both States.",
        "scope.open": "Nothing recorded here makes it an offence of the Convention or a serious "
        "crime: ask for the offence and its maximum penalty.",
        "scope.outside": "No offence of the Convention is named, and no recorded maximum reaches "
        "4 years.  Look for another basis; cooperation may be possible all the same.",
        "scope.penalty-unknown": "{cite} ({state}): its maximum penalty is not recorded.",
        "scope.serious": "{cite} ({state}): maximum {penalty}, a serious crime; {source}.",
        "scope.unnamed": "The request names no offence in a form that can be read.",
        # comparison of conduct
        "compare.advice": "The same underlying conduct must be criminal in both States, whatever "
        "its category or name.  This is advice; an officer decides.",
        "compare.asks-option": "{state} asks for what the Convention leaves to each State: "
        "{element} ({text}).",
        "compare.both-silent": "Nothing is recorded of any element in either State: read both "
        "provisions.",
        "compare.declared": "{state} has declared that it asks for more: {element} ({text}).",
        "compare.example": "The profile of {state} is an example: what it declares is no fact.",
        "compare.gap": "A gap in the law of {state} is reported: {element} ({text}).",
        "compare.no-provision": "No provision of {state} is recorded.",
        "compare.not-needed": "Dual criminality is not a condition for preservation: it is not "
        "compared unless you ask for it.",
        "compare.narrower": "{state} covers less: {element} ({text}).",
        "compare.recalled": "Of {state}, some provisions or penalties were recalled and not "
        "read: check them first.",
    }
)
"""The English sentence of each remark; braces are filled in with its facts."""
