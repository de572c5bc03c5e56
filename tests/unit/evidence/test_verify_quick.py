"""Changed blocks of large files, and the quick verification: what is told, what is left out."""

import pytest
from attrs import evolve

import memory_bag
import tampering
from longbien.evidence import layout
from longbien.evidence.package import LEAF_SIZE, PayloadFile
from longbien.evidence.report import Kind, Mode, Report
from longbien.evidence.report_english import ENGLISH
from longbien.evidence.report_text import render_text
from longbien.ledger.tree import parents_of
from longbien.primitives.digest import Digest
from longbien.primitives.verdict import Outcome

BIG = b"0123456789abcdef" * (LEAF_SIZE // 8) + b"tail"


def large() -> memory_bag.Plan:
    """Return the plan of a package with a file of three leaves."""
    return memory_bag.changed(payload={**memory_bag.PAYLOAD, "data/E0003/disk.dd": BIG})


def bad(report: Report) -> list[tuple[str, str, str]]:
    """Return check, reason and subject of everything that did not pass."""
    return [
        (one.check, one.reason, one.subject)
        for one in report.verdict.findings
        if one.outcome is not Outcome.PASSED
    ]


def with_disk(files: dict[str, bytes], data: bytes) -> dict[str, bytes]:
    """Return the package with other bytes on its disk."""
    return {**files, "data/E0003/disk.dd": data}


def flipped(data: bytes, *places: int) -> bytes:
    """Return the bytes with one bit turned at each place."""
    changed = bytearray(data)
    for place in places:
        changed[place] ^= 1
    return bytes(changed)


@pytest.mark.parametrize(
    ("places", "facts"),
    [
        ((0,), {"count": "1", "total": "3", "start": "0", "end": "1048575"}),
        ((LEAF_SIZE - 1,), {"count": "1", "total": "3", "start": "0", "end": "1048575"}),
        ((LEAF_SIZE,), {"count": "1", "total": "3", "start": "1048576", "end": "2097151"}),
        ((len(BIG) - 1,), {"count": "1", "total": "3", "start": "2097152", "end": "2097155"}),
        ((LEAF_SIZE, len(BIG) - 1), {"count": "2", "total": "3", "start": "1048576"}),
    ],
)
@pytest.mark.parametrize("quick", [True, False])
def test_the_changed_blocks_are_named(
    *, places: tuple[int, ...], facts: dict[str, str], quick: bool
) -> None:
    """How many, which is the first, and that the leaf hashes themselves are the signed ones."""
    report = tampering.judge(
        with_disk(memory_bag.build(large()), flipped(BIG, *places)), quick=quick
    )

    disk = "data/E0003/disk.dd"
    payload = "payload.not-hashed" if quick else "manifest.changed"
    assert bad(report) == [
        ("package.payload", payload, disk),
        ("package.trees", "trees.blocks", disk),
    ]
    (found,) = [one for one in report.verdict.findings if one.reason == "trees.blocks"]
    assert facts.items() <= dict(found.facts).items()


@pytest.mark.parametrize(
    ("leaves", "reasons"),
    [
        (bytes(96), ["trees.leaves", "trees.root"]),
        (bytes(97), ["trees.leaves", "trees.root"]),
        (bytes(64), ["trees.leaves", "trees.root"]),
        (None, ["trees.leaves-missing", "trees.root"]),
    ],
)
@pytest.mark.parametrize("quick", [True, False])
def test_leaf_hashes_that_do_not_lead_to_the_signed_root_name_no_block(
    *, leaves: bytes | None, reasons: list[str], quick: bool
) -> None:
    """A list that is itself not the signed one tells nothing about the file."""

    def edit(files: dict[str, bytes]) -> None:
        del files["evidence/leaves/4.bin"]
        if leaves is not None:
            files["evidence/leaves/4.bin"] = leaves

    files = memory_bag.build(evolve(large(), edit=edit))
    report = tampering.judge(with_disk(files, flipped(BIG, 5)), quick=quick)

    assert [one[1] for one in bad(report) if one[0] == "package.trees"] == reasons


def test_leaf_hashes_changed_together_with_the_file_are_not_believed() -> None:
    """The list fits the file, but neither is the signed one."""
    other = flipped(BIG, 7)
    files = with_disk(memory_bag.build(large()), other)
    files["evidence/leaves/4.bin"] = memory_bag.measured(other).leaves

    reasons = [one[1] for one in bad(tampering.judge(files)) if one[0] == "package.trees"]

    assert reasons == ["trees.leaves", "trees.root"]


def test_leaf_hashes_of_half_the_row_are_not_those_of_the_file() -> None:
    """The row above leads to the same root; it is told by its length."""
    row = memory_bag.measured(BIG).leaves
    above = parents_of(row) + row[-32:]
    files = memory_bag.build(
        evolve(large(), edit=lambda files: files.update({"evidence/leaves/4.bin": above}))
    )

    reasons = [
        one[1]
        for one in bad(tampering.judge(with_disk(files, flipped(BIG, 5))))
        if one[0] == "package.trees"
    ]

    assert reasons == ["trees.leaves", "trees.root"]


def test_two_large_files_that_changed_places_are_told_by_their_roots() -> None:
    """Each has leaf hashes that a leaves file knows, but they are the other one's."""
    names, other = ("data/E0003/a.dd", "data/E0003/b.dd"), flipped(BIG, 7)
    plan = memory_bag.changed(payload=dict(zip(names, (BIG, other), strict=True)))
    files = {**memory_bag.build(plan), **dict(zip(names, (other, BIG), strict=True))}

    found = [one[1:] for one in bad(tampering.judge(files)) if one[0] == "package.trees"]

    assert found == [("trees.root", name) for name in names]


def test_a_large_file_that_was_cut_is_told_by_its_size_alone() -> None:
    """Its leaf hashes lead to the signed root: nothing is said against them."""
    report = tampering.judge(with_disk(memory_bag.build(large()), BIG[:-1]), quick=True)

    assert [one[1] for one in bad(report)] == ["payload.not-hashed", "trees.size"]


# --- the quick verification --------------------------------------------------------------------


def payload_findings(report: Report) -> list[tuple[str, str, Outcome]]:
    """Return reason, subject and outcome of step 3."""
    step = report.find_step("step.payload")
    return [(one.reason, one.subject, one.outcome) for one in step.findings]


def test_a_quick_verification_says_what_it_did_not_compute() -> None:
    """Step 3 passes with a reason of its own, and the report bears its mode."""
    files = memory_bag.build(large())

    quick, full = (tampering.judge(files, quick=quick) for quick in (True, False))

    assert (quick.outcome, quick.mode) == (Outcome.PASSED, Mode.QUICK)
    assert (full.outcome, full.mode) == (Outcome.PASSED, Mode.FULL)
    assert quick.is_complete is True
    manifest = layout.PAYLOAD_MANIFEST
    assert payload_findings(quick) == [("payload.quick", manifest, Outcome.PASSED)]
    assert payload_findings(full) == [("manifest.holds", manifest, Outcome.PASSED)]
    (found,) = quick.find_step("step.payload").findings
    assert dict(found.facts) == {"files": "4", "quick": "1"}


def test_a_quick_verification_of_small_files_computes_everything() -> None:
    """Two hashes of one block cost next to nothing."""
    report = tampering.judge(memory_bag.good(), quick=True)

    assert payload_findings(report) == [("manifest.holds", layout.PAYLOAD_MANIFEST, Outcome.PASSED)]


def test_a_file_of_one_block_is_hashed_whole_and_one_byte_more_is_not() -> None:
    """The boundary between the two ways."""
    block = BIG[:LEAF_SIZE]
    for data, reason in ((block, "manifest.holds"), (block + b"x", "payload.quick")):
        files = memory_bag.build(memory_bag.changed(payload={"data/E0001/disk.dd": data}))
        report = tampering.judge(files, quick=True)
        assert bad(report) == []
        assert [one[0] for one in payload_findings(report)] == [reason]


@pytest.mark.parametrize("path", [layout.DESCRIPTION, layout.BAG_INFO])
def test_without_the_signed_trees_a_quick_step_3_is_not_passed(path: str) -> None:
    """Nothing else says that the bytes are the signed ones."""
    files = memory_bag.build(large())
    del files[path]

    report = tampering.judge(files, quick=True)

    assert payload_findings(report) == [
        ("payload.not-hashed", "data/E0003/disk.dd", Outcome.INDETERMINATE)
    ]


def test_quick_step_3_still_tells_what_is_missing_changed_and_not_listed() -> None:
    """What can be told without the digest of the large file is told."""
    files = memory_bag.build(large())
    files["data/E0001/image.dd"] = b"other"
    files["data/E0009/more.dd"] = BIG
    del files["data/E0002/mail/empty.txt"]

    report = tampering.judge(files, quick=True)

    assert sorted(payload_findings(report)) == [
        ("manifest.changed", "data/E0001/image.dd", Outcome.FAILED),
        ("manifest.missing", "data/E0002/mail/empty.txt", Outcome.FAILED),
        ("manifest.unlisted", "data/E0009/more.dd", Outcome.FAILED),
    ]


def test_an_untrue_digest_of_a_true_file_is_for_the_full_verification() -> None:
    """A signer who signs a wrong SHA-256 beside the true tree: quick says what it left out."""
    plan = large()
    disk = "data/E0003/disk.dd"
    untrue = Digest.of(b"something else")

    def described(path: str, plan: memory_bag.Plan) -> PayloadFile:
        found = true_description(path, plan)
        return evolve(found, sha256=untrue) if path == disk else found

    true_description = memory_bag._described
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory_bag, "_described", described)
        files = memory_bag.build(plan)

    full, quick = (tampering.judge(files, quick=quick) for quick in (False, True))

    assert bad(full) == [("package.payload", "manifest.changed", disk)]
    assert full.outcome is Outcome.FAILED
    assert quick.outcome is Outcome.PASSED
    told = render_text(quick, catalogue=ENGLISH)
    assert told.splitlines()[1] == "PASSED (quick verification)"
    assert "SHA-256 of whole files larger than 1 MiB" in " ".join(told.split())


def test_a_disclosure_is_never_judged_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch changes nothing there, and the report says full."""
    asked: list[str] = []
    monkeypatch.setattr(
        memory_bag.MemoryBag, "measure_leaves", lambda *_, **__: asked.append("leaves")
    )

    report = tampering.judge({"disclosure.json": b"{}"}, quick=True)

    assert (report.kind, report.mode, asked) == (Kind.DISCLOSURE, Mode.FULL, [])
