"""One whole life for each kind of request, as data: who does what, and where it leads."""

from datetime import timedelta

from attrs import frozen

from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework.case import Side
from longbien.casework.catalogue import KINDS
from longbien.casework.deeds import MeasureKind
from longbien.casework.statements import EndCause, Topic
from longbien.casework.steps import State, Step
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.exercise import two_sides as w

DAY = timedelta(days=1)
LATER = w.START.plus(60 * DAY)
LIMIT = UseLimit(kind=UseLimitKind.CONFIDENTIALITY, text="not public", until=LATER)

OPENERS: dict[str, c.OpeningCommand] = {
    **{code: w.ask(code) for code, kind in KINDS.items() if kind.opening is Step.REQUEST},
    "spontaneous_information": w.GIVE_INFORMATION,
    "drill": w.CALL_DRILL,
}
"""For each kind the command that opens a case of it."""


@frozen
class Turn:
    """One act of one State, approved by a second officer where that takes two."""

    by: Side
    command: c.Command
    state: State


def il(command: c.Command, state: State) -> Turn:
    """Return a turn of the requesting State."""
    return Turn(Side.REQUESTING, command, state)


def vn(command: c.Command, state: State) -> Turn:
    """Return a turn of the requested State."""
    return Turn(Side.REQUESTED, command, state)


# --- what officers do ---------------------------------------------------------------------------

TAKEN_UP = vn(c.Acknowledge(reference="VN-7"), State.UNDER_REVIEW)
ACCEPTED = vn(c.Accept(), State.EXECUTING)
OFFERED = vn(c.Accept(conditions=(LIMIT,)), State.CONDITIONS_PROPOSED)
DONE = vn(c.DeclareExecuted(), State.EXECUTED)
BASIS = ("UNCC", "Law 1, section 2")


def agreed(number: int) -> Turn:
    """Return the agreement to conditions."""
    return il(c.AgreeToConditions(offer=number), State.EXECUTING)


def told(state: State = State.EXECUTING) -> Turn:
    """Return information that was asked for."""
    return vn(
        dc.DiscloseInformation(text="it is kept in XX", legal_basis=BASIS, safeguards=w.SAFEGUARDS),
        state,
    )


def given(state: State = State.EXECUTING) -> tuple[Turn, ...]:
    """Return the release of an exhibit by two, and its way."""
    return (
        vn(c.TakeExhibit(exhibit=w.EXHIBIT), state),
        vn(w.PROPOSE_RELEASE, state),
        vn(w.APPROVE_RELEASE, state),
        vn(w.PACKED, state),
        vn(c.MachineNotesPushed(transfer=w.transfer_of(1)), state),
        il(c.MachineNotesArrived(transfer=w.transfer_of(1)), state),
        il(w.CHECKED, state),
    )


def measured(measure: MeasureKind) -> Turn:
    """Return the word that a measure is in force."""
    command = dc.ReportMeasure(
        measure=measure,
        effective_at=w.START,
        until=LATER,
        authority="the district court",
        legal_basis=BASIS,
        safeguards=w.SAFEGUARDS,
    )
    return vn(command, State.MEASURE_IN_FORCE)


LIFTED = vn(dc.LiftMeasure(lifted_at=LATER, reasons="the term is over"), State.LIFTED)


def heard(proposal: int) -> tuple[Turn, ...]:
    """Return the hearing of article 50(8)."""
    asked = dc.ProposeLifting(ground="50(7)", reasons="no evidence came")
    views = dc.AnswerLifting(proposal=proposal, text="it comes next week")
    return vn(asked, State.LIFTING_PROPOSED), il(views, State.LIFTING_PROPOSED)


def arranged(proposal: int, state: State = State.UNDER_REVIEW) -> tuple[Turn, ...]:
    """Return an arrangement of the requested State, and the agreement to it."""
    how = dc.ProposeArrangement(at=LATER, place="the court", text="at ten, with two escorts")
    return vn(how, state), il(dc.AgreeToArrangement(arrangement=proposal), state)


CONSENTED = vn(
    dc.RecordConsent(is_given=True, given_at=w.START, before="the district court"),
    State.UNDER_REVIEW,
)
ASSURED = il(
    dc.GiveSafeConduct(begins_at=w.START, text="for all acts before the departure"),
    State.UNDER_REVIEW,
)
HANDED_OVER = vn(
    dc.HandOver(
        at=LATER,
        place="the airport",
        text="as arranged",
        legal_basis=BASIS,
        safeguards=w.SAFEGUARDS,
    ),
    State.HANDED_OVER,
)
HANDED_BACK = il(dc.HandBack(at=LATER, place="the airport"), State.HANDED_BACK)


def free_to_go(state: State) -> Turn:
    """Return the word that somebody may leave."""
    return il(dc.EndPresence(told_at=LATER), state)


_EVIDENCE = (TAKEN_UP, ACCEPTED, *given(), DONE)
_ASSETS = (
    TAKEN_UP,
    ACCEPTED,
    measured(MeasureKind.FREEZING),
    told(State.MEASURE_IN_FORCE),
    *heard(5),
    measured(MeasureKind.FREEZING),
    *heard(7),
    LIFTED,
    DONE,
)


def _collected(measure: MeasureKind) -> tuple[Turn, ...]:
    return (
        TAKEN_UP,
        OFFERED,
        agreed(2),
        measured(measure),
        *given(State.MEASURE_IN_FORCE),
        LIFTED,
        DONE,
    )


LIVES: dict[str, tuple[Turn, ...]] = {
    "preservation": (
        TAKEN_UP,
        vn(c.ConfirmPreservation(effective_at=w.START), State.PRESERVING),
        il(c.AskExtension(progress="the letter is translated"), State.PRESERVING),
        vn(c.ExtendPreservation(until=LATER.plus(30 * DAY), extension=2), State.PRESERVING),
        vn(c.EndPreservation(cause=EndCause.DISCLOSED), State.ENDED),
    ),
    "location_enquiry": (TAKEN_UP, told(), DONE),
    "traffic_data_partial_disclosure": (
        TAKEN_UP,
        ACCEPTED,
        vn(
            c.DisclosePartly(
                provider="a provider in XX",
                path="two hops",
                legal_basis=BASIS,
                safeguards=w.SAFEGUARDS,
            ),
            State.EXECUTING,
        ),
        DONE,
    ),
    "contact_point_assistance": (
        TAKEN_UP,
        vn(c.AskQuestion(text="which of your courts?"), State.RETURNED),
        il(c.AnswerQuestion(question=2, text="the district court"), State.UNDER_REVIEW),
        told(),
        DONE,
    ),
    "emergency_data": (told(), ACCEPTED, *given(), DONE),
    "police_information": (TAKEN_UP, told(), told(), DONE),
    "mla_stored_data": _EVIDENCE,
    "subscriber_information": (TAKEN_UP, ACCEPTED, told(), *given(), DONE),
    "mla_general": _EVIDENCE,
    "search_seizure": (
        TAKEN_UP,
        ACCEPTED,
        *given(),
        HANDED_OVER,
        HANDED_BACK,
        vn(c.DeclareExecuted(), State.EXECUTED),
    ),
    "records": _EVIDENCE,
    "service_of_documents": _EVIDENCE,
    "objects_sites": (TAKEN_UP, *arranged(2), ACCEPTED, *given(), HANDED_OVER, HANDED_BACK, DONE),
    "mla_traffic_realtime": _collected(MeasureKind.COLLECTION),
    "mla_content_interception": _collected(MeasureKind.INTERCEPTION),
    "asset_trace_freeze_seize": _ASSETS,
    "confiscation_obtain_order": (
        TAKEN_UP,
        ACCEPTED,
        measured(MeasureKind.CONFISCATION),
        told(State.MEASURE_IN_FORCE),
        DONE,
    ),
    "confiscation_enforce_order": (
        TAKEN_UP,
        ACCEPTED,
        measured(MeasureKind.SEIZURE),
        measured(MeasureKind.CONFISCATION),
        DONE,
    ),
    "provisional_arrest": (TAKEN_UP, ACCEPTED, measured(MeasureKind.CUSTODY), LIFTED, DONE),
    "video_hearing": (TAKEN_UP, CONSENTED, *arranged(3), ACCEPTED, *given(), DONE),
    "voluntary_appearance": (
        TAKEN_UP,
        CONSENTED,
        ASSURED,
        *arranged(3),
        ACCEPTED,
        free_to_go(State.EXECUTING),
        DONE,
    ),
    "transfer_of_detained_person": (
        TAKEN_UP,
        CONSENTED,
        ASSURED,
        *arranged(3),
        ACCEPTED,
        HANDED_OVER,
        free_to_go(State.HANDED_OVER),
        HANDED_BACK,
        DONE,
    ),
    "transfer_of_sentenced_person": (
        TAKEN_UP,
        CONSENTED,
        *arranged(3),
        ACCEPTED,
        HANDED_OVER,
        DONE,
    ),
    "extradition": (
        TAKEN_UP,
        OFFERED,
        agreed(2),
        measured(MeasureKind.CUSTODY),
        *arranged(4, State.MEASURE_IN_FORCE),
        HANDED_OVER,
        HANDED_BACK,
        DONE,
    ),
    "transfer_of_proceedings": (TAKEN_UP, *arranged(2), ACCEPTED, told(), DONE),
    "joint_investigation": (
        TAKEN_UP,
        il(dc.ProposeArrangement(text="two teams, one report a month"), State.UNDER_REVIEW),
        vn(dc.AgreeToArrangement(arrangement=2, text="gladly"), State.UNDER_REVIEW),
        ACCEPTED,
        told(),
        *given(),
        DONE,
    ),
    "asset_return": (
        TAKEN_UP,
        OFFERED,
        agreed(2),
        *arranged(3, State.EXECUTING),
        HANDED_OVER,
        DONE,
    ),
    "jurisdiction_coordination": (
        TAKEN_UP,
        vn(c.Consult(topic=Topic.OTHER, text="we have the victim"), State.CONSULTING),
        told(),
        *arranged(4, State.EXECUTING),
        DONE,
    ),
    "spontaneous_information": (vn(c.Acknowledge(), State.NOTED),),
    "drill": (vn(c.AnswerDrill(challenge=4711), State.ANSWERED),),
}
"""By kind; the last state is the end of each life."""
