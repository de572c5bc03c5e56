"""What the API answers: one class a document, and how it is made of what the desk returns."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from longbien.casework.case import CaseSummary, Due, Severity, Warned
from longbien.casework.events import Exhibit
from longbien.casework.words import english
from longbien.desk.calls import Done
from longbien.desk.records import NotedAlarm
from longbien.desk.ring import Ringing
from longbien.directory.book import Book
from longbien.directory.entry import StateEntry
from longbien.node.api import values as v
from longbien.node.store.officers import Bearer, Token
from longbien.primitives.instants import Instant


class Answer(BaseModel):
    """A document of the API."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class Problem(Answer):
    """An error (RFC 9457); ``code`` is explained in spec/codes.md."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list["FieldProblem"] = []
    # the same words with their facts as {name}: by them and the code a caller finds a translation
    text: str = ""
    facts: dict[str, str] = {}


class FieldProblem(Answer):
    """A field that is not in its form."""

    at: str
    code: str


# --- acting -------------------------------------------------------------------------------------


class RuleWarning(Answer):
    """An unverified rule that speaks against what was done; it was done all the same."""

    code: str
    ref: str
    confidence: str
    severity: Annotated[Severity, Field(strict=False)]
    facts: dict[str, str]
    sentence: str
    """What it means and what the officer does about it, in English."""


class DoneAnswer(Answer):
    """What a verb has done."""

    case: v.Case
    version: int
    messages: list[v.Message]
    warnings: list[RuleWarning]
    repeated: bool
    """True: an earlier call with this idempotency key had done it."""


def done_of(done: Done) -> DoneAnswer:
    """Return what is told of a verb."""
    return DoneAnswer(
        case=done.case,
        version=done.version,
        messages=list(done.messages),
        warnings=[_warning(one) for one in done.warnings],
        repeated=done.is_repeated,
    )


def _warning(one: Warned) -> RuleWarning:
    return RuleWarning(
        code=one.code,
        ref=one.ref,
        confidence=one.confidence,
        severity=one.severity,
        facts=dict(one.facts),
        sentence=english().sentence(one.code, one.facts),
    )


class CheckAnswer(Answer):
    """What the completeness gate says of a request, the worst first."""

    warnings: list[RuleWarning]


def check_of(found: Iterable[Warned]) -> CheckAnswer:
    """Return what is told of a check."""
    return CheckAnswer(warnings=[_warning(one) for one in found])


class ExhibitAnswer(Answer):
    """What is known of an exhibit: computed here, typed by nobody."""

    id: str
    original_name: str
    note: str
    size: int
    sha256: v.Sha256
    tree: v.Sha256


class TakenAnswer(Answer):
    """An exhibit that is in the vault and on record."""

    exhibit: ExhibitAnswer
    done: DoneAnswer


def exhibit_of(exhibit: Exhibit) -> ExhibitAnswer:
    """Return what is told of an exhibit; where it lies in the vault is nobody's business."""
    return ExhibitAnswer.model_validate(
        {name: getattr(exhibit, name) for name in ExhibitAnswer.model_fields}
    )


# --- lists --------------------------------------------------------------------------------------


class DueAnswer(Answer):
    """A clock of a case."""

    clock: str
    at: v.Time
    rule: str


class CaseLine(Answer):
    """A case as a list shows it: coded metadata, no content."""

    case: v.Case
    kind: str
    side: v.SideWord
    own: v.Authority
    peer: v.Authority
    state: str
    lane: v.LaneWord
    exercise: bool
    opened_at: v.Time
    changed_at: v.Time
    version: int
    next_due: DueAnswer | None


class CasePage(Answer):
    """A page of a list; ``next`` is the cursor of the following one."""

    cases: list[CaseLine]
    next: str | None


def line_of(summary: CaseSummary) -> CaseLine:
    """Return a line of a list."""
    return CaseLine(**line_fields(summary))


def line_fields(summary: CaseSummary) -> dict[str, Any]:
    """Return the fields of a line, for whatever document has them."""
    given = {
        name: getattr(summary, name)
        for name in CaseLine.model_fields
        if name not in {"case", "next_due"}
    }
    return {**given, "case": summary.case_id, "next_due": _due(summary.next_due)}


def _due(due: Due | None) -> DueAnswer | None:
    return DueAnswer.model_validate(due) if due else None


# --- the house ----------------------------------------------------------------------------------


class ReadyAnswer(Answer):
    """Whether the node accepts anything."""

    ready: bool


class LocalNameAnswer(Answer):
    """An authority's name in one language."""

    language: str
    text: str


class AuthorityAnswer(Answer):
    """An authority that can be written to."""

    id: v.Authority
    names: list[LocalNameAnswer]
    competences: list[str]
    languages: list[str]
    time_zone: str


class StateAnswer(Answer):
    """A State in the directory."""

    state: v.State
    version: int
    expires_at: v.Time
    is_expired: bool
    authorities: list[AuthorityAnswer]


class DirectoryAnswer(Answer):
    """The phone book."""

    exercise: bool
    own: v.State
    states: list[StateAnswer]


def directory_of(book: Book, *, own: Any, now: Instant) -> DirectoryAnswer:  # noqa: ANN401 - a StateCode
    """Return the States of the book."""
    found = (book.find_entry(state) for state in book.states())
    return DirectoryAnswer(
        exercise=book.exercise, own=own, states=[_state(one, now) for one in found if one]
    )


def _state(entry: StateEntry, now: Instant) -> StateAnswer:
    return StateAnswer(
        state=entry.state,
        version=entry.version,
        expires_at=entry.expires_at,
        is_expired=entry.expires_at <= now,
        authorities=[AuthorityAnswer.model_validate(one) for one in entry.authorities],
    )


class AlarmAnswer(Answer):
    """Something that people must be told and that no case is about."""

    at: v.Time
    code: str
    subject: str
    facts: dict[str, str]


class RingingAnswer(Answer):
    """A clock that has run out."""

    case: v.Case
    kind: str
    lane: v.LaneWord
    due: DueAnswer
    late: int
    """Whole seconds."""


class AlarmsAnswer(Answer):
    """What people must be told now."""

    ringing: list[RingingAnswer]
    alarms: list[AlarmAnswer]


MAX_ALARMS: Final = 500


def alarms_of(ringing: Iterable[Ringing], noted: Sequence[NotedAlarm]) -> AlarmsAnswer:
    """Return what people must be told; of the node's alarms the newest."""
    return AlarmsAnswer(
        ringing=[
            RingingAnswer(
                case=one.case,
                kind=one.kind,
                lane=one.lane,
                due=DueAnswer.model_validate(one.due),
                late=int(one.late.total_seconds()),
            )
            for one in ringing
        ],
        alarms=[
            AlarmAnswer(
                at=one.at,
                code=one.alarm.code,
                subject=one.alarm.subject,
                facts=dict(one.alarm.facts),
            )
            for one in noted[-MAX_ALARMS:]
        ],
    )


# --- officers -----------------------------------------------------------------------------------


class TokenAnswer(Answer):
    """A token; its secret is kept nowhere."""

    id: str
    officer: v.Officer
    scopes: list[str]
    issued_at: v.Time
    expires_at: v.Time
    revoked_at: v.Time | None


class TokensAnswer(Answer):
    """The tokens of the authority's officers."""

    tokens: list[TokenAnswer]


class WhoAnswer(Answer):
    """Who this token speaks for."""

    officer: v.Officer
    authority: v.Authority
    duties: list[str]
    token: TokenAnswer


def token_of(token: Token) -> TokenAnswer:
    """Return a token without anything that opens a door."""
    return TokenAnswer(
        id=token.id,
        officer=token.officer,
        scopes=sorted(scope.value for scope in token.scopes),
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )


def who_of(bearer: Bearer) -> WhoAnswer:
    """Return who has come in."""
    return WhoAnswer(
        officer=bearer.officer.id,
        authority=bearer.officer.authority,
        duties=sorted(duty.value for duty in bearer.officer.duties),
        token=token_of(bearer.token),
    )
