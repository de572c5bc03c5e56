"""Chores: how many failures stand against a chore when an attempt has failed."""

from unittest.mock import Mock

import pytest

from longbien.adapters.peer_sending import HandOver, Sent
from longbien.casework.case import ChoreKind
from longbien.desk import work
from longbien.desk.ports import LeasedChore, NewChore
from longbien.node.worker.chores import Chores
from longbien.primitives.errors import Malformed, Unavailable
from longbien.primitives.ids import CaseId
from longbien.primitives.instants import Instant

NOW = Instant.parse("2026-11-01T12:00:00Z")
ONE = "00000000-0000-4000-8000-000000000001"
PART = 2**23


def test_a_push_that_carries_something_does_not_wait_for_the_cuts_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Failures are counted from cut to cut, and anew when a part has got through."""
    parts, counted = [0], [0]

    def carry(handing: HandOver) -> Sent:
        for _ in range(parts[-1]):
            handing.progress(PART)
        raise Unavailable("peer.line-cut", "the line was cut", retry=True)

    monkeypatch.setattr(HandOver, "send", carry)
    for name in ("get_push", "get_case"):  # what is sent plays no part here
        monkeypatch.setattr(work, name, lambda *_: Mock())
    office = Mock(clock=lambda: NOW, random_bytes=bytes)
    office.queue.postpone = lambda _leased, *, failed, **_: counted.append(failed)
    chores = Chores(node=Mock(office=office), client=Mock())
    chore = NewChore(kind=ChoreKind.PUSH, case=CaseId(ONE), subject=ONE, not_before=NOW)

    for carried in (0, 0, 0, 2, 0, 0, 1, 1, 0):
        parts.append(carried)
        leased = LeasedChore(id=1, fence=1, attempts=counted[-1] + 1, until=NOW, chore=chore)
        assert not chores.do(leased)

    assert counted[1:] == [1, 2, 3, 1, 2, 3, 1, 1, 2]


def test_an_answer_that_breaks_the_protocol_is_told_with_its_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a receiving State answers to a push is counted to it; a line that was cut is not."""
    errors = [
        Malformed("transfer.missing-form", "no such parts"),
        Unavailable("peer.line-cut", "the line was cut", retry=True),
    ]

    def carry(_: HandOver) -> Sent:
        raise errors.pop(0)

    told: list[tuple[object, str]] = []
    found = Mock()
    monkeypatch.setattr(HandOver, "send", carry)
    for name in ("get_push", "get_case"):
        monkeypatch.setattr(work, name, lambda *_: found)
    office = Mock(clock=lambda: NOW, random_bytes=bytes)
    chores = Chores(
        node=Mock(office=office), client=Mock(), refused=lambda *what: told.append(what)
    )
    chore = NewChore(kind=ChoreKind.PUSH, case=CaseId(ONE), subject=ONE, not_before=NOW)
    for _ in range(2):
        leased = LeasedChore(id=1, fence=1, attempts=1, until=NOW, chore=chore)
        assert not chores.do(leased)

    assert told == [(found.peer.state, "transfer.missing-form")]
