"""What an officer wants to be done with information, measures, persons and things.

One class an act, as in ``commands``, to which they belong.
"""

from typing import TypeAlias

from attrs import field, frozen

from longbien.casework.deeds import MeasureKind
from longbien.casework.safeguards import Safeguards
from longbien.evidence.package import UseLimit
from longbien.primitives.instants import Instant

# --- the requested State ------------------------------------------------------------------------


@frozen(kw_only=True)
class DiscloseInformation:
    """Tell what was asked for; a second officer must approve."""

    text: str = field(repr=False)
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...] = ()
    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class ReportMeasure:
    """Tell that a measure is in force, or goes on; a second officer must approve."""

    measure: MeasureKind
    effective_at: Instant
    until: Instant | None = None
    authority: str
    legal_basis: tuple[str, ...]
    text: str = field(default="", repr=False)
    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class ProposeLifting:
    """Hear the requesting State before a measure is lifted: article 50(8)."""

    ground: str = ""
    reasons: str = field(repr=False)
    lift_at: Instant | None = None


@frozen(kw_only=True)
class LiftMeasure:
    """Tell that a measure is over; a second officer must approve."""

    lifted_at: Instant
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class RecordConsent:
    """Tell what a person has answered who was asked for consent; a second officer approves."""

    is_given: bool
    given_at: Instant
    before: str
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class HandOver:
    """Tell that a person, an object or property was handed over; a second officer approves."""

    at: Instant
    place: str = field(repr=False)
    text: str = field(repr=False)
    legal_basis: tuple[str, ...]
    safeguards: Safeguards | None = None


# --- the requesting State -----------------------------------------------------------------------


@frozen(kw_only=True)
class AnswerLifting:
    """Say why a measure should go on, to the proposal of that number."""

    proposal: int
    text: str = field(repr=False)


@frozen(kw_only=True)
class GiveSafeConduct:
    """Assure safe conduct; a second officer must approve."""

    begins_at: Instant
    text: str = field(repr=False)


@frozen(kw_only=True)
class EndPresence:
    """Tell that the person was told to be free to go: article 40(29)."""

    told_at: Instant
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class HandBack:
    """Tell that a person or an object went back."""

    at: Instant
    place: str = field(repr=False)
    text: str = field(default="", repr=False)


# --- either State -------------------------------------------------------------------------------


@frozen(kw_only=True)
class ProposeArrangement:
    """Propose when, where and how."""

    at: Instant | None = None
    until: Instant | None = None
    place: str = field(default="", repr=False)
    text: str = field(repr=False)


@frozen(kw_only=True)
class AgreeToArrangement:
    """Agree to the other State's arrangement of that number."""

    arrangement: int
    text: str = field(default="", repr=False)


DeedCommand: TypeAlias = (
    DiscloseInformation
    | ReportMeasure
    | ProposeLifting
    | LiftMeasure
    | RecordConsent
    | HandOver
    | AnswerLifting
    | GiveSafeConduct
    | EndPresence
    | HandBack
    | ProposeArrangement
    | AgreeToArrangement
)
