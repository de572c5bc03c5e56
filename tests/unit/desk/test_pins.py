"""What a peer has shown to speak, for the store."""

from longbien.channel.pins import PeerPins, SchemaPin
from longbien.desk.pins import encode_pins, merge_pins, parse_pins
from longbien.primitives.instants import Instant

THEN = Instant.parse("2026-11-21T09:30:00Z")
LATER = Instant.parse("2026-11-21T09:31:00.5Z")


def pin(name: str, version: int, since: Instant = THEN) -> SchemaPin:
    """Return a pin."""
    return SchemaPin(name=name, version=version, since=since)


def test_the_higher_of_both_stays_in_every_respect() -> None:
    """Whoever was quicker: nothing goes down."""
    one = PeerPins(protocol=1, suite="LB2", schemas=(pin("a", 3), pin("b", 1)))
    other = PeerPins(protocol=2, suite="LB1", schemas=(pin("a", 2, LATER), pin("c", 1)))
    merged = PeerPins(protocol=2, suite="LB2", schemas=(pin("a", 3), pin("b", 1), pin("c", 1)))

    assert merge_pins(one, other) == merged
    assert merge_pins(other, one) == merged
    assert merge_pins(merged, one) == merged


def test_a_pin_that_was_raised_replaces_the_old_one() -> None:
    """With its time."""
    one = PeerPins(schemas=(pin("a", 1),))
    other = PeerPins(schemas=(pin("a", 2, LATER),))

    assert merge_pins(one, other).schemas == (pin("a", 2, LATER),)


def test_the_first_of_two_equal_pins_stays() -> None:
    """Since when it is known does not move."""
    one = PeerPins(schemas=(pin("a", 1),))

    assert merge_pins(one, PeerPins(schemas=(pin("a", 1, LATER),))) == one


def test_pins_are_read_as_they_were_written() -> None:
    """Encode and parse are inverse."""
    pins = PeerPins(protocol=3, suite="LB2", schemas=(pin("a", 3), pin("b", 1, LATER)))

    assert parse_pins(encode_pins(pins)) == pins
    assert encode_pins(PeerPins()) == b'{"protocol":1,"schemas":[],"suite":"LB1"}'
