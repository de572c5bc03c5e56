"""Who may do what: duties, four eyes, and what a State sets for itself.

Release, destruction, consent to further use and use outside of the stated purpose always take
two different officers: no policy can change that.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework.case import Duty, Officer
from longbien.casework.catalogue import get_kind
from longbien.casework.kind import Measure
from longbien.casework.safeguards import Safeguards
from longbien.casework.statements import FurtherUseDecided, RequestMade, Statement
from longbien.casework.steps import Step
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId
from longbien.treaty.law import Law, load_law

ALWAYS_TWO: Final = frozenset(
    {
        Step.PARTIAL_DISCLOSURE,
        Step.SPONTANEOUS_INFORMATION,
        Step.FURTHER_USE_REQUEST,
        Step.INFORMATION,
        Step.MEASURE_IN_FORCE,
        Step.MEASURE_LIFTED,
        Step.PERSON_CONSENT,
        Step.SAFE_CONDUCT,
        Step.HANDED_OVER,
    }
)
"""Statements that no officer makes alone, whatever the policy says.

Releases and destructions have proposals of their own; consent to further use depends on what
it says (``needs_two``).
"""

_DESK: Final = frozenset({Duty.DUTY_OFFICER, Duty.CASE_OFFICER, Duty.AUTHORISER})
_CASE: Final = frozenset({Duty.CASE_OFFICER, Duty.AUTHORISER})
_WRITE: Final = frozenset({Duty.DUTY_OFFICER, Duty.CASE_OFFICER})
_SECOND: Final = frozenset({Duty.AUTHORISER})
_CUSTODY: Final = frozenset({Duty.EVIDENCE_CUSTODIAN})
_GIVE: Final = frozenset({Duty.CASE_OFFICER, Duty.EVIDENCE_CUSTODIAN})

DUTIES: Final[Mapping[type[c.Command], frozenset[Duty]]] = MappingProxyType(
    {
        c.Ask: _WRITE,
        c.GiveInformation: _WRITE,
        c.CallDrill: _DESK,
        c.Approve: _SECOND,
        c.Reject: _SECOND,
        c.TakeBack: _WRITE,
        c.Revise: _WRITE,
        c.ConfirmEmergency: _SECOND,
        c.DecideStop: _SECOND,
        c.Amend: _WRITE,
        c.Withdraw: _DESK,
        c.AskExtension: _DESK,
        c.AgreeToConditions: _CASE,
        c.DeclineConditions: _CASE,
        c.AskFurtherUse: _WRITE,
        c.NotifyExculpatoryUse: _DESK,
        c.ProposeDestruction: _GIVE,
        c.ApproveDestruction: _SECOND,
        c.RejectDestruction: _GIVE | _SECOND,
        c.AskQuestion: _DESK,
        c.AnswerQuestion: _DESK,
        c.Consult: _DESK,
        c.GiveStatus: _DESK,
        c.Acknowledge: _DESK,
        c.Warn: _DESK,
        c.Accept: _CASE,
        c.Postpone: _CASE,
        c.Refuse: _CASE,
        c.ConfirmPreservation: _DESK,
        c.ExtendPreservation: _DESK,
        c.RefuseExtension: _CASE,
        c.EndPreservation: _CASE,
        c.DisclosePartly: _WRITE,
        c.TakeExhibit: _CUSTODY,
        c.ProposeRelease: _GIVE,
        c.ApproveRelease: _SECOND,
        c.RejectRelease: _GIVE | _SECOND,
        c.DeclareExecuted: _CASE,
        c.DecideFurtherUse: _CASE,
        c.AnswerDrill: _DESK,
        dc.DiscloseInformation: _WRITE,
        dc.ReportMeasure: _WRITE,
        dc.ProposeLifting: _CASE,
        dc.LiftMeasure: _WRITE,
        dc.RecordConsent: _WRITE,
        dc.HandOver: _WRITE,
        dc.AnswerLifting: _CASE,
        dc.GiveSafeConduct: _WRITE,
        dc.EndPresence: _DESK,
        dc.HandBack: _WRITE,
        dc.ProposeArrangement: _DESK,
        dc.AgreeToArrangement: _CASE,
    }
)
"""Which duties entitle to which command; one of them is enough.  Auditors and administrators
act in no case."""


@frozen(kw_only=True)
class Policy:
    """What a State sets for itself.  Nothing here weakens ``ALWAYS_TWO``."""

    alone: frozenset[str] = frozenset({"preservation"})
    """Kinds of request that one officer may send; all others take two, coercive ones always."""

    is_emergency_alone: bool = False
    """One officer may send any request in an emergency; a second one confirms it in time."""

    confirm_emergency_within: timedelta = timedelta(hours=4)
    acknowledge_emergency_within: timedelta = timedelta(minutes=30)  # convention.md 16.11
    acknowledge_preservation_within: timedelta = timedelta(hours=1)  # convention.md 16.11
    acknowledge_within: timedelta = timedelta(hours=8)  # first disposition, convention.md 16.11
    first_word_within: timedelta = timedelta(hours=8)  # convention.md 16.11
    """So soon the requested State should say something on the matter, not only acknowledge."""

    receipt_within: timedelta = timedelta(minutes=1)  # convention.md 16.11
    """So soon the other node's signed receipt should be here: else somebody telephones."""

    keep_received: timedelta | None = None
    """How long the own law lets evidence be kept that was received; None: it sets no end."""

    remind_after: timedelta = timedelta(hours=1)
    """A clock that has run out gives its alarm again so much later, until it is served."""

    law: Law = field(factory=load_law, repr=False)
    """The rule packs that a node works with, those of its own State among them."""


STANDARD: Final = Policy()


def is_machine(command: c.Command) -> bool:
    """Tell if a command is the machine's own."""
    return isinstance(command, c.MachineCommand)


def require_machine(officer: Officer | None) -> None:
    """Refuse a person where the machine notes its own work: ``officer.machine-only``."""
    if officer is not None:
        raise Refused("officer.machine-only", "only the machine notes what it has done")


def require_entitled(command: c.OfficerCommand, officer: Officer | None) -> Officer:
    """Refuse whoever may not give this command, whatever the case.

    Raises Refused: ``officer.missing``, ``officer.duty``.
    """
    if officer is None:
        raise Refused("officer.missing", "a person must do this")
    if not officer.duties & DUTIES[type(command)]:
        raise Refused("officer.duty", "this officer is not entrusted with that")
    return officer


def require_own(officer: Officer, own: AuthorityId) -> None:
    """Refuse an officer of another authority.  Raises Refused ``officer.foreign-authority``."""
    if officer.authority != own:
        raise Refused("officer.foreign-authority", "the case belongs to another authority")


def record_of(statement: Statement) -> Safeguards | None:
    """Return the safeguard record that a statement carries."""
    found: Safeguards | None = getattr(statement, "safeguards", None)
    return found


def is_stopped(statement: Statement) -> bool:
    """Tell if the stop list stops a statement: a named authoriser has to decide on it."""
    record = record_of(statement)
    return record is not None and bool(record.stops)


def needs_two(kind: str, statement: Statement, policy: Policy, *, is_emergency: bool) -> bool:
    """Tell if a statement waits for a second officer before it is sent."""
    if statement.step in ALWAYS_TWO or is_stopped(statement):
        return True
    if isinstance(statement, FurtherUseDecided):
        return statement.is_granted
    if isinstance(statement, RequestMade) and is_emergency and policy.is_emergency_alone:
        return False
    is_request = statement.step in {Step.REQUEST, Step.AMENDMENT}
    return is_request and not (kind in policy.alone and may_be_alone(kind))


def may_be_alone(kind: str) -> bool:
    """Tell if a State may let one officer send requests of a kind: never a coercive one."""
    return get_kind(kind).measure is not Measure.COERCIVE
