"""The English words of the law as data: what ``longbien law`` and advice on a case say.

The texts of the data themselves (rules, titles, elements, notes, cautions) are joined from where
they stand, and nowhere copied.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

from longbien.casework.telling import data_code
from longbien.casework.words import english
from longbien.evidence.report_texts import Catalogue
from longbien.treaty.basis_names import NAMES
from longbien.treaty.contents import load
from longbien.treaty.fields import load_types
from longbien.treaty.law import load_law
from longbien.treaty.offences import load_concordance, load_offences
from longbien.treaty.remarks import OWN_RULE, SOURCES
from longbien.treaty.states import load_states

SHOWN: Final = {
    # rules
    "shown.titled": "{place}: {title}",
    "shown.effect": "effect",
    "shown.applies-to": "applies to",
    "shown.no-kind": "no kind of request in particular",
    "shown.values": "values",
    "shown.source": "source",
    "shown.grade": "{grade}, {words}",
    "shown.verified-by": "verified by",
    "shown.unsigned": "nobody: the rule warns; it never refuses, blocks or expires anything",
    "shown.signed": "{name}, on {date}, against the text {hash}",
    "shown.replaces": "replaces",
    "shown.note": "note",
    "shown.listed": "{place}  [{mark}]  {id}",
    "shown.verified": "verified",
    "shown.rules-that": "A rule that {does}:",
    "shown.article": "Article {number}: {title}",
    "shown.all-verified": "All of them were verified by a lawyer.",
    "shown.not-verified": "{count} of {whole} were verified by no lawyer: they warn; they never "
    "refuse, block or expire anything.",
    "shown.grades": "V: text read.  P: supported.  M: recalled only.",
    # packs
    "shown.pack": "{id}  version {version}: {title}",
    "shown.pack-of": "{id}  version {version}, of {state}: {title}",
    "shown.basis": "basis",
    "shown.as-of": "as of",
    "shown.rules": "rules",
    "shown.counted": "{count} ({grades}); {verified} verified by a lawyer",
    "shown.articles": "articles",
    "shown.nothing-wrong": "{id} {version} (rules: {count}): nothing is wrong",
    "shown.faults": "{id} {version} (rules: {count}): faults: {faults}",
    "shown.fault": "{text} [{code}]",
    "shown.differs": "{before} -> {after}: rules that are not the same: {count}",
    "shown.same": "Both have the same rules.",
    "shown.change": "{change}  {id}  ({place})",
    "shown.was": "was: {text}",
    "shown.is": "is:  {text}",
    "shown.none": "none",
    "shown.file-signed": "{path}: signed; when all have signed, a node takes both files with: "
    "{command}",
    "shown.adopted": "Adopted; the node's programs work with it from their next start on.",
    # profiles
    "shown.profile-of": "{state}  profile, version {version}: {name}",
    "shown.profile-of-example": "{state}  profile, version {version}: {name} (an example, and no "
    "fact)",
    "shown.says": "says",
    "shown.said": "{treaties} treaties; {declarations} declarations; {offices} offices; "
    "{languages} languages; {limits} limits; {offences} offences",
    "change.added": "added",
    "change.changed": "changed",
    "change.removed": "removed",
    # the law of States
    "shown.advice": "Advice to a person; it decides nothing.  No lawyer has checked these data.",
    "shown.as-of-day": "As of {day}",
    "shown.state": "{name} ({code})",
    "shown.gaps-of": "{state}: its law against the offences of the Convention",
    "shown.gaps-found": "Gaps or narrower provisions are recorded for: articles {numbers}",
    "shown.gaps-none": "Gaps or narrower provisions are recorded for no article.",
    "shown.gaps-silence": "That nothing is recorded of an article does not mean that nothing is "
    "missing.",
    "shown.compared": "{first} and {second}: the same conduct in both laws (35(3))",
    "shown.bases-of": "{first} and {second}: legal bases on {day}",
    "shown.cautions": "Cautions on the data of all States",
    "shown.organisation": "{name}: an organisation, not a State (2(n)); its instrument is not "
    "counted (65(1))",
    "shown.no-profile": "{name}: no profile here; its declarations, languages and limits are not "
    "recorded",
    "shown.profile": "{name}, as of {day}",
    "shown.profile-example": "{name} (EXAMPLE profile), as of {day}",
    "shown.languages": "languages: {languages}",
    "shown.limit": "{limit}: {days} days ({law})",
    "shown.declaration": "declared on {ref}: {text} [{grade}]",
    "limit-of.preservation-order": "longest preservation order",
    "limit-of.preservation-renewal": "renewal of a preservation order",
    "limit-of.custodian-secrecy": "secrecy kept by a custodian",
    "limit-of.traffic-retention": "retention of traffic data by providers",
    "limit-of.subscriber-retention": "retention of subscriber information by providers",
    "limit-of.received-retention": "retention of evidence that was received",
    # offences, alone and side by side
    "shown.offence": "Article {number}: {title} [{grade}]",
    "shown.example": "{name} (EXAMPLE profile)",
    "shown.alone": "{name}",
    "shown.provision": "{cite}: maximum {penalty} ({source})",
    "shown.provision-unknown": "{cite}: maximum not recorded ({source})",
    "shown.no-provision": "no provision is recorded",
    "shown.by-element": "Element by element",
    "shown.element": "{text} ({role})",
    "shown.side": "{name}: {text}",
    "shown.record": "{holding}: {text}",
    "shown.record-in": "{holding}: {text} ({cite})",
    "shown.declared": "declared: {text}",
    "shown.not-recorded": "not recorded",
    "shown.silent": "Not recorded: {elements}",
    "shown.silent-choice": "Not recorded, of what a State may add or leave out: {elements}",
    "shown.silent-both": "Not recorded in either State: {elements}",
    "shown.silent-both-choice": "Not recorded in either State, of what a State may add or leave "
    "out: {elements}",
    "shown.to-know": "To know",
    "shown.graded": "{text} [{ref}, {grade}]",
    "shown.force": "{basis}: {force}",
    "shown.scope": "Scope (35(1)): {scope}",
    # advice on a case
    "shown.advice-on": "Advice on a request of {requesting} to {requested}, {day}",
    "shown.advice-data": "No lawyer has checked the data behind it.  It informs; a person decides.",
    "shown.rests-on": "What the request rests on",
    "shown.bases-between": "Legal bases between the two States",
    "shown.dual": "Dual criminality",
}

NAMED: Final = {
    "holding.named": "named",
    "holding.narrower": "covers less",
    "holding.asked": "asks for this option",
    "holding.lacking": "a gap is reported",
    "element-role.conduct": "conduct",
    "element-role.object": "object",
    "element-role.intent": "intent",
    "element-role.circumstance": "circumstance",
    "element-role.option": "a State may ask for it",
    "element-role.wider": "a State may add it",
    "element-role.exception": "no offence",
    "force.binds": "binds both States",
    "force.does-not-bind": "does not bind both States",
    "force.not-recorded": "not recorded",
    "force.if-named": "possible, if it is named",
    "scope-is.convention-offence": "an offence of the Convention is named",
    "scope-is.serious-crime": "a serious crime is recorded",
    "scope-is.not-shown": "not shown: no offence of the Convention, no maximum of 4 years",
    "scope-is.open": "open",
    "penalty.year": "{count} year",
    "penalty.years": "{count} years",
    "penalty.month": "{count} month",
    "penalty.months": "{count} months",
    "penalty.life": "life",
    "penalty.death": "death",
    "penalty.unknown": "unknown",
}
"""Names of what is recorded."""


@cache
def law_english() -> Catalogue:
    """Return all words of the law and of casework in English.  Made once."""
    data = {data_code(text): text for text in _data() if text}
    return Catalogue(
        language="en",
        direction="ltr",
        words={**english().words, **SHOWN, **NAMED, **SOURCES, **data},
    )


def _data() -> Iterator[str]:
    yield from (OWN_RULE, *NAMES.values())
    for pack in load_law().packs:
        yield pack.title
        for article in pack.articles:
            yield from (article.title, article.chapter)
        for rule in pack.rules:
            yield from (rule.text, rule.note)
            if not rule.ref[0].isdigit():  # words, where no paragraph is known
                yield rule.ref
    for offence in load_offences().values():
        yield offence.title
        yield from (element.text for element in offence.elements)
    for cell in load_concordance().cells.values():
        yield from (one.note for one in cell.provisions)
        yield from (one.text for one in cell.records)
    yield from load_concordance().cautions
    yield load_states().as_of
    yield from load_types().written.values()
    for profile in load().profiles.values():
        yield from (item.label for item in profile.items)
