"""Where a case stands: one state, read off what both sides have said.

The rule of precedence: what the requested State has finally done (refused, ended, carried out,
handed over) stands, because no message that was on its way can undo it; then a withdrawal; then
the newest position of the requested State.  An open question or open conditions show on top of it.
"""

from longbien.casework.case import Side
from longbien.casework.catalogue import KINDS
from longbien.casework.kind import Kind
from longbien.casework.state import Case
from longbien.casework.steps import State, Step, Track


def kind_of(case: Case) -> Kind:
    """Return the kind of a case."""
    return KINDS[case.kind]


def track_of(case: Case, side: Side) -> Track:
    """Return how far a side has gone."""
    return case.requesting if side is Side.REQUESTING else case.requested


def may_say(case: Case, side: Side, step: Step) -> bool:
    """Tell if a side's own table allows a step."""
    return step in kind_of(case).machine(side).table[track_of(case, side)]


def is_over(case: Case, side: Side) -> bool:
    """Tell if a side has said its last word in the matter itself."""
    return track_of(case, side) in kind_of(case).over


def state_of(case: Case) -> State:
    """Return where a case stands."""
    if case.requesting is Track.SILENT:
        return _local_state(case)
    state = kind_of(case).state_of(requesting=case.requesting, requested=case.requested)
    if state is State.UNDER_REVIEW and _waits_for_answer(case):
        return State.RETURNED
    if state is State.EXECUTING and case.offer is not None and not case.offer.binds:
        return State.CONDITIONS_PROPOSED if case.offer.is_open else State.CONSULTING
    return state


def _waits_for_answer(case: Case) -> bool:
    return any(q.asked_by is Side.REQUESTED and not q.answer for q in case.questions)


def _local_state(case: Case) -> State:
    if any(proposal.is_open or proposal.is_rejected for proposal in case.proposals):
        return State.DRAFTED
    return State.UNDELIVERED if case.turned_away else State.DISCARDED


def is_decided(case: Case) -> bool:
    """Tell if the request has come to its end."""
    return state_of(case) in kind_of(case).decided
