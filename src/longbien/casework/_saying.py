"""How a decision says something: the timely statement as event, draft and chores."""

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import evolve, frozen

from longbien.casework.case import (
    Announcement,
    ChoreDraft,
    ChoreKind,
    Decision,
    Draft,
    Event,
    Officer,
    Warned,
)
from longbien.casework.catalogue import get_kind
from longbien.casework.completeness.asked import NOTHING, Surroundings
from longbien.casework.deeds import (
    ArrangementAgreed,
    HandedOver,
    InformationDisclosed,
    LiftingViewed,
    MeasureTaken,
)
from longbien.casework.events import (
    ProposalRevised,
    RulesWarned,
    StatementProposed,
    StatementSent,
)
from longbien.casework.evolving import evolve as evolve_case
from longbien.casework.evolving import other
from longbien.casework.footing import footing_of
from longbien.casework.guards import require_references
from longbien.casework.policy import Policy, needs_two
from longbien.casework.rules import warnings_of
from longbien.casework.safeguarding import require_safeguarded
from longbien.casework.standing import is_decided, is_over, kind_of, track_of
from longbien.casework.state import Case
from longbien.casework.statements import (
    ConditionsAgreed,
    ConditionsDeclined,
    Consulted,
    EvidenceAnnounced,
    ExtensionRefused,
    FurtherUseDecided,
    PartlyDisclosed,
    PreservationExtended,
    QuestionAnswered,
    RequestMade,
    Statement,
)
from longbien.casework.steps import MESSAGE_KIND
from longbien.casework.wire import content_of, encode_event, read_event, schema_of
from longbien.casework.wire import kind_of as event_kind
from longbien.channel.message import MAX_CONTENT, Lane
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import MessageId, OfficerId
from longbien.primitives.instants import Instant


@frozen(kw_only=True)
class Moment:
    """When something is decided, and under which policy."""

    now: Instant
    policy: Policy
    around: Surroundings = NOTHING
    """What is known around a request that is about to be said."""


@frozen(kw_only=True)
class Setting(Moment):
    """And by whom."""

    officer: Officer

    @property
    def by(self) -> OfficerId:
        """Return the officer's id."""
        return self.officer.id


def lane_of(kind: str, statement: Statement) -> Lane:
    """Return the lane of a case: an emergency is urgent, everything else as its kind is."""
    if isinstance(statement, RequestMade) and statement.is_emergency:
        return Lane.URGENT
    return get_kind(kind).lane


def warned(case: Case, statement: Statement, moment: Moment) -> tuple[Warned, ...]:
    """Return what speaks against a statement now, under the law that this node works with."""
    return warnings_of(
        case.kind,
        statement,
        case=case,
        now=moment.now,
        around=moment.around,
        packs=moment.policy.law,
    )


def require_timely(case: Case, statement: Statement) -> None:
    """Refuse what our side may not say now, as far as we know the other side.

    1. our own table allows the step: Refused ``transition.refused``
    2. the other side has not ended the matter: Refused ``case.over``
    3. what it refers to was said: Refused ``case.reference``
    4. conditions, where there are any, were agreed to: Refused ``release.conditions``
    """
    machine = kind_of(case).machine(case.side)
    machine.step(track_of(case, case.side), statement.step)
    if is_over(case, other(case.side)) and statement.step not in kind_of(case).even_after:
        raise Refused("case.over", "the other State has ended the matter")
    require_references(case, case.side, statement)
    if isinstance(statement, _UNDER_CONDITIONS):
        require_agreed(case)


_UNDER_CONDITIONS: Final = (InformationDisclosed, PartlyDisclosed, MeasureTaken, HandedOver)
"""What is done for the requesting State: never while its answer to conditions is open."""


def require_agreed(case: Case) -> None:
    """Refuse what waits for an answer to conditions.  Raises Refused ``release.conditions``."""
    if case.offer is not None and not case.offer.binds:
        raise Refused("release.conditions", "the conditions were not agreed to")


def say_or_propose(case: Case, statement: Statement, setting: Setting) -> Decision:
    """Say it, or put it before a second officer where policy asks for one."""
    require_timely(case, statement)
    require_safeguarded(kind_of(case), statement, setting.now)
    emergency = isinstance(statement, RequestMade) and statement.is_emergency
    if not needs_two(case.kind, statement, setting.policy, is_emergency=emergency):
        return say(case, statement, setting, by=setting.by)
    warnings = warned(case, statement, setting)
    proposed = StatementProposed(
        at=setting.now,
        proposal=len(case.proposals) + 1,
        by=setting.by,
        statement=statement,
    )
    return Decision(events=(proposed,), warnings=warnings)


def say(
    case: Case,
    statement: Statement,
    moment: Moment,
    *,
    by: OfficerId | None,
    approved_by: OfficerId | None = None,
    proposal: int = 0,
    reasons: str = "",
) -> Decision:
    """Say it: the event, the warnings that were passed over, the draft, the chores."""
    now, around = moment.now, moment.around
    require_timely(case, statement)
    require_safeguarded(kind_of(case), statement, now)
    warnings = warned(case, statement, moment)
    sent = StatementSent(
        at=now,
        number=case.sent + 1,
        statement=statement,
        by=by,
        approved_by=approved_by,
        proposal=proposal,
        reasons=reasons,
        footing=None if by is None else footing_of(around, moment.policy.law),
    )
    draft = Draft(
        kind=MESSAGE_KIND[statement.step],
        schema=schema_of(case.kind, statement.step),
        lane=case.lane,
        content=content_of(statement),
        in_reply_to=_replied_to(case, statement),
    )
    return Decision(
        events=(*recorded(warnings, now), sent),
        drafts=(draft,),
        chores=link_chores(case, evolve_case(case, sent)),
        warnings=warnings,
    )


def recorded(warnings: tuple[Warned, ...], now: Instant) -> tuple[RulesWarned, ...]:
    """Return the record of warnings that were passed over, if there are any."""
    return (RulesWarned(at=now, warnings=warnings),) if warnings else ()


def _replied_to(case: Case, statement: Statement) -> MessageId | None:
    heard = case.find_heard(other(case.side), _number_replied_to(statement))
    return None if heard is None else heard.message


def _number_replied_to(statement: Statement) -> int:
    name = _REPLIES.get(type(statement))
    return getattr(statement, name) if name else 0


_REPLIES: Final[Mapping[type[Statement], str]] = {
    QuestionAnswered: "question",
    Consulted: "about",
    ConditionsAgreed: "offer",
    ConditionsDeclined: "offer",
    PreservationExtended: "extension",
    ExtensionRefused: "extension",
    FurtherUseDecided: "request",
    LiftingViewed: "proposal",
    ArrangementAgreed: "arrangement",
}
"""Statements that reply to one of the other State, and the field that names it."""


def link_chores(before: Case, after: Case) -> tuple[ChoreDraft, ...]:
    """Return the word for the preservation that a request follows: made, or at its end."""
    request = after.request
    if not isinstance(request, RequestMade) or request.preservation is None:
        return ()
    if before.request is not None and is_decided(before) == is_decided(after):
        return ()
    return (ChoreDraft(kind=ChoreKind.LINK, subject=str(request.preservation)),)


def announcements_of(statement: Statement) -> tuple[Announcement, ...]:
    """Return the transfer that a statement announces."""
    if not isinstance(statement, EvidenceAnnounced):
        return ()
    return (Announcement(transfer=statement.transfer, sealed=statement.sealed),)


def joined(first: Iterable[Event], second: Decision) -> Decision:
    """Return a decision with events before its own."""
    return evolve(second, events=(*first, *second.events))


def sound_bodies(events: Iterable[Event]) -> tuple[bytes, ...]:
    """Write events for the journal; refuse those that could not be read back exactly as they are.

    What an officer typed is checked here, once, by the rules for what the other State sends:
    whatever passes can be read by any honest node.  Raises Refused ``case.unsound`` and
    ``case.too-large``.
    """
    return tuple(map(_sound_body, events))


def _sound_body(event: Event) -> bytes:
    try:
        body = encode_event(event)
        known = read_event(event_kind(event), body)
    except (Malformed, ValueError) as error:
        raise Refused("case.unsound", "this cannot be recorded: {why}", why=error) from None
    if known != event:
        raise Refused("case.unsound", "this cannot be recorded: {why}", why="it is ambiguous")
    if isinstance(event, StatementProposed | ProposalRevised | StatementSent):
        _require_room(event.statement)
    return body


def _require_room(statement: Statement) -> None:
    if len(encode_json(content_of(statement))) > MAX_CONTENT:
        raise Refused(
            "case.too-large", "more than {limit} bytes: put it in an exhibit", limit=MAX_CONTENT
        )
