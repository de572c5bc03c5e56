"""Verifying a whole package, in twelve numbered steps."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from attrs import frozen

from longbien import __version__
from longbien.evidence.checks_addressee import (
    ADDRESSEE,
    EXERCISE,
    LIMITS,
    check_addressee,
    check_exercise,
    check_use_limits,
)
from longbien.evidence.checks_custody import (
    EVENTS_CHECK,
    PROOF_CHECK,
    WITNESS_CHECK,
    CustodyCheck,
    CustodyFiles,
    check_custody,
    check_witness_times,
)
from longbien.evidence.checks_description import DESCRIPTION_CHECK, check_description
from longbien.evidence.checks_layout import LAYOUT, PROFILE, Layout, check_layout, check_profile
from longbien.evidence.checks_manifests import (
    PAYLOAD,
    TAGS,
    TREES,
    ManifestCheck,
    check_payload,
    check_tag_manifest,
    check_trees,
    judge_not_hashed,
)
from longbien.evidence.checks_record import check_record
from longbien.evidence.checks_signatures import (
    CADES,
    HYBRID,
    MLDSA,
    ORDER,
    PATH,
    REVOCATION,
    SIGNATURE_STAMP,
    STAMP,
    SignatureFiles,
    SignerCheck,
    check_created,
    check_signer,
    join_material,
    parse_material,
)
from longbien.evidence.layout import (
    BAG_INFO,
    BAGIT,
    DESCRIPTION,
    EVENTS,
    PAYLOAD_MANIFEST,
    POLICY,
    RECORD,
    TAG_MANIFEST,
    WITNESS_KEYS,
    find_leaves_index,
    find_signer_number,
    is_proof,
    is_trust,
    signature_paths,
)
from longbien.evidence.package import LEAF_SIZE, Package
from longbien.evidence.reading import (
    Reader,
    Spread,
    TagFiles,
    measure_all,
    read_leaves,
    read_signature,
    read_tag_files,
    signature_set,
)
from longbien.evidence.report import (
    MAX_LISTED,
    Contents,
    ExhibitFacts,
    Fingerprint,
    Kind,
    LimitFacts,
    Mode,
    PlannedStep,
    Report,
    lay_out,
)
from longbien.evidence.source import BagSource, Entry
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome

SOFTWARE = f"longbien {__version__}"

SIGNER_STEPS = (
    PlannedStep(code="step.signature", required=(CADES,)),
    PlannedStep(code="step.second-signature", required=(HYBRID,), optional=(MLDSA,)),
    PlannedStep(code="step.time", required=(SIGNATURE_STAMP, STAMP, ORDER)),
    PlannedStep(code="step.certificates", required=(PATH, REVOCATION)),
)
"""Steps that a package and a disclosure of it have in common."""

PLAN = (
    PlannedStep(code="step.layout", required=(LAYOUT, PROFILE)),
    PlannedStep(code="step.tag-manifest", required=(TAGS,)),
    PlannedStep(code="step.payload", required=(PAYLOAD,)),
    PlannedStep(code="step.trees", required=(TREES,)),
    PlannedStep(code="step.description", required=(DESCRIPTION_CHECK,)),
    *SIGNER_STEPS,
    PlannedStep(code="step.custody", required=(EVENTS_CHECK, PROOF_CHECK)),
    PlannedStep(code="step.witnesses", required=(WITNESS_CHECK,)),
    PlannedStep(code="step.addressee", required=(ADDRESSEE, LIMITS, EXERCISE)),
)


def verify_package(
    source: BagSource,
    entries: tuple[Entry, ...],
    *,
    reader: Reader,
    spread: Spread = map,
    quick: bool = False,
) -> Report:
    """Judge a whole package.  Never raises for bad evidence; Unavailable may leave.

    (1) layout: only known files, no links, a known profile;
    (2) tag manifest: every file that the signature covers is as listed;
    (3) payload manifest: SHA-256 of every payload file; complete or partial (``quick``: a file
    above one block is judged by step 4 instead);
    (4) chunk trees: sizes, roots and leaves files;
    (5) description: canonical, and consistent with manifests and bag-info;
    (6) ECDSA signature (CAdES): who;
    (7) ML-DSA-65 signature: the same signer; a missing one is a downgrade;
    (8) time: the stamp in the signature, the stamp over it, their order;
    (9) certificates: path and revocation at the proven time, under which root;
    (10) custody: events, their commitments and proofs, the signed checkpoint;
    (11) witnesses: the quorum of the relying party's policy, and their times;
    (12) addressee, use limits, exercise.
    """
    layout = check_layout(entries)  # 1
    files = read_tag_files(source, layout.to_read, check=LAYOUT)
    findings = [*layout.findings, *files.findings, *_profile(files)]
    tags = _tags(files, layout)  # 2
    # before the payload is waited for: other threads may be hashing it already
    signers = check_signers(source, layout.signatures, files, reader)  # 6 to 9
    leaves = {path: sha for path, sha in files.digests.items() if find_leaves_index(path)}
    large = _large(entries) if quick else frozenset()
    known = frozenset(leaves.values())
    measured = measure_all(source, layout.payload, spread=spread, blocks_only=large, known=known)
    manifest = files.find(PAYLOAD_MANIFEST)
    payload = (  # 3
        check_payload(manifest, {path: found.sha256 for path, found in measured.items()})
        if manifest is not None
        else ManifestCheck()
    )
    package, described = _description(files, payload)  # 5
    payload = judge_not_hashed(payload, package.files if package else (), measured)
    if package is not None:
        read = partial(read_leaves, source)
        findings += check_trees(package.files, measured, leaves, read=read)  # 4
    findings += [*tags.findings, *payload.findings, *described]
    custody = _custody(files, reader, package)  # 10 and 11
    findings += [*signers.findings, *custody.findings]
    findings += check_witness_times(custody.clocks, stamped_at=signers.stamped_at)
    if package is not None:
        findings += check_created(package.created_at, stamped_at=signers.stamped_at)
        findings += _addressee(package, reader, signers)  # 12
    return Report(
        kind=Kind.PACKAGE,
        mode=Mode.QUICK if quick else Mode.FULL,
        steps=lay_out(PLAN, findings),
        verified_at=reader.now,
        software=SOFTWARE,
        signers=tuple(check.signer for check in signers.checks),
        clocks=custody.clocks,
        contents=None if package is None else contents_of(package, is_proven=_is_proven(findings)),
        is_complete=payload.is_complete,
        fingerprints=(*signers.fingerprints, *custody.fingerprints),
    )


# --- steps 1 to 5 ----------------------------------------------------------------------------


def _large(entries: tuple[Entry, ...]) -> frozenset[str]:
    """Name what has more than one block: two hashes of a small file cost next to nothing."""
    return frozenset(entry.path for entry in entries if entry.size > LEAF_SIZE)


def _profile(files: TagFiles) -> Iterator[Finding]:
    bagit = files.find(BAGIT)
    if bagit is not None:
        yield from check_profile(bagit)


def _tags(files: TagFiles, layout: Layout) -> ManifestCheck:
    manifest = files.find(TAG_MANIFEST)
    if manifest is None:
        return ManifestCheck()
    found = {path: sha for path, sha in files.digests.items() if path in layout.tags}
    return check_tag_manifest(manifest, found)


def _description(
    files: TagFiles, payload: ManifestCheck
) -> tuple[Package | None, tuple[Finding, ...]]:
    description, bag_info = files.find(DESCRIPTION), files.find(BAG_INFO)
    if description is None or bag_info is None:
        return None, ()
    check = check_description(description, bag_info, payload.lines)
    record = files.find(RECORD)
    stated = () if record is None else tuple(check_record(record, check.package))
    return check.package, (*check.findings, *stated)


def _is_proven(findings: list[Finding]) -> bool:
    """Tell if a good signature under a trusted root covers the description."""
    needed = {TAGS, DESCRIPTION_CHECK, CADES, HYBRID, PATH}
    judged = [finding for finding in findings if finding.check in needed]
    return {finding.check for finding in judged} == needed and all(
        finding.outcome is Outcome.PASSED for finding in judged
    )


def contents_of(package: Package, *, is_proven: bool) -> Contents:
    """Sum up the description for people."""
    files, sizes = Counter[str](), Counter[str]()
    for file in package.files:
        files[file.exhibit] += 1
        sizes[file.exhibit] += file.size
    return Contents(
        is_proven=is_proven,
        package_id=f"LB-{package.package_id}",
        request=str(package.request),
        legal_basis=package.legal_basis,
        created_at=str(package.created_at),
        created_by=package.created_by,
        exhibits=tuple(
            ExhibitFacts(name=name, files=files[name], size=sizes[name])
            for name in package.exhibits[:MAX_LISTED]
        ),
        exhibit_count=len(package.exhibits),
        files=len(package.files),
        size=package.payload_bytes,
        recipients=tuple(map(str, package.recipients)),
        use_limits=limits_of(package),
        notices=tuple((notice.code, notice.name) for notice in package.notices[:MAX_LISTED]),
        notice_count=len(package.notices),
        exercise=package.exercise,
        suite=package.suite,
        software=package.software,
    )


def limits_of(package: Package) -> tuple[LimitFacts, ...]:
    """Return the use limits for people."""
    return tuple(
        LimitFacts(
            kind=limit.kind.value,
            text=limit.text,
            until="" if limit.until is None else str(limit.until),
        )
        for limit in package.use_limits
    )


# --- steps 6 to 9 ----------------------------------------------------------------------------


@frozen(kw_only=True)
class SignersCheck:
    """What all signers' sets were worth; the sender's is the first."""

    findings: tuple[Finding, ...] = ()
    checks: tuple[SignerCheck, ...] = ()

    @property
    def stamped_at(self) -> Instant | None:
        """Return when the sender's signature existed at the latest, whoever's clock."""
        return self.checks[0].stamped_at if self.checks else None

    @property
    def fingerprints(self) -> tuple[Fingerprint, ...]:
        """Return the roots that the relying party did not give, each once."""
        return tuple(dict.fromkeys(mark for check in self.checks for mark in check.fingerprints))


def check_signers(
    source: BagSource, paths: Iterable[str], files: TagFiles, reader: Reader
) -> SignersCheck:
    """Judge every signer's set over the tag manifest; without one it is unsigned: FAILED."""
    content = files.find(TAG_MANIFEST)
    if content is None:
        return SignersCheck()
    present = {path: read_signature(source, path) for path in paths if find_signer_number(path)}
    numbers = sorted({find_signer_number(path) or 1 for path in present}) or [1]
    carried, unread = parse_material(files.those(is_trust))
    material = join_material(carried, reader.material)
    checks = tuple(
        check_signer(
            SignatureFiles(**signature_set(signature_paths(number), present)),
            content,
            paths=signature_paths(number),
            role="role.receiver" if number > 1 else "role.sender",
            anchors=reader.anchors,
            material=material,
            now=reader.now,
        )
        for number in numbers
    )
    found = tuple(finding for check in checks for finding in check.findings)
    return SignersCheck(findings=(*unread, *found), checks=checks)


# --- steps 10 to 12 --------------------------------------------------------------------------


def _custody(files: TagFiles, reader: Reader, package: Package | None) -> CustodyCheck:
    events, policy, keys = map(files.find, (EVENTS, POLICY, WITNESS_KEYS))
    if events is None or policy is None or keys is None:
        return CustodyCheck(findings=())
    return check_custody(
        CustodyFiles(events=events, policy=policy, witness_keys=keys, proofs=files.those(is_proof)),
        policy=reader.policy,
        package=package,
        description_sha256=files.digests.get(DESCRIPTION),
        manifest_sha256=files.digests.get(PAYLOAD_MANIFEST),
    )


def _addressee(package: Package, reader: Reader, signers: SignersCheck) -> Iterator[Finding]:
    yield from check_addressee(package, recipient=reader.recipient)
    yield from check_use_limits(package)
    by_exercise_key = any(check.is_exercise for check in signers.checks)
    yield from check_exercise(is_marked=package.exercise, by_exercise_key=by_exercise_key)
