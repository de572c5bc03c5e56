"""Statements on what is done: information told, measures taken, persons and things handed over.

They share the rules of ``statements``; which kinds of request say them stands in ``kinds``.
"""

from enum import StrEnum

from attrs import field, frozen

from longbien.casework.safeguards import Safeguards
from longbien.casework.statements import Statement
from longbien.casework.steps import Step
from longbien.evidence.package import UseLimit
from longbien.primitives.instants import Instant


class MeasureKind(StrEnum):
    """What was done under the requested State's law."""

    SEARCH = "search"
    COLLECTION = "collection"
    """Traffic data in real time: article 45."""

    INTERCEPTION = "interception"
    """Content data: article 46."""

    FREEZING = "freezing"
    SEIZURE = "seizure"
    CONFISCATION = "confiscation"
    CUSTODY = "custody"
    """A person is held: articles 37(10) and 40(10)."""


@frozen(kw_only=True)
class InformationDisclosed(Statement):
    """The answer to what was asked, as information and not as evidence.  Two released it."""

    step = Step.INFORMATION
    text: str = field(repr=False)
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...] = ()
    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class MeasureTaken(Statement):
    """A measure is in force; said again when it was reviewed, prolonged or kept."""

    step = Step.MEASURE_IN_FORCE
    measure: MeasureKind
    effective_at: Instant
    until: Instant | None = None
    """Its end, where the order has one: article 24(2)."""

    authority: str
    """Who ordered it: a court or another competent authority, article 2(k)."""

    legal_basis: tuple[str, ...]
    text: str = field(default="", repr=False)
    """What it covers, and what it does not."""

    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class LiftingProposed(Statement):
    """The requesting State may say why the measure should go on: article 50(8)."""

    step = Step.LIFTING_PROPOSED
    ground: str = ""
    reasons: str = field(repr=False)
    lift_at: Instant | None = None
    """When it would be lifted; None: not settled."""


@frozen(kw_only=True)
class LiftingViewed(Statement):
    """Reasons in favour of continuing the measure, or none."""

    step = Step.LIFTING_VIEWS
    proposal: int
    text: str = field(repr=False)


@frozen(kw_only=True)
class MeasureLifted(Statement):
    """The measure is over."""

    step = Step.MEASURE_LIFTED
    lifted_at: Instant
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class ArrangementProposed(Statement):
    """A practical arrangement; a newer one stands beside it, each is agreed to by its number."""

    step = Step.ARRANGEMENT
    at: Instant | None = None
    until: Instant | None = None
    place: str = field(default="", repr=False)
    text: str = field(repr=False)


@frozen(kw_only=True)
class ArrangementAgreed(Statement):
    """One arrangement of the other State holds."""

    step = Step.ARRANGEMENT_AGREED
    arrangement: int
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class ConsentRecorded(Statement):
    """The person was asked, informed, and has answered; a later answer counts."""

    step = Step.PERSON_CONSENT
    is_given: bool
    given_at: Instant
    before: str
    """Who took it down: a court, a lawyer, an authority."""

    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class SafeConductGiven(Statement):
    """No prosecution, detention or restriction for earlier acts: 40(11), 40(29)."""

    step = Step.SAFE_CONDUCT
    begins_at: Instant
    text: str = field(repr=False)
    """Whom and which acts it covers, and what ends it."""


@frozen(kw_only=True)
class PresenceEnded(Statement):
    """The person was officially told that presence is no longer required."""

    step = Step.PRESENCE_ENDED
    told_at: Instant
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class HandedOver(Statement):
    """A person, an object or property went to the requesting State.  Two officers let it go."""

    step = Step.HANDED_OVER
    at: Instant
    place: str = field(repr=False)
    text: str = field(repr=False)
    legal_basis: tuple[str, ...]
    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class HandedBack(Statement):
    """It went back: article 40(10)."""

    step = Step.HANDED_BACK
    at: Instant
    place: str = field(repr=False)
    text: str = field(default="", repr=False)
