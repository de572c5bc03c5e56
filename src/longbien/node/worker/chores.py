"""Chores: packing, pushing, checking, linking, destroying; each ends in a note of the desk."""

from collections.abc import Callable
from functools import cached_property
from typing import Final

import structlog
from attrs import field, frozen

from longbien.adapters.peer_client import PeerClient
from longbien.adapters.peer_sending import HandOver
from longbien.adapters.sealed_objects import MemoryPlaintext, rewrap, seal_object
from longbien.adapters.vault import digests_of
from longbien.casework.case import ChoreKind
from longbien.casework.state import Case, Package
from longbien.channel.message import Lane
from longbien.channel.outbound import backoff
from longbien.channel.transfer import SealedObject
from longbien.desk import work
from longbien.desk.ports import LeasedChore
from longbien.node.case_identity import case_identity
from longbien.node.running import Node
from longbien.node.turned_away import Refused as Told
from longbien.node.worker.witnessing import Witnesses
from longbien.primitives.digest import Digest, Octets
from longbien.primitives.errors import LongBienError, Malformed, Refused
from longbien.primitives.ids import CaseId, PackageId, TransferId
from longbien.primitives.verdict import Finding, Outcome, Verdict
from longbien.trust.age.identities import recipient_of

log = structlog.get_logger("longbien.worker")

METHOD: Final = "key-and-parts"
"""How evidence is destroyed here: its header and parts are removed, and its key with the case's."""


@frozen(kw_only=True)
class Chores:
    """Does chores for one node; any number of threads use it."""

    node: Node
    client: PeerClient
    progress: Callable[[str, int], None] = field(default=lambda _what, _octets: None)
    """Told what is being done and how many bytes more of it are done."""

    refused: Told = field(default=lambda _peer, _code: None)
    """Told of answers that are not what a peer may answer."""

    _moved: set[str] = field(factory=set, init=False)
    """Subjects of which something got through in the present attempt."""

    def do(self, leased: LeasedChore) -> bool:
        """Do one chore; tell if it is done.  What fails is tried again later, with its code."""
        chore = leased.chore
        self._moved.discard(chore.subject)
        try:
            self._acts()[chore.kind](chore.case, chore.subject)
        except LongBienError as error:
            self._give_back(leased, error)
            return False
        self.node.office.queue.settle_chore(leased)
        return True

    def _acts(self) -> dict[ChoreKind, Callable[[CaseId, str], None]]:
        return {
            ChoreKind.PACK: self._pack,
            ChoreKind.PUSH: self._push,
            ChoreKind.CHECK: self._check,
            ChoreKind.LINK: self._link,
            ChoreKind.DESTROY: self._destroy,
        }

    def _give_back(self, leased: LeasedChore, error: LongBienError) -> None:
        office = self.node.office
        # a line that was cut ten times and carried each time is no line to wait for; and where
        # one cut came too early, those before it that carried something do not count
        failed = 1 if leased.chore.subject in self._moved else leased.attempts
        wait = backoff(failed, lane=Lane.PRESERVATION, random_bytes=office.random_bytes)
        until = office.clock().plus(wait)
        office.queue.postpone(leased, until=until, code=error.code, failed=failed)
        log.warning(
            "not done",
            chore=leased.chore.kind.value,
            case=str(leased.chore.case),
            code=error.code,
            attempts=failed,
            again_in=round(wait.total_seconds(), 3),
        )

    # --- the giving State ------------------------------------------------------------------------

    def _pack(self, case: CaseId, subject: str) -> None:
        from longbien.node.worker.packing import Packer  # noqa: PLC0415 - 0.2 core-s at each start

        witnesses = Witnesses(office=self.node.office, client=self.client)
        packer = Packer(
            node=self.node,
            witnesses=witnesses,
            advance=lambda count: self.progress("seal", count),
        )
        packer.pack(case, PackageId.parse(subject))

    def _push(self, case: CaseId, subject: str) -> None:
        office, transfer = self.node.office, TransferId.parse(subject)
        package = work.get_push(office, case, transfer)
        found = work.get_case(office, case)
        hand_over = HandOver(
            client=self.client,
            peer=found.peer.state,
            transfer=transfer,
            sealed=package.announced.sealed,
            source=VaultParts(node=self.node, sealed=package.announced.sealed),
            progress=lambda count: self._pushed(subject, count),
        )
        try:
            sent = hand_over.send()
        except Malformed as error:
            self.refused(found.peer.state, error.code)
            raise
        work.note_pushed(office, case, transfer)
        log.info("pushed", case=str(case), parts=sent.parts, octets=sent.octets)

    def _pushed(self, subject: str, count: int) -> None:
        self._moved.add(subject)
        self.progress("send", count)

    def _link(self, case: CaseId, subject: str) -> None:
        work.link(self.node.office, case, CaseId.parse(subject))

    # --- the receiving State ---------------------------------------------------------------------

    def _check(self, case: CaseId, subject: str) -> None:
        office = self.node.office
        package = work.get_arrived(office, case, PackageId.parse(subject))
        if package.verified is not None:
            return
        found = work.get_case(office, case)
        try:
            verdict, document, sealed = self._judged(package, found)
            home = self._rewrap(case, sealed)
        except (Malformed, Refused) as error:
            # what cannot even be opened is a finding about the package, not a fault of ours
            verdict, document, home = _unopened(subject, error), error.code.encode(), ()
        kept = self._keep(case, document)
        work.note_checked(
            office,
            case,
            PackageId.parse(subject),
            verdict=verdict,
            report=Digest.of(document),
            at_home=(*home, kept),
        )
        log.info("checked", case=str(case), package=subject, outcome=verdict.outcome.name)

    def _judged(self, package: Package, case: Case) -> tuple[Verdict, bytes, SealedObject]:
        from longbien.evidence.report_english import ENGLISH  # noqa: PLC0415 - 0.4 core-s at each
        from longbien.evidence.report_json import encode_report  # noqa: PLC0415 - start of a worker
        from longbien.node.worker.judging import Judge  # noqa: PLC0415 - that has nothing to judge

        report, sealed = Judge(node=self.node).judge_arrived(
            package, giver=case.peer.state, own=case.own
        )
        return report.verdict, encode_report(report, catalogue=ENGLISH), sealed

    def _rewrap(self, case: CaseId, sealed: SealedObject) -> tuple[SealedObject, ...]:
        home = recipient_of(case_identity(self.node.store.keys, case))
        return (
            rewrap(
                sealed,
                self.node.vault,
                identities=self.node.office.identities,
                recipients=(home,),
                random_bytes=self.node.office.random_bytes,
            ),
        )

    def _keep(self, case: CaseId, document: bytes) -> SealedObject:
        home = recipient_of(case_identity(self.node.store.keys, case))
        return seal_object(
            MemoryPlaintext(document),
            self.node.vault,
            recipients=(home,),
            random_bytes=self.node.office.random_bytes,
        )

    def _destroy(self, case: CaseId, subject: str) -> None:
        office, vault = self.node.office, self.node.vault
        package = PackageId.parse(subject)
        found = work.get_case(office, case).find_package(package)
        if found is None or found.is_destroyed:
            return
        parts_list = found.announced.sealed.parts_list
        if not vault.missing([parts_list]):
            vault.discard(self._destined(case, found.announced.sealed))
            vault.discard(
                [parts_list]
            )  # last of all: a worker that dies before finds the rest by it
        work.note_destroyed(office, case, package, method=METHOD)
        log.info("destroyed", case=str(case), package=subject)

    def _destined(self, case: CaseId, sealed: SealedObject) -> list[Digest]:
        """Name parts and headers of a package, its list apart, before any of them is removed."""
        from longbien.node.store.objects import objects_of  # noqa: PLC0415 - Django is set up

        kept = objects_of(self.node.store, case=case)
        headers = {one.header for one in kept if one.parts_list == sealed.parts_list}
        found = {*digests_of(self.node.vault, sealed), *headers} - {sealed.parts_list}
        return sorted(found, key=lambda digest: digest.raw)


def _unopened(subject: str, error: LongBienError) -> Verdict:
    finding = Finding(check="package", outcome=Outcome.FAILED, reason=error.code, subject=subject)
    return Verdict.of([finding])


@frozen(kw_only=True)
class VaultParts:
    """The parts of a sealed object, out of the vault (port ``PartSource``)."""

    node: Node
    sealed: SealedObject

    @cached_property
    def _row(self) -> Octets:
        # 32 bytes a part: read once, or a package of terabytes would be mostly this
        return self.node.vault.get(self.sealed.parts_list)

    def header(self) -> Octets:
        """Return the header for this recipient."""
        return self.node.vault.get(self.sealed.header)

    def parts_list(self) -> Octets:
        """Return the digests of all parts."""
        return self._row

    def part(self, index: int, /) -> Octets:
        """Return a part, its digest checked."""
        return self.node.vault.get(Digest(bytes(self._row[32 * index : 32 * index + 32])))
