"""Statements and events as bytes: canonical JSON, every field explicit.

A statement is the content of a message; its schema names the step and a version, a request's
the kind too: ``longbien:preservation.request/1``, ``longbien:case.refusal/1``.
An event is an entry of the journal.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from longbien.casework import deeds as d
from longbien.casework import events as e
from longbien.casework import statements as s
from longbien.casework.case import Event, Severity, Side, Warned
from longbien.casework.codecs import (
    CODE,
    DIGEST,
    FLAG,
    INSTANT,
    LINE,
    NUMBER,
    OPTIONAL_CODE,
    REMARK,
    SEALED,
    TEXT,
    WORDS,
    Codec,
    Record,
    bad_field,
    below,
    id_of,
    many,
    maybe,
    one_of,
    pairs,
    text_of,
)
from longbien.casework.completeness.asked import Alike
from longbien.casework.footing import Footing
from longbien.casework.safeguards import Answer, Check, Concern, Safeguards
from longbien.casework.steps import Step
from longbien.channel.drill import ANSWER_SCHEMA, CHALLENGES, DRILL_SCHEMA
from longbien.channel.message import MAX_CONTENT, Lane, ReceiptOutcome
from longbien.evidence.custody import EventKind
from longbien.evidence.custody import encode_event as encode_custody
from longbien.evidence.custody import kind_of as custody_kind_of
from longbien.evidence.custody import parse_event as parse_custody
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.primitives.canonical import Json, encode_json, parse_canonical, parse_json
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    MessageId,
    OfficerId,
    PackageId,
    StateCode,
    TransferId,
)
from longbien.primitives.verdict import Outcome
from longbien.treaty.law import PackEdition

MAX_FIELDS: Final = 64  # of a form; the longest of ours has 20
MAX_FIELD_TEXT: Final = 16_000  # characters of one field
MAX_BASES: Final = 20
MAX_LIMITS: Final = 50
MAX_FINDINGS: Final = 100
MAX_EVENT: Final = 2 * MAX_CONTENT  # bytes of one journal entry: a statement and what is around it

_OF_A_KIND: Final = frozenset({Step.REQUEST, Step.AMENDMENT})
_DRILLS: Final = {Step.DRILL: DRILL_SCHEMA, Step.DRILL_ANSWER: ANSWER_SCHEMA}

_CASE = id_of(CaseId.parse)
_PACKAGE = id_of(PackageId.parse)
_TRANSFER = id_of(TransferId.parse)
_OFFICER = id_of(OfficerId.parse)
_AUTHORITY = id_of(AuthorityId.parse)
_CHALLENGE = below(CHALLENGES)
_BASES = many(LINE, most=MAX_BASES, least=1)
_CONTENTS = pairs(CODE, text_of(most=MAX_FIELD_TEXT), most=MAX_FIELDS)
_LIMITS = many(
    Record(UseLimit, {"kind": one_of(UseLimitKind), "text": TEXT, "until": maybe(INSTANT)}).codec,
    most=MAX_LIMITS,
)


_CHECK: Final[Record[Any]] = Record(dict, {"answer": one_of(Answer), "text": WORDS})


def _write_checks(checks: tuple[Check, ...]) -> Json:
    return {
        check.concern.value: {"answer": check.answer.value, "text": check.text} for check in checks
    }


def _read_checks(value: Json) -> tuple[Check, ...]:
    if not isinstance(value, dict) or value.keys() != set(Concern):
        raise bad_field("each question of the stop list is answered once")
    return tuple(Check(concern=one, **_CHECK.read(value[one])) for one in Concern)


SAFEGUARDS: Final = Record(
    Safeguards,
    {
        "necessity": TEXT,
        "proportionality": TEXT,
        "scope": TEXT,
        "ends_at": INSTANT,
        "authority": LINE,
        "law": LINE,
        "grounds": TEXT,
        "review": TEXT,
        "remedy": TEXT,
        "third_parties": TEXT,
        "checks": Codec(_write_checks, _read_checks),
    },
)
"""The safeguard record: the same in requests, disclosures, releases and packages."""

_SAFEGUARDS: Final = maybe(SAFEGUARDS.codec)

_EDITION: Final = Record(PackEdition, {"id": CODE, "version": NUMBER, "digest": DIGEST})
EDITIONS: Final = many(_EDITION.codec)
_ALIKE: Final = Record(
    Alike,
    {
        "case": _CASE,
        "kind": CODE,
        "own": _AUTHORITY,
        "peer": id_of(StateCode.parse),
        "is_over": FLAG,
    },
    later=frozenset({"is_over"}),
)
_FOOTING: Final = maybe(
    Record(
        Footing,
        {
            "edition": EDITIONS,
            "languages": many(LINE),
            "in_force": maybe(many(LINE)),
            "not_in_force": many(LINE),
            "alike": many(_ALIKE.codec),
            "is_exercise": FLAG,
        },
        later=frozenset({"not_in_force"}),
    ).codec
)


def _outcome(value: Json) -> Outcome:
    for outcome in Outcome:
        if outcome.name.lower() == value:
            return outcome
    raise bad_field("an outcome is missing")


# --- statements ---------------------------------------------------------------------------------

_RECORDS: Final[tuple[Record[Any], ...]] = (
    Record(
        s.RequestMade,
        {
            "contents": _CONTENTS,
            "legal_basis": _BASES,
            "is_emergency": FLAG,
            "emergency": WORDS,
            "reply_by": maybe(INSTANT),
            "reply_reason": WORDS,
            "preservation": maybe(_CASE),
            "safeguards": _SAFEGUARDS,
        },
    ),
    Record(
        s.RequestAmended,
        {"contents": _CONTENTS, "legal_basis": _BASES, "reason": TEXT, "safeguards": _SAFEGUARDS},
    ),
    Record(s.RequestWithdrawn, {"reason": TEXT}),
    Record(s.Acknowledged, {"reference": REMARK, "text": WORDS}),
    Record(s.QuestionAsked, {"text": TEXT}),
    Record(s.QuestionAnswered, {"question": NUMBER, "text": TEXT}),
    Record(
        s.Consulted,
        {"topic": one_of(s.Topic), "ground": OPTIONAL_CODE, "about": NUMBER, "text": TEXT},
    ),
    Record(s.Warned42, {"cause": one_of(s.WarningCause), "text": TEXT}),
    Record(s.RequestAccepted, {"conditions": _LIMITS, "text": WORDS}),
    Record(s.ConditionsAgreed, {"offer": NUMBER}),
    Record(s.ConditionsDeclined, {"offer": NUMBER, "text": TEXT}),
    Record(s.RequestPostponed, {"ground": CODE, "reasons": TEXT, "review_at": INSTANT}),
    Record(
        s.RequestRefused,
        {"ground": CODE, "detail": OPTIONAL_CODE, "reasons": TEXT, "consultation": WORDS},
    ),
    Record(s.ExtensionAsked, {"until": maybe(INSTANT), "progress": WORDS}),
    Record(s.ExtensionRefused, {"extension": NUMBER, "reasons": TEXT}),
    Record(
        s.PreservationConfirmed,
        {"effective_at": INSTANT, "until": INSTANT, "reference": REMARK, "text": WORDS},
    ),
    Record(s.PreservationExtended, {"until": INSTANT, "extension": NUMBER, "text": WORDS}),
    Record(s.PreservationEnded, {"cause": one_of(s.EndCause), "text": WORDS}),
    Record(
        s.PartlyDisclosed,
        {
            "provider": TEXT,
            "path": TEXT,
            "legal_basis": _BASES,
            "use_limits": _LIMITS,
            "safeguards": _SAFEGUARDS,
        },
    ),
    Record(
        s.EvidenceAnnounced,
        {
            "package": _PACKAGE,
            "transfer": _TRANSFER,
            "sealed": SEALED,
            "exhibits": NUMBER,
            "use_limits": _LIMITS,
            "withheld": WORDS,
        },
    ),
    Record(s.EvidenceDelivered, {"package": _PACKAGE, "transfer": _TRANSFER}),
    Record(
        s.EvidenceVerified,
        {
            "package": _PACKAGE,
            "outcome": Codec(lambda outcome: outcome.name.lower(), _outcome),
            "findings": many(CODE, most=MAX_FINDINGS),
            "report": DIGEST,
        },
    ),
    Record(s.FurtherUseAsked, {"package": maybe(_PACKAGE), "use": TEXT, "recipient": REMARK}),
    Record(
        s.FurtherUseDecided,
        {"request": NUMBER, "is_granted": FLAG, "conditions": _LIMITS, "text": WORDS},
    ),
    Record(
        s.ExculpatoryUseNotified,
        {"package": maybe(_PACKAGE), "is_advance": FLAG, "text": TEXT},
    ),
    Record(
        s.DestructionCertified,
        {
            "package": _PACKAGE,
            "cause": one_of(s.DestructionCause),
            "method": LINE,
            "destroyed_at": INSTANT,
        },
    ),
    Record(s.StatusGiven, {"text": TEXT}),
    Record(s.RequestExecuted, {"is_partly": FLAG, "left_out": WORDS}),
    Record(s.EmergencyConfirmed, {"text": WORDS}),
    Record(
        s.InformationGiven,
        {
            "contents": _CONTENTS,
            "legal_basis": _BASES,
            "use_limits": _LIMITS,
            "safeguards": _SAFEGUARDS,
        },
    ),
    Record(s.DrillCalled, {"challenge": _CHALLENGE, "answer_by": INSTANT}),
    Record(s.DrillAnswered, {"challenge": _CHALLENGE, "answered_at": INSTANT}),
    Record(
        d.InformationDisclosed,
        {"text": TEXT, "legal_basis": _BASES, "use_limits": _LIMITS, "safeguards": _SAFEGUARDS},
    ),
    Record(
        d.MeasureTaken,
        {
            "measure": one_of(d.MeasureKind),
            "effective_at": INSTANT,
            "until": maybe(INSTANT),
            "authority": LINE,
            "legal_basis": _BASES,
            "text": WORDS,
            "safeguards": _SAFEGUARDS,
        },
    ),
    Record(
        d.LiftingProposed, {"ground": OPTIONAL_CODE, "reasons": TEXT, "lift_at": maybe(INSTANT)}
    ),
    Record(d.LiftingViewed, {"proposal": NUMBER, "text": TEXT}),
    Record(d.MeasureLifted, {"lifted_at": INSTANT, "reasons": TEXT}),
    Record(
        d.ArrangementProposed,
        {"at": maybe(INSTANT), "until": maybe(INSTANT), "place": REMARK, "text": TEXT},
    ),
    Record(d.ArrangementAgreed, {"arrangement": NUMBER, "text": WORDS}),
    Record(
        d.ConsentRecorded,
        {"is_given": FLAG, "given_at": INSTANT, "before": LINE, "text": WORDS},
    ),
    Record(d.SafeConductGiven, {"begins_at": INSTANT, "text": TEXT}),
    Record(d.PresenceEnded, {"told_at": INSTANT, "text": WORDS}),
    Record(
        d.HandedOver,
        {
            "at": INSTANT,
            "place": LINE,
            "text": TEXT,
            "legal_basis": _BASES,
            "safeguards": _SAFEGUARDS,
        },
    ),
    Record(d.HandedBack, {"at": INSTANT, "place": LINE, "text": WORDS}),
)

STATEMENTS: Final[Mapping[Step, Record[Any]]] = MappingProxyType(
    {record.made.step: record for record in _RECORDS}  # type: ignore[attr-defined]  # a class
)
"""How the statement of each step is written."""


def schema_of(kind: str, step: Step) -> str:
    """Return the name of a statement's form.

    A request has one for each kind; all other statements have one form for all kinds, so that
    the names of a peer's schemas can be counted (``channel.pins``).
    """
    if step in _DRILLS:
        return _DRILLS[step]
    return f"longbien:{kind if step in _OF_A_KIND else 'case'}.{step.value}/1"


def step_of(kind: str, schema: str) -> Step:
    """Return the step that a schema names.  Raises Malformed ``case.schema``."""
    for step in Step:
        if schema == schema_of(kind, step):
            return step
    raise Malformed("case.schema", "the schema of a message is not known: {kind}", kind=kind)


def content_of(statement: s.Statement) -> dict[str, Json]:
    """Return a statement as the content of its message."""
    return STATEMENTS[statement.step].write(statement)


def parse_content(step: Step, content: Json) -> s.Statement:
    """Read the content of a message.

    Raises Malformed ``case.field``, ``case.text``, and what ids, digests, times and sealed
    objects raise.
    """
    statement: s.Statement = STATEMENTS[step].read(content)
    return statement


# --- events -------------------------------------------------------------------------------------


def _write_statement(statement: s.Statement) -> dict[str, Json]:
    return {"step": statement.step.value, "content": content_of(statement)}


def _read_statement(value: Json) -> s.Statement:
    if not isinstance(value, dict) or value.keys() != {"step", "content"}:
        raise bad_field("a statement is missing")
    return parse_content(one_of(Step).read(value["step"]), value["content"])


_STATEMENT: Codec[s.Statement] = Codec(_write_statement, _read_statement)
_WARNED: Final = Record(
    Warned,
    {
        "code": CODE,
        "ref": LINE,
        "confidence": CODE,
        "severity": one_of(Severity),
        "facts": pairs(CODE, text_of(most=500, least=0), most=20),
    },
).codec
_EXHIBIT: Final = Record(
    e.Exhibit,
    {
        "id": CODE,
        "sealed": SEALED,
        "sha256": DIGEST,
        "size": NUMBER,
        "tree": DIGEST,
        "original_name": text_of(most=4096),
        "note": WORDS,
    },
).codec
_PROPOSED: Final[Mapping[str, Codec[Any]]] = {
    "at": INSTANT,
    "proposal": NUMBER,
    "by": _OFFICER,
    "statement": _STATEMENT,
}
_ON_PACKAGE: Final[Mapping[str, Codec[Any]]] = {"at": INSTANT, "by": _OFFICER, "package": _PACKAGE}

_EVENTS: Final[Mapping[str, Record[Any]]] = MappingProxyType(
    {
        "case-opened": Record(
            e.CaseOpened,
            {
                "at": INSTANT,
                "case_id": _CASE,
                "kind": CODE,
                "side": one_of(Side),
                "own": _AUTHORITY,
                "peer": _AUTHORITY,
                "lane": one_of(Lane),
                "exercise": FLAG,
            },
        ),
        "statement-proposed": Record(e.StatementProposed, _PROPOSED),
        "proposal-revised": Record(e.ProposalRevised, _PROPOSED),
        "proposal-rejected": Record(
            e.ProposalRejected,
            {"at": INSTANT, "proposal": NUMBER, "by": _OFFICER, "reasons": TEXT},
        ),
        "proposal-taken-back": Record(
            e.ProposalTakenBack, {"at": INSTANT, "proposal": NUMBER, "by": _OFFICER}
        ),
        "statement-sent": Record(
            e.StatementSent,
            {
                "at": INSTANT,
                "number": NUMBER,
                "statement": _STATEMENT,
                "by": maybe(_OFFICER),
                "approved_by": maybe(_OFFICER),
                "proposal": NUMBER,
                "reasons": WORDS,
                "footing": _FOOTING,
            },
        ),
        "statement-received": Record(
            e.StatementReceived,
            {
                "at": INSTANT,
                "number": NUMBER,
                "statement": _STATEMENT,
                "message": id_of(MessageId.parse),
                "said_at": INSTANT,
            },
        ),
        "receipt-noted": Record(
            e.ReceiptNoted,
            {
                "at": INSTANT,
                "number": NUMBER,
                "received_at": INSTANT,
                "outcome": one_of(ReceiptOutcome),
                "code": OPTIONAL_CODE,
            },
        ),
        "emergency-stood-behind": Record(e.EmergencyStoodBehind, {"at": INSTANT, "by": _OFFICER}),
        "ground-overridden": Record(
            e.GroundOverridden,
            {"at": INSTANT, "by": _OFFICER, "ground": CODE, "reasons": TEXT},
        ),
        "stop-decided": Record(
            e.StopDecided,
            {
                "at": INSTANT,
                "by": _OFFICER,
                "proposal": NUMBER,
                "package": maybe(_PACKAGE),
                "text": DIGEST,
                "concerns": many(one_of(Concern), least=1),
                "goes_on": FLAG,
                "reasons": TEXT,
                "footing": _FOOTING,
            },
        ),
        "rules-warned": Record(
            e.RulesWarned, {"at": INSTANT, "warnings": many(_WARNED, most=MAX_FINDINGS, least=1)}
        ),
        "request-linked": Record(
            e.RequestLinked, {"at": INSTANT, "case": _CASE, "is_decided": FLAG}
        ),
        "alarm-noted": Record(e.AlarmNoted, {"at": INSTANT, "clock": CODE}),
        "exhibit-taken": Record(
            e.ExhibitTaken, {"at": INSTANT, "by": _OFFICER, "exhibit": _EXHIBIT}
        ),
        "release-proposed": Record(
            e.ReleaseProposed,
            {
                **_ON_PACKAGE,
                "exhibits": many(CODE, least=1),
                "use_limits": _LIMITS,
                "legal_basis": _BASES,
                "safeguards": SAFEGUARDS.codec,
                "recipient": _AUTHORITY,
                "withheld": WORDS,
            },
        ),
        "release-approved": Record(
            e.ReleaseApproved, {**_ON_PACKAGE, "reasons": TEXT, "footing": _FOOTING}
        ),
        "release-rejected": Record(e.ReleaseRejected, {**_ON_PACKAGE, "reasons": TEXT}),
        "package-arrived": Record(e.PackageArrived, {"at": INSTANT, "transfer": _TRANSFER}),
        "destruction-proposed": Record(
            e.DestructionProposed, {**_ON_PACKAGE, "cause": one_of(s.DestructionCause)}
        ),
        "destruction-approved": Record(e.DestructionApproved, {**_ON_PACKAGE, "footing": _FOOTING}),
        "destruction-rejected": Record(e.DestructionRejected, {**_ON_PACKAGE, "reasons": TEXT}),
    }
)
_KIND_OF: Final = {record.made: kind for kind, record in _EVENTS.items()}
_CUSTODY: Final = {f"custody.{kind.value}": kind for kind in EventKind}

EVENT_KINDS: Final = frozenset(_EVENTS) | frozenset(_CUSTODY)
"""All kinds of journal entries."""


def kind_of(event: Event) -> str:
    """Return the kind of a journal entry."""
    if isinstance(event, e.CustodyNoted):
        return f"custody.{custody_kind_of(event.custody).value}"
    return _KIND_OF[type(event)]


def encode_event(event: Event) -> bytes:
    """Return an event as canonical bytes; an event of custody has the bytes of the package's."""
    if isinstance(event, e.CustodyNoted):
        return encode_custody(event.custody)
    return encode_json(_EVENTS[_KIND_OF[type(event)]].write(event))


def parse_event(kind: str, data: bytes) -> e.CaseEvent:
    """Read a journal entry.

    Raises Malformed ``case.event`` for a kind that is not known, ``json.…``, ``custody.…``,
    ``case.field``, ``case.text``, and what ids, digests, times and sealed objects raise.
    """
    return _read_event(kind, data, parse_canonical)


def read_event(kind: str, data: bytes) -> e.CaseEvent:
    """Read a journal entry that this node has written itself, bytes that nobody else can make.

    As ``parse_event``, without writing it once more to compare it.
    """
    return _read_event(kind, data, parse_json)


def _read_event(kind: str, data: bytes, parse: Callable[..., Json]) -> e.CaseEvent:
    if kind in _CUSTODY:
        return _parse_custody(kind, data)
    if kind not in _EVENTS:
        raise Malformed("case.event", "a journal entry is of a kind that is not known")
    event: e.CaseEvent = _EVENTS[kind].read(parse(data, max_size=MAX_EVENT))
    return event


def _parse_custody(kind: str, data: bytes) -> e.CustodyNoted:
    custody = parse_custody(data)
    if custody_kind_of(custody) is not _CUSTODY[kind]:
        raise Malformed("case.event", "a journal entry is of a kind that is not known")
    return e.CustodyNoted(custody=custody)
