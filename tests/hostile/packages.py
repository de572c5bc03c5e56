"""Acts with packages: what a hostile State gives as evidence is judged at the door."""

import functools
from collections.abc import Callable, Mapping

import memory_bag
import trust_world
from desk_stories import exhibit
from hostile.cases import asked_of_my
from hostile.registry import Bound, Kept, add
from hostile.stage import Stage
from longbien.casework import commands as c
from longbien.evidence import layout
from longbien.evidence.source import Entry, EntryKind
from longbien.evidence.verify import verify
from longbien.exercise.safeguard_records import SAFE, WHY
from longbien.primitives.ids import KeyId, PackageId
from longbien.primitives.verdict import Outcome, Verdict

KIND = "mla_stored_data"
JUDGED = Bound(octets=0, signatures=100, rows=0, hashed=2_000_000)
"""A small package: its own bytes are hashed a few times, its signatures and proofs verified."""


def given(
    stage: Stage,
    files: Mapping[str, bytes],
    *,
    odd: tuple[Entry, ...] = (),
    recipient: KeyId = memory_bag.RECIPIENT,
) -> str:
    """Let MY give VN a package with this inside; return the first thing that fails in it."""
    with stage.attacking():
        report = verify(
            memory_bag.MemoryBag(files, odd),
            anchors=trust_world.anchors(),
            policy=memory_bag.ledger().policy,
            now=memory_bag.NOW,
            recipient=recipient,
        )
    stage.vn.parcels.verdict = report.verdict
    _delivered(stage)
    return _worst(report.verdict)


def _worst(verdict: Verdict) -> str:
    order = (Outcome.FAILED, Outcome.INDETERMINATE)
    return next(
        (one.reason for outcome in order for one in verdict.findings if one.outcome is outcome), ""
    )


def _delivered(stage: Stage) -> None:
    """Go through the whole delivery; the verdict must stand in VN's journal and not pass."""
    my, vn = stage.my, stage.vn
    case = asked_of_my(stage, KIND)
    my.act(case, c.Acknowledge())
    my.act(case, c.Accept())
    package = PackageId.from_random(stage.world.rng.randbytes(16))
    my.act(case, c.TakeExhibit(exhibit=exhibit(my)))
    my.act(
        case,
        c.ProposeRelease(
            package=package, exhibits=("E1",), legal_basis=("UNCC 40(3)(c)",), safeguards=SAFE
        ),
    )
    my.act(case, c.ApproveRelease(package=package, reasons=WHY), "second")
    stage.world.quiet()
    (held,) = vn.case(case).packages
    assert held.verified is not None
    assert held.verified.outcome is not Outcome.PASSED
    told = my.case(case).find_package(package)
    assert told is not None
    assert told.verified is not None
    assert told.verified.outcome is held.verified.outcome


@functools.cache
def good() -> Mapping[str, bytes]:
    """Return a good package."""
    return memory_bag.good()


def changed(path: str, old: bytes, new: bytes) -> Callable[[Stage], str]:
    """Return an act that changes one file of a good package after it was signed."""

    def act(stage: Stage) -> str:
        files = dict(good())
        assert old in files[path]
        return given(stage, files | {path: files[path].replace(old, new, 1)})

    return act


def planned(**changes: object) -> Callable[[Stage], str]:
    """Return an act that signs a package that was planned to deceive."""
    return lambda stage: given(stage, memory_bag.build(memory_bag.changed(**changes)))


def odd(path: str, kind: EntryKind) -> Callable[[Stage], str]:
    """Return an act with an entry that is no file of a package."""
    return lambda stage: given(stage, good(), odd=(Entry(path=path, kind=kind),))


def extra(path: str) -> Callable[[Stage], str]:
    """Return an act that adds a file that nobody has signed for."""
    return lambda stage: given(stage, dict(good()) | {path: b"more"})


def missing(path: str) -> Callable[[Stage], str]:
    """Return an act that leaves a file out."""
    return lambda stage: given(stage, {one: data for one, data in good().items() if one != path})


IMAGE = "data/E0001/image.dd"
PACKAGES: dict[str, tuple[str, str, Callable[[Stage], str]]] = {
    "changed-exhibit": ("T27", "Change a byte of an exhibit", changed(IMAGE, b"disk", b"disc")),
    "exhibit-left-out": ("T27", "Leave an exhibit out", missing(IMAGE)),
    "exhibit-added": ("T27", "Add an exhibit that nobody has signed for", extra("data/E0009/x")),
    "name-that-climbs": (
        "T11",
        "Give a file a name that climbs out of its folder",
        extra("data/../../etc/passwd"),
    ),
    "absolute-name": ("T11", "Give a file an absolute name", extra("/etc/passwd")),
    "link": ("T11", "Give a link instead of a file", odd("data/E0001/link", EntryKind.OTHER)),
    "names-by-case": (
        "T11",
        "Give two names that differ by case alone",
        extra("data/E0001/IMAGE.dd"),
    ),
    "use-limits-dropped": (
        "T25",
        "Drop the use limitation that stands in the package",
        changed(layout.DESCRIPTION, b"Only for the investigation", b"For any investigation wh"),
    ),
    "for-somebody-else": (
        "T27",
        "Give a package that was made for another recipient",
        lambda stage: given(stage, good(), recipient=KeyId("sha256:" + "cd" * 32)),
    ),
    "custody-of-another-ledger": (
        "T27",
        "Give custody events that another State's ledger holds",
        lambda stage: given(
            stage, memory_bag.build(memory_bag.changed(ledger=memory_bag.ledger("B")))
        ),
    ),
    "custody-left-out": ("T27", "Leave the custody events out", missing(layout.EVENTS)),
    "no-signature": (
        "T27",
        "Leave the signature out",
        missing(layout.signature_paths(1).cades),
    ),
    "no-post-quantum-signature": (
        "T3",
        "Leave the post-quantum signature of a package out",
        missing(layout.signature_paths(1).post_quantum),
    ),
    "no-time-stamp": (
        "T19",
        "Leave the time stamp out",
        missing(layout.signature_paths(1).timestamp),
    ),
    "no-witness": ("T7", "Have no witness cosign the custody events", planned(cosigners=0)),
}
CODES = {
    "changed-exhibit": "manifest.changed",
    "exhibit-left-out": "manifest.missing",
    "exhibit-added": "manifest.unlisted",
    "name-that-climbs": "layout.alien",
    "absolute-name": "layout.alien",
    "link": "layout.kind",
    "names-by-case": "layout.clash",
    "use-limits-dropped": "manifest.changed",
    "for-somebody-else": "addressee.not-named",
    "custody-of-another-ledger": "proof.log-unsigned",
    "custody-left-out": "layout.missing",
    "no-signature": "signature.missing",
    "no-post-quantum-signature": "hybrid.downgrade",
    "no-time-stamp": "stamp.missing",
    "no-witness": "witnesses.too-few",
}

for name, (threat, tries, do) in PACKAGES.items():
    add(
        f"package.{name}",
        do,
        tries=tries,
        threat=threat,
        code=CODES[name],
        kept=Kept.CASE,
        bound=JUDGED,
    )
