"""Every kind of request for people: fields, paragraphs, clocks, grounds, in one document.

Made from the treaty data and the tables that the program runs.  ``docs/kinds.md`` is this text;
a test says when it is stale.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from longbien.casework.case import Side
from longbien.casework.catalogue import KINDS
from longbien.casework.kind import Kind, Measure
from longbien.casework.policy import ALWAYS_TWO, STANDARD, may_be_alone
from longbien.casework.steps import Step
from longbien.casework.words import english
from longbien.treaty.contents import Catalogue, Form, GroundsOf, load
from longbien.treaty.fields import FieldType, load_types

COMMON: Final = "mla_general"
"""The form whose fields other forms repeat."""

STEPS_OF: Final[Mapping[str, tuple[Step, ...]]] = {
    "decision": (
        Step.ACCEPTANCE,
        Step.CONSULTATION,
        Step.POSTPONEMENT,
        Step.REFUSAL,
        Step.EXECUTION,
    ),
    "supplementary_information": (Step.QUESTION, Step.ANSWER),
    "use_consent": (Step.FURTHER_USE_REQUEST, Step.FURTHER_USE_CONSENT, Step.EXCULPATORY_USE),
    "onward_transfer_authorization": (Step.FURTHER_USE_REQUEST, Step.FURTHER_USE_CONSENT),
    "preservation_extension": (
        Step.EXTENSION_REQUEST,
        Step.PRESERVATION_EXTENDED,
        Step.EXTENSION_REFUSAL,
    ),
    "warning_before_preserving": (Step.WARNING,),
    "no_longer_needed": (Step.WITHDRAWAL,),
    "status_question": (Step.QUESTION, Step.STATUS),
    "safe_conduct": (Step.SAFE_CONDUCT, Step.PRESENCE_ENDED),
    "costs": (Step.CONSULTATION,),
    "hearing_before_lifting": (
        Step.LIFTING_PROPOSED,
        Step.LIFTING_VIEWS,
        Step.MEASURE_IN_FORCE,
        Step.MEASURE_LIFTED,
    ),
}
"""Forms of what is said inside a case, and the steps by which it is said."""

CLOCKS_OF: Final[Mapping[Step, tuple[str, ...]]] = {
    Step.REQUEST: (
        "receipt-by",
        "acknowledge-by",
        "first-word-by",
        "reply-due",
        "basis-acknowledge-by",
        "basis-answer-by",
    ),
    Step.EMERGENCY_CONFIRMED: ("confirm-emergency-by",),
    Step.POSTPONEMENT: ("review-postponement",),
    Step.PRESERVATION_CONFIRMED: ("preserved-until", "domestic-order-ends"),
    Step.EXTENSION_REQUEST: ("decide-extension-by",),
    Step.EVIDENCE_ANNOUNCED: ("destroy-by", "use-limit-ends"),
    Step.INFORMATION: ("use-limit-ends",),
    Step.PARTIAL_DISCLOSURE: ("use-limit-ends",),
    Step.SPONTANEOUS_INFORMATION: ("receipt-by", "use-limit-ends"),
    Step.MEASURE_IN_FORCE: ("measure-until",),
    Step.ARRANGEMENT: ("arranged-at",),
    Step.PRESENCE_ENDED: ("safe-conduct-ends",),
    Step.DRILL: ("receipt-by", "answer-drill-by"),
}
"""Which clocks run in a kind, by the steps that it has."""

ASSISTANCE: Final[Mapping[str, str]] = {
    "(a) evidence or statements from persons": "`mla_general`, `video_hearing`",
    "(b) service of judicial documents": "`service_of_documents`",
    "(c) search, seizure, freezing": "`search_seizure`, `asset_trace_freeze_seize`",
    "(d) stored data": "`mla_stored_data`, `subscriber_information`",
    "(e) traffic data in real time": "`mla_traffic_realtime`",
    "(f) interception of content data": "`mla_content_interception`",
    "(g) objects and sites": "`objects_sites`",
    "(h) information, evidence, expert evaluation": "`mla_general`",
    "(i) documents and records": "`records`",
    "(j) proceeds and instrumentalities": "`asset_trace_freeze_seize`",
    "(k) voluntary appearance": "`voluntary_appearance`",
    "(l) recovery of proceeds": "`confiscation_enforce_order`, `asset_return`",
    "(m) any other lawful assistance": "`mla_general`",
}
"""The kinds of assistance of article 40(3), and where each is asked for."""

_HEAD = """\
# Kinds of request

Made by `tools/make_kinds.py` from the treaty data (`treaty/request_contents.json`,
`treaty/added_contents.json`, `treaty/field_types.json`) and the tables in `casework/kinds`;
a test compares the two. Do not edit.

Grades: V the text was read, P supported by a public source or a parallel clause, M recalled only.
No rule here was verified by a lawyer: it may warn, and it never refuses, expires or blocks.
Life cycles as diagrams: [life-cycles.md](life-cycles.md).
"""


def document() -> str:
    """Return the whole document in Markdown."""
    law = load()
    sections = (_section(kind, law) for kind in KINDS.values())
    parts = (_HEAD, _overview(law), _inside(law), _assistance(), *sections, _profiles(law))
    return "\n".join(parts)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    heads = tuple(heads)
    lines = (f"| {' | '.join(row)} |" for row in rows)
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines, ""]


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _said(kind: Kind) -> frozenset[Step]:
    rows = (row for side in Side for row in kind.machine(side).table.values())
    return frozenset(step for row in rows for step in row)


# --- all kinds ------------------------------------------------------------------------------------


def _overview(law: Catalogue) -> str:
    rows = (
        (
            f"[`{code}`](#{code})",
            english().words[f"kind.{code}"],
            _article(law.find_form(code)),
            kind.lane.value,
            _officers(kind),
            "yes" if kind.measure is Measure.COERCIVE else "",
        )
        for code, kind in KINDS.items()
    )
    heads = ("kind", "what", "article", "lane", "officers to send", "coercive")
    return "\n".join(
        [
            "## Kinds that open a case",
            "",
            *_table(heads, rows),
            "In an emergency the State's policy may let one officer send any request;",
            "a second one confirms it within the clock `confirm-emergency-by`.",
            "",
        ]
    )


def _article(form: Form | None) -> str:
    return form.article if form is not None else "41(5)"


def _officers(kind: Kind) -> str:
    if kind.opening is Step.DRILL or kind.code in STANDARD.alone:
        return "one"
    if not may_be_alone(kind.code) or kind.opening in ALWAYS_TWO:
        return "two, always"
    return "two, unless the State's policy says one"


def _inside(law: Catalogue) -> str:
    rows = (
        (
            f"`{code}`",
            english().words[f"kind.{code}"],
            law.forms[code].article,
            _codes(one.id for one in law.forms[code].fields),
            _codes(step.value for step in steps),
        )
        for code, steps in STEPS_OF.items()
    )
    heads = ("form", "what", "article", "fields", "said as")
    return "\n".join(
        [
            "## Forms that are steps inside a case",
            "",
            "They answer, change or follow a request: they belong to its case and open none.",
            "Costs are a `consultation` whose topic is `costs`; an onward transfer is asked for",
            "by a `further-use-request` that names the recipient.",
            "",
            *_table(heads, rows),
        ]
    )


def _assistance() -> str:
    return "\n".join(
        [
            "## Where each kind of assistance of article 40(3) is asked for",
            "",
            *_table(("40(3)", "kind"), ASSISTANCE.items()),
        ]
    )


# --- one kind -------------------------------------------------------------------------------------


def _section(kind: Kind, law: Catalogue) -> str:
    form = law.find_form(kind.code)
    said = _said(kind)
    clocks = (clock for step, names in CLOCKS_OF.items() if step in said for clock in names)
    lines = [
        f"## `{kind.code}`",
        "",
        f"{english().words[f'kind.{kind.code}']}. Article {_article(form)}.",
        "",
        *(_fields(form) if form is not None else ()),
        f"- Clocks: {_codes(dict.fromkeys(clocks))}.",
        *(f"- {line}" for line in _grounds(law.find_grounds(kind.code), law, kind)),
        f"- Takes two officers: {_codes(_by_two(said))}.",
        "",
    ]
    return "\n".join(lines)


def _by_two(said: frozenset[Step]) -> list[str]:
    """Return what no officer does alone; evidence is announced once two have released it."""
    released = {Step.EVIDENCE_ANNOUNCED, Step.DESTRUCTION_CERTIFIED}
    return sorted(step.value for step in said & (ALWAYS_TWO | released))


def _fields(form: Form) -> Iterator[str]:
    types = load_types()
    # the offences stand last in nearly every form, after its own fields
    common = tuple(
        one
        for one in load().forms[COMMON].fields
        if types.find_type(COMMON, one.id) is not FieldType.OFFENCES
    )
    own = form.fields
    if form.kind != COMMON and own[: len(common)] == common:
        yield f"The {len(common)} fields of [`{COMMON}`](#{COMMON}), and:"
        yield ""
        own = own[len(common) :]
    rows = (
        (
            f"`{one.id}`",
            one.label,
            one.ref,
            one.required.value,
            str(types.find_type(form.kind, one.id)),
            one.confidence.value,
        )
        for one in own
    )
    yield from _table(("field", "holds", "paragraph", "required", "type", "grade"), rows)


def _grounds(known: GroundsOf | None, law: Catalogue, kind: Kind) -> Iterator[str]:
    if Step.REFUSAL not in _said(kind):
        return
    if known is None:
        yield "Grounds for a refusal: the data name none of its own; any that we know may be named."
    else:
        word = "only" if known.is_closed else "on"
        where = f"{known.ref} {known.confidence.value}"
        yield f"May be refused {word}: {_codes(known.may)} ({where}). Before that: {known.before}."
    if known is not None and known.conditions_first:
        yield f"Conditions are tried first for {_codes(sorted(known.conditions_first))}."
    yield f"Must not be refused on: {_codes(sorted(law.forbidden))}."


def _profiles(law: Catalogue) -> str:
    parts = []
    for code, profile in law.profiles.items():
        rows = (
            (f"`{one.id}`", one.label, f"`{one.into}`", one.confidence.value)
            for one in profile.items
        )
        parts += [
            f"## Template `{code}`",
            "",
            f"A template used in practice ({profile.source}): another face of `{profile.kind}`.",
            "What the message itself says needs no field.",
            "",
            *_table(("item", "holds", "goes into", "grade"), rows),
        ]
    return "\n".join(parts)
