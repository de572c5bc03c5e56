"""Verifying a partial disclosure, in eleven numbered steps."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, frozen

from longbien.evidence._findings import undecided, unreadable
from longbien.evidence.checks_addressee import (
    ADDRESSEE,
    EXERCISE,
    LIMITS,
    check_addressee,
    check_exercise,
    check_use_limits,
)
from longbien.evidence.checks_disclosure import (
    BLOCKS,
    DISCLOSER_CHECK,
    LAYOUT,
    RECORDS,
    SIGNATURE_PATHS,
    STATEMENT,
    WITHHELD,
    check_blocks,
    check_discloser_trust,
    check_disclosure_layout,
    check_records,
    check_statement,
    check_withheld,
    is_given,
)
from longbien.evidence.checks_manifests import TAGS, ManifestCheck, check_tag_manifest
from longbien.evidence.checks_signatures import (
    CADES,
    HYBRID,
    PATH,
    SignatureFiles,
    check_created,
    check_signer,
    join_material,
    parse_material,
)
from longbien.evidence.disclosure import Disclosure, parse_disclosure
from longbien.evidence.disclosure_text import disclosure_text
from longbien.evidence.layout import (
    BAG_INFO,
    DISCLOSER,
    DISCLOSURE,
    DISCLOSURE_TEXT,
    TAG_MANIFEST,
    find_signer_number,
    is_discloser_trust,
    is_trust,
)
from longbien.evidence.manifests import BagInfo, parse_bag_info
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.reading import (
    Reader,
    Spread,
    TagFiles,
    read_signature,
    read_tag_files,
    signature_set,
)
from longbien.evidence.report import Given, Kind, PlannedStep, Report, Signer, Withheld, lay_out
from longbien.evidence.source import BagSource, Entry, EntryKind, Measurement
from longbien.evidence.verify_package import (
    SIGNER_STEPS,
    SOFTWARE,
    SignersCheck,
    check_signers,
    contents_of,
)
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding, Outcome

PLAN = (
    PlannedStep(code="step.disclosure-layout", required=(LAYOUT, STATEMENT)),
    PlannedStep(code="step.disclosure-tag-manifest", required=(TAGS,)),
    PlannedStep(code="step.records", required=(RECORDS,)),
    PlannedStep(code="step.blocks", required=(BLOCKS,)),
    PlannedStep(code="step.withheld", required=(WITHHELD,)),
    *SIGNER_STEPS,
    PlannedStep(code="step.discloser", required=(DISCLOSER_CHECK,)),
    PlannedStep(code="step.addressee", required=(ADDRESSEE, LIMITS, EXERCISE)),
)


@frozen(kw_only=True)
class _Told:
    """What the disclosure says, as far as it could be read."""

    disclosure: Disclosure | None = None
    info: BagInfo | None = None
    findings: tuple[Finding, ...] = ()


def verify_disclosure(
    source: BagSource, entries: Iterable[Entry], *, reader: Reader, spread: Spread = map
) -> Report:
    """Judge a partial disclosure.  Never raises for bad evidence; Unavailable may leave.

    (1) layout: only known files, no links; ``DISCLOSURE.txt`` says what follows from the facts;
    (2) tag manifest: bag-info and trust are as signed (all else of the package is not here);
    (3) records: each file given is one of the package (salt, record, proof, signed tree);
    (4) blocks: the bytes given are those of the file, whole or a run of blocks;
    (5) withheld: the number, proven by the signed tree, and the reasons;
    (6) to (9) the package's signatures, times and certificates, as for a whole package;
    (10) discloser: who made this selection, and whether it is signed;
    (11) addressee, use limits, exercise.

    Custody and witnesses are not part of a disclosure.
    """
    entries = tuple(entries)
    files = frozenset(entry.path for entry in entries if entry.kind is EntryKind.FILE)
    small = sorted(path for path in files if not is_given(path))
    read = read_tag_files(source, [path for path in small if not _is_signature(path)], check=LAYOUT)
    told = _read(read)
    disclosure = told.disclosure
    places = None if disclosure is None else frozenset(disclosure.places)
    measured = _measure(source, sorted(files & (places or frozenset())), spread)
    signers = check_signers(source, small, read, reader)  # 6 to 9
    discloser, made_it = _discloser(source, files, read, disclosure, reader)
    findings = [
        *check_disclosure_layout(entries, places),  # 1
        *read.findings,
        *told.findings,
        *check_statement(read.find(DISCLOSURE_TEXT), _expected_text(told)),
        *_tags(read).findings,  # 2
        *_parts(told, measured, is_attested=_all_passed(discloser)),  # 3 to 5
        *signers.findings,
        *discloser,  # 10
    ]
    if disclosure is not None:
        package = disclosure.package
        findings += check_created(package.created_at, stamped_at=signers.stamped_at)
        findings += check_addressee(package, recipient=reader.recipient)  # 11
        findings += check_use_limits(package)
        marked = any(check.is_exercise for check in signers.checks)
        findings += check_exercise(is_marked=package.exercise, by_exercise_key=marked)
    return _report(findings, told, signers, made_it, reader, is_attested=_all_passed(discloser))


def _is_signature(path: str) -> bool:
    ours = (SIGNATURE_PATHS.cades, SIGNATURE_PATHS.timestamp, SIGNATURE_PATHS.post_quantum)
    return find_signer_number(path) is not None or path in ours


def _read(read: TagFiles) -> _Told:
    disclosure, info, findings = None, None, []
    data, bag_info = read.find(DISCLOSURE), read.find(BAG_INFO)
    if data is not None:
        try:
            disclosure = parse_disclosure(data)
        except Malformed as error:
            findings.append(unreadable(RECORDS, "description.unreadable", DISCLOSURE, error))
    if bag_info is not None:
        try:
            info = parse_bag_info(bag_info)
        except Malformed as error:
            findings.append(unreadable(RECORDS, "description.unreadable", BAG_INFO, error))
    return _Told(disclosure=disclosure, info=info, findings=tuple(findings))


def _measure(source: BagSource, paths: list[str], spread: Spread) -> dict[str, Measurement]:
    def measure(path: str) -> Measurement:
        return source.measure(path, leaf_size=LEAF_SIZE)

    return dict(zip(paths, spread(measure, paths), strict=True))


def _expected_text(told: _Told) -> bytes | None:
    if told.disclosure is None or told.info is None:
        return None
    return disclosure_text(told.disclosure, count=told.info.exhibit_tree.count)


def _tags(read: TagFiles) -> ManifestCheck:
    manifest = read.find(TAG_MANIFEST)
    if manifest is None:
        return ManifestCheck()
    found = {path: sha for path, sha in read.digests.items() if path == BAG_INFO or is_trust(path)}
    return check_tag_manifest(manifest, found, only=_stays)


def _stays(path: str) -> bool:
    return path == BAG_INFO or is_trust(path)


def _parts(
    told: _Told, measured: Mapping[str, Measurement], *, is_attested: bool
) -> Iterator[Finding]:
    if told.disclosure is not None:
        yield from check_blocks(told.disclosure, measured)
    if told.disclosure is not None and told.info is not None:
        yield from check_records(told.disclosure, told.info)
        yield from check_withheld(told.disclosure, told.info, is_attested=is_attested)


def _discloser(
    source: BagSource,
    files: frozenset[str],
    read: TagFiles,
    disclosure: Disclosure | None,
    reader: Reader,
) -> tuple[tuple[Finding, ...], Signer | None]:
    """Judge the discloser's set over ``disclosure.json``; unsigned is INDETERMINATE."""
    content = read.find(DISCLOSURE)
    if disclosure is None or content is None:
        return (), None
    trust = {path: sha for path, sha in read.digests.items() if is_discloser_trust(path)}
    findings = [*check_discloser_trust(disclosure, trust)]
    present = {
        path: read_signature(source, path)
        for path in sorted(files)
        if path.startswith(f"{DISCLOSER}/") and _is_signature(path)
    }
    if not present:
        return (*findings, undecided(DISCLOSER_CHECK, "discloser.unsigned")), None
    carried, unread = parse_material(read.those(is_discloser_trust))
    package_trust, _ = parse_material(read.those(is_trust))
    check = check_signer(
        SignatureFiles(**signature_set(SIGNATURE_PATHS, present)),
        content,
        paths=SIGNATURE_PATHS,
        role="role.discloser",
        anchors=reader.anchors,
        material=join_material(join_material(carried, package_trust), reader.material),
        now=reader.now,
    )
    findings += (evolve(found, check=DISCLOSER_CHECK) for found in (*unread, *check.findings))
    return tuple(findings), check.signer


def _all_passed(findings: Iterable[Finding]) -> bool:
    outcomes = [finding.outcome for finding in findings]
    return bool(outcomes) and max(outcomes) is Outcome.PASSED


def _report(
    findings: list[Finding],
    told: _Told,
    signers: SignersCheck,
    made_it: Signer | None,
    reader: Reader,
    *,
    is_attested: bool,
) -> Report:
    disclosure, info = told.disclosure, told.info
    proven = {TAGS, RECORDS, CADES, HYBRID, PATH}
    is_proven = _all_passed(finding for finding in findings if finding.check in proven)
    return Report(
        kind=Kind.DISCLOSURE,
        steps=lay_out(PLAN, findings),
        verified_at=reader.now,
        software=SOFTWARE,
        signers=(
            *(check.signer for check in signers.checks),
            *(() if made_it is None else (made_it,)),
        ),
        contents=None
        if disclosure is None
        else contents_of(disclosure.package, is_proven=is_proven),
        is_complete=False,
        given=() if disclosure is None else tuple(_given(disclosure)),
        withheld=None
        if disclosure is None or info is None
        else Withheld(
            files=max(0, info.exhibit_tree.count - len(disclosure.given)),
            reasons=tuple((code.value, count) for code, count in disclosure.withheld),
            is_attested=is_attested,
        ),
        fingerprints=signers.fingerprints,
    )


def _given(disclosure: Disclosure) -> Iterator[Given]:
    for one in disclosure.given:
        yield Given(
            path=one.file.path,
            original_name=one.file.original_name,
            start=one.start,
            end=one.end,
            size=one.file.size,
        )
