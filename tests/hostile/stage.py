"""Three States and a real endpoint: MY is hostile, IL honest, VN is the one that is attacked.

The offices are real rooms on simulated ports, the endpoint of VN is the product's listener with
its door and its recorder, on loopback TLS.  What the node does is counted: bytes it takes from a
line, signatures it verifies, bytes it hashes, records it writes.
"""

import contextlib
import queue
import random
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

from attrs import define, evolve, field

import django_world  # noqa: F401 - records of the audit trail need Django to be set up
import longbien.channel.gossip
import longbien.channel.split_view
import longbien.evidence.checks_signatures
import longbien.ledger.proof
import longbien.ledger.witness
import longbien.trust.cades
import longbien.trust.dsse
import peer_world
from hostile.registry import Bound
from longbien.adapters.peer_budgets import PeerLimits
from longbien.adapters.peer_line import Line
from longbien.adapters.peer_listener import PeerListener
from longbien.adapters.peer_problems import parse_problem
from longbien.adapters.peer_routes import peer_routes
from longbien.adapters.peer_tls import Admission, OwnTls
from longbien.casework.statements import Statement
from longbien.channel.envelope import open_receipt
from longbien.channel.message import Lane, Message, ReceiptOutcome
from longbien.channel.wire import parse_answer
from longbien.exercise.forge import frame_of, message_of, sealed_of
from longbien.exercise.world import Node, World
from longbien.node.peer_door import PeerDoor, observe
from longbien.node.store.audit import AuditEntry
from longbien.node.turned_away import Recorder
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, MessageId, StateCode

STATES = ("IL", "MY", "VN")
_VERIFIERS = (
    (longbien.trust.dsse, "_is_good"),
    (longbien.trust.cades, "verify_ecdsa"),
    (longbien.evidence.checks_signatures, "verify_mldsa"),
    (longbien.channel.gossip, "verify_line"),
    (longbien.channel.split_view, "verify_line"),
    (longbien.ledger.witness, "verify_line"),
    (longbien.ledger.proof, "verify_line"),
)
"""Where each room verifies a signature."""


class Identities:
    """The certificates of the three nodes and of a stranger, made once for all stages."""

    def __init__(self, folder: Path) -> None:
        names = {code: StateCode(code) for code in STATES}
        self.of = {code: peer_world.identity(folder, state) for code, state in names.items()}
        self.stranger = peer_world.identity(folder, StateCode("IL"), name="stranger")
        self.contexts = {
            code: _context(self.of.get(code, self.stranger).own) for code in (*STATES, "stranger")
        }
        self.honest: dict[tuple[object, ...], tuple[Message, bytes]] = {}
        """Requests of IL that were signed and sealed before, on an evening like this one."""


def _context(own: OwnTls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(own.certificate, own.key)
    return context


@define
class Counter:
    """What was counted so far."""

    octets: int = 0
    signatures: int = 0
    hashed: int = 0
    rows: int = 0

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count what happens inside."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(Line, "receive", self._receiving(Line.receive)))
            into = self._receiving_into(Line.receive_into)
            stack.enter_context(mock.patch.object(Line, "receive_into", into))
            stack.enter_context(mock.patch.object(Digest, "of", self._hashing(Digest.of)))
            for module, name in _VERIFIERS:
                verify = self._verifying(getattr(module, name))
                stack.enter_context(mock.patch.object(module, name, verify))
            yield

    @contextlib.contextmanager
    def resting(self, node: Node) -> Iterator[None]:
        """Count nothing inside: it is the work of honest people."""
        before, records = evolve(self), len(node.machine.disk.records)
        yield
        self.octets, self.signatures = before.octets, before.signatures
        self.hashed = before.hashed
        self.rows = before.rows - len(node.machine.disk.records) + records

    def _receiving(self, receive: Callable[..., bytes]) -> Callable[..., bytes]:
        def counted(line: Line, until: float) -> bytes:
            pending = len(line.pending)
            data = receive(line, until)
            self.octets += 0 if pending else len(data)
            return data

        return counted

    def _receiving_into(self, receive: Callable[..., int]) -> Callable[..., int]:
        def counted(line: Line, *given: object) -> int:
            pending = len(line.pending)
            count = receive(line, *given)
            self.octets += 0 if pending else count
            return count

        return counted

    def _verifying(self, verify: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **named: object) -> object:
            self.signatures += 1
            return verify(*given, **named)

        return counted

    def _hashing(self, of: Callable[..., Digest]) -> Callable[..., Digest]:
        def counted(data: bytes) -> Digest:
            self.hashed += len(data)
            return of(data)

        return counted


@define
class MemoryAudit:
    """An audit trail in memory (as ``OrmAudit`` keeps it)."""

    entries: list[AuditEntry] = field(factory=list)

    def record(self, *entries: AuditEntry) -> None:
        """Keep records."""
        self.entries += entries


class Stage:
    """One evening: what happens on it is forgotten when it closes."""

    def __init__(self, identities: Identities, *, limits: PeerLimits | None = None) -> None:
        self.identities = identities
        self.world = World(*STATES, seed=5)
        self.il, self.my, self.vn = (self.world[code] for code in STATES)
        self.audit = MemoryAudit()
        self.recorder = Recorder(audit=self.audit, clock=self.vn.clock)
        self.counter = Counter()
        self.protected: dict[CaseId, object] = {}
        """Cases of honest States, as VN held them before the attack."""

        self.captured = b""
        """The last frame of IL, as it went over the line."""

        self._noted: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.listener = PeerListener(
            own=identities.of["VN"].own,
            admission=Admission(identities.of[code].certificate for code in ("IL", "MY")),
            routes=peer_routes(_Door(self)),
            limits=limits,
            observe=partial(observe, refused=self._note),
        )
        self.listener.start()

    def _note(self, peer: StateCode | None, code: str) -> None:
        self.recorder.note(peer, code)
        self._noted.put(code)

    def noted(self) -> str:
        """Wait for the endpoint to note something that it gives no answer to; return the code."""
        return self._noted.get(timeout=30)

    def close(self) -> None:
        """End it."""
        self.listener.stop(within=30)

    # --- lines ----------------------------------------------------------------------------------

    def line(self, code: str = "MY") -> ssl.SSLSocket:
        """Return a new connection of a State's node to VN."""
        return self.identities.contexts[code].wrap_socket(self.plain(code))

    def plain(self, code: str = "MY") -> socket.socket:
        """Connect without TLS; honest people come from another address."""
        source = "127.0.0.2" if code == "IL" else "127.0.0.1"
        return socket.create_connection(
            ("127.0.0.1", self.listener.port), timeout=30, source_address=(source, 0)
        )

    def said(self, request: bytes, code: str = "MY") -> tuple[int, bytes]:
        """Say something on a line of its own; return status and body of the first answer."""
        attack = contextlib.nullcontext() if code == "IL" else self.attacking()
        with attack, self.line(code) as line:
            line.sendall(request)
            return answer_of(line)

    def refusal(self, request: bytes, *, status: int = 0) -> str:
        """Say something; return the code of the refusal, empty if there was none."""
        found, body = self.said(request)
        assert status in {0, found}
        return parse_problem(body, status=found).code if found >= 400 else ""

    def request(self, method: str, path: str, body: bytes, *fields: bytes) -> bytes:
        """Write a request by hand, the last of its line."""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
        lines = b"".join(one + b"\r\n" for one in fields)
        return head + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body

    # --- messages -------------------------------------------------------------------------------

    def message(self, statement: Statement | None = None, **changes: object) -> Message:
        """Return a message of MY to VN, with changes."""
        given = () if statement is None else (statement,)
        return message_of(self.my, self.vn, *given, **changes)

    def post(self, sealed: bytes, lane: Lane = Lane.PRESERVATION, *, code: str = "MY") -> str:
        """Post a sealed frame; return the code of its refusal, signed or not."""
        lane_field = b"Longbien-Lane: " + lane.value.encode()
        request = self.request("POST", "/v1/messages", sealed, lane_field)
        status, body = self.said(request, code)
        if status >= 400:
            return parse_problem(body, status=status).code
        receipt = open_receipt(parse_answer(body).receipt).receipt
        assert (receipt.outcome is ReceiptOutcome.ACCEPTED) is not receipt.code
        return receipt.code

    def send(self, message: Message, **forged: object) -> str:
        """Sign, seal and post a message; return the code of its refusal."""
        return self.post(frame_of(self.my, self.vn, message, **forged), message.lane)

    def send_signed(self, signed: bytes, lane: Lane = Lane.PRESERVATION) -> str:
        """Seal and post any envelope."""
        return self.post(sealed_of(self.my, self.vn, signed), lane)

    def pushes(self, path: str, body: bytes) -> str:
        """Put a piece of a transfer; return the code of its refusal."""
        return self.refusal(self.request("PUT", f"/v1/transfers/{path}", body))

    # --- honest people --------------------------------------------------------------------------

    def honest_request(self) -> str:
        """Let IL ask VN for something by the same endpoint; return the code of a refusal."""
        message, sealed = self._honest_frame()
        self.captured = sealed
        with self.counter.resting(self.vn):
            code = self.post(sealed, message.lane, code="IL")
        self.protect(message.thread)
        return code

    def _honest_frame(self) -> tuple[Message, bytes]:
        number, kept = len(self.protected), self.identities.honest
        same = (number, self.world.now, len(self.il.machine.disk.records))
        if same not in kept:
            draw = random.Random(number).randbytes
            message = message_of(
                self.il,
                self.vn,
                id=MessageId.from_random(draw(16)),
                thread=CaseId.from_random(draw(16)),
            )
            kept[same] = message, frame_of(self.il, self.vn, message)
        return kept[same]

    def protect(self, case: CaseId) -> None:
        """Remember a case of an honest State as it stands: nothing may change in it."""
        self.protected[case] = self._held(case)

    @property
    def changed(self) -> tuple[CaseId, ...]:
        """Return the protected cases that are not what they were."""
        return tuple(one for one, held in self.protected.items() if self._held(one) != held)

    def _held(self, case: CaseId) -> object:
        journal, tables = self.vn.machine.journal, self.vn.machine.tables
        numbers = journal.numbers(case, self.il.state.code)
        return journal.load(case), numbers, tables.summaries.get(case)

    # --- counting -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def attacking(self) -> Iterator[None]:
        """Count what VN does inside."""
        before = len(self.vn.machine.disk.records)
        with self.counter.counting():
            yield
        self.counter.rows += len(self.vn.machine.disk.records) - before

    @property
    def used(self) -> Bound:
        """Return what was counted."""
        counter = self.counter
        return Bound(
            octets=counter.octets,
            signatures=counter.signatures,
            rows=counter.rows,
            hashed=counter.hashed,
        )


def answer_of(line: ssl.SSLSocket) -> tuple[int, bytes]:
    """Return status and body of the first answer on a line, (0, b"") where it ends without one."""
    got = peer_world.answer(line)
    if not got:
        return 0, b""
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (
            int(row[15:])
            for row in head.split(b"\r\n")
            if row.lower().startswith(b"content-length:")
        ),
        0,
    )
    return int(head.split(b" ")[1]), body[:length]


class _Door:
    """VN's door, over the office that VN has at the moment: it may have been started anew."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __getattr__(self, name: str) -> object:
        vn: Node = self._stage.vn
        door = PeerDoor(
            office=vn.office,
            is_store_ready=lambda: True,
            own_export=lambda: vn.state.data,
            refused=self._stage.recorder.note,
        )
        return getattr(door, name)
