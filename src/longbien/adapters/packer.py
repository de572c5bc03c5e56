"""From a folder of exhibits to a signed bag: the steps of ``evidence.packing`` on a real disk.

A package needs cosigned ledger heads inside before it can be signed.  With witnesses at hand it
is made in one go; else it is prepared, waits for them under ``LB-<uuid>.prepared``, and is
finished later.  What was put into the ledger stays there, also when the package comes to nothing.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from attrs import field, frozen

from longbien.adapters.bag_writer import BagWriter, finish, new_bag
from longbien.adapters.ewf import check_images
from longbien.adapters.files import coded, read_small, write_durably
from longbien.adapters.ingest import Advance, Intake, spare_thread, take_in
from longbien.adapters.ledger_store import LedgerStore
from longbien.adapters.survey import Survey, require_apart
from longbien.evidence.custody import Packed, TakenIn, encode_event
from longbien.evidence.instructions import Facts
from longbien.evidence.layout import (
    DESCRIPTION,
    TAG_MANIFEST,
    bag_folder,
    leaves_path,
)
from longbien.evidence.manifests import MAX_MANIFEST
from longbien.evidence.packing import (
    Custody,
    Described,
    Files,
    Signatures,
    certificate_path,
    complete,
    describe,
    keys_of,
    packed,
    require_head,
    signature_files,
    taken_in,
)
from longbien.evidence.wire import MAX_DESCRIPTION, Head, package_of, parse_package
from longbien.ledger.notes import NoteSigner
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import ProofCheck, encode_proof, verify_proof
from longbien.ledger.tree import root_of
from longbien.primitives.canonical import encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed, Refused
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome
from longbien.trust.certificates import Certificate, Material
from longbien.trust.ports import EcSigner, MlDsaSigner, TimeStamper
from longbien.trust.postquantum import sign_mldsa

PREPARED = ".prepared"
_STATE = "prepared.json"  # beside the bag's own files, until it is finished
_MAX_STATE = 2**12  # bytes
_MAX_LEAVES = 2**30  # bytes: the leaf hashes of a file of 32 TiB


class Witnessing(Protocol):
    """How the ledger's head gets its cosignatures before the proofs are taken."""

    def __call__(self, ledger: LedgerStore, /, *, now: Instant) -> None:
        """Have the published checkpoint cosigned; raise Refused or Unavailable if it is not."""
        ...


@frozen(kw_only=True)
class Signing:
    """With what a package is signed and stamped."""

    ec: EcSigner
    mldsa: MlDsaSigner
    stamper: TimeStamper

    material: Material
    """Certificates and revocation lists, of the signer and of the time-stamp authority."""

    time_authorities: tuple[Certificate, ...]


@frozen(kw_only=True)
class Bookkeeping:
    """The ledger that custody is written into."""

    ledger: LedgerStore
    signers: Sequence[NoteSigner]
    policy: bytes = field(repr=False)
    """What goes into ``custody/policy.txt``."""


@frozen(kw_only=True)
class World:
    """What only the machine has."""

    now: Callable[[], Instant]
    random_bytes: Callable[[int], bytes]
    advance: Advance = lambda _: None


@frozen(kw_only=True)
class Order:
    """What is to be packed."""

    source: Path
    out: Path
    survey: Survey
    head: Head
    skip_ewf: bool = False


@frozen(kw_only=True)
class Made:
    """A package that was made, or prepared."""

    folder: Path
    described: Described
    indexes: tuple[int, ...]
    """Where its events stand in the ledger."""


def pack(
    order: Order, *, signing: Signing, books: Bookkeeping, witness: Witnessing, world: World
) -> Made:
    """Make a package in one go.

    Raises what its steps raise: Refused ``ingest.…``, ``bag.exists``, ``ledger.…``,
    ``witness.…``; Unavailable ``disk.…``, ``tsa.…``, ``hsm.…``; Malformed for facts that a
    reader would not accept.
    """
    with new_bag(order.out, _require_ready(order, books)) as bag:
        described, indexes = _begin(order, bag, books, world)
        witness(books.ledger, now=world.now())
        bag.write(_rest(described, indexes, books, signing))
        bag.write(_sign(bag.folder, signing, world))
    return Made(folder=bag.final, described=described, indexes=indexes)


def prepare(order: Order, *, books: Bookkeeping, world: World) -> Made:
    """Do all that comes before the witnesses; the folder ``LB-<uuid>.prepared`` waits for them."""
    name = _require_ready(order, books)
    with new_bag(order.out, f"{name}{PREPARED}") as bag:
        described, indexes = _begin(order, bag, books, world)
        bag.write({_STATE: encode_json({"indexes": list(indexes)})})
    return Made(folder=bag.final, described=described, indexes=indexes)


def finish_prepared(folder: Path, *, signing: Signing, books: Bookkeeping, world: World) -> Made:
    """Complete a prepared package after the ledger's head was cosigned.

    What is in the folder must be what the ledger's event says: Integrity ``pack.changed``.
    """
    if not folder.name.endswith(PREPARED):
        raise Refused("pack.not-prepared", "{name} is not a prepared package", name=folder.name)
    final = folder.with_name(folder.name.removesuffix(PREPARED))
    if os.path.lexists(final):
        raise Refused("bag.exists", "{name} is there already", name=final.name)
    state = read_small(folder / _STATE, limit=_MAX_STATE)
    indexes = _parse_state(state)
    described = _described_again(folder, indexes, books)
    bag = BagWriter(folder)
    written: list[str] = []
    try:
        rest = _rest(described, indexes, books, signing)
        written += rest
        bag.write(rest)
        signatures = _sign(folder, signing, world)
        written += signatures
        bag.write(signatures)
        (folder / _STATE).unlink()
        bag.final = final
        finish(bag)
    except BaseException:
        _undo(folder, written, state)
        raise
    return Made(folder=final, described=described, indexes=indexes)


def _undo(folder: Path, written: list[str], state: bytes) -> None:
    # back to what was prepared, so that it can be finished another time
    for path in written:
        (folder / path).unlink(missing_ok=True)
    shutil.rmtree(folder / "signatures", ignore_errors=True)
    if folder.exists() and not (folder / _STATE).exists():
        write_durably(folder / _STATE, state)


# --- the steps --------------------------------------------------------------------------------


def _require_ready(order: Order, books: Bookkeeping) -> str:
    """Find out what can be found out before a byte is copied; return the bag's name."""
    require_apart(order.source, order.out)
    require_head(order.head)
    parse_policy(books.policy)
    return bag_folder(order.head.package_id)


def _begin(
    order: Order, bag: BagWriter, books: Bookkeeping, world: World
) -> tuple[Described, tuple[int, ...]]:
    with spare_thread() as executor:
        intake = take_in(
            order.source, bag.folder, order.survey, executor=executor, advance=world.advance
        )
    taken_at = world.now()
    described = _describe(order, bag.folder, intake, world)
    bag.write(described.files)
    events = (
        taken_in(described.package, at=taken_at),
        packed(described, at=world.now()),
    )
    return described, _enter(events, books, world)


def _describe(order: Order, folder: Path, intake: Intake, world: World) -> Described:
    images = check_images(intake.files, folder, skip=order.skip_ewf)
    package = package_of(
        order.head,
        files=intake.files,
        salt=world.random_bytes(32),
        notices=(*intake.notices, *images),
    )
    return describe(package, intake.leaves)


def _enter(
    events: tuple[TakenIn | Packed, ...], books: Bookkeeping, world: World
) -> tuple[int, ...]:
    """Put the events into the ledger and publish its head."""
    data = [encode_event(event) for event in events]
    indexes = tuple(books.ledger.append(data, random_bytes=world.random_bytes))
    books.ledger.checkpoint(signers=books.signers, now=world.now())
    return indexes


def _rest(
    described: Described, indexes: tuple[int, ...], books: Bookkeeping, signing: Signing
) -> Files:
    """Return the tag files that ``describe`` did not make."""
    custody = _custody(described, indexes, books)
    files = complete(
        described, custody, material=signing.material, facts=facts_of(signing, custody.keys)
    )
    return {path: data for path, data in files.items() if path not in described.files}


def _custody(described: Described, indexes: tuple[int, ...], books: Bookkeeping) -> Custody:
    records = [books.ledger.record(index) for index in indexes]
    proofs = [books.ledger.prove(index) for index in indexes]
    policy = parse_policy(books.policy)
    for record, proof in zip(records, proofs, strict=True):
        require_witnessed(verify_proof(proof, entry=record.entry, policy=policy))
    return Custody(
        events=_events_of(described, [record.event for record in records]),
        salts=tuple(record.salt for record in records),
        proofs=tuple(map(encode_proof, proofs)),
        policy=books.policy,
        keys=keys_of(policy),
    )


def require_witnessed(check: ProofCheck) -> None:
    """Raise Refused ``pack.not-witnessed`` unless a proof is worth what the policy asks for."""
    if check.verdict.outcome is not Outcome.PASSED:
        raise Refused(
            "pack.not-witnessed",
            "the ledger's head does not meet the policy ({reasons}); have it cosigned first",
            reasons=", ".join(finding.reason for finding in check.findings),
        )


def _events_of(described: Described, events: list[bytes]) -> tuple[TakenIn | Packed, ...]:
    """Read the two events back, and compare them with what is in the folder."""
    try:
        times = [_time_of(event) for event in events]
        made = (taken_in(described.package, at=times[0]), packed(described, at=times[1]))
    except (Malformed, IndexError):
        raise _changed() from None
    if [encode_event(event) for event in made] != events:
        raise _changed()
    return made


def _time_of(event: bytes) -> Instant:
    value = parse_canonical(event)
    at = value.get("at") if isinstance(value, dict) else None
    return Instant.parse(at if isinstance(at, str) else "")


def _changed() -> Integrity:
    return Integrity(
        "pack.changed",
        "the prepared folder is not what the ledger says was packed; pack the exhibits again",
    )


def facts_of(signing: Signing, ledger_keys: tuple[str, ...]) -> Facts:
    """Return what ``VERIFY.txt`` says of the signer and of who stamps."""
    signer, mldsa = signing.ec.certificates[0], signing.mldsa.certificates[0]
    tops = (
        *(chain[-1] for chain in (signing.ec.certificates, signing.mldsa.certificates)),
        *signing.time_authorities,
    )
    known = {one.subject_der: one.sha256.hex for one in signing.material.certificates}
    roots = ((top.issuer, known.get(top.issuer_der, "")) for top in tops)
    return Facts(
        signer=signer,
        post_quantum=mldsa,
        post_quantum_path=certificate_path(mldsa.sha256),
        time_authorities=signing.time_authorities,
        roots=tuple(dict.fromkeys(roots)),
        ledger_keys=ledger_keys,
    )


def _sign(folder: Path, signing: Signing, world: World) -> Files:
    """Sign the tag manifest as it stands on the disk."""
    content = read_small(folder / TAG_MANIFEST, limit=MAX_MANIFEST)
    return sign_manifest(content, signing, signed_at=world.now())


def sign_manifest(content: bytes, signing: Signing, *, signed_at: Instant) -> Files:
    """Sign and stamp a tag manifest; raises Unavailable ``tsa.…``, ``hsm.…``."""
    # pyHanko's signing side loads PDF and HTTP code, a second of it: only who signs shall wait
    from longbien.trust.cades_signing import sign_cades  # noqa: PLC0415 - as said above

    cades = sign_cades(content, signer=signing.ec, stamper=signing.stamper, signed_at=signed_at)
    return signature_files(
        Signatures(
            cades=cades,
            timestamp=signing.stamper.stamp(Digest.of(cades)),
            post_quantum=sign_mldsa(content, signer=signing.mldsa),
        )
    )


# --- a prepared package -----------------------------------------------------------------------


def _parse_state(data: bytes) -> tuple[int, ...]:
    value = parse_canonical(data)
    indexes = value.get("indexes") if isinstance(value, dict) else None
    if not isinstance(indexes, list) or not all(type(index) is int for index in indexes):
        raise Malformed("pack.state", "{name} cannot be read", name=_STATE)
    return tuple(indexes)


def _described_again(folder: Path, indexes: tuple[int, ...], books: Bookkeeping) -> Described:
    """Make the description again from what is in the folder, and compare every byte."""
    package = parse_package(read_small(folder / DESCRIPTION, limit=MAX_DESCRIPTION))
    leaves = {
        number: read_small(folder / leaves_path(number), limit=_MAX_LEAVES)
        for number, file in enumerate(package.files, 1)
        if file.size > file.tree.leaf
    }
    if any(root_of(row) != package.files[number - 1].tree.root for number, row in leaves.items()):
        raise _changed()
    described = describe(package, leaves)
    for path, data in described.files.items():
        if read_small(folder / path, limit=len(data)) != data:
            raise _changed()
    for file in package.files:
        with coded(file.path):
            if (folder / file.path).stat().st_size != file.size:
                raise _changed()
    records = [books.ledger.record(index) for index in indexes]
    _events_of(described, [record.event for record in records])
    return described
