import pytest
from attrs import evolve

from channel_world import after, message_of
from longbien.channel.pins import (
    MAX_SCHEMAS,
    PeerPins,
    PinDecision,
    SchemaPin,
    decide_schema,
    decide_versions,
    suite_rank,
)
from longbien.primitives.errors import Malformed

NAME = "longbien:preservation.request"


def at_version(version: int, *, made: float = 0) -> PinDecision:
    """Decide on a message of that schema version, seen by pins at version 3 since second 60."""
    pins = PeerPins(schemas=(SchemaPin(name=NAME, version=3, since=after(60)),))
    return decide_schema(pins, message_of(schema=f"{NAME}/{version}", created_at=after(made)))


def test_the_pinned_protocol_and_suite_are_accepted() -> None:
    """What a peer has always spoken changes nothing."""
    assert decide_versions(PeerPins(), message_of()) == PinDecision(pins=PeerPins())


def test_an_older_protocol_is_refused() -> None:
    """A peer that once spoke a newer protocol is not believed in an older one."""
    pins = PeerPins(protocol=2)

    assert decide_versions(pins, message_of()) == PinDecision(
        code="message.protocol-downgrade", pins=pins
    )


def test_an_unknown_suite_is_refused() -> None:
    """A suite that this node cannot verify is refused, however strong it may be."""
    assert decide_versions(PeerPins(), message_of(suite="LB2")).code == "message.suite-unknown"


def test_a_weaker_suite_is_refused() -> None:
    """A suite below the pinned one is refused."""
    pins = PeerPins(suite="LB2")

    assert decide_versions(pins, message_of()) == PinDecision(
        code="message.suite-downgrade", pins=pins
    )


def test_the_minimum_of_the_directory_raises_pins() -> None:
    """The entry's minimum raises both, and lowers neither."""
    assert PeerPins().raised_to(protocol=2, suite="LB3") == PeerPins(protocol=2, suite="LB3")
    high = PeerPins(protocol=5, suite="LB10")
    assert high.raised_to(protocol=1, suite="LB9") == high


def test_suites_are_ranked_by_their_number() -> None:
    """LB10 is stronger than LB9; what has no number has no rank."""
    assert suite_rank("LB10") > suite_rank("LB9")
    for text in ("LB0", "LB", "XX1", "LB1000", "LB1 "):
        with pytest.raises(Malformed) as caught:
            suite_rank(text)
        assert caught.value.code == "suite.form"


def test_a_new_schema_is_pinned() -> None:
    """The first version of a schema is remembered with its date."""
    decision = decide_schema(PeerPins(), message_of())

    assert decision == PinDecision(
        pins=PeerPins(schemas=(SchemaPin(name=NAME, version=1, since=after(0)),))
    )


def test_a_higher_schema_raises_the_pin() -> None:
    """The others stay as they are."""
    other = SchemaPin(name="longbien:other", version=7, since=after(0))
    pins = PeerPins(schemas=(SchemaPin(name=NAME, version=3, since=after(0)), other))

    decision = decide_schema(pins, message_of(schema=f"{NAME}/4", created_at=after(9)))

    assert decision.code == ""
    assert decision.pins.find_schema(NAME) == SchemaPin(name=NAME, version=4, since=after(9))
    assert decision.pins.find_schema("longbien:other") == other
    assert len(decision.pins.schemas) == 2


def test_the_pinned_schema_is_accepted() -> None:
    """The same version changes nothing, not even the date."""
    decision = at_version(3, made=120)

    assert decision.code == ""
    assert decision.pins.find_schema(NAME) == SchemaPin(name=NAME, version=3, since=after(60))


def test_an_older_schema_is_refused() -> None:
    """Made at or after the newer one, an older version is a downgrade."""
    assert at_version(2, made=60).code == "message.schema-downgrade"
    assert at_version(2, made=120).code == "message.schema-downgrade"


def test_what_waited_in_the_outbox_may_be_older() -> None:
    """A message that was made before the newer version is not lost to an upgrade."""
    decision = at_version(2, made=59)

    assert decision.code == ""
    assert decision.pins.find_schema(NAME) == SchemaPin(name=NAME, version=3, since=after(60))


def test_pins_do_not_grow_for_ever() -> None:
    """A peer that invents schema names is stopped; known ones still pass."""
    many = tuple(
        SchemaPin(name=f"longbien:x{n}", version=1, since=after(0)) for n in range(MAX_SCHEMAS)
    )
    full = PeerPins(schemas=many)

    assert decide_schema(full, message_of()).code == "message.schema-flood"
    assert decide_schema(full, message_of(schema="longbien:x7/2")).code == ""
    assert decide_schema(evolve(full, schemas=many[1:]), message_of()).code == ""
