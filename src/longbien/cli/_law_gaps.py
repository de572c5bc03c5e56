"""What ``longbien law gaps``, ``compare`` and ``bases`` show: the law of States, as data."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from longbien.adapters.law_files import LawFolder, read_profile
from longbien.casework import law_shown
from longbien.casework.telling import Teller, bullet, paragraph
from longbien.primitives.canonical import Json
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode
from longbien.treaty import law_json
from longbien.treaty.bases import bases_between
from longbien.treaty.comparison import compare_conduct, gaps_of
from longbien.treaty.offences import FIRST, LAST, Holding, load_offences
from longbien.treaty.profiles import StateProfile
from longbien.treaty.states import PartyKind, States, load_examples, load_states, party_kind

Shown: TypeAlias = tuple[Json, list[str]]
"""A document for a machine, and lines for a person."""


def gaps(options: argparse.Namespace, teller: Teller) -> Shown:
    """Return what the law of a State lacks against articles 7 to 17, as far as recorded.

    Raises Refused ``law.article``, ``law.state-unknown``, and what reading profiles raises.
    """
    states = _states(options)
    state = _state_with_law(states, options.state)
    found = [gaps_of(states, one, state) for one in _articles(options.articles)]
    head = teller.line("gaps-of", state=_named(states, state, teller))
    lacking = [
        str(one.offence.article)
        for one in found
        if any(
            record.holds in {Holding.LACKING, Holding.NARROWER}
            for _, side in one.side.elements
            for record in side.records
        )
    ]
    told = "gaps-found" if lacking else "gaps-none"
    lines = _head(head, states.concordance.as_of, teller)
    lines += ["", teller.line(told, numbers=", ".join(lacking)), teller.label("gaps-silence")]
    for one in found:
        lines += ["", *law_shown.gap_lines(one, teller)]
    lines += ["", *_cautions(states, teller)]
    return [law_json.gaps_json(one) for one in found], lines


def compare(options: argparse.Namespace, teller: Teller) -> Shown:
    """Return offences in the law of two States, element by element.

    Raises what ``gaps`` raises.
    """
    states = _states(options)
    first, second = (_state_with_law(states, one) for one in (options.first, options.second))
    found = [compare_conduct(states, one, first, second) for one in _articles(options.articles)]
    names = {"first": _named(states, first, teller), "second": _named(states, second, teller)}
    lines = _head(teller.line("compared", **names), states.concordance.as_of, teller)
    for one in found:
        lines += ["", *law_shown.comparison_lines(one, teller)]
    lines += ["", *_cautions(states, teller)]
    return [law_json.comparison_json(one) for one in found], lines


def bases(options: argparse.Namespace, teller: Teller) -> Shown:
    """Return which legal bases bind two States on a day, what each declared, and how to reach it.

    Raises what reading profiles raises, and Malformed ``id.form``.
    """
    states = _states(options)
    pair = [StateCode.parse(one).text for one in (options.first, options.second)]
    found = bases_between(states, pair[0], pair[1], on=options.on)
    first, second = (_named(states, one, teller) for one in pair)
    head = teller.line("bases-of", first=first, second=second, day=options.on)
    lines = [*_head(head, states.as_of, teller), ""]
    lines += law_shown.basis_lines(found, teller)
    for one in pair:
        lines += ["", *_profile_lines(states, one, teller)]
    return [law_json.basis_json(one) for one in found], lines


# --- what is read --------------------------------------------------------------------------------


def _states(options: argparse.Namespace) -> States:
    states = load_states()
    for profile in load_examples() if options.examples else ():
        states = states.with_profile(profile)
    for profile in _adopted(options.node):
        states = states.with_profile(profile)
    for path in options.profile or ():
        states = states.with_profile(read_profile(path))
    return states


def _adopted(node: Path | None) -> tuple[StateProfile, ...]:
    if node is None:
        return ()
    from longbien.adapters.directory_files import DirectoryFolder  # noqa: PLC0415 - rarely asked

    return LawFolder(node / "law").profiles(DirectoryFolder(node / "directory").book())


def _state_with_law(states: States, code: str) -> str:
    state = StateCode.parse(code).text
    if not states.is_known(state):
        raise Refused(
            "law.state-unknown",
            "nothing is recorded of the law of {state}; recorded: {known}.  A State's own profile "
            "is given with --profile FILE",
            state=state,
            known=", ".join(sorted(states.concordance.names)),
        )
    return state


def _articles(text: str | None) -> list[int]:
    if text is None:
        return sorted(load_offences())
    numbers = text.split(",")
    if not all(one.isascii() and one.isdecimal() and FIRST <= int(one) <= LAST for one in numbers):
        raise Refused(
            "law.article", "articles of offences are 7 to 17, written 7,13,17; not: {text}",
            text=text,
        )  # fmt: skip
    return sorted({int(one) for one in numbers})


# --- what is shown -------------------------------------------------------------------------------


def _head(title: str, as_of: str, teller: Teller) -> list[str]:
    as_of_day = teller.line("as-of-day", day=teller.data(as_of))
    return [title, teller.label("advice"), as_of_day, teller.label("grades")]


def _named(states: States, state: str, teller: Teller) -> str:
    name = states.name_of(state)
    return state if name == state else teller.part("state", name=name, code=state)


def _cautions(states: States, teller: Teller) -> Iterator[str]:
    yield teller.label("cautions")
    for caution in states.concordance.cautions:
        yield from bullet(teller.text(caution))


def _profile_lines(states: States, state: str, teller: Teller) -> Iterator[str]:
    name = states.name_of(state)
    profile = states.find_profile(state)
    if party_kind(state) is PartyKind.ORGANISATION:
        yield teller.line("organisation", name=name)
    if profile is None:
        yield teller.line("no-profile", name=name)
        return
    told = "profile-example" if profile.example else "profile"
    yield teller.line(told, name=name, day=profile.as_of)
    yield f"  {teller.line('languages', languages=', '.join(profile.languages))}"
    for limit in profile.limits:
        named = teller.name("limit-of", limit.code)
        yield f"  {teller.line('limit', limit=named, days=limit.days, law=limit.law)}"
    for one in profile.declarations:
        grade = one.confidence.value
        text = teller.line("declaration", ref=one.ref, text=one.text, grade=grade)
        yield from paragraph(text, 2)
