"""What a case is about, in a form in which another case about the same thing can be found."""

from collections.abc import Iterator

from longbien.casework.completeness.asked import Asked
from longbien.casework.completeness.gate import tokens_of
from longbien.casework.rules import asked_by
from longbien.casework.state import Case


def tokens_of_case(case: Case) -> tuple[str, ...]:
    """Return what a case names, what only waits for a second officer included; sorted.

    Personal data: what is kept of them for lists is a keyed hash.
    """
    return tuple(sorted({token for asked in requests_of(case) for token in tokens_of(asked)}))


def requests_of(case: Case | None) -> tuple[Asked, ...]:
    """Return the request of a case and the drafts of one that wait."""
    return tuple(_requests_of(case)) if case is not None else ()


def _requests_of(case: Case) -> Iterator[Asked]:
    waiting = (one.statement for one in case.proposals if one.is_open)
    for statement in (case.request, *waiting):
        asked = asked_by(case.kind, statement, case=case) if statement is not None else None
        if asked is not None:
            yield asked
