"""Officers of two States who talk without a pause, and the judge of what became of their words.

Each word is said once, with an idempotency key, and again with the same key until it was
answered.  ``judge`` compares what was said, what was acknowledged, what took effect in both
journals, and what was receipted: on both sides, word by word.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from attrs import define, field, frozen

from longbien.adapters.api_client import ApiClient
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import CaseId
from node_walks import BASIS, CONTENTS, REASON
from node_world import PATIENCE, Pair, Station

TURNS: Final = 20  # words of each side in one case: what is longer costs more to load
_LOOK: Final = 0.3  # seconds
_READERS: Final = 4


def talker(number: int) -> str:
    """Return the name under which a station keeps the token of a talker."""
    return f"talker-{number}"


@frozen(kw_only=True)
class Word:
    """What an officer has said."""

    station: str
    """``IL`` or ``VN``."""

    case: CaseId
    text: str
    """Found nowhere else."""

    is_acknowledged: bool


@define(eq=False)
class Said:
    """All that was said, by any number of threads."""

    _words: list[Word] = field(factory=list, init=False)
    _cases: list[CaseId] = field(factory=list, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def add(self, word: Word) -> None:
        """Note a word."""
        with self._lock:
            self._words.append(word)

    def opened(self, case: CaseId) -> None:
        """Note a case whose request was acknowledged."""
        with self._lock:
            self._cases.append(case)

    @property
    def count(self) -> int:
        """Return how many messages were acknowledged."""
        return len(self._words) + len(self._cases)

    @property
    def words(self) -> Sequence[Word]:
        """Return a copy of all."""
        with self._lock:
            return tuple(self._words)

    @property
    def cases(self) -> Sequence[CaseId]:
        """Return a copy of all."""
        with self._lock:
            return tuple(self._cases)


@define(kw_only=True, eq=False)
class Talk:
    """Talkers, each with a case of its own at a time, until enough was said."""

    pair: Pair
    said: Said = field(factory=Said)
    enough: threading.Event = field(factory=threading.Event)
    backlog: Callable[[], int] = field(default=lambda: 0)
    """Tells how many messages wait."""

    most: int = 300
    """Nobody says more while so many wait."""

    _numbers: "itertools.count[int]" = field(factory=itertools.count, init=False)

    def run(self, talkers: int) -> None:
        """Talk until ``enough`` is set; what is begun is said."""
        with ThreadPoolExecutor(talkers) as pool:
            for begun in [pool.submit(self._talk, one) for one in range(talkers)]:
                begun.result()

    def _talk(self, number: int) -> None:
        il, vn = (one.officer(talker(number)) for one in self.pair.stations)
        while not self.enough.is_set():
            case = self._open(il)
            self._wait(lambda case=case: _knows(vn, case), f"VN has {case}")  # type: ignore[misc]  # bound at once
            for _ in range(TURNS):
                self._wait(lambda: self.backlog() < self.most, "fewer messages wait")
                if self.enough.is_set():
                    break
                for station, officer in zip(self.pair.stations, (il, vn), strict=True):
                    self._say(station, officer, case)

    def _open(self, il: ApiClient) -> CaseId:
        peer = self.pair.vn.authority
        case = il.ask(
            kind="preservation", peer=peer, contents=CONTENTS, legal_basis=BASIS, key=self._key()
        ).case
        self.said.opened(case)
        return case

    def _say(self, station: Station, officer: ApiClient, case: CaseId) -> None:
        key = self._key()
        text = f"word {key}."
        try:
            officer.act(case, "give-status", text=text, key=key)
        except LongBienError:
            self.said.add(Word(station=station.code, case=case, text=text, is_acknowledged=False))
            raise
        self.said.add(Word(station=station.code, case=case, text=text, is_acknowledged=True))

    def _key(self) -> str:
        return f"fire-{next(self._numbers):08}"

    def _wait(self, found: Callable[[], bool], what: str) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE / _LOOK)):
            if found():
                return
            pause.wait(_LOOK)
        msg = f"waited in vain: {what}"
        raise AssertionError(msg)


def _knows(officer: ApiClient, case: CaseId) -> bool:
    try:
        officer.summary(case)
    except LongBienError as error:
        if error.code != "desk.no-such-case":
            raise
        return False
    return True


# --- the judge ----------------------------------------------------------------------------------


@frozen(kw_only=True)
class Side:
    """One case as one node has it."""

    said: tuple[tuple[int, str], ...]
    """Own statements: number and content."""

    heard: tuple[tuple[int, str], ...]
    """The other State's."""

    sent: Mapping[str, tuple[str, str]]
    """Receipts for own messages: outcome and the document, by message."""

    received: Mapping[str, tuple[str, str]]
    """Receipts that were given."""


@define(kw_only=True)
class Judgment:
    """What became of all words."""

    messages: int = 0
    lost: int = 0
    doubled: int = 0
    remarks: list[str] = field(factory=list)
    """What was wrong, in words for a person."""

    def blame(self, what: str, count: int, remark: str) -> None:
        """Note what was lost or doubled."""
        if count:
            setattr(self, what, getattr(self, what) + count)
            self.remarks.append(f"{what} {count}: {remark}")

    def add(self, other: "Judgment") -> None:
        """Take another case's in."""
        self.messages += other.messages
        self.lost += other.lost
        self.doubled += other.doubled
        self.remarks += other.remarks


def judge(words: Iterable[Word], sides: Mapping[str, Side], case: str) -> Judgment:
    """Judge one case: ``sides`` are by State, ``words`` those that were said in it."""
    found = Judgment()
    for here, there in itertools.permutations(sides, 2):
        _judge_way(found, sides[here], sides[there], f"{case}, {here} to {there}")
    for word in words:
        (other,) = sides.keys() - {word.station}
        for where, statements in (
            (word.station, sides[word.station].said),
            (other, sides[other].heard),
        ):
            times = sum(f"'{word.text}'" in content for _, content in statements)
            told = f"{case}, {word.text} of {word.station} at {where}"
            found.blame("lost", int(word.is_acknowledged and not times), told)
            found.blame("doubled", max(0, times - 1), told)
    return found


def _judge_way(found: Judgment, here: Side, there: Side, told: str) -> None:
    said, heard = Counter(here.said), Counter(there.heard)
    numbers = Counter(number for number, _ in there.heard)
    found.messages += len(here.said)
    found.blame("lost", (said - heard).total(), f"{told}: said and not heard")
    found.blame("doubled", (heard - said).total(), f"{told}: heard and not said")
    found.blame("doubled", sum(one - 1 for one in numbers.values()), f"{told}: a number twice")
    signed = {name for name, (outcome, _) in here.sent.items() if outcome == "accepted"}
    found.blame("lost", max(0, len(here.said) - len(signed)), f"{told}: no receipt")
    differing = [one for one in here.sent if here.sent[one] != there.received.get(one)]
    found.blame("lost", len(differing), f"{told}: receipts differ: {differing[:3]}")
    extra = there.received.keys() - here.sent.keys()
    found.blame("doubled", len(extra), f"{told}: receipts for nothing: {sorted(extra)[:3]}")


def judge_all(pair: Pair, said: Said) -> Judgment:
    """Judge nodes on which nobody else has said anything: no case may be there beside these."""
    found = judge_said(pair, said)
    _judge_lists(found, pair, said.cases)
    return found


def judge_said(pair: Pair, said: Said) -> Judgment:
    """Read every case through both officers' doors, and judge."""
    words: dict[CaseId, list[Word]] = {case: [] for case in said.cases}
    for word in said.words:
        words[word.case].append(word)
    whole = Judgment()
    numbered = list(enumerate(words))
    with ThreadPoolExecutor(_READERS) as pool:
        for one in pool.map(lambda it: _judged(pair, it, words[it[1]]), numbered):
            whole.add(one)
    return whole


def _judge_lists(found: Judgment, pair: Pair, asked: Iterable[CaseId]) -> None:
    """No case is missing on either side, and none is there that nobody has asked for."""
    cases = set(asked)
    for station in pair.stations:
        listed = {one.case for one in station.officer().list_cases()}
        found.blame("lost", len(cases - listed), f"cases that {station.code} has not")
        found.blame("doubled", len(listed - cases), f"cases of {station.code} that nobody asked")


def _judged(pair: Pair, numbered: tuple[int, CaseId], words: Sequence[Word]) -> Judgment:
    number, case = numbered
    sides = {}
    for one in pair.stations:  # many tokens: each has a rate
        known = [name for name in one.tokens if name.startswith(talker(0)[:-1])]
        sides[one.code] = side_of(one.officer(known[number % len(known)]), case)
    return judge(words, sides, str(case))


def side_of(officer: ApiClient, case: CaseId) -> Side:
    """Read a case as an officer may."""
    events = officer.read_events(case, reason=REASON)
    receipts = officer.read_receipts(case, reason=REASON)["receipts"]
    return Side(
        said=_statements(events, "statement-sent"),
        heard=_statements(events, "statement-received"),
        sent=_receipts(receipts, "sent"),
        received=_receipts(receipts, "received"),
    )


def _statements(events: Iterable[Mapping[str, Any]], kind: str) -> tuple[tuple[int, str], ...]:
    found = (one["body"] for one in events if one["kind"] == kind)
    return tuple((one["number"], str(one["statement"])) for one in found)


def _receipts(receipts: Iterable[Mapping[str, Any]], way: str) -> dict[str, tuple[str, str]]:
    return {
        one["message"]: (one["outcome"], one["document"])
        for one in receipts
        if one["direction"] == way
    }
