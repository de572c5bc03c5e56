"""5,000 structured changes of a package, drawn from a fixed seed; none may stay PASSED."""

import functools
import json
import multiprocessing
import random
from collections.abc import Callable, Mapping

import pytest
from attrs import evolve, field, frozen

import memory_bag
import tampering
import trust_world
from longbien.evidence import layout
from longbien.evidence.source import Entry, EntryKind
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.ids import KeyId, PackageId
from longbien.primitives.verdict import Outcome
from longbien.trust.certificates import Anchors, Material

CHANGES = 5000
WORKERS = 2
PIECE = 50


@frozen
class Attack:
    """What a court receives, and what it believes."""

    files: Mapping[str, bytes] = field(repr=False)
    anchors: Anchors = field(factory=trust_world.anchors, repr=False)
    recipient: KeyId = memory_bag.RECIPIENT
    odd: tuple[Entry, ...] = ()


def good() -> dict[str, bytes]:
    """Return a good package to change."""
    return dict(memory_bag.good())


@functools.cache
def other_plan() -> memory_bag.Plan:
    """Return the plan of another good package by the same signer."""
    payload = {**memory_bag.PAYLOAD, "data/E0001/image.dd": b"another disk" * 9}
    return memory_bag.changed(
        payload=payload, package_id=PackageId("7d1c2b3a-0000-4000-8000-000000000001")
    )


@functools.cache
def other() -> Mapping[str, bytes]:
    """Return another good package by the same signer."""
    return memory_bag.build(other_plan())


def resigned(files: dict[str, bytes], plan: memory_bag.Plan) -> dict[str, bytes]:
    """Hash the tag files again and sign the new tag manifest."""
    files[layout.TAG_MANIFEST] = memory_bag.tag_manifest(files)
    return files | memory_bag.sign(files[layout.TAG_MANIFEST], plan, layout.signature_paths(1))


@functools.cache
def stranger() -> memory_bag.Plan:
    """Return the plan of somebody who is under no root of ours, with material of his own."""
    second = trust_world.mldsa_signer("B")
    material = Material(
        certificates=(*trust_world.signer(state="B").certificates, *second.certificates),
        crls=(
            trust_world.crl(trust_world.root("ec", "B")),
            trust_world.crl(trust_world.root("mldsa", "B")),
            *memory_bag.trust_material().crls,
        ),
    )
    return memory_bag.changed(
        signer=trust_world.signer(state="B"), second=second, material=material
    )


# --- the changes -----------------------------------------------------------------------------


def delete(rng: random.Random) -> Attack:
    """Take one file away."""
    files = good()
    del files[rng.choice(sorted(files))]
    return Attack(files)


def swap(rng: random.Random) -> Attack:
    """Exchange the contents of two files."""
    files = good()
    one, two = rng.sample(sorted(files), 2)
    files[one], files[two] = files[two], files[one]
    return Attack(files)


def duplicate(rng: random.Random) -> Attack:
    """Put a copy of a file beside it, or under a name that a bag knows."""
    files = good()
    path = rng.choice(sorted(files))
    folder = path.rpartition("/")[0]
    names = (
        f"{path}.copy",
        f"{folder}/{path.rpartition('/')[2].upper()}".lstrip("/"),
        "trust/extra.pem",
        "custody/0003.tlog-proof",
        "evidence/leaves/1.bin",
        "data/E0001/second.dd",
        "signatures/tagmanifest-sha256.txt.2.p7s",
    )
    target = rng.choice([name for name in names if name not in files])
    files[target] = files[path]
    return Attack(files)


def truncate(rng: random.Random) -> Attack:
    """Cut a file, at its end or at its begin."""
    files = good()
    path = rng.choice([path for path in sorted(files) if files[path]])
    at = rng.randrange(len(files[path]))
    files[path] = files[path][:at] if rng.random() < 0.7 or not at else files[path][at:]
    return Attack(files)


def extend(rng: random.Random) -> Attack:
    """Put bytes behind a file, or in front of it."""
    files = good()
    path = rng.choice(sorted(files))
    more = rng.choice((b"\n", b"\0", b" ", b"\xff" * 3, rng.randbytes(rng.randint(1, 40))))
    files[path] = files[path] + more if rng.random() < 0.7 else more + files[path]
    return Attack(files)


def overwrite(rng: random.Random) -> Attack:
    """Put other bytes over a run of a file."""
    files = good()
    path = rng.choice([path for path in sorted(files) if files[path]])
    data = bytearray(files[path])
    at = rng.randrange(len(data))
    run = min(len(data) - at, rng.randint(1, 16))
    data[at : at + run] = bytes(value ^ rng.randint(1, 255) for value in data[at : at + run])
    files[path] = bytes(data)
    return Attack(files)


def reorder(rng: random.Random) -> Attack:
    """Exchange, drop or double lines of a text."""
    files = good()
    texts = [
        path
        for path in sorted(files)
        if files[path].count(b"\n") > 1 and path.endswith(("txt", "jsonl", "vkeys", "proof", "pem"))
    ]
    path = rng.choice(texts)
    lines = files[path].splitlines(keepends=True)
    one, two = rng.sample(range(len(lines)), 2)
    kind = rng.choice(("swap", "drop", "double"))
    if kind == "swap" and lines[one] != lines[two]:
        lines[one], lines[two] = lines[two], lines[one]
    elif kind == "double":
        lines.insert(two, lines[one])
    else:
        del lines[one]
    files[path] = b"".join(lines)
    return Attack(files)


def foreign(rng: random.Random) -> Attack:
    """Take files from another good package by the same signer."""
    files, theirs = good(), other()
    differing = [path for path in sorted(files) if theirs.get(path) != files[path]]
    count = rng.randint(1, len(differing) - 1)
    for path in rng.sample(differing, count):
        files[path] = theirs[path]
    return Attack(files)


def rehashed(rng: random.Random) -> Attack:
    """Edit the description, hash everything again, keep the old signatures."""
    files = good()
    files[layout.DESCRIPTION] = _edited(files[layout.DESCRIPTION], rng)
    files[layout.TAG_MANIFEST] = memory_bag.tag_manifest(files)
    return Attack(files)


def _edited(description: bytes, rng: random.Random) -> bytes:
    """Return package.json with one field changed, canonical again."""
    value = json.loads(description)
    edits: tuple[Callable[[], object], ...] = (
        lambda: value.update(request="urn:example:xa:2027-0001"),
        lambda: value.update(created_by="Somebody else"),
        lambda: value.update(created_at="2026-11-01T11:49:59Z"),
        lambda: value.update(recipients=["sha256:" + rng.randbytes(32).hex()]),
        lambda: value.update(recipients=[]),
        lambda: value.update(use_limits=[]),
        lambda: value["use_limits"][0].update(text=f"Anything {rng.random()}"),
        lambda: value.update(exercise=False),
        lambda: value.update(suite=rng.choice(("LB0", "LB2", "none", ""))),
        lambda: value.update(format="LB-Bag 2"),
        lambda: value.update(notices=[]),
        lambda: value.update(salt=rng.randbytes(32).hex()),
        lambda: value.update(legal_basis=["Another treaty"]),
        lambda: value.update(unknown=rng.randrange(9)),
        lambda: value["files"].pop(rng.randrange(len(value["files"]))),
        lambda: rng.choice(value["files"]).update(original_name=f"name {rng.random()}"),
        lambda: rng.choice(value["files"]).update(size=rng.randrange(2**40)),
        lambda: rng.choice(value["files"]).update(sha256=rng.randbytes(32).hex()),
        lambda: rng.choice(value["files"])["tree"].update(root=rng.randbytes(32).hex()),
        lambda: rng.choice(value["files"]).update(path="data/E0009/x"),
    )
    rng.choice(edits)()
    return encode_json(value)


def new_payload(rng: random.Random) -> Attack:
    """Exchange evidence and hash everything again, down to the old signatures."""
    payload = {**memory_bag.PAYLOAD}
    path = rng.choice(sorted(payload))
    payload[path] = rng.randbytes(rng.randint(1, 300))
    plan = memory_bag.changed(payload=payload)
    files = memory_bag.unsigned(plan)
    return Attack(files | {p: d for p, d in good().items() if p.startswith("signatures/")})


def resigned_by_stranger(rng: random.Random) -> Attack:
    """Edit the description, hash and sign everything again with a key that we do not know."""
    files = good()
    files[layout.DESCRIPTION] = _edited(files[layout.DESCRIPTION], rng)
    if rng.random() < 0.5:
        for path in [path for path in files if path.startswith("trust/")]:
            del files[path]
        theirs = memory_bag.trust_files(stranger().material)
        files |= {f"trust/{name}": data for name, data in theirs.items()}
    return Attack(resigned(files, stranger()))


def lying_signer(rng: random.Random) -> Attack:
    """Edit one thing and sign it well: the package contradicts itself."""
    files = good()
    kind = rng.choice(("description", "manifest", "bag-info", "events", "proof", "policy"))
    if kind == "description":
        files[layout.DESCRIPTION] = _edited(files[layout.DESCRIPTION], rng)
    elif kind == "manifest":
        files[layout.PAYLOAD_MANIFEST] = other()[layout.PAYLOAD_MANIFEST]
    elif kind == "bag-info":
        old = rng.choice((b": yes", b"2026-0042", b"498.3", b" 3 "))
        new = {b": yes": b": no", b"2026-0042": b"2026-0043", b"498.3": b"499.3", b" 3 ": b" 4 "}
        files[layout.BAG_INFO] = files[layout.BAG_INFO].replace(old, new[old])
    elif kind == "events":
        files[layout.EVENTS] = other()[layout.EVENTS]
    elif kind == "proof":
        path = layout.proof_path(rng.randint(1, 2))
        files[path] = other()[path]
    else:
        files[layout.WITNESS_KEYS] = files[layout.WITNESS_KEYS].split(b"\n", 1)[1]
    return Attack(resigned(files, memory_bag.Plan()))


def weak_ledger(rng: random.Random) -> Attack:
    """Sign a package whose checkpoint too few witnesses saw, or of a ledger unknown to us."""
    if rng.random() < 0.5:
        return Attack(memory_bag.build(memory_bag.changed(cosigners=rng.randint(0, 1))))
    return Attack(memory_bag.build(memory_bag.changed(ledger=memory_bag.ledger("stranger"))))


def other_root(rng: random.Random) -> Attack:
    """Verify with roots of which one or all are not the right ones."""
    ours, theirs = trust_world.anchors(), trust_world.anchors("B")
    anchors = rng.choice(
        (
            theirs,
            Anchors(),
            evolve(ours, time=()),
            evolve(ours, signers=()),
            evolve(ours, signers=ours.signers[:1]),
            evolve(ours, signers=ours.signers[1:]),
            Anchors(signers=ours.time, time=ours.signers),
        )
    )
    return Attack(good(), anchors=anchors)


def wrong_recipient(rng: random.Random) -> Attack:
    """Receive a package that was made for somebody else."""
    return Attack(good(), recipient=KeyId("sha256:" + rng.randbytes(32).hex()))


def odd_entry(rng: random.Random) -> Attack:
    """Add something that is no file, a name that clashes, or an empty folder."""
    files = good()
    kind = rng.choice((EntryKind.LINK, EntryKind.OTHER, EntryKind.FOLDER))
    folder = rng.choice(("", "data/", "data/E0001/", "trust/", "custody/", "signatures/"))
    name = rng.choice(("x", "..", "IMAGE.DD", "\u202eexe.txt", "a b", "-rf", "con"))
    return Attack(files, odd=(Entry(path=f"{folder}{name}", kind=kind),))


# Attack, and the steps of which at least one must speak.
ANY: frozenset[str] = frozenset()
KINDS: tuple[tuple[int, Callable[[random.Random], Attack], frozenset[str]], ...] = (
    (12, delete, ANY),
    (12, swap, ANY),
    (10, duplicate, ANY),
    (12, truncate, ANY),
    (10, extend, ANY),
    (14, overwrite, ANY),
    (10, reorder, ANY),
    (8, foreign, ANY),
    (8, rehashed, frozenset({"step.signature"})),
    (6, new_payload, frozenset({"step.signature"})),
    (2, resigned_by_stranger, frozenset({"step.certificates"})),
    (3, lying_signer, ANY),
    (1, weak_ledger, frozenset({"step.custody", "step.witnesses"})),
    (1, other_root, frozenset({"step.certificates", "step.time"})),
    (2, wrong_recipient, frozenset({"step.addressee"})),
    (8, odd_entry, frozenset({"step.layout"})),
)


def attack_by(number: int) -> tuple[str, Attack, frozenset[str]]:
    """Return the attack of that number: always the same one."""
    rng = random.Random(number)
    weights = [weight for weight, _, _ in KINDS]
    _, kind, steps = rng.choices(KINDS, weights=weights)[0]
    return kind.__name__, kind(rng), steps


def judge_range(span: tuple[int, int]) -> list[str]:
    """Carry out a span of attacks; return those that were not caught as they should be."""
    wrong = []
    for number in range(*span):
        name, attack, steps = attack_by(number)
        report = tampering.judge(
            attack.files, anchors=attack.anchors, recipient=attack.recipient, odd=attack.odd
        )
        spoke = {step.code for step in report.steps if step.outcome is not Outcome.PASSED}
        if report.outcome is Outcome.PASSED or not (spoke & steps if steps else spoke):
            wrong.append(f"{number} {name}: {report.outcome.name}, told by {sorted(spoke)}")
    return wrong


# flipped names and serial numbers make cryptography warn before our parser refuses them
@pytest.mark.slow
def test_no_structured_change_stays_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 5,000 changes is FAILED or INDETERMINATE, and the step concerned says so."""
    tampering.remember_expensive_checks(monkeypatch)
    assert tampering.judge(memory_bag.good()).outcome is Outcome.PASSED
    assert tampering.judge(other()).outcome is Outcome.PASSED
    spans = [(first, first + PIECE) for first in range(0, CHANGES, PIECE)]

    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        wrong = [line for lines in pool.imap_unordered(judge_range, spans) for line in lines]

    assert wrong == []


def test_a_receiver_may_add_a_set_of_its_own() -> None:
    """A second signer's set over the same tag manifest is judged and reported beside the first."""
    files = good()
    files |= memory_bag.sign(
        files[layout.TAG_MANIFEST], memory_bag.Plan(), layout.signature_paths(2)
    )

    report = tampering.judge(files)

    assert report.outcome is Outcome.PASSED
    assert [signer.role for signer in report.signers] == ["role.sender", "role.receiver"]


def test_a_set_by_an_unknown_receiver_does_not_pass() -> None:
    """A set that somebody unknown adds is reported, and the whole is INDETERMINATE."""
    files = good()
    files |= memory_bag.sign(files[layout.TAG_MANIFEST], stranger(), layout.signature_paths(2))

    report = tampering.judge(files)

    assert report.outcome is not Outcome.PASSED
    assert [signer.outcome.name for signer in report.signers] == ["PASSED", "FAILED"]


def test_the_digest_of_the_good_package_is_that_of_its_bytes() -> None:
    """The memory bag hashes what it holds: the judge is not fooled by its own cache."""
    data = memory_bag.good()["data/E0001/image.dd"]

    assert memory_bag.measured(data).sha256 == Digest.of(data)
