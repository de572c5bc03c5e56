"""One seed: three States, one of them hostile, officers, clocks that ring, and everything fails.

    outcome = simulate(7, profile=LIGHT)

A seed decides everything: what officers do, what fails and when.  The same seed gives the same
history, and in the light profile the same bytes.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen

from longbien.casework import commands as c
from longbien.casework.state import Case
from longbien.channel.message import Lane
from longbien.desk.calls import Done
from longbien.desk.gossip import learn_recalled, recall
from longbien.desk.receive import receive
from longbien.desk.ring import note_rung, ringing
from longbien.directory.book import Book
from longbien.exercise.hostile import Hostile
from longbien.exercise.light import Seals, light, lightened
from longbien.exercise.network import Answer, Faults
from longbien.exercise.plan import Act, Matter, new_matter, next_act
from longbien.exercise.states import State, make_book, make_state
from longbien.exercise.two_sides import START
from longbien.exercise.watch import Violated, Watch, require
from longbien.exercise.world import Node, World
from longbien.primitives.errors import LongBienError, Refused, Unavailable
from longbien.primitives.ids import StateCode

if TYPE_CHECKING:
    from longbien.primitives.instants import Instant

FAULT: Final = "fault"
"""What the violation of a seed begins with that ended by an exception."""

CODES: Final = ("IL", "MY", "VN")
HOSTILE: Final = "MY"
"""A State that is given the bad part here, as in the tests; it means nothing."""


@frozen(kw_only=True)
class Profile:
    """How long a seed lives, and what signs."""

    name: str
    is_light: bool
    """Marks in place of signatures and seals (``light``)."""

    least: int
    most: int
    """How many things happen before it gets quiet."""


LIGHT: Final = Profile(name="light", is_light=True, least=6, most=18)
LONG: Final = Profile(name="long", is_light=True, least=60, most=200)
FULL: Final = Profile(name="full", is_light=False, least=6, most=18)
PROFILES: Final = {one.name: one for one in (LIGHT, LONG, FULL)}

Planted: TypeAlias = "Callable[[Simulation], AbstractContextManager[object]]"
"""A bug that a test puts in; nothing of the kind is part of this distribution."""


@frozen(kw_only=True)
class Outcome:
    """What came of a seed."""

    seed: int
    profile: str
    steps: int
    effects: int
    """Messages that took effect."""

    acts: int
    faults: Counter[str]
    violation: str
    """``code: text`` of the promise that was broken; empty if none was."""

    digest: str
    """SHA-256 of the whole history.  In the light profile of every byte on every disk too."""

    story: tuple[str, ...] = field(repr=False)
    """What happened, a line a step."""


@cache
def cast_of(*, is_light: bool) -> tuple[tuple[State, ...], Book]:
    """Return the three States and the directory in which they are known."""
    states = tuple(make_state(code, now=START) for code in CODES)
    book = make_book(*states)
    return (tuple(map(lightened, states)) if is_light else states), book


@cache
def _seals() -> Seals:
    return Seals(cast_of(is_light=True)[0])


def simulate(seed: int, *, profile: Profile = LIGHT, planted: "Planted | None" = None) -> Outcome:
    """Live through one seed."""
    with light(_seals()) if profile.is_light else nullcontext():
        simulation = Simulation(seed, profile)
        with planted(simulation) if planted else nullcontext():
            return simulation.run()


class SimulatedNode(Node):
    """A node that is watched, and whose disk may keep what was never synced."""

    simulation: "Simulation"

    def crashed(self) -> None:
        """Come back after a power cut: what was being written is lost, torn or kept."""
        chosen = self.world.rng.randrange(3)
        self.simulation.fault(f"{('lost', 'torn', 'kept')[chosen]}-write")
        self.simulation.tell(f"{self.code}: the power fails")
        self.restart(keep=int(chosen == 2), torn=chosen == 1)  # noqa: PLR2004 - the third of three

    def take(self, peer: StateCode, lane: Lane, body: bytes) -> Answer | None:
        """Take a posted frame; the watch looks at what is answered."""
        answer = super().take(peer, lane, body)
        if self.code == HOSTILE:
            return self.simulation.hostile.answered(body, answer)
        return answer

    def work(self) -> None:
        """Do one round of a worker, if the machine runs."""
        if self.is_up:
            try:
                super().work()
            except Unavailable as error:
                self.simulation.tell(f"{self.code}: the worker stops, {error.code}")

    def _take(self, peer: StateCode, lane: Lane, body: bytes) -> bytes:
        received = receive(self.office, body, peer=peer, lane=lane)
        self.simulation.watch.answered(self, peer, received)
        self.received.append(received)
        word = received.code or ("again" if received.is_repeated else "taken")
        self.simulation.tell(f"{self.code} has {received.message.text[:8]} of {peer}: {word}")
        return received.answer


class _World(World):
    def __init__(self, simulation: "Simulation", seed: int, profile: Profile) -> None:
        self.simulation = simulation
        super().__init__(*CODES, seed=seed, cast=cast_of(is_light=profile.is_light))

    def new_node(self, state: State) -> Node:
        node = SimulatedNode(self, state)
        node.simulation = self.simulation
        return node


class Simulation:
    """One seed's life."""

    def __init__(self, seed: int, profile: Profile) -> None:
        self.seed, self.profile = seed, profile
        self.story: list[str] = []
        self.faults: Counter[str] = Counter()
        self.steps = self.acts = 0
        self.world: World = _World(self, seed, profile)
        self.rng = self.world.rng
        self.watch = Watch(self.world)
        self.hostile = Hostile(self.world, self.watch, HOSTILE)
        self.matters: list[Matter] = []
        self.rung_at: dict[str, Instant | None] = dict.fromkeys(CODES)
        """When each node's clocks were last looked at; None where its own clock was moved."""

    def tell(self, what: str) -> None:
        """Note what happened."""
        self.story.append(f"{self.world.now} {what}")

    def fault(self, kind: str) -> None:
        """Count something that went wrong because the seed wanted it."""
        self.faults[kind] += 1

    def run(self) -> Outcome:
        """Live, come to rest, and tell."""
        violation = ""
        try:
            self._live()
            self._rest()
        except Violated as broken:
            violation = str(broken)
        except Exception as error:  # noqa: BLE001 - whatever it is, no fault may leave a room
            violation = f"{FAULT}: {type(error).__name__}: {error}"
        if violation:
            self.tell(f"BROKEN {violation}")
        self.faults.update(self.world.network.happened)
        return Outcome(
            seed=self.seed,
            profile=self.profile.name,
            steps=self.steps,
            effects=self.watch.effects,
            acts=self.acts,
            faults=Counter({kind: count for kind, count in self.faults.items() if count}),
            violation=violation,
            digest=self._digest(),
            story=tuple(self.story),
        )

    def _live(self) -> None:
        draw = self.rng.random
        if draw() < 0.6:  # noqa: PLR2004 - the rest of the seeds has a good line
            self.world.network.faults = Faults(
                lost=draw() * 0.4,
                answer_lost=draw() * 0.4,
                doubled=draw() * 0.4,
                slowest=draw() * self.rng.choice((1, 30, 200)),
                flipped=draw() * 0.05,
            )
        self.hostile.lies = self.rng.choice((0, 0, 0, 2))
        self._begin()
        for _ in range(self.rng.randrange(self.profile.least, self.profile.most)):
            self._step(self.rng.choice(_HAPPENINGS))

    def _step(self, happen: "Callable[[Simulation], None]") -> None:
        self.steps += 1
        happen(self)
        self.watch.look()

    # --- people -----------------------------------------------------------------------------

    def _begin(self) -> None:
        asking, asked = self._pair()
        matter, opening = new_matter(self.rng, asking, asked)
        if self._does(asking, Act(command=opening, by="first"), matter):
            self.matters.append(matter)
            if HOSTILE not in {asking.code, asked.code}:
                self.hostile.threads.append((matter.case, matter.kind))

    def _go_on(self) -> None:
        if not self.matters:
            self._begin()
            return
        matter = self.rng.choice(self.matters)
        for _ in range(self.rng.randrange(1, 4)):
            self._take_turn(matter)

    def _take_turn(self, matter: Matter) -> None:
        code = matter.next_code if self.rng.random() < _IN_TURN else matter.asking
        node = self.world.nodes[code]
        case = self._case(node, matter)
        if case is None:  # it waits for the second officer at home, or on its way
            node = self.world.nodes[matter.asking]
            case = self._case(node, matter)
        act = self._next_act(matter, node, case) if case else None
        if act and self._does(node, act, matter) and act.is_turn:
            matter.at += 1
        if self.rng.random() < _SOON:
            self._turn()

    def _next_act(self, matter: Matter, node: Node, case: Case) -> Act | None:
        try:
            return next_act(self.rng, matter, node, case)
        except Unavailable as error:  # an exhibit does not fit on the disk
            self.tell(f"{node.code}: the vault stops, {error.code}")
            return None

    def _case(self, node: Node, matter: Matter) -> Case | None:
        try:
            return node.case(matter.case) if node.is_up else None
        except LongBienError:
            return None

    def _does(self, node: Node, act: Act, matter: Matter) -> bool:
        if not node.is_up:
            return False
        name = type(act.command).__name__
        self._attempt(node, act, matter)
        self.acts += 1
        try:
            done = self._done(node, act, matter)
        except LongBienError as error:
            self.tell(f"{node.code} {act.by}: {name} refused, {error.code}")
            return False
        self.tell(f"{node.code} {act.by}: {name} in {matter.kind} {matter.case.text[:8]}")
        self.watch.told(node, done)
        return True

    def _done(self, node: Node, act: Act, matter: Matter) -> Done:
        if isinstance(act.command, c.Ask | c.GiveInformation | c.CallDrill):
            return node.open(act.command, act.by)
        return node.act(matter.case, act.command, act.by)

    def _attempt(self, node: Node, act: Act, matter: Matter) -> None:
        if isinstance(act.command, c.Approve):
            what = str(act.command.proposal)
        elif isinstance(act.command, c.ApproveRelease):
            what = str(act.command.package)
        else:
            return
        self.watch.attempts.add((node.code, matter.case, what, act.by))

    # --- machines ---------------------------------------------------------------------------

    def _turn(self) -> None:
        self.world.turn()
        for node in self.world.nodes.values():
            if node.is_up:
                node.guarded(partial(self._ring, node))

    def _ring(self, node: Node) -> None:
        now, last = node.clock(), self.rung_at[node.code]
        try:
            for one in ringing(node.office):
                # in time: at the first look after it ran out, or after it came to be
                since = node.held(one.case).changed_at
                is_due = last is None or since >= last or one.due.at > last
                is_timely = timedelta(0) <= one.late and is_due
                self.tell(f"{node.code}: {one.due.clock} rings, {one.late} late")
                require(is_timely, "clock.late", f"{one.due.clock} at {node.code}, {one.late}")
                note_rung(node.office, one)
            left = ringing(node.office)
        except Unavailable:  # the disk is full, or the node stands behind its witnesses
            return
        require(not left, "clock.not-noted", f"a clock at {node.code} rings on")
        self.rung_at[node.code] = now

    def _rest(self) -> None:
        world = self.world
        world.network.heal()
        self.hostile.lies = 0
        for node in world.nodes.values():
            node.machine.disk.cut_at = None
            if node.skew:
                node.skew, self.rung_at[node.code] = timedelta(0), None
            if not node.is_up or node.machine.disk.is_stopped or node.machine.disk.is_full:
                node.restart()
        self.tell("everything is mended")
        for _ in range(_TURNS):
            self._step(Simulation._turn)
            if not any(node.is_busy for node in world.nodes.values()):
                break
            world.wait(seconds=20)
        is_quiet = not any(node.is_busy for node in world.nodes.values())
        require(is_quiet, "rest.never", "the States do not come to rest")
        self.watch.at_rest(self.matters, hostile=HOSTILE)
        self.tell("all is quiet")

    # --- what goes wrong --------------------------------------------------------------------

    def _wait(self) -> None:
        span = self.rng.choice(_SPANS) * self.rng.random()
        self.tell(f"{timedelta(seconds=int(span))} go by")
        self.world.wait(seconds=span)

    def _bad(self) -> None:
        victim = self.world.nodes[self.rng.choice([one for one in CODES if one != HOSTILE])]
        if victim.machine.disk.is_stopped or self.hostile.node.machine.disk.is_stopped:
            return
        done: list[str] = []
        self.hostile.node.guarded(lambda: done.append(self.hostile.act(victim)))
        for what in done:
            self.fault("hostile-act")
            self.tell(f"{HOSTILE} to {victim.code}: {what}")

    def _fail(self) -> None:
        node, peer = self._pair()
        fail = self.rng.choice(_FAILURES)
        name = fail.__name__.strip("_").replace("_", "-")
        self.fault(name)
        self.tell(f"{node.code}: {name}")
        fail(self, node, peer)

    def _crash_soon(self, node: Node, _peer: Node) -> None:
        node.machine.disk.cut_in(self.rng.randrange(1, 12))

    def _crash(self, node: Node, _peer: Node) -> None:
        node.restart()

    def _down(self, node: Node, _peer: Node) -> None:
        node.power_off()
        self.world.calendar.later(self.rng.random() * 300, node.restart)

    def _partition(self, node: Node, peer: Node) -> None:
        self.world.network.cut(node.code, peer.code)

    def _one_way_partition(self, node: Node, peer: Node) -> None:
        self.world.network.cut(node.code, peer.code, both=False)

    def _heal(self, _node: Node, _peer: Node) -> None:
        self.world.network.cuts.clear()
        self.world.network.slow.clear()

    def _clock_step(self, node: Node, _peer: Node) -> None:
        node.skew = timedelta(seconds=int((self.rng.random() - 0.5) * 1200))
        self.rung_at[node.code] = None

    def _full_disk(self, node: Node, _peer: Node) -> None:
        node.machine.disk.is_full = True
        self.world.calendar.later(self.rng.random() * 300, node.restart)

    def _failed_sync(self, node: Node, _peer: Node) -> None:
        node.machine.disk.sync_fails = True
        self.world.calendar.later(self.rng.random() * 300, node.restart)

    def _slow_peer(self, node: Node, _peer: Node) -> None:
        self.world.network.slow[node.code] = self.rng.random() * 120

    def _old_backup(self, node: Node, _peer: Node) -> None:
        # an old copy is put back; the peers tell, nothing is signed; then the right disk is found
        disk, seen = node.machine.disk, self.watch.seen[node.code]
        if not node.is_up or disk.is_stopped or not disk.records:
            return
        self.watch.look()
        whole = list(disk.records)
        disk.records = whole[: self.rng.randrange(len(whole) // 2, len(whole) + 1)]
        disk.synced, disk.cut_at, disk.is_full, disk.sync_fails = (
            len(disk.records),
            None,
            False,
            False,
        )
        seen.is_old = True
        node.restart()
        if self._is_told_behind(node):
            self._must_not_sign(node)
        disk.records, disk.synced = whole, len(whole)
        node.restart()
        seen.is_old = False

    def _is_told_behind(self, node: Node) -> bool:
        told = False
        for peer in self.world.nodes.values():
            is_cut = {(node.code, peer.code), (peer.code, node.code)} & self.world.network.cuts
            if peer is node or not peer.is_up or is_cut:
                continue
            try:
                note = recall(peer.office, node.state.code)
                if note:
                    learn_recalled(node.office, node.state.code, note)
            except Unavailable:
                told = True
        return told

    def _must_not_sign(self, node: Node) -> None:
        before = node.machine.tables.tree.size
        self.tell(f"{node.code} is told that it stands behind")
        _, opening = new_matter(self.rng, node, self._pair_of(node))
        try:
            node.open(opening, "first")
        except (Refused, Unavailable):
            self.tell(f"{node.code} signs nothing")
        node.guarded(node.work)
        is_unsigned = node.machine.tables.tree.size == before
        require(is_unsigned, "backup.signed", f"{node.code} goes on with an old copy")

    # --- helpers ----------------------------------------------------------------------------

    def _pair(self) -> tuple[Node, Node]:
        one, two = self.rng.sample(CODES, 2)
        return self.world.nodes[one], self.world.nodes[two]

    def _pair_of(self, node: Node) -> Node:
        return self.world.nodes[self.rng.choice([code for code in CODES if code != node.code])]

    def _digest(self) -> str:
        history = hashlib.sha256()
        for line in self.story:
            history.update(line.encode() + b"\n")
        if self.profile.is_light:
            for node in self.world.nodes.values():
                for record in node.machine.disk.records:
                    history.update(_bytes_of(record))
            for _, _, body in self.world.network.seen:
                history.update(body)
        return history.hexdigest()


def _bytes_of(record: tuple[object, ...]) -> bytes:
    parts: list[bytes] = []
    for one in record:
        if isinstance(one, bytes):
            parts.append(one)
            continue
        parts.append(repr(one).encode())
        parts += [event.body + event.salt for event in getattr(one, "events", ())]
        parts += [message.envelope for message in getattr(one, "outgoing", ())]
        incoming = getattr(one, "incoming", None)
        parts += [incoming.receipt] if incoming else []
    return b"\0".join(parts)


_IN_TURN: Final = 0.95
_SOON: Final = 0.7
_TURNS: Final = 400
_SPANS: Final = (5, 60, 60, 600, 600, 3600, 10_000, 100_000)
"""Seconds at most."""

_HAPPENINGS: Final[tuple[Callable[[Simulation], None], ...]] = (
    Simulation._begin,  # noqa: SLF001 - what may happen, and how often
    *[Simulation._go_on] * 10,  # noqa: SLF001
    *[Simulation._turn] * 3,  # noqa: SLF001
    *[Simulation._fail] * 3,  # noqa: SLF001
    *[Simulation._bad] * 2,  # noqa: SLF001
    *[Simulation._wait] * 2,  # noqa: SLF001
)
_FAILURES: Final[tuple[Callable[[Simulation, Node, Node], None], ...]] = (
    *[Simulation._crash_soon] * 4,  # noqa: SLF001
    Simulation._crash,  # noqa: SLF001
    Simulation._down,  # noqa: SLF001
    Simulation._partition,  # noqa: SLF001
    Simulation._one_way_partition,  # noqa: SLF001
    *[Simulation._heal] * 3,  # noqa: SLF001
    Simulation._clock_step,  # noqa: SLF001
    Simulation._full_disk,  # noqa: SLF001
    Simulation._failed_sync,  # noqa: SLF001
    Simulation._slow_peer,  # noqa: SLF001
    Simulation._old_backup,  # noqa: SLF001
)
