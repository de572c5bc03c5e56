"""A day of two nodes in one process, from the first request to the verified package.

Each call of an officer has its idempotency key, so that the same day may be told again after
whatever has happened: what was acknowledged is then answered as a repetition, all else takes
effect for the first time, and the day ends as it always does.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import shake_256
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from api_world import ASK, Answer, Door, Pair, join_pair, make_nodes
from fire_talk import Judgment, Side, judge, side_of
from longbien.exercise.safeguard_records import RECORD, WHY
from longbien.node.checking import check_node
from longbien.node.running import now
from longbien.primitives.ids import CaseId

OFFICERS: Final = {"IL": ("dana", "omar"), "VN": ("linh", "minh")}
TOKENS: Final = "tokens.json"
PACKAGE: Final = "5f0c3c9e-7f60-4d8e-8d5f-0a1b2c3d4e5f"
EXHIBIT: Final = shake_256(b"an exhibit").digest(60_000)
_ROUNDS: Final = 200
_LEASE: Final = timedelta(seconds=1)  # what a life leaves leased is free in the next one


def prepare(folder: Path) -> None:
    """Make the nodes and their officers."""
    make_nodes(folder)
    with join_pair(folder, clock=now) as pair:
        tokens = {
            name: house.door(name).token
            for code, house in pair.houses.items()
            for name in OFFICERS[code]
        }
    (folder / TOKENS).write_text(json.dumps(tokens))


@contextmanager
def opened(folder: Path, tokens: Path) -> Iterator["Day"]:
    """Open the nodes of a folder for a day."""
    with join_pair(folder, clock=now) as pair:
        pair.lease = _LEASE
        known = json.loads((tokens / TOKENS).read_text())
        doors = {
            name: Door(application=house.application, token=known[name])
            for code, house in pair.houses.items()
            for name in OFFICERS[code]
        }
        yield Day(pair=pair, doors=doors)


@define(kw_only=True)
class Day:
    """What officers of both sides do."""

    pair: Pair
    doors: dict[str, Door]
    say: Callable[[str], object] = field(default=lambda _: None)
    """Told of each call that was acknowledged, by its key, before anything else happens."""

    repeated: dict[str, bool] = field(factory=dict, init=False)
    """Of each call, whether the node knew it already."""

    cases: list[str] = field(factory=list, init=False)

    def live(self) -> None:
        """Tell the whole day."""
        self._preserve()
        self._hand_over()

    def _preserve(self) -> None:
        case = self._open("dana", "ask", ASK)
        self._act("linh", "acknowledge", case, "acknowledge")
        self._act("linh", "status", case, "give-status", text="word of linh.")
        self._act("dana", "news", case, "give-status", text="word of dana.")
        self.deliver()

    def _hand_over(self) -> None:
        asked = {**ASK, "kind": "mla_stored_data", "safeguards": RECORD}
        case = self._open("dana", "ask-data", asked, approver="omar")
        self._act("linh", "take-up", case, "acknowledge")
        self._act("linh", "accept", case, "accept")
        name = f"/cases/{case}/exhibits/E1"
        self._note("upload", self.doors["linh"].put(name, EXHIBIT, key="upload", name="disk.img"))
        released = {"exhibits": ["E1"], "legal_basis": ["UNCC"], "safeguards": RECORD}
        self._act("linh", "propose", case, "propose-release", package=PACKAGE, **released)
        self._act("minh", "release", case, "approve-release", package=PACKAGE, reasons=WHY)
        self.deliver()
        self._act("linh", "executed", case, "declare-executed")
        self.deliver()

    def _open(self, who: str, key: str, asked: object, *, approver: str = "") -> str:
        answer = self._note(key, self.doors[who].post("/cases", asked, key=key))
        case = str(answer["case"])
        self.cases.append(case)
        if approver:
            self._act(approver, f"approve-{key}", case, "approve", proposal=1, reasons=WHY)
        self.deliver()
        return case

    def _act(self, who: str, key: str, case: str, verb: str, **told: Any) -> None:  # noqa: ANN401 - what a verb takes
        self._note(key, self.doors[who].act(case, verb, key=key, **told))

    def _note(self, key: str, answer: Answer) -> Any:  # noqa: ANN401 - any document
        found = answer.json
        assert answer.status < 300, (key, found)
        self.say(key)
        self.repeated[key] = found.get("done", found)["repeated"]
        return found

    def deliver(self) -> None:
        """Let the workers of both do what is due, until nothing waits on either side."""
        pause = threading.Event()
        for _ in range(_ROUNDS):
            self.pair.deliver()
            if not any(_waits(house.node) for house in self.pair.houses.values()):
                return
            pause.wait(0.05)
        msg = "the nodes do not come to rest"
        raise AssertionError(msg)


def _waits(node: Any) -> bool:  # noqa: ANN401 - Node, whose store needs Django at import
    from longbien.node.store.models import Chore, Outbox  # noqa: PLC0415 - Django is set up

    using = node.store.keys.using
    tables = (Outbox.objects, Chore.objects)
    return any(one.using(using).filter(is_open=True).exists() for one in tables)


# --- the end of the day -------------------------------------------------------------------------


@frozen(kw_only=True)
class Evening:
    """How a day has ended."""

    judgment: Judgment
    states: tuple[tuple[str, str], ...]
    """Of each case, at IL and at VN."""

    kinds: tuple[tuple[str, ...], ...]
    """Of the events of each case on each side, sorted."""

    verified: str
    """What IL found of the package."""

    checks: tuple[str, ...]
    """What fsck says of IL and VN, every part of the vaults hashed."""


def evening(day: Day) -> Evening:
    """Compare both sides, and check both stores."""
    found = Judgment()
    clients = {"IL": day.doors["dana"].client(), "VN": day.doors["linh"].client()}
    states, kinds = [], []
    for name in day.cases:
        case = CaseId(name)
        sides: dict[str, Side] = {code: side_of(one, case) for code, one in clients.items()}
        found.add(judge((), sides, name))
        states.append((clients["IL"].summary(case).state, clients["VN"].summary(case).state))
        for one in clients.values():
            events = one.read_events(case, reason="to compare")
            kinds.append(tuple(sorted(str(event["kind"]) for event in events)))
    packages: Sequence[Any] = (
        clients["IL"].read_case(CaseId(day.cases[-1]), reason="to compare").packages
    )
    houses = (day.pair.il, day.pair.vn)
    return Evening(
        judgment=found,
        states=tuple(states),
        kinds=tuple(kinds),
        verified=str([one["verified"] and one["verified"]["outcome"] for one in packages]),
        checks=tuple(check_node(one.node, reads_vault=True).outcome.name for one in houses),
    )
