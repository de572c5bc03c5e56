"""Bits of a small package and of a disclosure are flipped, one at a time; none may stay PASSED."""

import gc
import multiprocessing
import random

import pytest

import memory_bag
import memory_disclosure
import tampering
from longbien.evidence.layout import Role, find_role
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.report import Report
from longbien.primitives.verdict import Outcome

WORKERS = 2
PIECE = 4096  # flips that one worker takes at a time

# Which step must speak of a flip in which kind of file.
STEPS = {
    Role.PAYLOAD: {"step.payload"},
    Role.TAG_MANIFEST: {"step.tag-manifest", "step.signature"},
    "p7s": {"step.signature", "step.time", "step.certificates", "step.second-signature"},
    "tsr": {"step.time"},
    "mldsa65": {"step.second-signature"},
}


def flip(data: bytes, bit: int) -> bytes:
    """Return the bytes with one bit turned."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


Piece = tuple[str, int, int, int]  # a path; first bit, end and step


def look_at(piece: Piece) -> list[str]:
    """Flip the bits of one piece of a file; return what was judged wrongly."""
    path, first, end, step = piece
    good = memory_bag.good()
    wrong = []
    gc.collect()
    for bit in range(first, end, step):
        report = tampering.judge({**good, path: flip(good[path], bit)})
        if report.outcome is Outcome.PASSED:
            wrong.append(f"{path} bit {bit}: PASSED")
        elif not told_by_the_right_step(report, path):
            bad = [step.code for step in report.steps if step.outcome is not Outcome.PASSED]
            wrong.append(f"{path} bit {bit}: told by {bad}")
    return wrong


def told_by_the_right_step(report: Report, path: str) -> bool:
    """Tell if a step that watches over this kind of file speaks up."""
    role = find_role(path)
    steps = STEPS.get(path.rpartition(".")[2] if role is Role.SIGNATURE else role)
    found = {step.code for step in report.steps if step.outcome is not Outcome.PASSED}
    return bool(found & (steps or {"step.tag-manifest"}))


def pieces(*, step: int) -> list[Piece]:
    """Return every ``step``-th bit of the good package, in pieces; the last of each file too."""
    shares = [
        (path, first, min(first + PIECE * step, 8 * len(data)), step)
        for path, data in memory_bag.good().items()
        for first in range(0, 8 * len(data), PIECE * step)
    ]
    ends = [
        (path, 8 * len(data) - 1, 8 * len(data), 1)
        for path, data in memory_bag.good().items()
        if data
    ]
    return shares + ends


def wrongly_judged(*, step: int) -> list[str]:
    """Flip every ``step``-th bit of the good package, on all workers."""
    with multiprocessing.get_context("fork").Pool(WORKERS, initializer=gc.disable) as pool:
        found = pool.imap_unordered(look_at, pieces(step=step))
        return [line for lines in found for line in lines]


DISK = "data/E0003/disk.dd"
BLOCKS = 3  # two whole ones and five bytes


@pytest.mark.parametrize("quick", [True, False])
def test_every_byte_of_a_large_file_is_watched(
    *, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flipped bits at the edges of each block and all over it: found, and the block is named."""
    tampering.remember_expensive_checks(monkeypatch)
    data = random.Random(8).randbytes((BLOCKS - 1) * LEAF_SIZE + 5)
    payload = {**memory_bag.PAYLOAD, DISK: data}
    good = memory_bag.build(memory_bag.changed(payload=payload))
    assert tampering.judge(good, quick=quick).outcome is Outcome.PASSED
    edges = {place for at in range(BLOCKS) for place in range(at * LEAF_SIZE, at * LEAF_SIZE + 5)}
    edges |= {at * LEAF_SIZE - back for at in range(1, BLOCKS) for back in range(1, 5)}
    spread = range(0, len(data), 40_009)

    for place in sorted({*edges, *spread}):
        report = tampering.judge({**good, DISK: flip(data, 8 * place + place % 8)}, quick=quick)
        steps = [step.code for step in report.steps if step.outcome is not Outcome.PASSED]
        (found,) = [one for one in report.verdict.findings if one.reason == "trees.blocks"]
        assert report.outcome is Outcome.FAILED, place
        assert steps == ["step.payload", "step.trees"], place
        assert int(dict(found.facts)["start"]) == place // LEAF_SIZE * LEAF_SIZE


@pytest.mark.parametrize("quick", [True, False])
def test_every_bit_of_the_end_of_a_large_file_is_watched(
    *, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All forty bits of a last block of five bytes."""
    tampering.remember_expensive_checks(monkeypatch)
    data = bytes(LEAF_SIZE) + b"\x00\xff\x55\xaa\x01"
    good = memory_bag.build(memory_bag.changed(payload={DISK: data}))

    for bit in range(8 * LEAF_SIZE, 8 * len(data)):
        report = tampering.judge({**good, DISK: flip(data, bit)}, quick=quick)
        assert report.outcome is Outcome.FAILED, bit


@pytest.mark.slow
def test_no_changed_byte_stays_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One flipped bit in nearly every byte, each place in its turn: told by the right step."""
    tampering.remember_expensive_checks(monkeypatch)
    assert tampering.judge(memory_bag.good()).outcome is Outcome.PASSED

    assert wrongly_judged(step=9) == []


@pytest.mark.soak
def test_no_flipped_bit_stays_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each single flipped bit is FAILED or INDETERMINATE, by the step that watches over it."""
    tampering.remember_expensive_checks(monkeypatch)
    assert tampering.judge(memory_bag.good()).outcome is Outcome.PASSED

    assert wrongly_judged(step=1) == []


@pytest.mark.slow
def test_flips_in_certificates_and_lists_are_survived_without_memory() -> None:
    """Whatever a flip makes of a carried certificate or list, nothing is raised and it fails."""
    good = memory_bag.good()
    trust = [path for path in good if path.startswith("trust/")]

    for path in trust:
        for bit in range(0, 8 * len(good[path]), max(1, 8 * len(good[path]) // 60) | 1):
            report = tampering.judge({**good, path: flip(good[path], bit)})
            assert report.outcome is Outcome.FAILED, (path, bit)


# --- a partial disclosure ----------------------------------------------------------------------

SAMPLE = {False: 499, True: 31}  # primes: each place of a byte gets its turn
LARGE_SAMPLE = 49_999
WHOLE = ("disclosure.json", "bag-info.txt", "data/E0001/image.dd")  # every bit, in the long test

# Which step must speak of a flip in which file; the longest beginning counts.
DISCLOSURE_STEPS = {
    "": {"step.disclosure-tag-manifest"},
    "tagmanifest-sha256.txt": {"step.disclosure-tag-manifest", "step.signature"},
    "signatures/": {"step.signature", "step.second-signature", "step.time", "step.certificates"},
    "data/": {"step.blocks"},
    "parts/": {"step.blocks"},
    "disclosure.json": {"step.discloser"},
    "DISCLOSURE.txt": {"step.disclosure-layout"},
    "discloser/": {"step.discloser"},
}


def look_at_disclosure(flips: list[tuple[str, int]]) -> list[str]:
    """Flip these bits; return what was judged wrongly."""
    good = memory_disclosure.good()
    wrong = []
    gc.collect()
    for path, bit in flips:
        report = memory_disclosure.judge({**good, path: flip(good[path], bit)})
        bad = {step.code for step in report.steps if step.outcome is not Outcome.PASSED}
        begin = max((begin for begin in DISCLOSURE_STEPS if path.startswith(begin)), key=len)
        if report.outcome is Outcome.PASSED or not bad & DISCLOSURE_STEPS[begin]:
            wrong.append(f"{path} bit {bit}: {report.outcome.name}, told by {sorted(bad)}")
    return wrong


def disclosure_flips(*, slow: bool) -> list[tuple[str, int]]:
    """Return a systematic sample of all bits, the first and the last of each file among them."""
    chosen = []
    for path, data in memory_disclosure.good().items():
        step = LARGE_SAMPLE if len(data) >= LEAF_SIZE else SAMPLE[slow]
        end = 8 * len(data)
        bits = {*range(0, end, 1 if slow and path in WHOLE else step), *range(end)[-1:]}
        chosen += [(path, bit) for bit in sorted(bits)]
    return chosen


def test_flipped_bits_of_a_disclosure_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample: FAILED or INDETERMINATE by the step that watches over it, never a crash."""
    tampering.remember_expensive_checks(monkeypatch)
    assert memory_disclosure.judge(memory_disclosure.good()).outcome is Outcome.PASSED

    assert look_at_disclosure(disclosure_flips(slow=False)) == []


@pytest.mark.soak
def test_no_flipped_bit_of_what_is_disclosed_stays_unnoticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every bit of the disclosure's own words and a denser sample of all else."""
    tampering.remember_expensive_checks(monkeypatch)
    assert memory_disclosure.judge(memory_disclosure.good()).outcome is Outcome.PASSED
    flips = disclosure_flips(slow=True)
    shares = [flips[first : first + PIECE] for first in range(0, len(flips), PIECE)]

    with multiprocessing.get_context("fork").Pool(WORKERS, initializer=gc.disable) as pool:
        found = pool.imap_unordered(look_at_disclosure, shares)
        wrong = [line for lines in found for line in lines]

    assert wrong == []
