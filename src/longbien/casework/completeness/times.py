"""When: the period that is asked about, and the date by which an answer is wanted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import Asked
from longbien.casework.completeness.periods import Period, find_period, has_naked_side
from longbien.casework.completeness.remarks import Fault, Place, fault, remark
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.treaty.fields import FieldType, read_value

LIVE: Final = frozenset({"mla_traffic_realtime", "mla_content_interception"})
"""Kinds that ask for data which do not exist yet."""

_LONG: Final = timedelta(days=366)
_LONG_LIVE: Final = timedelta(days=92)

WRITTEN: Final = {
    FieldType.INSTANT: "2026-03-01T10:15:00+07:00",
    FieldType.PERIOD: "2026-03-01T00:00:00+07:00/2026-03-31T23:59:59+07:00",
    FieldType.OFFENCES: 'uncc 7, or national VN "Penal Code art. 289" max 12 years',
    FieldType.LANGUAGE: "en, vi, zh-Hant (BCP 47)",
    FieldType.CASE: "the id of a case of this channel",
    FieldType.MONEY: "1250.50 EUR",
    FieldType.YES: "yes or no",
    FieldType.STATE: "VN IL",
}
"""How a value of each type is written."""


def period_of(asked: Asked) -> Period | None:
    """Return the period that a request is about, from its own field; None for none."""
    for name, text in asked.texts.items():
        if asked.type_of(name) is FieldType.PERIOD:
            return find_period(_first_line(text))
    return None


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0].strip()


def remarks_on_forms(asked: Asked, now: Instant) -> Iterator[Warned]:
    """Tell of fields that cannot be read by their type, and of periods that cannot be right."""
    for name, text in asked.texts.items():
        kind = asked.type_of(name)
        if kind is FieldType.PERIOD:
            yield from _on_period(asked, _first_line(text), asked.place(name), now)
        elif kind in WRITTEN and not _can_be_read(kind, text):
            naked = kind is FieldType.INSTANT and has_naked_side(text)
            yield remark(_no_zone() if naked else _unreadable(kind), asked.place(name))


def _can_be_read(kind: FieldType, text: str) -> bool:
    try:
        read_value(kind, text)
    except Malformed:
        return False
    return True


def _unreadable(kind: FieldType) -> Fault:
    return fault("form.field-form", Severity.WRONG, type=WRITTEN[kind])


def _no_zone() -> Fault:
    return fault("period.no-zone", Severity.WRONG)


def _on_period(asked: Asked, text: str, at: Place, now: Instant) -> Iterator[Warned]:
    period = find_period(text)
    if period is None:
        naked = has_naked_side(text)
        yield remark(_no_zone() if naked else _unreadable(FieldType.PERIOD), at)
        return
    judge = _of_live if asked.kind in LIVE else _of_stored
    yield from (remark(one, at) for one in (*_of_any(period), *judge(period, now)))


def _of_any(period: Period) -> Iterator[Fault]:
    if period.begin is None or period.end is None:
        yield fault("period.open", Severity.RISKY)
    elif period.end < period.begin:
        yield fault("period.reversed", Severity.WRONG)


def _of_stored(period: Period, now: Instant) -> Iterator[Fault]:
    if any(side is not None and side > now for side in (period.begin, period.end)):
        yield fault("period.future", Severity.RISKY)
    yield from _of_length(period, _LONG)


def _of_live(period: Period, now: Instant) -> Iterator[Fault]:
    if period.end is not None and period.end < now:
        yield fault("period.past", Severity.WRONG)
    yield from _of_length(period, _LONG_LIVE)


def _of_length(period: Period, most: timedelta) -> Iterator[Fault]:
    if period.begin is None or period.end is None:
        return
    length = period.end.moment - period.begin.moment
    if length > most:
        yield fault("period.long", Severity.RISKY, days=str(length.days))


def remarks_on_reply(asked: Asked, now: Instant) -> Iterator[Warned]:
    """Tell whether a date for the reply can be kept, and has a reason (article 40(26))."""
    if asked.reply_by is None:
        return
    if asked.reply_by <= now:
        yield remark(fault("reply-by.past", Severity.WRONG), ref="40(26)")
    if not asked.reply_reason.strip():
        yield remark(fault("reply-by.no-reason", Severity.MISSING), ref="40(26)")
