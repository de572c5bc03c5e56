"""Labels on what was received, and what they cover: checked at every export.

Labels are the giving State's conditions (articles 36(1)(b), 36(3), 40(5), 40(19), 40(20), 40(28)),
and they bind because they were agreed to or came with the package.  What they do not cover is
refused here, by our own rule: the officer asks the State that gave it.  Exculpatory material
needs a notice and no consent (40(19)), so that the defence is never locked out.
"""

from enum import StrEnum

from attrs import field, frozen

from longbien.casework.events import StatementReceived, StatementSent
from longbien.casework.state import Case, FurtherUse, Package
from longbien.casework.statements import ExculpatoryUseNotified, FurtherUseDecided
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant


class Purpose(StrEnum):
    """What an export is for."""

    REQUEST = "request"
    """The investigation or proceedings that the request names."""

    FURTHER_USE = "further-use"
    """Another use, which the State that gave it has granted."""

    EXCULPATORY = "exculpatory"
    """It speaks for an accused person."""


class Recipient(StrEnum):
    """Who gets it."""

    OWN = "own-authority"
    COURT = "court"
    DEFENCE = "defence"
    AUTHORITY = "other-authority"
    """Another authority of the own State."""

    ABROAD = "abroad"
    """A third State or an organisation."""


@frozen(kw_only=True)
class Use:
    """What an officer wants to do with a package."""

    purpose: Purpose
    to: Recipient
    name: str = field(repr=False)
    """Who it is, in words."""

    number: int = 0
    """The further use that was granted, by the number of its request."""


def labels_of(case: Case, package: Package) -> tuple[UseLimit, ...]:
    """Return the labels of a package: those it came with, and those of uses that were granted."""
    wanted = package.announced.package
    granted = {use.number for use in case.uses if use.is_granted and use.asked.package == wanted}
    more = [
        limit
        for event in case.history
        if isinstance(event, StatementReceived)
        and isinstance(event.statement, FurtherUseDecided)
        and event.statement.request in granted
        for limit in event.statement.conditions
    ]
    return tuple(dict.fromkeys((*package.announced.use_limits, *more)))


def require_covered(case: Case, package: Package, use: Use, now: Instant) -> None:
    """Refuse an export that the labels of a package do not cover.

    1. to the defence because it speaks for it: notice was given, Refused ``export.no-notice``
    2. the time for which it may be kept has not ended: Refused ``export.retention-ended``
    3. another use, or abroad: asked for and granted, Refused ``export.not-asked``,
       ``export.not-granted``, ``export.other-recipient``
    4. confidential: only the own authority and the court, Refused ``export.confidential``
    """
    if use.purpose is Purpose.EXCULPATORY:
        _require_notice(case, package)
        return
    labels = labels_of(case, package)
    if any(_has_ended(one, now) for one in labels if one.kind is UseLimitKind.RETENTION):
        raise Refused("export.retention-ended", "it may no longer be kept: have it destroyed")
    if use.purpose is Purpose.FURTHER_USE or use.to is Recipient.ABROAD:
        _require_granted(case, package, use)
        return
    closed = any(
        one.kind is UseLimitKind.CONFIDENTIALITY and not _has_ended(one, now) for one in labels
    )
    if closed and use.to not in {Recipient.OWN, Recipient.COURT}:
        raise Refused(
            "export.confidential",
            "it is confidential: ask the State that gave it, with ask-further-use",
        )


def _has_ended(limit: UseLimit, now: Instant) -> bool:
    return limit.until is not None and limit.until <= now


def _require_notice(case: Case, package: Package) -> None:
    wanted = package.announced.package
    for event in case.history:
        said = event.statement if isinstance(event, StatementSent) else None
        if isinstance(said, ExculpatoryUseNotified) and said.package == wanted:
            return
    raise Refused(
        "export.no-notice",
        "the State that gave it is told first, with notify-exculpatory-use; it is not asked",
    )


def _require_granted(case: Case, package: Package, use: Use) -> None:
    asked = case.find_use(use.number)
    if asked is None or asked.asked.package != package.announced.package:
        raise Refused(
            "export.not-asked",
            "the request does not cover this: ask the State that gave it, with ask-further-use",
        )
    if not asked.is_granted:
        raise Refused("export.not-granted", "the State that gave it has not agreed to that use")
    if use.to is Recipient.ABROAD and not _names(asked, use.name):
        raise Refused(
            "export.other-recipient", "the consent names another recipient, or none: ask anew"
        )


def _names(asked: FurtherUse, name: str) -> bool:
    return bool(name.strip()) and asked.asked.recipient.casefold() == name.casefold()
