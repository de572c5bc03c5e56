"""Transport refusals as errors: the door turns them into problem+json, with these codes.

Nobody's signed word goes with them, so whoever sent the message keeps it and tries again:
``Unavailable`` soon, ``Refused`` too, but a person must mend something first.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from longbien.channel.rules import Refusal
from longbien.primitives.errors import LongBienError, Refused, Unavailable

_MAKERS: Final[Mapping[str, Callable[[], LongBienError]]] = MappingProxyType(
    {
        "message.other-state": lambda: Refused(
            "message.other-state", "the sender is not of the State whose certificate was shown"
        ),
        "message.other-recipient": lambda: Refused(
            "message.other-recipient", "the message is for an authority that is not served here"
        ),
        "message.not-signed": lambda: Refused(
            "message.not-signed",
            "the message does not bear both signatures, by keys that the directory held valid for "
            "its sender when it was made",
        ),
        "message.key-revoked": lambda: Refused(
            "message.key-revoked", "the key that signed the message is revoked: sign it anew"
        ),
        "message.exercise": lambda: Refused(
            "message.exercise", "an exercise never enters a real node, nor the other way round"
        ),
        "message.protocol-downgrade": lambda: Refused(
            "message.protocol-downgrade", "this State has spoken a newer protocol before"
        ),
        "message.suite-unknown": lambda: Refused(
            "message.suite-unknown", "this node does not know the message's suite"
        ),
        "message.suite-downgrade": lambda: Refused(
            "message.suite-downgrade", "this State has used a stronger suite before"
        ),
        "message.lane-mismatch": lambda: Refused(
            "message.lane-mismatch", "the message was posted in another lane than it is signed for"
        ),
        "message.id-reused": lambda: Refused(
            "message.id-reused", "the id of the message belongs to another envelope"
        ),
        "thread.number-reused": lambda: Refused(
            "thread.number-reused", "another message had this number in the thread"
        ),
        "thread.gap": lambda: Unavailable(
            "thread.gap", "a message before this one is missing: post it first", retry=True
        ),
        "clock.apart": lambda: Unavailable(
            "clock.apart",
            "our clocks differ by more than four hours: one of them must be mended",
            retry=True,
        ),
        "message.from-future": lambda: Unavailable(
            "message.from-future", "the message is dated more than four hours ahead", retry=True
        ),
    }
)


def error_of(refusal: Refusal) -> LongBienError:
    """Return the error that tells a peer of a transport refusal.

    ValueError: a judged refusal is told by a signed receipt and by nothing else.
    """
    if refusal.is_judged:
        msg = f"{refusal.code} is told by a receipt"
        raise ValueError(msg)
    return _MAKERS[refusal.code]()
