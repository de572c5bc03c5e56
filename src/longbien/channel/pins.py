"""Versions that were seen of a peer: they only go up.

A peer that once spoke a newer version and now offers an older one was restored, replaced or is
being impersonated; none of that is accepted in silence.
"""

import re
from typing import Final

from attrs import evolve, frozen

from longbien.channel.message import PROTOCOL, SUITE, Message
from longbien.channel.wire import schema_of
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant

SUITES: Final = frozenset({SUITE})
"""The suites that this node can verify.  There is none that signs or seals nothing."""

MAX_SCHEMAS: Final = 256  # pinned names of one peer; ours are some 100

_SUITE = re.compile(r"LB([1-9][0-9]{0,2})", re.ASCII)


@frozen(kw_only=True)
class SchemaPin:
    """The highest version of one schema that a peer has sent."""

    name: str
    version: int

    since: Instant
    """When the message that raised it was made: what the peer made before may be older."""


@frozen(kw_only=True)
class PeerPins:
    """What one State has shown to speak.  A new peer starts at the minimum of its entry."""

    protocol: int = PROTOCOL
    suite: str = SUITE
    schemas: tuple[SchemaPin, ...] = ()

    def find_schema(self, name: str) -> SchemaPin | None:
        """Return the pin of a schema."""
        return next((pin for pin in self.schemas if pin.name == name), None)

    def raised_to(self, *, protocol: int, suite: str) -> "PeerPins":
        """Return the pins, at least as high as the minimum in the peer's directory entry.

        Raises Malformed ``suite.form``.
        """
        higher = suite if suite_rank(suite) > suite_rank(self.suite) else self.suite
        return evolve(self, protocol=max(protocol, self.protocol), suite=higher)


def suite_rank(suite: str) -> int:
    """Return the strength of a suite, higher is never weaker.  Raises Malformed ``suite.form``."""
    found = _SUITE.fullmatch(suite)
    if not found:
        raise Malformed("suite.form", "a suite is written LB and a number")
    return int(found.group(1))


@frozen(kw_only=True)
class PinDecision:
    """What a message does to the pins: it is refused with a code, or it may raise them."""

    code: str = ""
    """Empty: nothing speaks against it."""

    pins: PeerPins


def decide_versions(pins: PeerPins, message: Message) -> PinDecision:
    """Judge protocol and suite: with these wrong no word of the message can be relied on.

    ``message.protocol-downgrade``, ``message.suite-unknown``, ``message.suite-downgrade``.
    """
    if message.protocol < pins.protocol:
        return PinDecision(code="message.protocol-downgrade", pins=pins)
    if message.suite not in SUITES:
        return PinDecision(code="message.suite-unknown", pins=pins)
    if suite_rank(message.suite) < suite_rank(pins.suite):
        return PinDecision(code="message.suite-downgrade", pins=pins)
    return PinDecision(pins=pins.raised_to(protocol=message.protocol, suite=message.suite))


def decide_schema(pins: PeerPins, message: Message) -> PinDecision:
    """Judge the version of the content, and raise the pin where it is new.

    ``message.schema-downgrade``: older than the peer's newest, and not made before that one;
    ``message.schema-flood``: more names than anybody has, so the pins would grow for ever.
    """
    name, version = schema_of(message.schema)
    pin = pins.find_schema(name)
    if pin is None:
        if len(pins.schemas) >= MAX_SCHEMAS:
            return PinDecision(code="message.schema-flood", pins=pins)
    elif version == pin.version:
        return PinDecision(pins=pins)
    elif version < pin.version:
        is_older = message.created_at < pin.since
        return PinDecision(code="" if is_older else "message.schema-downgrade", pins=pins)
    new = SchemaPin(name=name, version=version, since=message.created_at)
    others = tuple(one for one in pins.schemas if one.name != name)
    return PinDecision(pins=evolve(pins, schemas=(*others, new)))
