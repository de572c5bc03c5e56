"""What ``longbien law gaps``, ``compare`` and ``bases`` show: the law of States, as data."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap
from typing import TypeAlias

from longbien.primitives.canonical import Json
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import StateCode
from longbien.treaty import law_json, law_text
from longbien.treaty.bases import bases_between
from longbien.treaty.comparison import compare_conduct, gaps_of
from longbien.treaty.offences import FIRST, LAST, Holding, load_offences
from longbien.treaty.profiles import MAX_PROFILE, StateProfile, parse_profile
from longbien.treaty.states import PartyKind, States, load_examples, load_states, party_kind

Shown: TypeAlias = tuple[Json, list[str]]
"""A document for a machine, and lines for a person."""

ADVICE = "Advice to a person; it decides nothing.  No lawyer has checked these data."


def gaps(options: argparse.Namespace) -> Shown:
    """Return what the law of a State lacks against articles 7 to 17, as far as recorded.

    Raises Refused ``law.article``, ``law.state-unknown``, and what reading profiles raises.
    """
    states = _states(options)
    state = _state_with_law(states, options.state)
    found = [gaps_of(states, one, state) for one in _articles(options.articles)]
    name = states.name_of(state)
    lines = _head(states, f"{name} ({state}): its law against the offences of the Convention")
    for one in found:
        lines += ["", *law_text.gap_lines(one)]
    lacking = [
        str(one.offence.article)
        for one in found
        if any(
            record.holds in {Holding.LACKING, Holding.NARROWER}
            for _, side in one.side.elements
            for record in side.records
        )
    ]
    lines += ["", f"Gaps or narrower provisions are recorded for: {_or_none(lacking)}"]
    lines += ["That nothing is recorded of an article does not mean that nothing is missing.", ""]
    lines += _cautions(states)
    return [law_json.gaps_json(one) for one in found], lines


def compare(options: argparse.Namespace) -> Shown:
    """Return offences in the law of two States, element by element.

    Raises what ``gaps`` raises.
    """
    states = _states(options)
    first, second = (_state_with_law(states, one) for one in (options.first, options.second))
    found = [compare_conduct(states, one, first, second) for one in _articles(options.articles)]
    names = f"{states.name_of(first)} ({first}) and {states.name_of(second)} ({second})"
    lines = _head(states, f"{names}: the same conduct in both laws (35(3))")
    for one in found:
        lines += ["", *law_text.comparison_lines(one)]
    lines += ["", *_cautions(states)]
    return [law_json.comparison_json(one) for one in found], lines


def bases(options: argparse.Namespace) -> Shown:
    """Return which legal bases bind two States on a day, what each declared, and how to reach it.

    Raises what reading profiles raises, and Malformed ``id.form``.
    """
    states = _states(options)
    pair = [StateCode.parse(one).text for one in (options.first, options.second)]
    found = bases_between(states, pair[0], pair[1], on=options.on)
    names = " and ".join(f"{states.name_of(one)} ({one})" for one in pair)
    lines = [f"{names}: legal bases on {options.on}", ADVICE, f"As of {states.as_of}", ""]
    lines += law_text.basis_lines(found)
    for one in pair:
        lines += ["", *_profile_lines(states, one)]
    return [law_json.basis_json(one) for one in found], lines


# --- what is read --------------------------------------------------------------------------------


def _states(options: argparse.Namespace) -> States:
    states = load_states()
    for profile in load_examples() if options.examples else ():
        states = states.with_profile(profile)
    for profile in _adopted(options.node):
        states = states.with_profile(profile)
    for path in options.profile or ():
        states = states.with_profile(parse_profile(_bytes_of(path)))
    return states


def _adopted(node: Path | None) -> tuple[StateProfile, ...]:
    if node is None:
        return ()
    from longbien.adapters.directory_files import DirectoryFolder  # noqa: PLC0415 - rarely asked
    from longbien.adapters.law_files import LawFolder  # noqa: PLC0415 - same

    return LawFolder(node / "law").profiles(DirectoryFolder(node / "directory").book())


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PROFILE + 1)
    except OSError as error:
        raise Unavailable(
            "state-profile.unreadable", "{path} cannot be read: {why}",
            path=path, why=error.strerror,
        ) from error  # fmt: skip


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


def _head(states: States, title: str) -> list[str]:
    return [title, ADVICE, f"As of {states.concordance.as_of}"]


def _cautions(states: States) -> list[str]:
    return ["Cautions on the data", *_bullets(states.concordance.cautions)]


def _bullets(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from wrap(text, law_text.WIDTH, initial_indent="- ", subsequent_indent="  ")


def _or_none(numbers: list[str]) -> str:
    return f"articles {', '.join(numbers)}" if numbers else "none"


def _profile_lines(states: States, state: str) -> Iterator[str]:
    name = states.name_of(state)
    profile = states.find_profile(state)
    if party_kind(state) is PartyKind.ORGANISATION:
        yield f"{name}: an organisation, not a State (2(n)); its instrument is not counted (65(1))"
    if profile is None:
        yield f"{name}: no profile here; its declarations, languages and limits are not recorded"
        return
    yield f"{name}{' (EXAMPLE profile)' if profile.example else ''}, as of {profile.as_of}"
    yield f"  languages: {', '.join(profile.languages)}"
    for limit in profile.limits:
        yield f"  {limit.code.value}: {limit.days} days ({limit.law})"
    for one in profile.declarations:
        yield from wrap(
            f"declared on {one.ref}: {one.text} [{one.confidence.value}]",
            law_text.WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
