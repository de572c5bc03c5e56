from datetime import timedelta

import pytest
from attrs import evolve

from channel_world import (
    BOOK,
    DOOR,
    IL,
    IL_POINT,
    VN,
    after,
    gossip_of,
    judge,
    message_of,
    opened_of,
    signed_of,
)
from longbien.channel.message import Lane, MessageKind
from longbien.channel.pins import PeerPins, SchemaPin
from longbien.channel.refusals import error_of
from longbien.channel.rules import (
    LANES,
    SKEW_REFUSED,
    Admitted,
    Known,
    Refusal,
    Repeated,
    clock_flags,
    lane_for,
)
from longbien.directory.entry import RevocationReason, StateEntry
from longbien.exercise.states import NOW, make_book
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import AuthorityId
from longbien.primitives.instants import Instant

PINNED = PeerPins(schemas=(SchemaPin(name="longbien:preservation.request", version=1, since=NOW),))


def revoked(at: Instant) -> StateEntry:
    """Return IL's next entry, in which the contact point's key is revoked."""

    def change(entry: StateEntry) -> StateEntry:
        authorities = tuple(
            evolve(
                one,
                signing_keys=tuple(
                    evolve(key, revoked_at=at, reason=RevocationReason.KEY_COMPROMISE)
                    for key in one.signing_keys
                ),
            )
            for one in entry.authorities
        )
        return evolve(entry, authorities=authorities)

    return IL.renewed(change)


def transport(code: str) -> Refusal:
    """Return a refusal without a signed word."""
    return Refusal(code=code, is_judged=False)


def judged(code: str) -> Refusal:
    """Return a refusal with a signed receipt."""
    return Refusal(code=code, is_judged=True)


def test_a_good_message_is_admitted() -> None:
    """Nothing speaks against it, and its schema is pinned."""
    assert judge() == Admitted(pins=PINNED)


def test_the_sender_is_of_the_state_that_was_seen() -> None:
    """A certificate of one State carries no message of another."""
    assert judge(peer=VN.code) == transport("message.other-state")


def test_the_recipient_is_served_here() -> None:
    """A message for an authority of somebody else is not taken in."""
    message = message_of(recipient=AuthorityId("VN/unknown"))

    assert judge(opened_of(message)) == transport("message.other-recipient")


def test_every_authority_of_the_node_is_served() -> None:
    """A node serves all authorities of its State."""
    message = message_of(recipient=AuthorityId("VN/central-authority"))

    assert judge(opened_of(message)) == Admitted(pins=PINNED)


def test_a_copy_is_repeated_whatever_has_happened_since() -> None:
    """Expired, from a revoked key, under newer pins, in another lane: the copy gets its receipt."""
    opened = opened_of()
    known = Known(sha256=opened.sha256, received=4)

    assert judge(opened, known=known) == Repeated()
    assert (
        judge(
            opened,
            known=known,
            at=NOW.plus(timedelta(days=400)),
            pins=PeerPins(protocol=9),
            lane=Lane.URGENT,
            book=make_book(),
        )
        == Repeated()
    )


def test_a_copy_from_another_state_is_not_repeated() -> None:
    """Nobody gets a receipt that is another State's."""
    opened = opened_of()

    assert judge(opened, known=Known(sha256=opened.sha256), peer=VN.code) == transport(
        "message.other-state"
    )


def test_another_authority_cannot_sign() -> None:
    """A key of the same State's other authority is not the sender's."""
    other = IL.offices["central-authority"].signers

    assert judge(opened_of(signed=signed_of(message_of(), other))) == transport(
        "message.not-signed"
    )


def test_a_key_counts_within_its_time() -> None:
    """The key must be good when the message was made, not when it arrives."""
    late, later = NOW.plus(timedelta(days=29)), NOW.plus(timedelta(days=40))
    made_late = message_of(created_at=late, expires_at=later)
    in_time = message_of(created_at=after(-60), expires_at=later)
    gossip = gossip_of(at=late)

    assert judge(opened_of(made_late, gossip=gossip), at=late) == transport("message.not-signed")
    assert isinstance(judge(opened_of(in_time, gossip=gossip), at=late), Admitted)


def test_a_revoked_key_opens_nothing_more() -> None:
    """A thief can date a message back: what is first seen after the revocation is refused."""
    book = make_book(revoked(after(600)), VN, now=after(3600))
    opened = opened_of(gossip=gossip_of(at=after(600)))

    assert judge(opened, book=book, at=after(600)) == transport("message.key-revoked")
    assert isinstance(judge(opened, book=book, at=after(599)), Admitted)


@pytest.mark.parametrize("is_exercise", [True, False])
def test_exercises_and_real_messages_never_meet(*, is_exercise: bool) -> None:
    """Neither enters a node of the other kind."""
    opened = opened_of(message_of(exercise=is_exercise))

    assert judge(opened, door=evolve(DOOR, exercise=not is_exercise)) == transport(
        "message.exercise"
    )
    assert isinstance(judge(opened, door=evolve(DOOR, exercise=is_exercise)), Admitted)


def test_versions_are_judged_before_anything_is_signed() -> None:
    """A downgrade gets no signed word."""
    assert judge(pins=PeerPins(protocol=2)) == transport("message.protocol-downgrade")
    assert judge(pins=PeerPins(suite="LB2")) == transport("message.suite-downgrade")
    assert judge(opened_of(message_of(suite="LB2"))) == transport("message.suite-unknown")


def test_the_posted_lane_is_the_signed_one() -> None:
    """Nobody jumps the queue by a header."""
    assert judge(lane=Lane.URGENT) == transport("message.lane-mismatch")


@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_far_apart_take_nothing_in(sign: int) -> None:
    """Up to four hours are flagged; beyond, nothing is taken in until a clock is mended."""
    edge = timedelta(hours=4)
    beyond = edge + timedelta(microseconds=1)

    assert edge == SKEW_REFUSED
    assert judge(opened_of(gossip=gossip_of(at=NOW.plus(sign * edge)))) == Admitted(
        pins=PINNED, flags=("clock.skew",)
    )
    assert judge(opened_of(gossip=gossip_of(at=NOW.plus(sign * beyond)))) == transport(
        "clock.apart"
    )


def test_a_message_from_tomorrow_waits() -> None:
    """Dated more than four hours ahead it is not taken in, though the clocks agree."""
    at_edge = message_of(created_at=after(4 * 3600))
    beyond = message_of(created_at=NOW.plus(timedelta(hours=4, microseconds=1)))

    assert judge(opened_of(at_edge)).flags == ("clock.skew",)
    assert judge(opened_of(beyond)) == transport("message.from-future")


def test_small_differences_of_clocks_are_not_mentioned() -> None:
    """Up to 120 seconds either way are normal, and a message may be old."""
    assert clock_flags(opened_of(gossip=gossip_of(at=after(120))), now=NOW) == ()
    assert clock_flags(opened_of(gossip=gossip_of(at=after(-120))), now=NOW) == ()
    assert clock_flags(opened_of(gossip=gossip_of(at=after(121))), now=NOW) == ("clock.skew",)
    assert clock_flags(opened_of(gossip=gossip_of(at=after(-121))), now=NOW) == ("clock.skew",)
    ahead = opened_of(message_of(created_at=after(121)))
    assert clock_flags(ahead, now=NOW) == ("clock.skew",)
    old = opened_of(message_of(created_at=after(-86400)))
    assert clock_flags(old, now=NOW) == ()


def test_an_id_belongs_to_one_envelope() -> None:
    """The same id over other bytes is refused, and both are evidence."""
    expected = Refusal(code="message.id-reused", is_judged=False, is_evidence=True)

    assert judge(known=Known(sha256=Digest.of(b"first"), received=1)) == expected


def test_a_number_belongs_to_one_message() -> None:
    """A used number under a new id is refused, and kept as evidence."""
    expected = Refusal(code="thread.number-reused", is_judged=False, is_evidence=True)

    assert judge(known=Known(received=1)) == expected


def test_a_gap_waits_for_the_missing_one() -> None:
    """The next number is told; nothing is remembered."""
    assert judge(opened_of(message_of(3)), known=Known(received=1)) == Refusal(
        code="thread.gap", is_judged=False, facts=(("expected", "2"),)
    )
    assert isinstance(judge(opened_of(message_of(3)), known=Known(received=2)), Admitted)


@pytest.mark.parametrize(
    ("lifetime", "is_good"),
    [
        (timedelta(0), False),
        (timedelta(microseconds=1), True),
        (timedelta(days=366), True),
        (timedelta(days=366, microseconds=1), False),
    ],
)
def test_a_message_lives_for_a_bounded_time(*, lifetime: timedelta, is_good: bool) -> None:
    """It ends after it was made, and within 366 days."""
    message = message_of(created_at=after(0), expires_at=NOW.plus(lifetime))
    found = judge(opened_of(message))

    assert found == (Admitted(pins=PINNED) if is_good else judged("message.lifetime"))


def test_an_expired_message_is_refused_with_a_receipt() -> None:
    """At the very instant of its expiry it is overtaken by time."""
    message = message_of(created_at=after(-100), expires_at=NOW)

    assert judge(opened_of(message)) == judged("message.expired")


@pytest.mark.parametrize("kind", MessageKind)
def test_urgent_is_a_right_of_some_kinds(kind: MessageKind) -> None:
    """Book-keeping wakes nobody."""
    calm = {
        MessageKind.EVIDENCE_VERIFIED,
        MessageKind.FURTHER_USE_REQUEST,
        MessageKind.FURTHER_USE_CONSENT,
        MessageKind.EXCULPATORY_USE,
        MessageKind.DESTRUCTION_CERTIFIED,
        MessageKind.STATUS,
    }
    found = judge(opened_of(message_of(kind=kind, lane=Lane.URGENT)))

    if kind in calm:
        assert found == judged("message.lane-not-allowed")
        assert lane_for(kind, Lane.URGENT) is Lane.PRESERVATION
    else:
        assert isinstance(found, Admitted)
        assert lane_for(kind, Lane.URGENT) is Lane.URGENT
    assert LANES[kind] >= {Lane.PRESERVATION, Lane.ORDINARY}
    assert lane_for(kind, Lane.ORDINARY) is Lane.ORDINARY


def test_an_older_schema_is_refused_with_a_receipt() -> None:
    """The sender learns it for good and sends a new message."""
    pins = PeerPins(
        schemas=(SchemaPin(name="longbien:preservation.request", version=2, since=after(-9)),)
    )

    assert judge(pins=pins) == judged("message.schema-downgrade")


def test_flags_go_with_judged_refusals() -> None:
    """A clock that is off is told even where the message is refused."""
    message = message_of(created_at=after(-100), expires_at=NOW)
    opened = opened_of(message, gossip=gossip_of(at=after(300)))

    assert judge(opened) == Refusal(code="message.expired", is_judged=True, flags=("clock.skew",))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("message.other-state", Refused),
        ("message.other-recipient", Refused),
        ("message.not-signed", Refused),
        ("message.key-revoked", Refused),
        ("message.exercise", Refused),
        ("message.protocol-downgrade", Refused),
        ("message.suite-unknown", Refused),
        ("message.suite-downgrade", Refused),
        ("message.lane-mismatch", Refused),
        ("message.id-reused", Refused),
        ("thread.number-reused", Refused),
        ("thread.gap", Unavailable),
        ("clock.apart", Unavailable),
        ("message.from-future", Unavailable),
    ],
)
def test_every_transport_refusal_has_its_error(code: str, kind: type[Exception]) -> None:
    """The door finds an error with the same code; what may pass by itself can be tried again."""
    error = error_of(transport(code))

    assert type(error) is kind
    assert error.code == code
    assert getattr(error, "retry", None) is (True if kind is Unavailable else None)


def test_a_judged_refusal_is_no_error() -> None:
    """It is told by a signed receipt alone."""
    with pytest.raises(ValueError, match="told by a receipt"):
        error_of(judged("message.expired"))


def test_the_book_satisfies_the_port() -> None:
    """The directory answers both questions of the rules."""
    pair = IL.contact_point.signers.public

    assert BOOK.find_signing_keys(IL_POINT, NOW) == (pair,)
    terms = BOOK.find_signer(pair.ids[0])
    assert terms is not None
    assert terms.revoked_at is None
