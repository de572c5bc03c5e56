"""Each check of a partial disclosure, broken alone."""

import pytest
from attrs import evolve

import memory_bag
import trust_world
from longbien.evidence import layout, reading
from longbien.evidence.checks_disclosure import SIGNATURE_PATHS, is_given
from longbien.evidence.disclosure import (
    Reason,
    Selection,
    disclose,
)
from longbien.evidence.layout import DISCLOSURE, DISCLOSURE_TEXT
from longbien.evidence.report import Kind, Report
from longbien.evidence.source import Entry, EntryKind
from longbien.evidence.verify import verify
from longbien.primitives.digest import Digest
from longbien.primitives.ids import KeyId, PackageId
from longbien.primitives.verdict import Outcome
from longbien.trust.certificates import Anchors
from memory_disclosure import PAYLOAD, PLAN, chosen, folder, good, judge

PART = "parts/3.bin"


def bad(report: Report) -> list[tuple[str, str, str]]:
    """Return check, reason and subject of everything that did not pass."""
    return [
        (one.check, one.reason, one.subject)
        for one in report.verdict.findings
        if one.outcome is not Outcome.PASSED
    ]


def test_a_signed_disclosure_passes_and_says_what_it_is() -> None:
    """Partial, with counts: given, withheld, why, and by whom."""
    report = judge(good())

    assert bad(report) == []
    assert (report.kind, report.is_complete) == (Kind.DISCLOSURE, False)
    assert [step.number for step in report.steps] == list(range(1, 12))
    assert [one.is_whole for one in report.given] == [True, True, False]
    assert report.withheld is not None
    assert (report.withheld.files, report.withheld.is_attested) == (1, True)
    assert report.withheld.reasons == (("withheld.privileged", 1),)
    assert [one.role for one in report.signers] == ["role.sender", "role.discloser"]
    assert report.contents is not None
    assert report.contents.is_proven


def test_an_unsigned_selection_is_undecided_in_the_right_words() -> None:
    """What is given is proven; the reasons are nobody's signed word."""
    report = judge(folder())

    assert report.outcome is Outcome.INDETERMINATE
    assert bad(report) == [
        ("disclosure.withheld", "withheld.unattested", ""),
        ("disclosure.discloser", "discloser.unsigned", ""),
    ]
    assert report.withheld is not None
    assert report.withheld.is_attested is False


def test_where_nothing_is_withheld_no_reason_is_missed() -> None:
    """Only the discloser's signature is open then."""
    everything = disclose(
        memory_bag.describe(PLAN),
        tuple(Selection(path=path) for path in PAYLOAD),
        disclosure_id=PackageId("11111111-2222-4333-8444-555555555555"),
        made_at=memory_bag.NOW,
        made_by="Court registry",
        reasons={},
        leaves=lambda _: b"",
        trust=chosen().trust,
    )

    report = judge(folder(everything))

    assert [one[1] for one in bad(report)] == ["discloser.unsigned"]
    assert "withheld.nothing" in {one.reason for one in report.verdict.findings}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("data/E0001/image.dd", ("disclosure.blocks", "manifest.changed")),
        (PART, ("disclosure.blocks", "blocks.not-in-file")),
        (layout.BAG_INFO, ("package.tag-manifest", "manifest.changed")),
        ("trust/list-01.crl", ("package.tag-manifest", "manifest.changed")),
        ("discloser/trust/list-01.crl", ("disclosure.discloser", "manifest.changed")),
        (layout.TAG_MANIFEST, ("signature.cades", "cades.other-content")),
        (DISCLOSURE_TEXT, ("disclosure.statement", "statement.other-text")),
        (SIGNATURE_PATHS.post_quantum, ("disclosure.discloser", "mldsa.bad-signature")),
    ],
)
def test_a_changed_byte_is_failed_by_the_check_that_watches(
    *, path: str, expected: tuple[str, str]
) -> None:
    """The last byte but one of a file of each kind."""
    data = bytearray(good()[path])
    data[-2] ^= 1

    found = bad(judge({**good(), path: bytes(data)}))

    assert expected in [one[:2] for one in found]


@pytest.mark.parametrize("path", [DISCLOSURE_TEXT, layout.TAG_MANIFEST, layout.BAG_INFO, PART])
def test_what_a_disclosure_must_have_is_missed(path: str) -> None:
    """Each file by its name."""
    files = {name: data for name, data in good().items() if name != path}

    assert ("disclosure.layout", "layout.missing", path) in bad(judge(files))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry(path="x", kind=EntryKind.LINK), "layout.kind"),
        (Entry(path="empty", kind=EntryKind.FOLDER), "layout.empty-folder"),
    ],
)
def test_strangers_are_named(*, entry: Entry, reason: str) -> None:
    """Links and empty folders do not belong."""
    assert bad(judge(good(), entry)) == [("disclosure.layout", reason, entry.path)]


@pytest.mark.parametrize(
    "path", ["note.txt", "data/E0001/more.dd", "parts/9.bin", layout.DESCRIPTION]
)
def test_files_that_nothing_proves_are_failed(path: str) -> None:
    """Above all evidence that is not among the files given, and the whole description."""
    assert ("disclosure.layout", "layout.alien", path) in bad(judge({**good(), path: b"x"}))


def test_a_missing_and_an_added_certificate_of_the_discloser_are_told() -> None:
    """disclosure.json lists them, and its signature covers the list."""
    files = dict(good())
    files["discloser/trust/new.crl"] = files.pop("discloser/trust/list-01.crl")

    found = [one[1:] for one in bad(judge(files)) if one[0] == "disclosure.discloser"]

    assert ("manifest.missing", "discloser/trust/list-01.crl") in found
    assert ("manifest.unlisted", "discloser/trust/new.crl") in found


def test_bytes_of_another_length_are_failed() -> None:
    """Fewer or more than the range says."""
    files = {**good(), PART: good()[PART] + b"x"}

    assert ("disclosure.blocks", "trees.size", PART) in bad(judge(files))


def test_a_record_that_is_not_in_the_tree_is_failed() -> None:
    """Another salt leads nowhere."""
    first, *rest = chosen().given
    forged = evolve(chosen(), given=(evolve(first, salt=bytes(32)), *rest))

    found = bad(judge(folder(forged)))

    assert ("disclosure.records", "records.not-included", "data/E0001/image.dd") in found


def test_another_head_is_failed() -> None:
    """Use limits cannot be dropped on the way to the court."""
    package = evolve(chosen().package, use_limits=(), software="other 1")

    found = bad(judge(folder(evolve(chosen(), package=package))))

    assert ("disclosure.records", "records.other-head", DISCLOSURE) in found
    assert ("disclosure.records", "description.other-bag-info", layout.BAG_INFO) in found


def test_a_false_root_of_an_empty_file_is_failed() -> None:
    """An empty file has the empty tree, and no other."""
    first, empty, *rest = chosen().given
    tree = evolve(empty.file.tree, root=Digest.of(b"x"))
    forged = evolve(empty, file=evolve(empty.file, tree=tree))
    package = evolve(chosen().package, files=tuple(one.file for one in (first, forged, *rest)))

    found = bad(judge(folder(evolve(chosen(), given=(first, forged, *rest), package=package))))

    assert ("disclosure.blocks", "blocks.not-in-file", "data/E0002/mail/empty.txt") in found


def test_reasons_must_be_for_as_many_files_as_are_withheld() -> None:
    """The number is proven; a statement that says another one is FAILED."""
    forged = evolve(chosen(), withheld=((Reason.PRIVILEGED, 2),))

    found = judge(folder(forged)).verdict.findings

    wrong = next(one for one in found if one.reason == "withheld.count")
    assert (wrong.outcome, dict(wrong.facts)) == (
        Outcome.FAILED,
        {"stated": "2", "withheld": "1"},
    )


@pytest.mark.parametrize("path", [DISCLOSURE, layout.BAG_INFO])
def test_what_cannot_be_read_is_failed_and_the_rest_is_not_run(path: str) -> None:
    """No statement, no records: INDETERMINATE beside the FAILED one."""
    report = judge({**good(), path: b"{}"})

    found = bad(report)
    assert ("disclosure.records", "description.unreadable", path) in found
    assert ("disclosure.statement", "check.not-run", "") in found
    assert (report.contents is None) is (path == DISCLOSURE)


def test_a_statement_above_its_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is FAILED by name, and nothing is said about records."""
    monkeypatch.setattr(reading, "MAX_DESCRIPTION", 10)

    found = bad(judge(good()))

    assert ("disclosure.layout", "layout.too-large", DISCLOSURE) in found
    assert ("disclosure.records", "check.not-run", "") in found


def test_without_roots_a_disclosure_is_undecided() -> None:
    """The roots to compare are listed once each."""
    report = judge(good(), anchors=Anchors())

    assert report.outcome is Outcome.INDETERMINATE
    assert len(report.fingerprints) == 3


def test_a_disclosure_for_somebody_else_is_failed() -> None:
    """The head names the recipients of the package."""
    report = verify(
        memory_bag.MemoryBag(good()),
        anchors=trust_world.anchors(),
        policy=None,
        now=memory_bag.NOW,
        recipient=KeyId("sha256:" + "0" * 64),
    )

    assert [one[:2] for one in bad(report)] == [("package.addressee", "addressee.not-named")]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("data/E0001/image.dd", True),
        ("parts/1.bin", True),
        ("parts/.bin", False),
        ("parts/x.bin", False),
        ("parts/1", False),
        ("data/x", False),
    ],
)
def test_evidence_has_its_places(*, path: str, given: bool) -> None:
    """Whole files below data/, parts below parts/."""
    assert is_given(path) is given
