"""A small signed package in memory, made by the product's own encoders, and its reader.

Keys are made once a run (``trust_world``); everything else is fixed.  ``build`` makes a good
package out of a ``Plan``; a test changes the plan, or the bytes afterwards.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from attrs import evolve, field, frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

import trust_world as world
from longbien.evidence import layout
from longbien.evidence.custody import DisclosedEvent, Packed, TakenIn, encode_events
from longbien.evidence.hashing import hash_block
from longbien.evidence.manifests import (
    BAGIT_TXT,
    BagInfo,
    ManifestLine,
    encode_bag_info,
    encode_manifest,
)
from longbien.evidence.measure import measure_blocks
from longbien.evidence.package import (
    LEAF_SIZE,
    IngestNotice,
    Package,
    PayloadFile,
    Tree,
    UseLimit,
    UseLimitKind,
)
from longbien.evidence.records import exhibit_tree, head_commitment
from longbien.evidence.source import Entry, EntryKind, LeafMeasurement, Measurement
from longbien.evidence.wire import encode_package
from longbien.ledger.checkpoints import Head, SignedCheckpoint, checkpoint_of
from longbien.ledger.cosignatures import Ed25519Cosigner, MlDsa44Cosigner
from longbien.ledger.entry import EntryKind as LedgerKind
from longbien.ledger.entry import encode_entry
from longbien.ledger.notes import Ed25519NoteSigner, Note
from longbien.ledger.policy import Policy, parse_policy
from longbien.ledger.proof import TlogProof, encode_proof
from longbien.ledger.tree import inclusion_proof, leaf_hash, root_of
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import KeyId, PackageId, RequestUrn
from longbien.primitives.instants import Instant
from longbien.trust.cades_signing import sign_cades
from longbien.trust.certificates import Certificate, Material
from longbien.trust.postquantum import sign_mldsa

ORIGIN = "node.xa.example/custody"
RECIPIENT = KeyId("sha256:" + "ab" * 32)
NOW = world.NOW
WITNESSED = NOW.plus(timedelta(minutes=-1))
PACKAGE_ID = PackageId("0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f")
REQUEST = RequestUrn("urn:example:xa:2026-0042")
CREATED = NOW.plus(timedelta(minutes=-10))

PAYLOAD: Mapping[str, bytes] = {
    "data/E0001/image.dd": b"\x00\x01disk" * 50,
    "data/E0002/mail/inbox.mbox": b"From a@example\n\nhello\n" * 9,
    "data/E0002/mail/empty.txt": b"",
}


@frozen
class MemoryBag:
    """A bag in memory (port ``BagSource``); ``odd`` are entries that are no files."""

    files: Mapping[str, bytes] = field(repr=False)
    odd: tuple[Entry, ...] = ()

    def entries(self) -> Iterator[Entry]:
        """Name files, their folders and what is odd."""
        folders = {path[:at] for path in self.files for at, char in enumerate(path) if char == "/"}
        for folder in sorted(folders):
            yield Entry(path=folder, kind=EntryKind.FOLDER)
        for path, data in self.files.items():
            yield Entry(path=path, kind=EntryKind.FILE, size=len(data))
        yield from self.odd

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the file, as the port promises."""
        data = self._data(path)
        if len(data) > limit:
            raise Refused("source.too-large", "{path} is too large", path=path)
        return data

    def measure(self, path: str, *, leaf_size: int) -> Measurement:
        """Hash the file both ways."""
        return measured(self._data(path), leaf_size)

    def measure_leaves(self, path: str, *, leaf_size: int) -> LeafMeasurement:
        """Hash its blocks only."""
        data = self._data(path)
        blocks = (data[at : at + leaf_size] for at in range(0, len(data), leaf_size))
        return LeafMeasurement(size=len(data), leaves=b"".join(map(hash_block, blocks)))

    def _data(self, path: str) -> bytes:
        if path not in self.files:
            raise Unavailable("source.absent", "{path} is not there", path=path)
        return self.files[path]


@functools.lru_cache(maxsize=64)
def measured(data: bytes, leaf_size: int = LEAF_SIZE) -> Measurement:
    """Measure bytes, once for the same ones."""
    return measure_blocks([data], leaf_size=leaf_size)


@frozen(kw_only=True)
class Ledger:
    """A log with its keys and witnesses, and a policy that believes them."""

    log: tuple[Ed25519NoteSigner | MlDsa44Cosigner, ...]
    witnesses: tuple[Ed25519Cosigner | MlDsa44Cosigner, ...]
    quorum: int = 2

    @property
    def policy_text(self) -> bytes:
        """Return the policy file."""
        lines = [f"log {signer.vkey}" for signer in self.log]
        lines += [f"witness {one.name} {one.vkey}" for one in self.witnesses]
        names = " ".join(one.name for one in self.witnesses)
        lines += [f"group states {self.quorum} {names}", "quorum states", ""]
        return "\n".join(lines).encode()

    @property
    def policy(self) -> Policy:
        """Return the policy that believes this log and these witnesses."""
        return _policy(self.policy_text)

    @property
    def keys_text(self) -> bytes:
        """Return ``custody/witness.vkeys``."""
        return "".join(f"{one.vkey}\n" for one in (*self.log, *self.witnesses)).encode()


@functools.cache
def _policy(text: bytes) -> Policy:
    return parse_policy(text)


@functools.cache
def ledger(label: str = "A") -> Ledger:
    """Return the ledger of that label, made once."""

    def key(part: str) -> Ed25519PrivateKey:
        seed = hashlib.sha256(f"{label} {part}".encode()).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)

    seed = hashlib.sha256(f"{label} log 44".encode()).digest()
    post_quantum = MLDSA44PrivateKey.from_seed_bytes(seed)
    return Ledger(
        log=(
            Ed25519NoteSigner(name=ORIGIN, private_key=key("log")),
            MlDsa44Cosigner(name=ORIGIN, private_key=post_quantum),
        ),
        witnesses=(
            Ed25519Cosigner(name="witness.xb.example", private_key=key("witness B")),
            Ed25519Cosigner(name="witness.xc.example", private_key=key("witness C")),
        ),
    )


@frozen(kw_only=True)
class Plan:
    """How a package is to be made."""

    payload: Mapping[str, bytes] = field(default=PAYLOAD, repr=False)
    package_id: PackageId = PACKAGE_ID
    request: RequestUrn = REQUEST
    recipients: tuple[KeyId, ...] = (RECIPIENT,)
    created_at: Instant = CREATED
    created_by: str = "Forensic Laboratory of Exercise A"
    use_limits: tuple[UseLimit, ...] = (
        UseLimit(
            kind=UseLimitKind.SPECIALTY,
            text="Only for the investigation named in the request.",
            until=NOW.plus(timedelta(days=365)),
        ),
    )
    notices: tuple[IngestNotice, ...] = (
        IngestNotice(code="ingest.name-bidi", name="invoice\u202efdp.exe"),
    )
    exercise: bool = True
    names: Mapping[str, str] = field(factory=dict)
    """Payload path to original name, where it is not the path itself."""

    ledger: Ledger = field(factory=ledger)
    witnessed_at: Instant = WITNESSED
    cosigners: int = 2
    signer: world.EcKeySigner = field(factory=world.signer)
    second: world.MlDsaKeySigner = field(factory=world.mldsa_signer)
    stamper: world.Stamper = field(factory=world.Stamper)
    signed_at: Instant = NOW
    material: Material = field(factory=lambda: trust_material())  # noqa: PLW0108 - it is made below
    edit: Callable[[dict[str, bytes]], None] = field(default=lambda _files: None)
    """Change the tag files before the tag manifest is made: what a lying signer would do."""


@functools.cache
def trust_material() -> Material:
    """Return what a good package carries: signers, roots, authority, fresh lists."""
    good = world.material()
    return Material(
        certificates=(
            *world.signer().certificates,
            *good.certificates,
            *world.tsa().certificates,
            *world.anchors().signers,
            *world.anchors().time,
        ),
        crls=good.crls,
    )


def describe(plan: Plan) -> Package:
    """Return the description of the plan's payload."""
    return Package(
        package_id=plan.package_id,
        request=plan.request,
        legal_basis=("UN Convention against Cybercrime, article 44",),
        use_limits=plan.use_limits,
        recipients=plan.recipients,
        created_at=plan.created_at,
        created_by=plan.created_by,
        files=tuple(_described(path, plan) for path in sorted(plan.payload)),
        salt=hashlib.sha256(b"salt of the package").digest(),
        notices=plan.notices,
        exercise=plan.exercise,
        software="longbien-test 1",
    )


def _described(path: str, plan: Plan) -> PayloadFile:
    found = measured(plan.payload[path])
    return PayloadFile(
        path=path,
        original_name=plan.names.get(path, path.removeprefix("data/")),
        size=found.size,
        sha256=found.sha256,
        tree=Tree(root=root_of(found.leaves)),
    )


def build(plan: Plan | None = None) -> dict[str, bytes]:
    """Return the files of a whole package, by path, tag manifest and signatures last."""
    plan = Plan() if plan is None else plan
    files = unsigned(plan)
    return files | sign(files[layout.TAG_MANIFEST], plan, layout.signature_paths(1))


def unsigned(plan: Plan) -> dict[str, bytes]:
    """Return the same without signatures."""
    package = describe(plan)
    files = dict(plan.payload)
    files |= {
        layout.leaves_path(number): measured(plan.payload[file.path]).leaves
        for number, file in enumerate(package.files, 1)
        if file.size > LEAF_SIZE
    }
    files[layout.PAYLOAD_MANIFEST] = encode_manifest(
        ManifestLine(path=file.path, sha256=file.sha256) for file in package.files
    )
    files |= _tags(plan, package)
    files |= _custody(plan, package, files)
    files |= {f"trust/{name}": data for name, data in trust_files(plan.material).items()}
    plan.edit(files)
    files[layout.TAG_MANIFEST] = tag_manifest(files)
    return files


def _tags(plan: Plan, package: Package) -> dict[str, bytes]:
    info = BagInfo(
        software=package.software,
        bagged_on=plan.created_at.moment.date(),
        request=package.request,
        package_id=package.package_id,
        exercise=package.exercise,
        exhibit_tree=exhibit_tree(package),
        head=head_commitment(package),
        payload_bytes=package.payload_bytes,
        payload_files=len(package.files),
    )
    return {
        layout.BAGIT: BAGIT_TXT,
        layout.BAG_INFO: encode_bag_info(info),
        layout.DESCRIPTION: encode_package(package),
        layout.CASE: b'{"@context":{},"@graph":[]}\n',
        layout.VERIFY_TEXT: b"How to verify this package.\n",
        layout.VERIFY_SCRIPT: b"#!/bin/sh\nexit 0\n",
        layout.POLICY: plan.ledger.policy_text,
        layout.WITNESS_KEYS: plan.ledger.keys_text,
    }


def _custody(plan: Plan, package: Package, files: Mapping[str, bytes]) -> dict[str, bytes]:
    common = {
        "package_id": package.package_id,
        "request": package.request,
        "by": package.created_by,
        "exhibits": len(package.exhibits),
        "files": len(package.files),
        "bytes": package.payload_bytes,
    }
    events = (
        TakenIn(at=plan.created_at.plus(timedelta(minutes=-5)), **common),
        Packed(
            at=plan.created_at,
            payload_manifest_sha256=Digest.of(files[layout.PAYLOAD_MANIFEST]),
            description_sha256=Digest.of(files[layout.DESCRIPTION]),
            **common,
        ),
    )
    lines = tuple(
        DisclosedEvent(
            event=event,
            salt=hashlib.sha256(b"salt of event %d" % number).digest(),
            proof=layout.proof_path(number),
        )
        for number, event in enumerate(events, 1)
    )
    return {layout.EVENTS: encode_events(lines)} | proofs(plan, lines)


def proofs(plan: Plan, lines: tuple[DisclosedEvent, ...]) -> dict[str, bytes]:
    """Return the proofs of the events in a log that has 5 older entries."""
    entries = [hashlib.sha256(b"older %d" % number).digest() for number in range(5)]
    entries += [encode_entry(LedgerKind.EVENT, line.salt, line.event_bytes) for line in lines]
    leaves = b"".join(map(leaf_hash, entries))
    signed = checkpoint(plan, Head(origin=ORIGIN, size=len(entries), root=root_of(leaves)))
    return {
        line.proof: encode_proof(
            TlogProof(index=index, hashes=inclusion_proof(leaves, index), signed=signed)
        )
        for index, line in enumerate(lines, 5)
    }


def checkpoint(plan: Plan, head: Head) -> SignedCheckpoint:
    """Return the head, signed by the log and by as many witnesses as planned."""
    made = checkpoint_of(head)
    signers = (*plan.ledger.log, *plan.ledger.witnesses[: plan.cosigners])
    signatures = tuple(one.sign(made.text, now=plan.witnessed_at) for one in signers)
    return SignedCheckpoint(checkpoint=made, note=Note(text=made.text, signatures=signatures))


def trust_files(material: Material) -> dict[str, bytes]:
    """Return the files of ``trust/``."""
    files = {
        f"certificate-{number:02}.pem": pem(certificate)
        for number, certificate in enumerate(dict.fromkeys(material.certificates), 1)
    }
    files |= {f"list-{number:02}.crl": crl.der for number, crl in enumerate(material.crls, 1)}
    return files


def pem(certificate: Certificate) -> bytes:
    """Return a certificate as PEM."""
    return load_der_x509_certificate(certificate.der).public_bytes(Encoding.PEM)


def tag_manifest(files: Mapping[str, bytes]) -> bytes:
    """Return the tag manifest over all tag files among ``files``."""
    return encode_manifest(
        ManifestLine(path=path, sha256=Digest.of(data))
        for path, data in files.items()
        if (role := layout.find_role(path)) is not None and role.is_tag
    )


def sign(content: bytes, plan: Plan, paths: layout.SignaturePaths) -> dict[str, bytes]:
    """Return one signer's set of files over ``content``."""
    cades = sign_cades(content, signer=plan.signer, stamper=plan.stamper, signed_at=plan.signed_at)
    return {
        paths.cades: cades,
        paths.timestamp: plan.stamper.stamp(Digest.of(cades)),
        paths.post_quantum: sign_mldsa(content, signer=plan.second),
    }


@functools.cache
def good() -> Mapping[str, bytes]:
    """Return a good package, made once."""
    return build()


def changed(plan: Plan | None = None, **changes: object) -> Plan:
    """Return the plan with changes."""
    return evolve(Plan() if plan is None else plan, **changes)


def write_trust(folder: Path) -> None:
    """Write the folder that a relying party gives to ``--trust``."""
    anchors = world.anchors()
    for name, roots in (("roots", anchors.signers), ("tsa-roots", anchors.time)):
        (folder / name).mkdir(parents=True)
        for number, root in enumerate(roots, 1):
            (folder / name / f"{number}.pem").write_bytes(pem(root))
    (folder / "policy.txt").write_bytes(ledger().policy_text)
