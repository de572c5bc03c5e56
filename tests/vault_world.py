"""What the tests of the vault share: vaults of every kind, short ways to seal, damage and pack.

Keys, ledger and witnesses are those of ``packing_world`` and ``memory_bag``.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import memory_bag
import packing_world as packing
import trust_world as world
from longbien.adapters.exhibits import Bench, ExhibitWriter, StoredExhibit
from longbien.adapters.package_making import (
    PackageDraft,
    SealedPackage,
    Sealing,
    custody_events,
    describe_package,
    package_salt,
    seal_package,
)
from longbien.adapters.sealed_objects import MemoryPlaintext, open_object, seal_object
from longbien.adapters.vault_local import LocalVault, create_vault
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import Vault
from longbien.evidence.custody import Packed, TakenIn, encode_event
from longbien.evidence.packing import Custody, keys_of
from longbien.evidence.report import Report
from longbien.evidence.source import BagSource
from longbien.evidence.verify import verify
from longbien.ledger.checkpoints import Head as LedgerHead
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import TlogProof, encode_proof
from longbien.ledger.tree import inclusion_proof, leaf_hash, root_of
from longbien.primitives.digest import SIZE, Digest
from longbien.trust.age.identities import HybridIdentity, Identity, recipient_of

CASE = HybridIdentity(bytes(range(32)))
"""The key of a case at home."""

PEER = packing.ME
"""The recipient authority, which packages of ``packing_world`` name."""

STRANGER = packing.STRANGER
SPARE = 2**20


def local_vault(folder: Path, **options: object) -> LocalVault:
    """Make a vault in a new folder."""
    create_vault(folder)
    return LocalVault(folder, **{"spare": SPARE, **options})


def noise(size: int, seed: int = 0) -> bytes:
    """Return bytes that look random and are the same every time."""
    return hashlib.shake_256(b"%d" % seed).digest(size)


def sealed(vault: Vault, data: bytes, *, recipient: HybridIdentity = CASE) -> SealedObject:
    """Seal bytes into a vault for the case."""
    return seal_object(
        MemoryPlaintext(data), vault, recipients=[recipient_of(recipient)], workers=2
    )


def opened(vault: Vault, one: SealedObject, identity: Identity = CASE) -> bytes:
    """Open an object and return all of its plaintext."""
    return b"".join(map(bytes, open_object(one, vault, [identity]).blocks(workers=2)))


def digests_of(vault: Vault, one: SealedObject) -> list[Digest]:
    """Return the digests of an object's parts in order."""
    row = vault.get(one.parts_list)
    return [Digest(row[at : at + SIZE]) for at in range(0, len(row), SIZE)]


def place(folder: Path, digest: Digest) -> Path:
    """Return where a local vault keeps a part."""
    return folder / "parts" / digest.hex[:2] / digest.hex


def flip(path: Path, bit: int) -> None:
    """Turn over one bit of a file."""
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def exhibit(
    vault: Vault, original: bytes, content: bytes, *, bench: Bench | None = None
) -> StoredExhibit:
    """Take bytes in."""
    with bench or Bench(workers=1) as tools, writer(vault, tools) as one:
        one.write(content)
        return one.finish(original)


def writer(vault: Vault, bench: Bench) -> ExhibitWriter:
    """Return a writer for the case's key."""
    return ExhibitWriter(vault, recipients=[recipient_of(CASE)], bench=bench)


# --- packages ---------------------------------------------------------------------------------


def draft_of(vault: Vault, exhibits: Sequence[StoredExhibit], **changes: object) -> PackageDraft:
    """Describe a package of exhibits."""
    return describe_package(
        packing.head(**changes),
        exhibits,
        salt=package_salt(CASE, packing.ID),
        vault=vault,
        identities=[CASE],
    )


def custody_of(events: Iterable[TakenIn | Packed], *, cosigners: int = 2) -> Custody:
    """Put events into the ledger of ``memory_bag``, have it cosigned, and take the proofs."""
    ledger, plan = memory_bag.ledger(), memory_bag.Plan(cosigners=cosigners)
    events = tuple(events)
    salts = tuple(hashlib.sha256(b"salt %d" % number).digest() for number in range(len(events)))
    entries = [hashlib.sha256(b"older %d" % number).digest() for number in range(3)]
    entries += [
        encode_entry(EntryKind.EVENT, salt, encode_event(event))
        for event, salt in zip(events, salts, strict=True)
    ]
    leaves = b"".join(map(leaf_hash, entries))
    signed = memory_bag.checkpoint(
        plan, LedgerHead(origin=memory_bag.ORIGIN, size=len(entries), root=root_of(leaves))
    )
    return Custody(
        events=events,
        salts=salts,
        proofs=tuple(
            encode_proof(
                TlogProof(index=index, hashes=inclusion_proof(leaves, index), signed=signed)
            )
            for index in range(3, len(entries))
        ),
        policy=ledger.policy_text,
        keys=keys_of(parse_policy(ledger.policy_text)),
    )


def logged(draft: PackageDraft, *, cosigners: int = 2) -> Custody:
    """Return the custody of a draft, as a node would have logged it."""
    times = (memory_bag.NOW.plus(timedelta(minutes=-count)) for count in itertools.count(8))
    packed_at, taken_at = next(times), next(times)
    return custody_of(
        custody_events(draft, taken_at=taken_at, packed_at=packed_at), cosigners=cosigners
    )


def packed_into(
    vault: Vault,
    draft: PackageDraft,
    *,
    custody: Custody | None = None,
    sent_to: HybridIdentity = PEER,
    advance: Callable[[int], None] = lambda _count: None,
) -> SealedPackage:
    """Sign and seal a package for PEER."""
    return seal_package(
        draft,
        custody or logged(draft),
        signing=packing.signing(),
        signed_at=memory_bag.NOW,
        sealing=Sealing(
            vault=vault,
            identities=[CASE],
            home=[recipient_of(CASE)],
            sent_to=[recipient_of(sent_to)],
            workers=2,
            advance=advance,
        ),
    )


def judged(source: BagSource, *, quick: bool = False, identity: HybridIdentity = PEER) -> Report:
    """Verify as the receiver who trusts all that is needed."""
    spread = getattr(source, "spread", map)
    return verify(
        source,
        anchors=world.anchors(),
        policy=memory_bag.ledger().policy,
        now=memory_bag.NOW.plus(timedelta(minutes=5)),
        recipient=packing.key_of(identity),
        spread=spread,
        quick=quick,
    )
