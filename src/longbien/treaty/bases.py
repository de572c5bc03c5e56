"""Legal bases: what binds two States on a day, and why or why not (convention.md 16.2).

A request names one or more of them.  Signature is not ratification; the Convention itself is
dormant until the 90th day after the 40th instrument (65(1)); where a treaty on mutual legal
assistance binds both, its rules replace article 40(8) to (31) unless both agree (40(7));
reciprocity and comity need no treaty but must be named.  All of it informs and nothing refuses.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from itertools import chain

from attrs import evolve, frozen

from longbien.treaty.basis_names import NAMES, OF_ONE_SIDE, TREATIES, Basis, find_basis
from longbien.treaty.contents import Confidence
from longbien.treaty.profiles import PartyStatus, Ratified
from longbien.treaty.remarks import OWN_RULE, Remark, remark
from longbien.treaty.states import CONVENTION, States


class Force(StrEnum):
    """Whether a basis can carry a request between the two States."""

    BINDS = "binds"
    DOES_NOT_BIND = "does-not-bind"
    NOT_RECORDED = "not-recorded"
    IF_NAMED = "if-named"
    """It needs no treaty; the request must say what it rests on."""


@frozen(kw_only=True)
class BasisView:
    """One basis between two States on a day, and why it binds them or not."""

    basis: Basis
    title: str
    force: Force
    remarks: tuple[Remark, ...]


def bases_between(states: States, first: str, second: str, *, on: date) -> tuple[BasisView, ...]:
    """Return every basis between two States on a day.

    Where they have several bilateral treaties, each is shown; where none is recorded, that is.
    """
    views = [_multilateral(states, basis, (first, second), on) for basis in TREATIES]
    views += _bilateral(states, (first, second), on)
    return (*_with_other_rules(states, (first, second), views), _reciprocity())


def treaties_between(
    states: States, first: str, second: str, *, on: date
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return codes: treaties of many States that bind both, and those that surely do not.

    Whatever is not recorded of one of them stands in neither.
    """
    forces = {one: _force_between(states, one, (first, second), on) for one in TREATIES}
    binding = tuple(one.value for one, force in forces.items() if force is Force.BINDS)
    return binding, tuple(
        one.value for one, force in forces.items() if force is Force.DOES_NOT_BIND
    )


def remarks_on_named(
    states: States, named: Iterable[str], first: str, second: str, *, on: date
) -> tuple[Remark, ...]:
    """Return what is to be said of each basis that a request names."""
    views = bases_between(states, first, second, on=on)
    found = [_on_named(one, views) for one in named]
    if not any(one.force is Force.BINDS for one in views):
        found.append(
            remark("basis.none-recorded", "40(7)", Confidence.SUPPORTED, date=on.isoformat())
        )
    return tuple(found)


def _on_named(named: str, views: Iterable[BasisView]) -> Remark:
    basis = find_basis(named)
    if basis is None:
        return remark("basis.named-unknown", "60", Confidence.RECALLED, named=named)
    if basis in OF_ONE_SIDE:
        return remark("basis.named-own-law", "60", Confidence.RECALLED)
    forces = {one.force for one in views if one.basis is basis}
    if Force.IF_NAMED in forces:
        return remark("basis.named-reciprocity", "60", Confidence.RECALLED)
    title = NAMES[basis]
    if Force.BINDS in forces:
        return remark("basis.named-binds", "60", Confidence.RECALLED, basis=title)
    if Force.NOT_RECORDED in forces:
        return remark("basis.named-not-recorded", "60", Confidence.RECALLED, basis=title)
    return remark("basis.named-does-not-bind", "60", Confidence.RECALLED, basis=title)


# --- treaties of many States ---------------------------------------------------------------------


def _multilateral(states: States, basis: Basis, pair: tuple[str, str], on: date) -> BasisView:
    found = [_found(states, state, basis) for state in pair]
    sides = [
        tuple(_on_status(states, state, basis, status, on))
        for state, status in zip(pair, found, strict=True)
    ]
    force = _force_between(states, basis, pair, on)
    first: tuple[Remark, ...] = ()
    if _sleeps(states, basis, force, on):
        law = states.convention
        first = (remark("basis.convention-dormant", law.ref, law.confidence),)
    return BasisView(
        basis=basis,
        title=NAMES[basis],
        force=force,
        remarks=(*first, *chain.from_iterable(sides)),
    )


def _force_between(states: States, basis: Basis, pair: tuple[str, str], on: date) -> Force:
    force = _force([_found(states, state, basis) for state in pair], on)
    return Force.DOES_NOT_BIND if _sleeps(states, basis, force, on) else force


def _sleeps(states: States, basis: Basis, force: Force, on: date) -> bool:
    return basis is Basis.CONVENTION and force is not Force.BINDS and _is_dormant(states, on)


def _is_dormant(states: States, on: date) -> bool:
    since = states.convention.since
    return since is None or since > on


def _found(states: States, state: str, basis: Basis) -> PartyStatus | None:
    return next((one for one in states.statuses(state) if one.basis == basis.value), None)


def _force(found: Iterable[PartyStatus | None], on: date) -> Force:
    known = list(found)
    if all(one is not None and _binds(one, on) for one in known):
        return Force.BINDS
    if all(one is not None for one in known) or any(_surely_not(one, on) for one in known):
        return Force.DOES_NOT_BIND
    return Force.NOT_RECORDED


def _binds(status: PartyStatus, on: date) -> bool:
    began = status.in_force_from is not None and status.in_force_from <= on
    return began and (status.ended_on is None or status.ended_on > on)


def _surely_not(status: PartyStatus | None, on: date) -> bool:
    return status is not None and not _binds(status, on)


def _on_status(
    states: States, state: str, basis: Basis, status: PartyStatus | None, on: date
) -> Iterator[Remark]:
    name = states.name_of(state)
    if status is None:
        yield _on_silence(basis, name)
        return
    if states.is_from_example(state, status):
        yield remark("basis.example", OWN_RULE, status.confidence, state=name)
    yield _standing(name, status, on)


def _on_silence(basis: Basis, name: str) -> Remark:
    if basis is Basis.CONVENTION:
        return remark("basis.no-signature-seen", "64", Confidence.SUPPORTED, state=name)
    return remark("basis.not-recorded", "60", Confidence.RECALLED, state=name)


def _standing(name: str, status: PartyStatus, on: date) -> Remark:
    ref = "64" if status.basis == CONVENTION else "60"
    began, ended = status.in_force_from, status.ended_on
    if began is None:
        return remark(_not_begun(status), ref, status.confidence, state=name)
    if ended is not None and ended <= on:
        return remark("basis.denounced", ref, status.confidence, state=name, date=ended.isoformat())
    code = "basis.in-force" if began <= on else "basis.in-force-later"
    return remark(code, ref, status.confidence, state=name, date=began.isoformat())


def _not_begun(status: PartyStatus) -> str:
    if status.ratified is Ratified.DEPOSITED:
        return "basis.deposited"
    if status.ratified is Ratified.REPORTED:
        return "basis.reported"
    return "basis.signed" if status.is_signed else "basis.not-recorded"


# --- treaties of the two, and none ---------------------------------------------------------------


def _bilateral(states: States, pair: tuple[str, str], on: date) -> Iterator[BasisView]:
    """Yield each treaty that either State names; what both name is shown once."""
    seen: set[str] = set()
    for state, other in (pair, pair[::-1]):
        for status in states.statuses(state):
            is_ours = status.basis == Basis.BILATERAL.value and status.other is not None
            if is_ours and str(status.other) == other and status.title not in seen:
                seen.add(status.title)
                yield BasisView(
                    basis=Basis.BILATERAL,
                    title=status.title or NAMES[Basis.BILATERAL],
                    force=_force((status,), on),
                    remarks=tuple(_on_status(states, state, Basis.BILATERAL, status, on)),
                )
    if not seen:
        first, second = map(states.name_of, pair)
        said = remark(
            "basis.no-treaty-recorded", "40(6)", Confidence.SUPPORTED, first=first, second=second
        )
        yield BasisView(
            basis=Basis.BILATERAL,
            title=NAMES[Basis.BILATERAL],
            force=Force.NOT_RECORDED,
            remarks=(said,),
        )


def _reciprocity() -> BasisView:
    return BasisView(
        basis=Basis.RECIPROCITY,
        title=NAMES[Basis.RECIPROCITY],
        force=Force.IF_NAMED,
        remarks=(remark("basis.reciprocity", "60", Confidence.RECALLED),),
    )


def _with_other_rules(
    states: States, pair: tuple[str, str], views: Iterable[BasisView]
) -> tuple[BasisView, ...]:
    """Say at the Convention which other treaty's rules replace 40(8) to (31): article 40(7)."""
    kept = tuple(views)
    convention = next(one for one in kept if one.basis is Basis.CONVENTION)
    if convention.force is not Force.BINDS:
        return kept
    others = tuple(
        _replacing(one, on_assistance=_is_on_assistance(states, pair, one))
        for one in kept
        if one is not convention and one.force is Force.BINDS
    )
    shown = evolve(convention, remarks=(*convention.remarks, *others))
    return tuple(shown if one is convention else one for one in kept)


def _is_on_assistance(states: States, pair: tuple[str, str], view: BasisView) -> bool:
    return any(
        one.is_on_assistance
        for state in pair
        for one in states.statuses(state)
        if one.basis == view.basis.value and (one.title or NAMES[view.basis]) == view.title
    )


def _replacing(view: BasisView, *, on_assistance: bool) -> Remark:
    code = "basis.other-rules-apply" if on_assistance else "basis.other-rules-open"
    return remark(code, "40(7)", Confidence.SUPPORTED, treaty=view.title)
