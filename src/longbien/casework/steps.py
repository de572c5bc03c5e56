"""The steps by which a State moves a case, and the states that a case can be in.

A step is one meaning of one message; several steps may share a message kind.  What may follow
what stands in the tables of each kind (``kinds``).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from longbien.channel.message import MessageKind


class Step(StrEnum):
    """What one State says to the other.  Values are part of schema names and never change."""

    REQUEST = "request"
    AMENDMENT = "amendment"
    WITHDRAWAL = "withdrawal"
    ACKNOWLEDGEMENT = "acknowledgement"
    QUESTION = "question"
    ANSWER = "answer"
    CONSULTATION = "consultation"
    WARNING = "warning"
    """Article 42(7): preservation will not secure the data, or does harm to the case."""

    ACCEPTANCE = "acceptance"
    """The request will be carried out, perhaps under conditions (40(28), 36(1)(b))."""

    AGREEMENT = "agreement"
    """The requesting State agrees to the conditions: they bind (40(28))."""

    DECLINE = "decline"
    """The requesting State does not agree to the conditions."""

    POSTPONEMENT = "postponement"
    REFUSAL = "refusal"
    EXTENSION_REQUEST = "extension-request"
    EXTENSION_REFUSAL = "extension-refusal"
    PRESERVATION_CONFIRMED = "preservation-confirmed"
    PRESERVATION_EXTENDED = "preservation-extended"
    PRESERVATION_ENDED = "preservation-ended"
    PARTIAL_DISCLOSURE = "partial-disclosure"
    EVIDENCE_ANNOUNCED = "evidence-announced"
    EVIDENCE_DELIVERED = "evidence-delivered"
    EVIDENCE_VERIFIED = "evidence-verified"
    FURTHER_USE_REQUEST = "further-use-request"
    FURTHER_USE_CONSENT = "further-use-consent"
    """The decision on further use: granted or not."""

    EXCULPATORY_USE = "exculpatory-use"
    DESTRUCTION_CERTIFIED = "destruction-certified"
    STATUS = "status"
    EXECUTION = "execution"
    """The request was carried out, wholly or in part: nothing more will be given."""

    EMERGENCY_CONFIRMED = "emergency-confirmed"
    """A second officer stands behind a request that one officer sent in an emergency."""

    SPONTANEOUS_INFORMATION = "spontaneous-information"
    DRILL = "drill"
    DRILL_ANSWER = "drill-answer"
    INFORMATION = "information"
    """What was asked for, told by message: a location, an answer to police, a trace."""

    MEASURE_IN_FORCE = "measure-in-force"
    """A measure was taken, or goes on: what is frozen, collected, held in custody (24(2))."""

    LIFTING_PROPOSED = "lifting-proposed"
    """The requested State thinks of lifting a measure, and asks to be told (50(8))."""

    LIFTING_VIEWS = "lifting-views"
    """The requesting State's reasons in favour of continuing it."""

    MEASURE_LIFTED = "measure-lifted"
    ARRANGEMENT = "arrangement"
    """When, where and how: a hearing, a surrender, a joint team, the sharing of assets."""

    ARRANGEMENT_AGREED = "arrangement-agreed"
    PERSON_CONSENT = "person-consent"
    """A person consents, or does not, freely and informed (40(9)(a), 40(18), 38)."""

    SAFE_CONDUCT = "safe-conduct"
    """The State to which a person comes assures safe conduct (40(29)) or immunity (40(11))."""

    PRESENCE_ENDED = "presence-ended"
    """The person was told that presence is no longer required: 15 days run (40(29))."""

    HANDED_OVER = "handed-over"
    """A person, an object or property was handed over to the requesting State."""

    HANDED_BACK = "handed-back"


_SHARED: Final = {
    Step.WARNING: MessageKind.CONSULTATION,
    Step.AGREEMENT: MessageKind.ACCEPTANCE,
    Step.DECLINE: MessageKind.CONSULTATION,
    Step.EXTENSION_REFUSAL: MessageKind.REFUSAL,
    Step.EXECUTION: MessageKind.STATUS,
    Step.EMERGENCY_CONFIRMED: MessageKind.STATUS,
    Step.INFORMATION: MessageKind.PARTIAL_DISCLOSURE,
    Step.MEASURE_IN_FORCE: MessageKind.STATUS,
    Step.LIFTING_PROPOSED: MessageKind.CONSULTATION,
    Step.LIFTING_VIEWS: MessageKind.CONSULTATION,
    Step.MEASURE_LIFTED: MessageKind.STATUS,
    Step.ARRANGEMENT: MessageKind.CONSULTATION,
    Step.ARRANGEMENT_AGREED: MessageKind.ACCEPTANCE,
    Step.PERSON_CONSENT: MessageKind.STATUS,
    Step.SAFE_CONDUCT: MessageKind.STATUS,
    Step.PRESENCE_ENDED: MessageKind.STATUS,
    Step.HANDED_OVER: MessageKind.STATUS,
    Step.HANDED_BACK: MessageKind.STATUS,
}

MESSAGE_KIND: Final[Mapping[Step, MessageKind]] = MappingProxyType(
    {step: _SHARED[step] if step in _SHARED else MessageKind(step.value) for step in Step}
)
"""Which message a step travels in."""


class Track(StrEnum):
    """How far one side has gone by its own messages alone; the other side's do not move it."""

    SILENT = "silent"
    ASKING = "asking"
    WITHDRAWN = "withdrawn"
    ACKNOWLEDGED = "acknowledged"
    CONSULTING = "consulting"
    POSTPONED = "postponed"
    PRESERVING = "preserving"
    ENDED = "ended"
    EXECUTING = "executing"
    EXECUTED = "executed"
    REFUSED = "refused"
    GIVEN = "given"
    CALLED = "called"
    ANSWERED = "answered"
    MEASURED = "measured"
    LIFTING = "lifting"
    LIFTED = "lifted"
    HANDED_OVER = "handed-over"
    HANDED_BACK = "handed-back"


class State(StrEnum):
    """Where a case stands.  The first three are known to the asking State alone."""

    DRAFTED = "drafted"
    """A second officer has yet to approve it."""

    DISCARDED = "discarded"
    """It was never sent."""

    UNDELIVERED = "undelivered"
    """It was sent, and the other State's node refused to take it."""

    ASKED = "asked"
    UNDER_REVIEW = "under-review"
    RETURNED = "returned-for-information"
    """The requested State waits for an answer (40(16))."""

    CONSULTING = "consulting"
    CONDITIONS_PROPOSED = "conditions-proposed"
    POSTPONED = "postponed"
    PRESERVING = "preserving"
    ENDED = "ended"
    EXECUTING = "executing"
    EXECUTED = "executed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    GIVEN = "given"
    NOTED = "noted"
    CALLED = "called"
    ANSWERED = "answered"
    MEASURE_IN_FORCE = "measure-in-force"
    LIFTING_PROPOSED = "lifting-proposed"
    """The requesting State is heard before the measure is lifted (50(8))."""

    LIFTED = "lifted"
    HANDED_OVER = "handed-over"
    HANDED_BACK = "handed-back"


LOCAL: Final = frozenset({State.DRAFTED, State.DISCARDED, State.UNDELIVERED})
"""States that the other State knows nothing of."""
