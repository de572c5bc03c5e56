"""Figures over hostile acts: how many are refused, how soon a split view is found, who waits."""

import threading
from collections import Counter
from collections.abc import Iterable
from unittest import mock

from attrs import evolve, frozen

from hostile.acts import ACTS
from hostile.ledgers import checkpoint, recorded
from hostile.registry import Act
from hostile.stage import Identities, Stage
from hostile.trial import run
from longbien.adapters.peer_budgets import PeerLimits
from longbien.channel.message import Lane
from longbien.desk.gossip import tell
from longbien.exercise.forge import frame_of
from longbien.node.peer_door import PeerDoor
from longbien.primitives.canonical import Json
from longbien.primitives.ids import StateCode

_LINES = 10
_PATIENCE = 30.0  # seconds: longer than anything takes; nothing is measured by it


def results(
    identities: Identities,
    *,
    acts: Iterable[Act] = tuple(ACTS.values()),
    flood: float | None = None,
) -> dict[str, Json]:
    """Run acts; return what an assurance run publishes."""
    trials = [run(act, identities) for act in acts]
    by_threat = Counter(one.act.threat for one in trials)
    return {
        "acts": len(trials),
        "acts_by_threat": dict(sorted(by_threat.items(), key=lambda one: int(one[0][1:]))),
        "flood_ratio": flood,
        "refused": sum(not one.faults for one in trials),
        "split_view_exchanges": split_view_exchanges(identities),
    }


def split_view_exchanges(identities: Identities) -> int:
    """Return in how many exchanges a ledger with two histories is found, and proved."""
    stage = Stage(identities)
    try:
        size, count = recorded(stage), 0
        while not list(stage.vn.machine.witnessings.evidence()):
            told = tell(stage.my.office, stage.vn.state.code)
            forged = evolve(told, checkpoint=checkpoint(stage, size))
            stage.send(stage.message(), gossip=forged)
            count += 1
        return count
    finally:
        stage.close()


@frozen(kw_only=True)
class Passed:
    """What was going on when an urgent request went through."""

    worked_on: int
    """Requests of the flooding State that were being worked on."""

    waiting: int
    """Requests of it that waited for a place."""

    places_per_peer: int
    is_served: bool


def passed_while_flooded(identities: Identities) -> Passed:
    """Hold all the work of a State that floods, and let another one ask for something urgent."""
    stage = Stage(identities)
    held, go_on, count = threading.Semaphore(0), threading.Event(), Counter[str]()
    receive = PeerDoor.receive_message

    def slow(door: PeerDoor, peer: StateCode, lane: Lane, sealed: bytes) -> bytes:
        if peer.text == "MY":
            count["worked on"] += 1
            held.release()
            go_on.wait(_PATIENCE)
        return receive(door, peer, lane, sealed)

    frames = [
        frame_of(stage.my, stage.vn, stage.message(lane=Lane.ORDINARY)) for _ in range(_LINES)
    ]
    threads = [
        threading.Thread(target=stage.post, args=(one, Lane.ORDINARY), kwargs={"code": "MY"})
        for one in frames
    ]
    places = PeerLimits().places_per_peer
    try:
        with mock.patch.object(PeerDoor, "receive_message", slow):
            for one in threads:
                one.start()
            for _ in range(places):
                assert held.acquire(timeout=_PATIENCE)
            served = not stage.honest_request()
            found = Passed(
                worked_on=count["worked on"],
                waiting=_LINES - count["worked on"],
                places_per_peer=places,
                is_served=served,
            )
            go_on.set()
            for one in threads:
                one.join(_PATIENCE)
        return found
    finally:
        go_on.set()
        stage.close()
