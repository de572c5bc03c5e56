"""What the law as data has to say of a case, for the officer who asks and the one who decides.

Legal bases between the two States on a day, on which side of the scope gate the offences are, and
the conduct compared element by element.  Advice alone: it decides, refuses and scores nothing, and
both sides see the same, out of what was said and of the tables of States.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from attrs import frozen

from longbien.casework.case import Side
from longbien.casework.state import Case
from longbien.casework.statements import Contents, InformationGiven, RequestMade
from longbien.treaty.bases import BasisView, bases_between, remarks_on_named
from longbien.treaty.comparison import Comparison, compare_conduct, not_compared
from longbien.treaty.named_offences import ConventionOffence, NamedOffence, offences_in
from longbien.treaty.remarks import Remark
from longbien.treaty.scope import Reach, ScopeView, scope_of
from longbien.treaty.states import States

WITHOUT_COMPARISON: Final = frozenset({"preservation", "traffic_data_partial_disclosure"})
"""Kinds for which dual criminality is no condition: 42(4), and 43, which rests on it."""

NARROW: Final = frozenset(
    {
        "asset_return",
        "asset_trace_freeze_seize",
        "confiscation_enforce_order",
        "confiscation_obtain_order",
        "extradition",
        "provisional_arrest",
        "transfer_of_proceedings",
        "transfer_of_sentenced_person",
    }
)
"""Kinds that are for more than electronic evidence (35(1)): persons, proceedings, property."""


@frozen(kw_only=True)
class Asking:
    """What advice is asked about: a request, made or only written."""

    kind: str
    requesting: str
    requested: str
    """Codes of the two States."""

    legal_basis: tuple[str, ...]
    contents: Contents


@frozen(kw_only=True)
class Advice:
    """All of it."""

    requesting: str
    requested: str
    on: date
    named: tuple[Remark, ...]
    """On each basis that the request names."""

    bases: tuple[BasisView, ...]
    scope: ScopeView
    comparisons: tuple[Comparison, ...]
    remarks: tuple[Remark, ...]


def asking_of(case: Case) -> Asking:
    """Return what a case asks; of a drill, or of a case without words: nothing."""
    own, peer = case.own.state.text, case.peer.state.text
    is_ours = case.side is Side.REQUESTING
    said = _request_of(case)
    return Asking(
        kind=case.kind,
        requesting=own if is_ours else peer,
        requested=peer if is_ours else own,
        legal_basis=() if said is None else said.legal_basis,
        contents=() if said is None else said.contents,
    )


def _request_of(case: Case) -> RequestMade | InformationGiven | None:
    """Return the request as it stands, or the newest one that waits for a second officer."""
    if isinstance(case.request, RequestMade | InformationGiven):
        return case.request
    waiting = (one.statement for one in reversed(case.proposals))
    return next((one for one in waiting if isinstance(one, RequestMade | InformationGiven)), None)


def advise(
    asking: Asking, states: States, *, on: date, with_comparison: bool | None = None
) -> Advice:
    """Return the advice on a request on a day.

    Conduct is compared for every article that the request names; before a preservation only where
    ``with_comparison`` says so (42(4)).
    """
    pair = (asking.requesting, asking.requested)
    offences = offences_in(dict(asking.contents))
    is_off = asking.kind in WITHOUT_COMPARISON and not with_comparison
    articles = [] if is_off or with_comparison is False else _articles(offences)
    return Advice(
        requesting=asking.requesting,
        requested=asking.requested,
        on=on,
        named=remarks_on_named(states, asking.legal_basis, *pair, on=on),
        bases=bases_between(states, *pair, on=on),
        scope=scope_of(
            states,
            offences,
            requesting=asking.requesting,
            requested=asking.requested,
            reach=Reach.NARROW if asking.kind in NARROW else Reach.EVIDENCE,
        ),
        comparisons=tuple(compare_conduct(states, one, *pair) for one in articles),
        remarks=(not_compared(),) if is_off else (),
    )


def _articles(offences: Iterable[NamedOffence]) -> list[int]:
    return sorted({one.article for one in offences if isinstance(one, ConventionOffence)})
