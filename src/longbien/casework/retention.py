"""How long what was received may be kept, and until when limits on its use run.

A giving State's label sets a day (``retention``), and the own law may set one (a limit of the
own profile): the earlier one counts.  The clock is served by a certified destruction.
"""

from collections.abc import Iterator

from longbien.casework.case import Due, Side
from longbien.casework.deeds import InformationDisclosed
from longbien.casework.events import StatementReceived
from longbien.casework.policy import Policy
from longbien.casework.state import Case, Package
from longbien.casework.statements import (
    InformationGiven,
    PartlyDisclosed,
)
from longbien.casework.use_limits import labels_of
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.primitives.instants import Instant

LABELLED = "40(19) P"
"""The rule of a label: the giving State's condition."""

OWN_LAW = "own law"
"""The rule of a limit that the own State's profile names."""


def retention_clocks(case: Case, policy: Policy) -> Iterator[Due]:
    """Yield by when what was received is destroyed, and when another limit on its use ends."""
    kept = [one for one in case.packages if not one.is_destroyed and case.side is Side.REQUESTING]
    destroy = [due for one in kept for due in _destroy_by(case, one, policy)]
    if destroy:
        yield min(destroy, key=lambda due: due.at)
    labels = [one for package in kept for one in _others(labels_of(case, package))]
    ends = [one.until for one in (*labels, *_of_messages(case)) if one.until is not None]
    if ends:
        yield Due(clock="use-limit-ends", at=min(ends), rule=LABELLED)


def _destroy_by(case: Case, package: Package, policy: Policy) -> Iterator[Due]:
    announced_at = _announced_at(case, package)
    for one in labels_of(case, package):
        if one.kind is UseLimitKind.RETENTION and one.until is not None:
            yield Due(clock="destroy-by", at=one.until, rule=LABELLED, since=announced_at)
    if policy.keep_received is not None and package.has_arrived:
        at = announced_at.plus(policy.keep_received)
        yield Due(clock="destroy-by", at=at, rule=OWN_LAW, since=announced_at)


def _announced_at(case: Case, package: Package) -> Instant:
    return next(
        event.at
        for event in case.history
        if isinstance(event, StatementReceived) and event.statement == package.announced
    )


def _others(labels: tuple[UseLimit, ...]) -> Iterator[UseLimit]:
    return (one for one in labels if one.kind is not UseLimitKind.RETENTION)


def _of_messages(case: Case) -> Iterator[UseLimit]:
    """Yield the limits on what came in a message: it lasts as long as its case does."""
    for event in case.history:
        said = event.statement if isinstance(event, StatementReceived) else None
        if isinstance(said, InformationGiven | InformationDisclosed | PartlyDisclosed):
            yield from said.use_limits
