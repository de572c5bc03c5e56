"""What a request names, field by field, and what is wrong with it."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import Asked, Surroundings
from longbien.casework.completeness.identifiers import (
    Identifier,
    find_identifier,
    in_prose,
    lines_of,
)
from longbien.casework.completeness.judged import Judged
from longbien.casework.completeness.remarks import Fault, fault, remark
from longbien.primitives.instants import Instant
from longbien.treaty.fields import FieldType

_FOR_EXAMPLES: Final = frozenset({"ip.documentation", "domain.reserved"})
_IN_PROSE: Final = frozenset(
    {
        "domain.reserved",
        "identifier.checksum",
        "ip.documentation",
        "ip.private",
        "ip.reserved",
        "ip.shared",
        "wallet.no-checksum",
        "wallet.test-network",
    }
)
"""What is said of something that only looks like an identifier."""

_SAYS_WHEN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)
_IS_VALUE = re.compile(r"[0-9@]|\w[.:]\w")
_TWO_WORDS: Final = frozenset({"wallet", "transaction"})


@frozen(kw_only=True)
class Named:
    """An identifier and where it stands."""

    field: str
    found: Identifier
    is_typed: bool
    """Written as one, and not merely seen in a text."""


def named_in(asked: Asked) -> tuple[Named, ...]:
    """Return everything that a request names, in the order of its fields."""
    return tuple(one for name, text in asked.texts.items() for one in _in_field(asked, name, text))


def _in_field(asked: Asked, name: str, text: str) -> Iterator[Named]:
    kind = asked.type_of(name)
    if kind is FieldType.IDENTIFIERS:
        for number, line in lines_of(text):
            found = find_identifier(line, number)
            if found is not None:
                yield Named(field=name, found=found, is_typed=True)
    elif kind is FieldType.DESCRIBED:
        yield from _in_description(name, text)
    elif kind in {FieldType.TEXT, FieldType.STATEMENT, FieldType.PERIOD}:
        yield from (Named(field=name, found=one, is_typed=False) for one in in_prose(text))


def _in_description(name: str, text: str) -> Iterator[Named]:
    for number, line in lines_of(text):
        found = find_identifier(line, number) if _begins_like_one(line) else None
        if found is not None:
            yield Named(field=name, found=found, is_typed=True)
            continue
        for one in in_prose(line):
            yield Named(field=name, found=one.on_line(number), is_typed=False)


def _begins_like_one(line: str) -> bool:
    kind, *words = line.split(" ", 3)
    place = 1 if kind.lower() in _TWO_WORDS else 0
    return len(words) > place and bool(_IS_VALUE.search(words[place]))


def unreadable(asked: Asked) -> Iterator[Warned]:
    """Tell of lines in a field of identifiers that name no kind of them."""
    for name, text in asked.texts.items():
        if asked.type_of(name) is FieldType.IDENTIFIERS:
            for number, line in lines_of(text):
                if find_identifier(line, number) is None:
                    yield remark(
                        fault("identifier.unreadable", Severity.WRONG), asked.place(name, number)
                    )


def remarks_on(
    asked: Asked, named: Iterable[Named], around: Surroundings, now: Instant
) -> Iterator[Warned]:
    """Tell what is wrong with each identifier."""
    seen = set[tuple[str, str]]()
    for one in named:
        at = asked.place(one.field, one.found.line)
        faults = [*_of_value(one, around), *_of_use(asked, one, now), *_of_place(one, around)]
        if one.is_typed and (key := (one.found.token, str(one.found.at))) in seen:
            faults.append(fault("identifier.twice", Severity.NOTE))
        elif one.is_typed and one.found.names_something:
            seen.add(key)
        yield from (remark(each, at) for each in faults)


def _of_value(one: Named, around: Surroundings) -> Iterator[Fault]:
    for each in _counted(one.found.judged, around):
        if not one.is_typed and each.code not in _IN_PROSE:
            continue
        facts = (("kind", one.found.kind),) if each.code.startswith("identifier.") else ()
        yield Fault(code=each.code, severity=each.severity, facts=(*each.facts, *facts))


def _counted(judged: Judged, around: Surroundings) -> Iterator[Fault]:
    """Yield what is wrong; in an exercise what was set aside for examples is as it should be."""
    for each in judged.faults:
        if not (around.is_exercise and each.code in _FOR_EXAMPLES):
            yield each


def _of_use(asked: Asked, one: Named, now: Instant) -> Iterator[Fault]:
    found = one.found
    if found.has_bad_tail:
        yield fault("identifier.tail", Severity.WRONG)
    if found.has_naked_time:
        yield fault("time.no-zone", Severity.WRONG)
    if found.at is not None and found.at.begin is not None and found.at.begin > now:
        yield fault("time.future", Severity.WRONG)
    if found.kind == "ip" and found.names_something and not found.judged.has("ip.network"):
        yield from _of_address(asked, one)


def _of_address(asked: Asked, one: Named) -> Iterator[Fault]:
    says_when = one.found.at is not None or one.found.has_naked_time
    if not one.is_typed:
        if not _SAYS_WHEN.search(asked.texts[one.field]):
            yield fault("ip.no-time", Severity.RISKY)
        return
    if not says_when:
        yield fault("ip.no-time", Severity.MISSING)
    if one.found.port is None:
        yield fault("ip.no-port", Severity.RISKY)


INDICATIONS: Final = frozenset({"ip.elsewhere", "ip.indicated"})
"""Remarks that repeat what an operator's file says: no rule, and not asked again years later."""


def _of_place(one: Named, around: Surroundings) -> Iterator[Fault]:
    found, peer = one.found, around.peer
    if found.kind == "phone" and peer is not None and found.judged.state not in {"", peer.text}:
        yield fault("phone.elsewhere", Severity.NOTE, state=found.judged.state)
    if found.kind != "ip" or not found.names_something or any(_counted(found.judged, around)):
        return
    indicated = around.locate(found.judged.canonical)
    if indicated is None:
        return
    facts = {"state": indicated.state, "source": indicated.source, "date": indicated.date}
    if peer is None or indicated.state == peer.text:
        yield fault("ip.indicated", Severity.NOTE, **facts)
    else:
        yield fault("ip.elsewhere", Severity.RISKY, **facts)
