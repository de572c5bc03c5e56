"""Packing: what two officers released becomes a sealed package in the vault, and is announced.

Every step finds what an earlier, interrupted attempt has done: the description follows from the
case alone, custody is entered once, and a package that was sealed but not announced is sealed
anew (the parts of the first are swept as belonging to nothing).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from attrs import field, frozen

from longbien import __version__
from longbien.adapters.exhibits import upload_notices
from longbien.adapters.pack_inputs import exercise_stamping, network_stamping, open_signing
from longbien.adapters.package_making import (
    PackageDraft,
    Sealing,
    custody_events,
    describe_package,
    package_salt,
    seal_package,
    stored_exhibits,
)
from longbien.adapters.packer import Signing
from longbien.casework.events import CustodyNoted, ReleaseApproved
from longbien.casework.package_record import record_files
from longbien.casework.state import Case, Release
from longbien.casework.wire import parse_event
from longbien.desk.ports import StoredEvent
from longbien.desk.work import custody_of, get_release, note_custody, note_packed
from longbien.evidence.packing import Custody, keys_of
from longbien.evidence.wire import Head
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import encode_proof
from longbien.node.case_identity import case_identity
from longbien.node.running import Node
from longbien.node.witness_policy import witness_policy
from longbien.node.worker.witnessing import Witnesses
from longbien.primitives.errors import Integrity, Refused, Unavailable
from longbien.primitives.ids import AuthorityId, CaseId, KeyId, PackageId, TransferId
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import HybridIdentity, recipient_of
from longbien.trust.age.recipients import HybridRecipient, key_id

log = structlog.get_logger("longbien.worker")

_SOFTWARE: Final = f"longbien {__version__}"


@frozen(kw_only=True)
class Packer:
    """Packs for one node."""

    node: Node
    witnesses: Witnesses
    advance: Callable[[int], None] = field(default=lambda _count: None)

    def pack(self, case_id: CaseId, package: PackageId) -> None:
        """Pack a release and announce it.

        1. Describe it, from hashes that were made at ingest.  2. Enter custody into the ledger.
        3. Have the ledger witnessed.  4. Sign, stamp, seal.  5. Announce.

        Raises Refused ``release.…``, ``pack.…``; Unavailable ``ledger.not-cosigned`` while too
        few witnesses answer, ``desk.no-sealing-key``; Integrity ``package.not-as-logged``.
        """
        office = self.node.office
        case, release = get_release(office, case_id, package)
        if release.is_announced:
            return
        identity = case_identity(self.node.store.keys, case_id)
        recipient = self._recipient(release.recipient)
        draft = self._describe(case, release, identity, recipient)  # 1
        stored = self._enter(case_id, draft)  # 2
        self.witnesses.gather()  # 3
        custody = self._custody(stored)
        with signing_of(self.node, case.own) as signing:  # 4
            sealed = seal_package(
                draft,
                custody,
                signing=signing,
                signed_at=office.clock(),
                sealing=Sealing(
                    vault=self.node.vault,
                    identities=(identity,),
                    home=(recipient_of(identity),),
                    sent_to=(recipient,),
                    random_bytes=office.random_bytes,
                    advance=self.advance,
                ),
                record=record_files(case, release),
            )
        transfer = TransferId.from_random(office.random_bytes(16))
        note_packed(  # 5
            office,
            case_id,
            package,
            transfer=transfer,
            sealed=sealed.sent,
            at_home=(sealed.home,),
        )
        log.info("packed", case=str(case_id), package=str(package), octets=sealed.size)

    def _recipient(self, authority: AuthorityId) -> HybridRecipient:
        found = self.node.office.book().find_recipients(authority, self.node.office.clock())
        if not found:
            raise Unavailable(
                "desk.no-sealing-key",
                "{authority} shows no key to seal for",
                retry=True,
                authority=authority,
            )
        return found[0]

    def _describe(
        self, case: Case, release: Release, identity: HybridIdentity, recipient: HybridRecipient
    ) -> PackageDraft:
        exhibits = [one for one in case.exhibits if one.id in release.exhibits]
        return describe_package(
            Head(
                package_id=release.package,
                request=case.id.urn,
                legal_basis=release.legal_basis,
                use_limits=release.use_limits,
                recipients=(KeyId(str(key_id(recipient))),),
                created_at=self._approved_at(case.id, release.package),
                created_by=str(case.own),
                exercise=case.exercise,
                software=_SOFTWARE,
            ),
            stored_exhibits(exhibits),
            salt=package_salt(identity, release.package),
            vault=self.node.vault,
            identities=(identity,),
            notices=tuple(
                notice for one in exhibits for notice in upload_notices(one.original_name)
            ),
        )

    def _approved_at(self, case: CaseId, package: PackageId) -> Instant:
        # the same at each attempt, or the description would be another one
        for stored in self.node.office.journal.load(case):
            event = parse_event(stored.kind, stored.body)
            if isinstance(event, ReleaseApproved) and event.package == package:
                return Instant(event.at.moment.replace(microsecond=0))
        raise Refused("release.not-approved", "two officers have not released that package")

    def _enter(self, case: CaseId, draft: PackageDraft) -> tuple[StoredEvent, ...]:
        office, package = self.node.office, draft.package.package_id
        now = office.clock()
        for event in custody_events(draft, taken_at=now, packed_at=now):
            stored = custody_of(office, case, package)
            kinds = {type(_custody(one).custody) for one in stored}
            if type(event) not in kinds:
                note_custody(office, case, event)
        return custody_of(office, case, package)

    def _custody(self, stored: tuple[StoredEvent, ...]) -> Custody:
        node = self.node
        quorum = node.settings.witness_quorum
        policy = witness_policy(node.office.book(), node.state, quorum=quorum)
        return Custody(
            events=tuple(_custody(one).custody for one in stored),
            salts=tuple(one.salt for one in stored),
            proofs=tuple(encode_proof(node.office.ledger.prove(one.leaf)) for one in stored),
            policy=policy,
            keys=keys_of(parse_policy(policy)),
        )


def _custody(stored: StoredEvent) -> CustodyNoted:
    event = parse_event(stored.kind, stored.body)
    if not isinstance(event, CustodyNoted):
        raise Integrity("package.not-as-logged", "an event of custody is of another kind")
    return event


@contextmanager
def signing_of(node: Node, authority: AuthorityId) -> Iterator[Signing]:
    """Open the keys with which an authority signs packages, and its time-stamp authority."""
    settings, random_bytes = node.settings, node.office.random_bytes
    stamping = (
        network_stamping(
            settings.tsa_url,
            [settings.path_of(one) for one in settings.tsa_material],
            random_bytes,
        )
        if settings.tsa_url
        else exercise_stamping(node.keys.tsa, random_bytes)
    )
    folder = node.keys.signer(authority)
    with open_signing(folder, stamping=stamping, passphrase=None, hardware=None) as signing:
        yield signing
