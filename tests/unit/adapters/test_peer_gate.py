"""The gate: who waits is called in order, and nobody waits for ever."""

import threading

import pytest

from longbien.adapters.peer_budgets import PeerLimits, Traffic
from longbien.adapters.peer_gate import Gate
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import StateCode

VN, IL = StateCode("VN"), StateCode("IL")


def gate(**changes: object) -> Gate:
    """Return a gate with one place."""
    ceilings = dict.fromkeys(Traffic, 1)
    return Gate(PeerLimits(**{"ceilings": ceilings, "wait_seconds": 30.0, **changes}))


def test_a_free_place_is_taken_at_once() -> None:
    """And given back at the end of the block, also after an error."""
    made = gate()

    def fail() -> None:
        with made.place(VN, Traffic.BULK):
            assert made._places.taken == 1
            msg = "work"
            raise ValueError(msg)

    with pytest.raises(ValueError, match="work"):
        fail()

    assert made._places.taken == 0


def test_who_waits_too_long_is_told_to_come_again() -> None:
    """With the code and a time; the place was not taken."""
    made = gate(wait_seconds=0.01)

    with made.place(VN, Traffic.URGENT):
        with pytest.raises(Unavailable) as error:
            made.enter(IL, Traffic.URGENT)
        assert made._waiting == {}

    assert (error.value.code, error.value.retry) == ("peer.busy", True)
    assert error.value.facts["retry_after"] == 5
    assert made._places.taken == 0


def test_the_urgent_one_is_called_first() -> None:
    """Though it came last."""
    made, order = gate(), []

    def work(traffic: Traffic) -> None:
        with made.place(VN, traffic):
            order.append(traffic)

    made.enter(IL, Traffic.BULK)
    threads = []
    for traffic in (Traffic.BULK, Traffic.ORDINARY, Traffic.URGENT):
        thread = threading.Thread(target=work, args=(traffic,))
        thread.start()
        threads.append(thread)
        while len(made._waiting) < len(threads):  # until it really waits
            pass
    made.leave(IL, Traffic.BULK)
    for thread in threads:
        thread.join()

    assert order == [Traffic.URGENT, Traffic.ORDINARY, Traffic.BULK]
    assert made._places.taken == 0


def test_a_call_in_the_last_moment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ended and the place was given at the same time: it is taken, not lost."""
    made = gate()
    made.enter(IL, Traffic.BULK)

    class Late(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            del timeout
            made.leave(IL, Traffic.BULK)
            return False

    monkeypatch.setattr("longbien.adapters.peer_gate.threading.Event", Late)

    made.enter(VN, Traffic.BULK)

    assert made._places.taken == 1
    assert made._waiting == {}
