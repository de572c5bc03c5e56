"""The gate: everything that an officer should know before a request leaves.

It answers with remarks, the worst first.  No remark stops a request.
"""

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import NOTHING, Asked, Surroundings
from longbien.casework.completeness.breadth import remarks_on_breadth
from longbien.casework.completeness.channel import (
    remarks_on_basis,
    remarks_on_earlier,
    remarks_on_language,
)
from longbien.casework.completeness.naming import named_in, remarks_on, unreadable
from longbien.casework.completeness.remarks import ORDER, fault, remark
from longbien.casework.completeness.statements import (
    remarks_on_emergency,
    remarks_on_fields,
    remarks_on_people,
    remarks_on_statements,
)
from longbien.casework.completeness.times import remarks_on_forms, remarks_on_reply
from longbien.primitives.instants import Instant
from longbien.treaty.contents import Catalogue

MOST: Final = 99
"""Remarks that are told of one request: more than that nobody reads."""

MOST_TOKENS: Final = 200
"""Identifiers of one request by which others are found."""


def check_request(
    asked: Asked, *, law: Catalogue, now: Instant, around: Surroundings = NOTHING
) -> tuple[Warned, ...]:
    """Return what is missing, wrong, risky or good to know, in this order.

    Total: whatever stands in a field, it is judged and nothing is raised.
    """
    formed = evolve(asked, form=law.find_form(asked.kind))
    found = sorted(dict.fromkeys(_all_of(formed, around, now)), key=lambda one: ORDER[one.severity])
    if len(found) <= MOST:
        return tuple(found)
    rest = fault("gate.more", Severity.NOTE, count=str(len(found) - MOST))
    return (*found[:MOST], remark(rest))


def _all_of(asked: Asked, around: Surroundings, now: Instant) -> Iterator[Warned]:
    named = named_in(asked)
    yield from remarks_on_fields(asked)
    yield from remarks_on_forms(asked, now)
    yield from unreadable(asked)
    yield from remarks_on(asked, named, around, now)
    yield from remarks_on_breadth(asked, named)
    yield from remarks_on_statements(asked)
    yield from remarks_on_emergency(asked)
    yield from remarks_on_reply(asked, now)
    yield from remarks_on_basis(asked, around)
    yield from remarks_on_language(asked, around)
    yield from remarks_on_people(asked)
    yield from remarks_on_earlier(asked, around)


def tokens_of(asked: Asked) -> tuple[str, ...]:
    """Return what a request names, one form for each thing, sorted.

    By these other cases about the same thing are found.  They are personal data: what is kept
    of them is a keyed hash (``desk.ports.Likeness``).
    """
    named = (one.found for one in named_in(asked) if one.found.names_something)
    return tuple(sorted({one.token for one in named})[:MOST_TOKENS])
