"""What a node makes of its peers' answers, over a network that a test writes."""

import contextlib
import gc
import weakref

import pytest

import peer_world
from longbien.adapters.peer_client import PeerClient
from longbien.adapters.peer_sending import HandOver, Sent
from longbien.channel.message import Lane
from longbien.channel.transfer import Missing, encode_missing, missing_of
from longbien.desk.network import PeerCall, PeerReply
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused, Unavailable
from longbien.primitives.ids import StateCode

VN, TRANSFER = peer_world.VN, peer_world.TRANSFER
JSON, PROBLEM = "application/json", "application/problem+json"


class Network:
    """Answers what a test gave it, and keeps what was asked (port ``PeerNetwork``)."""

    def __init__(self, *replies: PeerReply) -> None:
        self.replies = list(replies)
        self.calls: list[PeerCall] = []

    def exchange(self, peer: StateCode, call: PeerCall) -> PeerReply:
        """Give the next answer."""
        assert peer == VN
        self.calls.append(call)
        return self.replies.pop(0)


def reply(body: bytes = b"{}", *, status: int = 200, media_type: str = JSON) -> PeerReply:
    """Return an answer."""
    return PeerReply(status=status, media_type=media_type, body=body)


def problem(status: int, code: str, **changes: object) -> PeerReply:
    """Return a refusal."""
    body = b'{"code":"%s"}' % code.encode()
    return PeerReply(**{"status": status, "media_type": PROBLEM, "body": body, **changes})


def test_a_message_is_posted_in_its_lane() -> None:
    """The body of the answer is returned as it came."""
    network = Network(reply(b'{"receipt":1}'))

    answer = PeerClient(network).post_message(VN, b"sealed", lane=Lane.URGENT)

    assert answer == b'{"receipt":1}'
    assert network.calls == [
        PeerCall(method="POST", path="/v1/messages", body=b"sealed", lane=Lane.URGENT)
    ]


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422, 500])
def test_a_refusal_carries_the_peers_code(status: int) -> None:
    """Refused: trying again does not help."""
    with pytest.raises(Refused) as error:
        PeerClient(Network(problem(status, "some.code"))).get_entry(VN)

    assert error.value.code == "peer.refused"
    assert error.value.facts == {"peer_code": "some.code", "status": status}


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_peer_may_be_tried_later(status: int) -> None:
    """Unavailable, with the time that the peer named."""
    network = Network(problem(status, "thread.gap", retry_after=7.0))

    with pytest.raises(Unavailable) as error:
        PeerClient(network).put_part(VN, TRANSFER, 3, b"part")

    assert (error.value.code, error.value.retry) == ("peer.try-later", True)
    assert error.value.facts == {"peer_code": "thread.gap", "retry_after": 7.0}
    assert network.calls[0].path == f"/v1/transfers/{TRANSFER}/parts/3"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(status=404), "peer.answer-form"),
        (reply(status=302), "peer.answer-form"),
        (reply(media_type="text/html"), "peer.answer-form"),
        (problem(400, ""), "peer.answer-problem"),
        (problem(400, "x" * 65), "peer.answer-problem"),
        (problem(400, "x", body=b"<html>"), "peer.answer-problem"),
        (problem(400, "x", body=b"[]"), "peer.answer-problem"),
        (problem(400, "x", body=b'{"code":7}'), "peer.answer-problem"),
        (problem(400, "x", body='{"code":"é"}'.encode()), "peer.answer-problem"),
    ],
)
def test_an_answer_without_sense_is_malformed(answer: PeerReply, code: str) -> None:
    """The peer broke the protocol."""
    with pytest.raises(Malformed) as error:
        PeerClient(Network(answer)).post_message(VN, b"x", lane=Lane.ORDINARY)
    assert error.value.code == code


def test_a_witness_answers_with_its_status() -> None:
    """409 and 422 are answers of C2SP, not failures; a problem document is one."""
    behind = reply(b"12\n", status=409, media_type="text/x.tlog.size")

    assert PeerClient(Network(behind)).post_witness(VN, b"note") == behind
    with pytest.raises(Unavailable):
        PeerClient(Network(problem(429, "peer.over-budget"))).post_witness(VN, b"note")


def test_ready_or_not() -> None:
    """A node that says no is not a failure; a refusal is one."""
    assert PeerClient(Network(reply())).get_ready(VN) is True
    assert PeerClient(Network(reply(status=503))).get_ready(VN) is False
    with pytest.raises(Refused):
        PeerClient(Network(problem(403, "peer.not-admitted"))).get_ready(VN)


def test_what_is_missing_is_asked_for_a_window() -> None:
    """In the channel's own form, both ways."""
    sealed = peer_world.parts(9).sealed
    missing = Missing(header=False, parts_list=False, ranges=((3, 4),), through=5)
    network = Network(reply(encode_missing(missing)))

    found = PeerClient(network).ask_missing(VN, TRANSFER, sealed, window=(2, 5))

    assert found == missing
    assert network.calls[0].body == b'{"first":2,"last":5}'


# --- a whole object ------------------------------------------------------------------------------


class Receiver:
    """A peer that takes parts, and tells of at most so many missing ones at a time."""

    def __init__(self, some: peer_world.MemoryParts, *, told: int = 100, forgets: int = 0) -> None:
        self.some, self.told, self.forgets = some, told, forgets
        self.header = self.parts_list = False
        self.kept: dict[int, bytes] = {}
        self.calls: list[str] = []

    def exchange(self, _peer: StateCode, call: PeerCall) -> PeerReply:
        """Do what the path says."""
        what = call.path.removeprefix(f"/v1/transfers/{TRANSFER}/")
        self.calls.append(what)
        if what == "missing":
            return reply(encode_missing(self._missing(call.body)))
        if what == "header":
            self.header = True
        elif what == "list":
            self.parts_list = Digest.of(call.body) == self.some.sealed.parts_list
        elif self.forgets:
            self.forgets -= 1
        else:
            self.kept[int(what.removeprefix("parts/"))] = bytes(call.body)
        return reply(status=204)

    def _missing(self, window: bytes) -> Missing:
        first = int(window.split(b":")[1].split(b",")[0]) if window else 0
        last = len(self.some.parts) - 1
        lacking = [index for index in range(first, last + 1) if index not in self.kept]
        told, rest = lacking[: self.told], lacking[self.told :]
        return missing_of(
            told,
            header=not self.header,
            parts_list=not self.parts_list,
            first=first,
            last=told[-1] if rest else last,
        )


def hand_over(receiver: Receiver, **changes: object) -> HandOver:
    """Return the sending of its object to it."""
    return HandOver(
        **{
            "client": PeerClient(receiver),
            "peer": VN,
            "transfer": TRANSFER,
            "sealed": receiver.some.sealed,
            "source": receiver.some,
            **changes,
        }
    )


def every_other(count: int, **changes: int) -> Receiver:
    """Return a receiver that has every second part, the header and the list."""
    some = peer_world.parts(count)
    made = Receiver(some, **changes)
    made.kept = {index: some.parts[index] for index in range(0, count, 2)}
    made.header = made.parts_list = True
    return made


def test_an_object_is_sent_once() -> None:
    """Header, list, every part one time, and the last question is answered with nothing."""
    some, told = peer_world.parts(7), []
    receiver = Receiver(some)

    sent = hand_over(receiver, progress=told.append).send()

    assert sent == Sent(parts=7, octets=7000)
    assert receiver.kept == dict(enumerate(some.parts))
    assert sorted(some.asked) == list(range(7))
    assert sorted(told) == [1000] * 7
    assert receiver.calls[:4] == ["missing", "header", "list", "missing"]
    assert receiver.calls[-1] == "missing"


def test_only_what_is_missing_is_sent() -> None:
    """The parts that are there are not even read."""
    receiver = every_other(9)

    assert hand_over(receiver).send() == Sent(parts=4, octets=4000)
    assert sorted(receiver.some.asked) == [1, 3, 5, 7]


def test_nothing_missing_is_nothing_sent() -> None:
    """One question."""
    receiver = every_other(1)

    assert hand_over(receiver).send() == Sent()
    assert receiver.calls == ["missing"]


@pytest.mark.parametrize("told", [1, 2, 3])
def test_a_receiver_that_tells_little_at_a_time_is_asked_again(told: int) -> None:
    """From the next part on, and once more from the beginning."""
    receiver = every_other(20, told=told)

    assert hand_over(receiver).send() == Sent(parts=10, octets=10_000)
    assert receiver.kept == dict(enumerate(receiver.some.parts))


def test_a_part_that_was_lost_is_sent_again() -> None:
    """The receiver has the last word on what it holds."""
    receiver = every_other(9, forgets=1)

    assert hand_over(receiver, connections=1).send().parts == 5


def test_a_receiver_that_keeps_nothing_is_left() -> None:
    """No endless sending."""
    receiver = every_other(5, forgets=1000)

    with pytest.raises(Unavailable) as error:
        hand_over(receiver).send()

    assert (error.value.code, error.value.retry) == ("peer.no-progress", True)
    assert len(receiver.calls) == 4


def test_a_failure_ends_all_connections() -> None:
    """The error comes out, and no further part is begun."""
    receiver = every_other(2000)

    class Broken(peer_world.MemoryParts):
        def part(self, index: int) -> bytes:
            self.asked.append(index)
            msg = "the vault's disk"
            raise OSError(msg)

    broken = Broken(head=b"", parts=receiver.some.parts)

    with pytest.raises(OSError, match="disk"):
        hand_over(receiver, source=broken, connections=3).send()

    assert len(broken.asked) <= 3


def test_a_cut_line_keeps_no_part_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was on its way is let go with the error, without waiting for the collector."""
    receiver = every_other(40)

    class Part(bytearray):
        """Bytes that can be watched."""

    alive: list[weakref.ref[Part]] = []

    class Watched(peer_world.MemoryParts):
        def part(self, index: int) -> bytearray:
            found = Part(self.parts[index])
            alive.append(weakref.ref(found))
            return found

    def cut(_peer: StateCode, call: PeerCall) -> PeerReply:
        if "/parts/" in call.path:
            raise Unavailable("peer.line-cut", "cut", retry=True)
        return answer(_peer, call)

    answer = receiver.exchange
    monkeypatch.setattr(receiver, "exchange", cut)
    source = Watched(head=b"", parts=receiver.some.parts)
    gc.disable()
    try:
        with contextlib.suppress(Unavailable):
            hand_over(receiver, source=source).send()
        held = [one() for one in alive]
    finally:
        gc.enable()
    assert held
    assert not any(one is not None for one in held)
