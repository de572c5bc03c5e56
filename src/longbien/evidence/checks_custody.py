"""Steps 10 and 11: what happened to the package, its place in the ledger, who saw the ledger.

The policy that counts is the relying party's.  The one in the package was chosen by the
sender: it shows what to ask about, and proves nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from attrs import evolve, field, frozen

from longbien.evidence._findings import capped, failed, passed, undecided, unreadable
from longbien.evidence.custody import DisclosedEvent, Packed, TakenIn, parse_events
from longbien.evidence.layout import EVENTS, POLICY, WITNESS_KEYS
from longbien.evidence.package import Package
from longbien.evidence.report import Clock, Fingerprint
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.notes import parse_vkey
from longbien.ledger.policy import NONE, Policy, parse_policy
from longbien.ledger.proof import parse_proof, verify_proof
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding

EVENTS_CHECK = "custody.events"
PROOF_CHECK = "custody.proof"
WITNESS_CHECK = "custody.witnesses"

MAX_SKEW = timedelta(seconds=120)  # threats.md T19: clocks further apart are flagged
_QUORUM_MISSING = "proof.quorum-missing"


@frozen(kw_only=True)
class CustodyCheck:
    """What custody was worth."""

    findings: tuple[Finding, ...]
    clocks: tuple[Clock, ...] = ()
    """When witnesses saw the ledger with the newest event in it."""

    fingerprints: tuple[Fingerprint, ...] = ()
    """Ledgers and witnesses that only the package itself names."""


@frozen(kw_only=True)
class CustodyFiles:
    """The bytes that custody is judged by."""

    events: bytes = field(repr=False)
    policy: bytes = field(repr=False)
    witness_keys: bytes = field(repr=False)
    proofs: Mapping[str, bytes] = field(repr=False)
    """Every ``.tlog-proof`` in the bag, by its path."""


def check_custody(
    files: CustodyFiles,
    *,
    policy: Policy | None,
    package: Package | None,
    description_sha256: Digest | None,
    manifest_sha256: Digest | None,
) -> CustodyCheck:
    """Judge the custody events and their proofs; never raises.

    1. The events parse, each has its proof and each proof its event, in order of time.
    2. They are about this package: id, request, counts; the last one fixes the digests of
       the description and of the payload manifest.
    3. Each commitment (salt and event) is in the ledger: inclusion proof, signed checkpoint.
    4. The relying party's quorum of witnesses has seen it.  Without a policy of the relying
       party the package's own is used, and the result is INDETERMINATE at best.
    """
    own, findings = _own_policy(files)
    try:
        events = parse_events(files.events)
    except Malformed as error:
        findings.append(unreadable(EVENTS_CHECK, "custody.unreadable", EVENTS, error))
        return CustodyCheck(findings=tuple(findings), fingerprints=_to_compare(own, policy))
    findings += _proof_set(events, files.proofs)
    findings += _order(events)
    if package is not None:
        findings += _about(events, package, description_sha256, manifest_sha256)
    if not findings:
        findings.append(passed(EVENTS_CHECK, "custody.agrees", EVENTS, count=len(events)))
    believed = own if policy is None else policy
    clocks: tuple[Clock, ...] = ()
    if believed is not None:
        proven, clocks = _proofs(events, files.proofs, believed, is_own=policy is None)
        findings += proven
    return CustodyCheck(
        findings=tuple(capped(findings)),
        clocks=clocks,
        fingerprints=_to_compare(own, policy),
    )


def check_witness_times(clocks: tuple[Clock, ...], *, stamped_at: Instant | None) -> list[Finding]:
    """Compare the witnesses' clocks with the stamp in the signature, which came after them."""
    if stamped_at is None:
        return []
    return [
        undecided(
            WITNESS_CHECK, "witnesses.after-signature", clock.name, at=clock.at, stamp=stamped_at
        )
        for clock in clocks
        if clock.at > stamped_at.plus(MAX_SKEW)
    ]


def _own_policy(files: CustodyFiles) -> tuple[Policy | None, list[Finding]]:
    try:
        own = parse_policy(files.policy)
    except Malformed as error:
        return None, [unreadable(EVENTS_CHECK, "custody.unreadable", POLICY, error)]
    try:
        listed = {parse_vkey(line) for line in _lines(files.witness_keys)}
    except Malformed as error:
        return own, [unreadable(EVENTS_CHECK, "custody.unreadable", WITNESS_KEYS, error)]
    named = {log.key for log in own.logs} | {witness.key for witness in own.witnesses}
    return own, [
        failed(EVENTS_CHECK, "custody.other-keys", WITNESS_KEYS)
    ] if listed != named else []


def _lines(data: bytes) -> list[bytes]:
    *lines, rest = data.split(b"\n")
    if rest:
        raise Malformed("custody.keys", "the list of keys does not end with a line feed")
    return lines


def _proof_set(
    events: tuple[DisclosedEvent, ...], proofs: Mapping[str, bytes]
) -> Iterator[Finding]:
    named = {event.proof for event in events}
    for path in sorted(named - proofs.keys()):
        yield failed(EVENTS_CHECK, "custody.proof-missing", path)
    for path in sorted(proofs.keys() - named):
        yield failed(EVENTS_CHECK, "custody.proof-alien", path)


def _order(events: tuple[DisclosedEvent, ...]) -> Iterator[Finding]:
    for before, after in pairwise(events):
        if after.event.at < before.event.at:
            yield failed(EVENTS_CHECK, "custody.order", after.proof, at=after.event.at)
    if sum(isinstance(line.event, Packed) for line in events) != 1 or not isinstance(
        events[-1].event, Packed
    ):
        yield failed(EVENTS_CHECK, "custody.not-packed-last", EVENTS)


def _about(
    events: tuple[DisclosedEvent, ...],
    package: Package,
    description_sha256: Digest | None,
    manifest_sha256: Digest | None,
) -> Iterator[Finding]:
    for line in events:
        event = line.event
        pairs: tuple[tuple[str, object, object], ...] = (
            ("package_id", event.package_id, package.package_id),
            ("request", event.request, package.request),
            ("by", event.by, package.created_by),
            ("exhibits", event.exhibits, len(package.exhibits)),
            ("files", event.files, len(package.files)),
            ("bytes", event.bytes, package.payload_bytes),
        )
        for name, told, real in (*pairs, *_digests(event, description_sha256, manifest_sha256)):
            if told != real:
                yield failed(EVENTS_CHECK, "custody.other-package", line.proof, field=name)


def _digests(
    event: TakenIn | Packed, description_sha256: Digest | None, manifest_sha256: Digest | None
) -> tuple[tuple[str, object, object], ...]:
    if not isinstance(event, Packed):
        return ()
    return (
        ("description_sha256", event.description_sha256, description_sha256),
        ("payload_manifest_sha256", event.payload_manifest_sha256, manifest_sha256),
    )


def _proofs(
    events: tuple[DisclosedEvent, ...],
    proofs: Mapping[str, bytes],
    policy: Policy,
    *,
    is_own: bool,
) -> tuple[list[Finding], tuple[Clock, ...]]:
    findings: list[Finding] = []
    clocks: tuple[Clock, ...] = ()
    for line in events:
        if line.proof in proofs:
            found, clocks = _proof(line, proofs[line.proof], policy, is_own=is_own)
            findings += found
    if is_own:
        findings += [
            undecided(PROOF_CHECK, "custody.own-ledger-key", POLICY),
            undecided(WITNESS_CHECK, "witnesses.own-policy", POLICY),
        ]
    return findings, clocks


def _proof(
    line: DisclosedEvent, data: bytes, policy: Policy, *, is_own: bool
) -> tuple[list[Finding], tuple[Clock, ...]]:
    try:
        proof = parse_proof(data)
    except Malformed as error:
        return [unreadable(PROOF_CHECK, "custody.unreadable", line.proof, error)], ()
    entry = encode_entry(EntryKind.EVENT, line.salt, line.event_bytes)
    checked = verify_proof(proof, entry=entry, policy=policy, check=PROOF_CHECK)
    rest = [_named(f, line) for f in checked.findings if f.reason != _QUORUM_MISSING]
    if not rest:
        rest.append(
            passed(
                PROOF_CHECK,
                "proof.valid",
                line.proof,
                kind=line.kind.value,
                origin=checked.origin,
                index=checked.index,
                size=checked.tree_size,
            )
        )
    clocks = _clocks(checked.witnesses, policy, is_own=is_own)
    return [
        *rest,
        *_witnesses(line, policy, clocks, is_met=checked.quorum_met, is_own=is_own),
    ], clocks


def _clocks(
    seen: tuple[tuple[str, Instant], ...], policy: Policy, *, is_own: bool
) -> tuple[Clock, ...]:
    """Name each witness once, however many keys it has, with its earliest time."""
    names = {witness.name: witness.key.name for witness in policy.witnesses}
    times: dict[str, Instant] = {}
    for name, at in seen:
        times[names[name]] = min(at, times.get(names[name], at))
    return tuple(
        Clock(code="clock.witness", name=name, at=at, is_trusted=not is_own)
        for name, at in times.items()
    )


def _named(finding: Finding, line: DisclosedEvent) -> Finding:
    """File a finding of the ledger under the proof's path: the origin is among its facts."""
    return evolve(finding, subject=line.proof, facts=(*finding.facts, ("kind", line.kind.value)))


def _witnesses(
    line: DisclosedEvent, policy: Policy, clocks: tuple[Clock, ...], *, is_met: bool, is_own: bool
) -> Iterator[Finding]:
    if not is_met:
        yield undecided(WITNESS_CHECK, "witnesses.too-few", line.proof, count=len(clocks))
    elif policy.quorum == NONE:
        yield passed(WITNESS_CHECK, "witnesses.none-asked", line.proof)
    else:
        reason = "witnesses.own-quorum" if is_own else "witnesses.quorum"
        yield passed(WITNESS_CHECK, reason, line.proof, count=len(clocks))
    for clock in clocks:
        if clock.at.plus(MAX_SKEW) < line.event.at:
            facts = {"at": clock.at, "event": line.event.at}
            yield undecided(WITNESS_CHECK, "witnesses.before-event", clock.name, **facts)


def _to_compare(own: Policy | None, policy: Policy | None) -> tuple[Fingerprint, ...]:
    if policy is not None or own is None:
        return ()
    logs = (("anchor.ledger", log.key.name, log.key.text) for log in own.logs)
    witnesses = (("anchor.witness", wit.name, wit.key.text) for wit in own.witnesses)
    return tuple(
        Fingerprint(role=role, name=name, sha256=Digest.of(vkey.encode()).hex)
        for role, name, vkey in (*logs, *witnesses)
    )
