"""The decision record: who decided what, on which text, under which rules, and which of them spoke.

It is read off the journal and never stored beside it.  ``replayed`` asks the rules again, with
the packs of that time: the same warnings come out, or the record and the packs do not belong
together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import evolve, field, frozen

from longbien.casework import events as e
from longbien.casework.case import Event, Warned
from longbien.casework.completeness.naming import INDICATIONS
from longbien.casework.evolving import replay
from longbien.casework.footing import Footing
from longbien.casework.rules import warnings_of
from longbien.casework.state import Case
from longbien.casework.steps import Step
from longbien.casework.wire import content_of, encode_event
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.ids import OfficerId, PackageId
from longbien.primitives.instants import Instant
from longbien.treaty.contents import Catalogue
from longbien.treaty.law import Law

MERE_TALK: Final = frozenset(
    {
        Step.ACKNOWLEDGEMENT,
        Step.QUESTION,
        Step.ANSWER,
        Step.CONSULTATION,
        Step.STATUS,
        Step.DRILL,
        Step.DRILL_ANSWER,
        Step.EVIDENCE_ANNOUNCED,
    }
)
"""Statements that decide nothing; what is announced was decided on as a release."""


@frozen(kw_only=True)
class DecisionRecord:
    """One decision."""

    entry: int
    """The number of its entry in the journal, from 1."""

    at: Instant
    what: str
    """A step, or ``release``, ``stop-list-yes``, ``stop-list-no``, ``destruction``."""

    by: tuple[OfficerId, ...]
    """Who proposed it and who decided, in this order; one where one was enough."""

    text: Digest
    """SHA-256 of what was decided on: content of a message, or entry of a proposal."""

    reasons: str = field(default="", repr=False)
    package: PackageId | None = None
    footing: Footing | None = None
    rules: tuple[Warned, ...] = ()
    """Rules that spoke against it."""


def decisions_of(case: Case) -> tuple[DecisionRecord, ...]:
    """Return the decisions of the own State in a case, oldest first."""
    return tuple(_decisions(case))


def _decisions(case: Case) -> Iterator[DecisionRecord]:
    spoke: tuple[Warned, ...] = ()
    for entry, event in enumerate(case.history, 1):
        reader = _READERS.get(type(event))
        found = reader(case, event) if reader is not None else None
        if found is not None:
            yield evolve(found, entry=entry, rules=spoke)
        spoke = event.warnings if isinstance(event, e.RulesWarned) else ()


def _said(_case: Case, event: e.StatementSent) -> DecisionRecord | None:
    if event.by is None or event.statement.step in MERE_TALK:
        return None
    return DecisionRecord(
        entry=0,
        at=event.at,
        what=event.statement.step.value,
        by=(event.by,) if event.approved_by is None else (event.by, event.approved_by),
        text=Digest.of(encode_json(content_of(event.statement))),
        reasons=event.reasons,
        footing=event.footing,
    )


def _released(case: Case, event: e.ReleaseApproved) -> DecisionRecord:
    proposed = _proposal(case, e.ReleaseProposed, event.package)
    return _on_package(event, "release", proposed, event.reasons)


def _destroyed(case: Case, event: e.DestructionApproved) -> DecisionRecord:
    return _on_package(event, "destruction", _proposal(case, e.DestructionProposed, event.package))


def _on_package(
    event: e.ReleaseApproved | e.DestructionApproved,
    what: str,
    proposed: e.ReleaseProposed | e.DestructionProposed,
    reasons: str = "",
) -> DecisionRecord:
    return DecisionRecord(
        entry=0,
        at=event.at,
        what=what,
        by=(proposed.by, event.by),
        text=Digest.of(encode_event(proposed)),
        reasons=reasons,
        package=event.package,
        footing=event.footing,
    )


def _proposal(case: Case, kind: type[Any], package: PackageId) -> Any:  # noqa: ANN401 - of that kind
    found = (one for one in case.history if isinstance(one, kind) and one.package == package)
    return list(found)[-1]


def _stopped(_case: Case, event: e.StopDecided) -> DecisionRecord:
    return DecisionRecord(
        entry=0,
        at=event.at,
        what="stop-list-yes" if event.goes_on else "stop-list-no",
        by=(event.by,),
        text=event.text,
        reasons=event.reasons,
        package=event.package,
        footing=event.footing,
    )


_READERS: Final[Mapping[type[Event], Callable[[Case, Any], DecisionRecord | None]]] = {
    e.StatementSent: _said,
    e.ReleaseApproved: _released,
    e.StopDecided: _stopped,
    e.DestructionApproved: _destroyed,
}


@frozen(kw_only=True)
class Replayed:
    """What rules said then, and what they say when they are asked again."""

    then: tuple[Warned, ...]
    again: tuple[Warned, ...]

    @property
    def is_same(self) -> bool:
        """Tell if they say the same; what a file outside of the law indicated is not asked."""
        return _of_rules(self.then) == _of_rules(self.again)


def _of_rules(found: Iterable[Warned]) -> list[Warned]:
    return [one for one in found if one.code not in INDICATIONS]


def replayed(
    case: Case, record: DecisionRecord, law: Catalogue, packs: Law | None = None
) -> Replayed:
    """Ask the rules of that time again, on the case as it stood then.

    ``law`` are the forms of the edition that the record names (``footing.FORMS``), ``packs`` its
    rule packs; none: those of the program.  What the program itself checks is today's.
    """
    event = case.history[record.entry - 1]
    if not isinstance(event, e.StatementSent) or event.footing is None:
        return Replayed(then=record.rules, again=())
    before = replay(case.history[: record.entry - 1])
    again = warnings_of(
        case.kind,
        event.statement,
        case=before,
        now=event.at,
        around=event.footing.around(case.own, case.peer.state),
        law=law,
        packs=packs,
    )
    return Replayed(then=record.rules, again=again)
