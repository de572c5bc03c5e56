"""Putting a bag together: from measurements and facts to the bytes of every tag file.

In this order, because each step needs the digests of the one before it:

1. ``describe``: description, payload manifest, bag-info, leaves, CASE/UCO.
2. ``taken_in`` and ``packed``: the custody events, which the caller puts into a ledger.
3. ``complete``: proofs, trust material, instructions; at last the tag manifest.
4. The caller signs the tag manifest; ``signature_files`` names the places.

Pure: the caller writes the files.  The whole is section 3 of ``spec/package.md``.
"""

from collections.abc import Mapping

from attrs import field, frozen

from longbien.evidence.case_uco import encode_case
from longbien.evidence.custody import DisclosedEvent, Packed, TakenIn, encode_events
from longbien.evidence.instructions import Facts, encode_verify_script, encode_verify_text
from longbien.evidence.layout import (
    BAG_INFO,
    BAGIT,
    CASE,
    DESCRIPTION,
    EVENTS,
    PAYLOAD_MANIFEST,
    POLICY,
    TAG_MANIFEST,
    TRUST,
    VERIFY_SCRIPT,
    VERIFY_TEXT,
    WITNESS_KEYS,
    leaves_path,
    proof_path,
    signature_paths,
)
from longbien.evidence.manifests import (
    BAGIT_TXT,
    BagInfo,
    ManifestLine,
    encode_bag_info,
    encode_manifest,
)
from longbien.evidence.package import Package
from longbien.evidence.records import encode_head, exhibit_tree, head_commitment
from longbien.evidence.wire import Head, encode_package, parse_head
from longbien.ledger.policy import Policy
from longbien.primitives.digest import Digest
from longbien.primitives.instants import Instant
from longbien.trust.certificates import Material, encode_pem

Files = dict[str, bytes]


@frozen(kw_only=True)
class Described:
    """A package whose description is fixed."""

    package: Package
    files: Files = field(repr=False)
    """Tag files by their paths: all that step 1 makes."""

    @property
    def payload_manifest_sha256(self) -> Digest:
        """Return the digest of the payload manifest."""
        return Digest.of(self.files[PAYLOAD_MANIFEST])

    @property
    def description_sha256(self) -> Digest:
        """Return the digest of package.json."""
        return Digest.of(self.files[DESCRIPTION])


@frozen(kw_only=True)
class Custody:
    """What the ledger gave: events, their proofs, and the keys that speak for it."""

    events: tuple[TakenIn | Packed, ...]
    salts: tuple[bytes, ...] = field(repr=False)
    proofs: tuple[bytes, ...] = field(repr=False)
    """``.tlog-proof`` files, one an event."""

    policy: bytes = field(repr=False)
    """A C2SP tlog-policy: whom the sender proposes to ask."""

    keys: tuple[str, ...]
    """The verifier keys of that policy, each as it is written in a vkey."""


@frozen(kw_only=True)
class Signatures:
    """One signer's signatures over the tag manifest."""

    cades: bytes = field(repr=False)
    timestamp: bytes = field(repr=False)
    post_quantum: bytes = field(repr=False)


def require_head(head: Head) -> None:
    """Raise Malformed unless a reader would accept the head: texts too long, for instance."""
    parse_head(encode_head(head))


def describe(package: Package, leaves: Mapping[int, bytes]) -> Described:
    """Make what describes the payload; ``leaves`` by the file's number, from 1."""
    files = {
        BAGIT: BAGIT_TXT,
        BAG_INFO: encode_bag_info(_bag_info(package)),
        PAYLOAD_MANIFEST: encode_manifest(
            ManifestLine(path=file.path, sha256=file.sha256) for file in package.files
        ),
        DESCRIPTION: encode_package(package),
        CASE: encode_case(package),
    }
    return Described(
        package=package,
        files=files | {leaves_path(number): row for number, row in leaves.items()},
    )


def _bag_info(package: Package) -> BagInfo:
    return BagInfo(
        software=package.software,
        bagged_on=package.created_at.moment.date(),
        request=package.request,
        package_id=package.package_id,
        exercise=package.exercise,
        exhibit_tree=exhibit_tree(package),
        head=head_commitment(package),
        payload_bytes=package.payload_bytes,
        payload_files=len(package.files),
    )


def taken_in(package: Package, *, at: Instant) -> TakenIn:
    """Return the event that the exhibits were taken in."""
    return TakenIn(
        package_id=package.package_id,
        request=package.request,
        at=at,
        by=package.created_by,
        exhibits=len(package.exhibits),
        files=len(package.files),
        bytes=package.payload_bytes,
    )


def packed(described: Described, *, at: Instant) -> Packed:
    """Return the event that the package was put together."""
    package = described.package
    return Packed(
        package_id=package.package_id,
        request=package.request,
        at=at,
        by=package.created_by,
        exhibits=len(package.exhibits),
        files=len(package.files),
        bytes=package.payload_bytes,
        payload_manifest_sha256=described.payload_manifest_sha256,
        description_sha256=described.description_sha256,
    )


def keys_of(policy: Policy) -> tuple[str, ...]:
    """Return every verifier key that the policy names, each once, in its order."""
    keys = [log.key.text for log in policy.logs] + [wit.key.text for wit in policy.witnesses]
    return tuple(dict.fromkeys(keys))


def custody_files(custody: Custody) -> Files:
    """Make everything below ``custody/``."""
    lines = [
        DisclosedEvent(event=event, salt=salt, proof=proof_path(number))
        for number, (event, salt) in enumerate(zip(custody.events, custody.salts, strict=True), 1)
    ]
    proofs = {proof_path(number): proof for number, proof in enumerate(custody.proofs, 1)}
    return {
        EVENTS: encode_events(lines),
        POLICY: custody.policy,
        WITNESS_KEYS: "".join(f"{key}\n" for key in custody.keys).encode("ascii"),
        **proofs,
    }


def trust_files(material: Material) -> Files:
    """Make everything below ``trust/``: named by the digest of its DER form."""
    files = {}
    for certificate in material.certificates:
        files[certificate_path(certificate.sha256)] = encode_pem(certificate.der)
    for crl in material.crls:
        files[f"{TRUST}/{Digest.of(crl.der).hex[:16]}.crl"] = crl.der
    for ocsp in material.ocsps:
        files[f"{TRUST}/{Digest.of(ocsp.der).hex[:16]}.ocsp"] = ocsp.der
    return files


def certificate_path(sha256: Digest) -> str:
    """Return where a certificate of that fingerprint stands."""
    return f"{TRUST}/{sha256.hex[:16]}.pem"


def complete(
    described: Described,
    custody: Custody,
    *,
    material: Material,
    facts: Facts,
    record: Files | None = None,
) -> Files:
    """Return every tag file of the bag, the tag manifest last: that is what gets signed.

    ``record`` are the optional files (``layout.OPTIONAL_TAGS``).
    """
    files = {**described.files, **custody_files(custody), **trust_files(material)}
    files |= record or {}
    files[VERIFY_TEXT] = encode_verify_text(described.package, facts)
    files[VERIFY_SCRIPT] = encode_verify_script()
    manifest = encode_manifest(
        ManifestLine(path=path, sha256=Digest.of(data)) for path, data in files.items()
    )
    return {**files, TAG_MANIFEST: manifest}


def signature_files(signatures: Signatures, *, number: int = 1) -> Files:
    """Name the files of one signer; the sender is number 1."""
    paths = signature_paths(number)
    return {
        paths.cades: signatures.cades,
        paths.timestamp: signatures.timestamp,
        paths.post_quantum: signatures.post_quantum,
    }
