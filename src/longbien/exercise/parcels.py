"""What a worker does with evidence, in small: sealed objects of a few bytes, real rules.

The bytes are drawn at random: nothing here encrypts, because the desk never looks inside.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, Protocol

from longbien.casework.case import ChoreKind
from longbien.casework.state import Case
from longbien.channel.transfer import (
    Missing,
    SealedObject,
    encode_parts_list,
    encode_window,
    indices_of,
    parse_missing,
    parse_parts_list,
)
from longbien.desk import transfers, work
from longbien.desk.office import Office
from longbien.desk.ports import LeasedChore
from longbien.evidence.custody import Packed, TakenIn
from longbien.exercise.machine import MemoryMachine
from longbien.exercise.network import Answer, MemoryNetwork
from longbien.exercise.states import State
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Refused
from longbien.primitives.ids import CaseId, PackageId, StateCode, TransferId
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome, Verdict


class World(Protocol):
    """What a node stands in."""

    rng: Random
    network: MemoryNetwork

    @property
    def nodes(self) -> Mapping[str, "Node"]:
        """Return all nodes by the codes of their States."""
        ...


class Node(Protocol):
    """What the worker of a node needs of it (``world.Node``)."""

    code: str
    life: int
    refusals: list[str]
    machine: MemoryMachine
    office: Office
    state: State

    @property
    def world(self) -> World:
        """Return what it stands in."""
        ...

    def clock(self) -> Instant:
        """Return what the node believes the time to be."""
        ...

    def held(self, case: CaseId) -> Case:
        """Return a case that is there."""
        ...

    def guarded(self, act: Callable[[], object]) -> bool:
        """Do something, though the power may fail."""
        ...

    def answer(self, serve: Callable[[], bytes]) -> Answer | None:
        """Serve a request of a peer."""
        ...


PART = 64  # bytes of a part in these tests
PASSED = Verdict.of([Finding(check="custody.proof", outcome=Outcome.PASSED, reason="proof.valid")])
RETRY = timedelta(seconds=10)


def put_object(node: Node, *, size: int = 150, header: int = 40) -> SealedObject:
    """Put a sealed object of random bytes into a node's vault."""
    draw, vault = node.world.rng.randbytes, node.machine.vault
    payload, head = draw(size), draw(header)
    parts = [payload[at : at + PART] for at in range(0, size, PART)]
    listed = encode_parts_list(Digest.of(part) for part in parts)
    for piece in (head, listed, *parts):
        vault.put(Digest.of(piece), piece)
    return SealedObject(
        header=Digest.of(head),
        header_size=header,
        parts_list=Digest.of(listed),
        part_count=len(parts),
        part_size=PART,
        size=header + size,
    )


class Parcels:
    """The chores of one node."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.verdict = PASSED
        self.pushed = 0
        """Parts that were sent, doubles included."""

    def do(self, leased: LeasedChore) -> None:
        """Do a chore; what fails is given back, with its code."""
        act = {
            ChoreKind.PACK: self._pack,
            ChoreKind.PUSH: self._push,
            ChoreKind.CHECK: self._check,
            ChoreKind.LINK: self._link,
            ChoreKind.DESTROY: self._destroy,
        }[leased.chore.kind]
        try:
            act(leased)
        except LongBienError as error:
            self._give_back(leased, error.code)

    def _give_back(self, leased: LeasedChore, code: str) -> None:
        self.node.refusals.append(code)
        until = self.node.clock().plus(RETRY)
        self.node.machine.queue.postpone(leased, until=until, code=code, failed=leased.attempts)

    def _settle(self, leased: LeasedChore) -> None:
        self.node.machine.queue.settle_chore(leased)

    # --- giving -----------------------------------------------------------------------------

    def _pack(self, leased: LeasedChore) -> None:
        office, case = self.node.office, leased.chore.case
        package = PackageId(leased.chore.subject)
        _, release = work.get_release(office, case, package)
        if not release.is_announced:
            self._log_custody(case, package)
            sealed, at_home = put_object(self.node), put_object(self.node)
            transfer = TransferId.from_random(office.random_bytes(16))
            work.note_packed(
                office, case, package, transfer=transfer, sealed=sealed, at_home=[at_home]
            )
        self._settle(leased)

    def _log_custody(self, case: CaseId, package: PackageId) -> None:
        # an attempt before this one may have got as far as the first of the two
        office = self.node.office
        known = {stored.kind for stored in work.custody_of(office, case, package)}
        facts: dict[str, Any] = {
            "package_id": package,
            "request": case.urn,
            "at": self.node.clock(),
            "by": "Forensic laboratory",
            "exhibits": 1,
            "files": 1,
            "bytes": 150,
        }
        if "custody.taken-in" not in known:
            work.note_custody(office, case, TakenIn(**facts))
        digest = Digest.of(package.text.encode())
        packed = Packed(**facts, payload_manifest_sha256=digest, description_sha256=digest)
        if "custody.packed" not in known:
            work.note_custody(office, case, packed)

    def _push(self, leased: LeasedChore) -> None:
        transfer = TransferId(leased.chore.subject)
        package = work.get_push(self.node.office, leased.chore.case, transfer)
        peer = self.node.world.nodes[str(self.node.held(leased.chore.case).peer.state)]
        sealed = package.announced.sealed
        life = self.node.life

        def answered(answer: Answer) -> None:
            if life == self.node.life:
                self.node.guarded(lambda: self._go_on(leased, peer, sealed, answer))

        self._carry(
            peer,
            encode_window(first=0, last=sealed.part_count - 1),
            lambda body: transfers.missing_parts(peer.office, self._own, transfer, body),
            answered,
        )

    @property
    def _own(self) -> StateCode:
        return self.node.state.code

    def _carry(
        self,
        peer: Node,
        body: bytes,
        deliver: Callable[[bytes], bytes],
        answered: Callable[[Answer], None] = lambda _answer: None,
    ) -> None:
        self.node.world.network.post(
            sender=self.node.code,
            recipient=peer.code,
            body=body,
            deliver=lambda there: peer.answer(lambda: deliver(there)),
            answered=answered,
        )

    def _go_on(self, leased: LeasedChore, peer: Node, sealed: SealedObject, answer: Answer) -> None:
        case, transfer = leased.chore.case, TransferId(leased.chore.subject)
        try:
            if isinstance(answer, LongBienError):
                raise answer
            missing = parse_missing(answer, sealed=sealed)
            if missing.is_complete(sealed):
                work.note_pushed(self.node.office, case, transfer)
                self._settle(leased)
                return
            self._send(peer, transfer, sealed, missing)
        except LongBienError as error:
            self._give_back(leased, error.code)
            return
        # what was sent is asked about in the next round
        until = self.node.clock().plus(RETRY)
        self.node.machine.queue.postpone(leased, until=until, code="parts.sent", failed=0)

    def _send(
        self, peer: Node, transfer: TransferId, sealed: SealedObject, missing: Missing
    ) -> None:
        vault = self.node.machine.vault
        if missing.header:
            self._carry(
                peer,
                vault.get(sealed.header),
                lambda body: self._put_header(peer, transfer, body),
            )
        if missing.parts_list:
            self._carry(
                peer,
                vault.get(sealed.parts_list),
                lambda body: self._put_list(peer, transfer, body),
            )
            return
        digests = parse_parts_list(vault.get(sealed.parts_list), sealed=sealed)
        for index in indices_of(missing.ranges):
            self.pushed += 1
            self._carry(
                peer,
                vault.get(digests[index]),
                partial(self._put_part, peer, transfer, index),
            )

    def _put_header(self, peer: Node, transfer: TransferId, body: bytes) -> bytes:
        transfers.admit_header(peer.office, self._own, transfer, length=len(body))
        transfers.keep_header(peer.office, self._own, transfer, body)
        return b""

    def _put_list(self, peer: Node, transfer: TransferId, body: bytes) -> bytes:
        transfers.admit_list(peer.office, self._own, transfer, length=len(body))
        transfers.keep_list(peer.office, self._own, transfer, body)
        return b""

    def _put_part(self, peer: Node, transfer: TransferId, index: int, body: bytes) -> bytes:
        transfers.admit_part(peer.office, self._own, transfer, index=index, length=len(body))
        transfers.keep_part(peer.office, self._own, transfer, body, index=index)
        return b""

    # --- receiving --------------------------------------------------------------------------

    def _check(self, leased: LeasedChore) -> None:
        office, case = self.node.office, leased.chore.case
        package = PackageId(leased.chore.subject)
        found = work.get_arrived(office, case, package)
        if found.verified is None:
            self._require_whole(found.announced.sealed)
            report = Digest.of(b"report of %s" % package.text.encode())
            work.note_checked(office, case, package, verdict=self.verdict, report=report)
        self._settle(leased)

    def _require_whole(self, sealed: SealedObject) -> None:
        vault = self.node.machine.vault
        digests = parse_parts_list(vault.get(sealed.parts_list), sealed=sealed)
        for digest in (sealed.header, *digests):
            vault.get(digest)

    def _link(self, leased: LeasedChore) -> None:
        work.link(self.node.office, leased.chore.case, CaseId(leased.chore.subject))
        self._settle(leased)

    def _destroy(self, leased: LeasedChore) -> None:
        package = PackageId(leased.chore.subject)
        case = leased.chore.case
        found = self.node.held(case).find_package(package)
        if found is None or not found.destruction_approved:
            raise Refused("destruction.not-approved", "two officers have not let it go")
        self.node.machine.vault.discard(found.announced.sealed.header)
        work.note_destroyed(self.node.office, case, package, method="key destroyed")
        self._settle(leased)
