"""States that talk to each other in one process: real rooms on simulated ports.

A world follows from its seed.  Each node has a machine (disk, store, vault) and an office; the
calendar decides what happens next.  A power cut at any step of a disk stops a node in the
middle of whatever it does; it comes back with what its disk has kept.

    world = World("IL", "VN", seed=7, faults=STORM)
    asked = world["IL"].ask_preservation(world["VN"])
    world.quiet()
"""

import functools
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from attrs import evolve

from longbien.casework.case import Duty, Officer
from longbien.casework.commands import Ask, Command, OpeningCommand
from longbien.casework.events import Exhibit
from longbien.casework.policy import Policy
from longbien.casework.state import Case
from longbien.channel.message import Lane
from longbien.desk.acting import act, open_case
from longbien.desk.calls import Call, Done
from longbien.desk.changes import load_file
from longbien.desk.office import Office, Seat, Settings
from longbien.desk.ports import LeasedMessage
from longbien.desk.post import post
from longbien.desk.receipt import take_receipt
from longbien.desk.receive import Received, receive
from longbien.directory.book import Book
from longbien.exercise.disk import PowerCut
from longbien.exercise.machine import MemoryMachine
from longbien.exercise.network import CALM, Answer, Calendar, Faults, MemoryNetwork
from longbien.exercise.parcels import Parcels, put_object
from longbien.exercise.safeguard_records import SAFE
from longbien.exercise.states import NOW, State, make_book, make_state
from longbien.ledger.checkpoints import Head
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Refused
from longbien.primitives.ids import AuthorityId, CaseId, OfficerId, StateCode
from longbien.primitives.instants import Instant

EVERY_DUTY = frozenset(Duty)
LEASE = timedelta(seconds=60)
RETRY = timedelta(seconds=10)
T = TypeVar("T")


@functools.cache
def _states(codes: tuple[str, ...]) -> tuple[tuple[State, ...], Book]:
    # keys and signatures of the directory: the same for every world of these States
    states = tuple(make_state(code) for code in codes)
    return states, make_book(*states)


class World:
    """Some States, a network between them, one calendar."""

    day = timedelta(days=1)

    def __init__(
        self,
        *codes: str,
        seed: int = 0,
        faults: Faults = CALM,
        policy: Policy | None = None,
        cast: tuple[tuple[State, ...], Book] | None = None,
    ) -> None:
        self.seed, self.rng = seed, random.Random(seed)
        states, self.book = cast or _states(codes)
        self.calendar = Calendar(states[0].entry.issued_at if cast else NOW)
        # what the program draws, and how often, changes nothing of what people and lines do
        self.network = MemoryNetwork(self.calendar, random.Random(f"{seed} lines"), faults)
        self.policy = policy or Policy()
        self.nodes = {str(state.code): self.new_node(state) for state in states}

    def new_node(self, state: State) -> "Node":
        """Return the node of a State; a simulation has nodes of its own."""
        return Node(self, state)

    def __getitem__(self, code: str) -> "Node":
        """Return a State's node."""
        return self.nodes[code]

    @property
    def now(self) -> Instant:
        """Return the true time."""
        return self.calendar.now

    def wait(self, **span: float) -> None:
        """Let time pass; whatever is planned until then happens."""
        self.calendar.run(until=self.now.plus(timedelta(**span)))

    def turn(self) -> None:
        """Let every worker do what is due, and all that follows from it arrive."""
        for node in self.nodes.values():
            node.guarded(node.work)
        self.calendar.run()

    def quiet(self, *, turns: int = 400, step: float = 15.0) -> None:
        """Go on until nobody has anything to send or to do.

        A world that does not come to rest is a failure.
        """
        for _ in range(turns):
            self.turn()
            if not any(node.is_busy for node in self.nodes.values()):
                return
            self.wait(seconds=step)
        msg = "the world does not come to rest"
        raise AssertionError(msg)


class Node:
    """One State's node."""

    def __init__(self, world: World, state: State) -> None:
        self.world, self.state = world, state
        self.code = str(state.code)
        self.draws = random.Random(f"{world.seed} {self.code}")
        self.skew = timedelta(0)
        self.is_up = True
        self.life = 0
        self.calls = 0
        self.refusals: list[str] = []
        """Codes of what was refused at the door or raised in the worker."""

        self.received: list[Received] = []
        self.machine = MemoryMachine(
            origin=state.log[0].key.name, log_signers=state.log, clock=self.clock
        )
        self.book: Callable[[], Book] = lambda: world.book
        self.parcels = Parcels(self)
        self.office = self._office()

    def _office(self) -> Office:
        machine = self.machine
        return Office(
            state=self.state.code,
            seats={
                one.id: Seat(authority=one.id, signers=one.signers.both, identities=(one.identity,))
                for one in self.state.offices.values()
            },
            exercise=True,
            journal=machine.journal,
            register=machine.register,
            queue=machine.queue,
            ledger=machine.ledger,
            witnessings=machine.witnessings,
            vault=machine.vault,
            book=lambda: self.book(),  # noqa: PLW0108 - it may be replaced
            cosigners=self.state.witness,
            clock=self.clock,
            random_bytes=self.draws.randbytes,
            policy=self.world.policy,
            settings=Settings(),
        )

    def clock(self) -> Instant:
        """Return what this node believes the time to be."""
        return self.world.now.plus(self.skew)

    # --- people -----------------------------------------------------------------------------

    @property
    def authority(self) -> AuthorityId:
        """Return the contact point."""
        return self.state.contact_point.id

    def officer(self, name: str = "first", *duties: Duty) -> Officer:
        """Return an officer, entrusted with everything unless duties are named."""
        held = frozenset(duties) or EVERY_DUTY
        return Officer(id=OfficerId(name), authority=self.authority, duties=held)

    def new_case_id(self) -> CaseId:
        """Draw a case id."""
        return CaseId.from_random(self.world.rng.randbytes(16))

    def ask(self, peer: "Node", kind: str = "preservation", **changes: Any) -> Done:  # noqa: ANN401 - fields of Ask
        """Open a case by a request."""
        settings = {
            "case_id": self.new_case_id(),
            "kind": kind,
            "peer": peer.authority,
            "contents": (("offence_and_facts", "a fraud, by mail"),),
            "legal_basis": ("UNCC",),
            "safeguards": None if kind == "preservation" else SAFE,
        }
        return self.open(Ask(**{**settings, **changes}))

    def open(self, command: OpeningCommand, name: str = "first") -> Done:
        """Let an officer open a case."""
        call = self._call(name)
        return self.surely(lambda: open_case(self.office, self.officer(name), command, call=call))

    def act(self, case: CaseId, command: Command, name: str = "first") -> Done:
        """Let an officer act on a case."""
        call = self._call(name)
        return self.surely(
            lambda: act(self.office, case, command, by=self.officer(name), call=call)
        )

    def _call(self, name: str) -> Call:
        self.calls += 1
        return Call(scope=name, key=f"call-{self.calls}", request_sha256=Digest.of(b"a request"))

    def surely(self, do: Callable[[], T]) -> T:
        """Do it again after each power cut, until it was done."""
        while True:
            try:
                return do()
            except PowerCut:
                self.crashed()

    def case(self, case: CaseId) -> Case | None:
        """Return a case as it stands here."""
        return load_file(self.office, case).case

    def held(self, case: CaseId) -> Case:
        """Return a case that this node has."""
        found = self.case(case)
        if found is None:
            raise Refused("desk.no-such-case", "there is no such case")
        return found

    def exhibit(self, name: str = "E1") -> Exhibit:
        """Return an exhibit that the vault has taken in."""
        sealed = self.surely(lambda: put_object(self))
        return Exhibit(
            id=name,
            sealed=sealed,
            sha256=Digest.of(name.encode()),
            size=150,
            tree=Digest.of(b"tree"),
            original_name="mail.mbox",
        )

    # --- the worker -------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Tell whether something waits to be sent or done."""
        tables = self.machine.tables
        return bool(tables.unsent or tables.undone)

    def work(self) -> None:
        """Do one round of a worker: post what is due, do the chores."""
        now = self.clock()
        queue = self.machine.queue
        leased = queue.lease_messages(
            now=now, until=now.plus(LEASE), limit=20, lanes=frozenset(Lane)
        )
        for one in leased:
            self._post(one)
        for chore in queue.lease_chores(now=now, until=now.plus(LEASE), limit=20):
            self.parcels.do(chore)

    def _post(self, leased: LeasedMessage) -> None:
        peer = self.world.nodes[str(leased.message.recipient.state)]
        try:
            posting = post(self.office, leased.message)
        except LongBienError as error:
            self._give_back(leased, error.code)
            return
        life = self.life
        self.world.network.post(
            sender=self.code,
            recipient=peer.code,
            body=bytes(posting.call.body),
            deliver=lambda body: peer.take(self.state.code, leased.message.lane, body),
            answered=lambda answer: self._take_answer(leased, posting.shown, answer, life),
        )

    def _take_answer(
        self, leased: LeasedMessage, shown: Head | None, answer: Answer, life: int
    ) -> None:
        if life == self.life and self.is_up:  # the process that asked is still there
            self.guarded(lambda: self._settle(leased, shown, answer))

    def _settle(self, leased: LeasedMessage, shown: Head | None, answer: Answer) -> None:
        if isinstance(answer, LongBienError):
            self._give_back(leased, answer.code)
            return
        try:
            take_receipt(self.office, leased, answer, shown=shown)
        except LongBienError as error:
            self._give_back(leased, error.code)

    def _give_back(self, leased: LeasedMessage, code: str) -> None:
        self.refusals.append(code)
        until = self.clock().plus(RETRY)
        self.machine.queue.postpone(leased, until=until, code=code, failed=leased.attempts)

    # --- the door ---------------------------------------------------------------------------

    def take(self, peer: StateCode, lane: Lane, body: bytes) -> bytes | LongBienError | None:
        """Take a posted frame; None where the node is down or dies of it."""
        return self.answer(lambda: self._take(peer, lane, body))

    def _take(self, peer: StateCode, lane: Lane, body: bytes) -> bytes:
        received = receive(self.office, body, peer=peer, lane=lane)
        self.received.append(received)
        return received.answer

    def answer(self, serve: Callable[[], bytes]) -> bytes | LongBienError | None:
        """Serve a request of a peer: its answer, its refusal, or None if nobody answers."""
        found: list[bytes | LongBienError] = []
        if self.is_up:
            self.guarded(lambda: found.append(self._answer(serve)))
        return found[0] if found else None

    def _answer(self, serve: Callable[[], bytes]) -> bytes | LongBienError:
        try:
            return serve()
        except LongBienError as error:
            self.refusals.append(error.code)
            return error

    # --- failing ----------------------------------------------------------------------------

    def guarded(self, act: Callable[[], object]) -> bool:
        """Do something; if the power fails meanwhile, start anew.  Tell if it was done."""
        try:
            act()
        except PowerCut:
            self.crashed()
            return False
        return True

    def crashed(self) -> None:
        """Come back after a power cut; the simulation decides what the disk has kept."""
        self.restart()

    def restart(self, *, keep: int = 0, torn: bool = False) -> None:
        """Lose all memory, and come back with what the disk has kept."""
        self.life += 1
        self.machine.restart(keep=keep, torn=torn)
        self.office = self._office()
        self.is_up = True

    def power_off(self) -> None:
        """Stop; nobody answers until ``restart``."""
        self.is_up = False
        self.life += 1

    def believes(self, book: Book) -> None:
        """Give this node a directory of its own."""
        self.book = lambda: book

    def tuned(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Office
        """Change settings of the office."""
        self.office = evolve(self.office, **changes)
