"""What a peer has shown to speak, as bytes for the store, and how two findings become one."""

from typing import Any, cast

from longbien.channel.pins import PeerPins, SchemaPin, suite_rank
from longbien.primitives.canonical import encode_json, parse_canonical
from longbien.primitives.instants import Instant


def merge_pins(first: PeerPins, second: PeerPins) -> PeerPins:
    """Return the higher of both in every respect: pins never go down, whoever was quicker."""
    pins = {pin.name: pin for pin in first.schemas}
    for pin in second.schemas:
        held = pins.get(pin.name)
        if held is None or held.version < pin.version:
            pins[pin.name] = pin
    return PeerPins(
        protocol=max(first.protocol, second.protocol),
        suite=max(first.suite, second.suite, key=suite_rank),
        schemas=tuple(pins[name] for name in sorted(pins)),
    )


def encode_pins(pins: PeerPins) -> bytes:
    """Write pins for the store."""
    return encode_json(
        {
            "protocol": pins.protocol,
            "schemas": [[pin.name, pin.version, str(pin.since)] for pin in pins.schemas],
            "suite": pins.suite,
        }
    )


def parse_pins(data: bytes) -> PeerPins:
    """Read what ``encode_pins`` has written: our own bytes, so another form is a bug."""
    value = cast("dict[str, Any]", parse_canonical(data))
    return PeerPins(
        protocol=value["protocol"],
        suite=value["suite"],
        schemas=tuple(
            SchemaPin(name=name, version=version, since=Instant.parse(since))
            for name, version, since in value["schemas"]
        ),
    )
