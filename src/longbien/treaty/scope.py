"""The scope gate: an offence of the Convention OR a serious crime, never both as conditions.

A Convention offence needs no minimum penalty (35(1)(a), (b)); for any other offence a maximum of
4 years lets electronic evidence in (35(1)(c), 2(h)).  The text does not say whose law decides,
so the maximum of both States is recorded and shown.  The gate informs; it does not refuse.
"""

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

from longbien.treaty.contents import Confidence
from longbien.treaty.named_offences import ConventionOffence, NamedOffence, NationalOffence
from longbien.treaty.offences import SourceStatus
from longbien.treaty.penalties import Penalty
from longbien.treaty.remarks import Remark, remark
from longbien.treaty.states import States


class Reach(StrEnum):
    """What a kind of request is for: the gate is wide for electronic evidence only."""

    EVIDENCE = "evidence"
    NARROW = "narrow"
    """Extradition, confiscation and assets: whether 35(1)(c) reaches them is an open point."""


class Scope(StrEnum):
    """What is recorded; never a decision."""

    CONVENTION_OFFENCE = "convention-offence"
    SERIOUS_CRIME = "serious-crime"
    NOT_SHOWN = "not-shown"
    """No offence of the Convention, and every maximum that is known is below 4 years."""

    OPEN = "open"


@frozen(kw_only=True)
class Maximum:
    """The maximum penalty of a provision, and who says so."""

    state: str
    cite: str
    penalty: Penalty
    status: SourceStatus | None
    """None: the request says so."""


@frozen(kw_only=True)
class ScopeView:
    """What the gate shows."""

    scope: Scope
    offences: tuple[NamedOffence, ...]
    maxima: tuple[Maximum, ...]
    remarks: tuple[Remark, ...]


# --- the gate ----------------------------------------------------------------------------------


def scope_of(
    states: States,
    offences: Iterable[NamedOffence],
    *,
    requesting: str,
    requested: str,
    reach: Reach = Reach.EVIDENCE,
) -> ScopeView:
    """Return on which side of the gate the offences are, as far as it is recorded."""
    named = tuple(offences)
    articles = sorted({one.article for one in named if isinstance(one, ConventionOffence)})
    maxima = _maxima(states, named, articles, (requesting, requested))
    remarks = [*_on_articles(articles), *(_on_maximum(states, one) for one in maxima)]
    remarks += _on_missing(states, named, maxima, (requesting, requested))
    scope = _scope(articles, maxima)
    if not named:
        remarks.insert(0, remark("scope.unnamed", "35(1)", Confidence.SUPPORTED))
    elif scope is Scope.OPEN:
        remarks.append(remark("scope.open", "35(1)", Confidence.SUPPORTED))
    elif scope is Scope.NOT_SHOWN:
        remarks.append(remark("scope.outside", "35(1)", Confidence.SUPPORTED))
    if reach is Reach.NARROW:
        remarks.append(remark("scope.narrow-reach", "35(1)", Confidence.SUPPORTED))
    return ScopeView(scope=scope, offences=named, maxima=maxima, remarks=tuple(remarks))


def _maxima(
    states: States,
    named: Iterable[NamedOffence],
    articles: Iterable[int],
    pair: tuple[str, str],
) -> tuple[Maximum, ...]:
    """Return the provisions that are named, and for a State of which none is, those recorded."""
    own = [
        Maximum(state=one.state.text, cite=one.cite, penalty=one.maximum, status=None)
        for one in named
        if isinstance(one, NationalOffence)
    ]
    silent = [state for state in pair if state not in {one.state for one in own}]
    cells = [states.find_cell(state, article) for state in silent for article in articles]
    recorded = [
        Maximum(state=cell.state, cite=one.cite, penalty=one.maximum, status=one.status)
        for cell in cells
        if cell is not None
        for one in cell.provisions
    ]
    return tuple(dict.fromkeys((*own, *recorded)))


def _scope(articles: list[int], maxima: Iterable[Maximum]) -> Scope:
    if articles:
        return Scope.CONVENTION_OFFENCE
    serious = {one.penalty.is_serious for one in maxima}
    if True in serious:
        return Scope.SERIOUS_CRIME
    return Scope.OPEN if None in serious or not serious else Scope.NOT_SHOWN


def _on_articles(articles: list[int]) -> list[Remark]:
    if not articles:
        return []
    numbers = ", ".join(map(str, articles))
    return [remark("scope.convention-offence", "35(1)(a)", Confidence.SUPPORTED, articles=numbers)]


def _on_maximum(states: States, one: Maximum) -> Remark:
    code = {
        True: "scope.serious",
        False: "scope.not-serious",
        None: "scope.penalty-unknown",
    }[one.penalty.is_serious]
    return remark(
        code,
        "2(h)",
        Confidence.READ,
        cite=one.cite,
        state=states.name_of(one.state),
        penalty=str(one.penalty),
        source="request" if one.status is None else one.status.value,
    )


def _on_missing(
    states: States,
    named: tuple[NamedOffence, ...],
    maxima: Iterable[Maximum],
    pair: tuple[str, str],
) -> list[Remark]:
    known = {one.state for one in maxima if one.penalty.is_known}
    return [
        remark("scope.one-side", "35(1)(c)", Confidence.SUPPORTED, state=states.name_of(state))
        for state in pair
        if named and state not in known
    ]
