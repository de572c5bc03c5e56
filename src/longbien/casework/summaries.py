"""A case as a list shows it: coded, without free text, computed from the case alone.

No clock comes in: what is rebuilt from the journal is the same row.
"""

from longbien.casework.case import CaseSummary
from longbien.casework.clocks import next_due
from longbien.casework.policy import STANDARD, Policy
from longbien.casework.standing import state_of
from longbien.casework.state import Case


def summary_of(case: Case, policy: Policy = STANDARD) -> CaseSummary:
    """Return the row of a case."""
    return CaseSummary(
        case_id=case.id,
        kind=case.kind,
        side=case.side,
        own=case.own,
        peer=case.peer,
        state=state_of(case).value,
        lane=case.lane,
        exercise=case.exercise,
        opened_at=case.opened_at,
        changed_at=case.changed_at,
        version=case.version,
        next_due=next_due(case, policy),
    )
