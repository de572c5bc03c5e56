"""Each check of a whole package, broken alone: the right finding, by its code and subject."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import evolve

import memory_bag
import tampering
import trust_world
from longbien.evidence import layout
from longbien.evidence.custody import encode_events, parse_events
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.report import Kind, Report
from longbien.evidence.verify import verify
from longbien.evidence.wire import encode_package, parse_package
from longbien.ledger.policy import parse_policy
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import KeyId
from longbien.primitives.verdict import Outcome
from longbien.trust.certificates import Anchors, Material

Edit = Callable[[dict[str, bytes]], None]


def bad(report: Report) -> list[tuple[str, str, str]]:
    """Return check, reason and subject of everything that did not pass."""
    return [
        (one.check, one.reason, one.subject)
        for one in report.verdict.findings
        if one.outcome is not Outcome.PASSED
    ]


def judged(edit: Edit) -> Report:
    """Return the report of a package of which a good signer signed an edited form."""
    return tampering.judge(memory_bag.build(memory_bag.changed(edit=edit)))


def test_a_good_package_passes_in_twelve_steps() -> None:
    """Every step ran, every finding passed, and the facts are proven."""
    report = tampering.judge(memory_bag.good())

    assert bad(report) == []
    assert [step.number for step in report.steps] == list(range(1, 13))
    assert report.kind is Kind.PACKAGE
    assert report.is_complete is True
    assert report.fingerprints == ()
    assert report.contents is not None
    assert report.contents.is_proven
    assert (report.contents.files, report.contents.size) == (3, 498)
    assert [one.name for one in report.contents.exhibits] == ["E0001", "E0002"]
    assert report.signers[0].latest_at == memory_bag.NOW
    assert [clock.name for clock in report.clocks] == ["witness.xb.example", "witness.xc.example"]


def test_a_changed_byte_of_evidence_is_named_by_its_file() -> None:
    """The payload manifest and the chunk tree both say so."""
    files = dict(memory_bag.good())
    files["data/E0001/image.dd"] = b"x" + files["data/E0001/image.dd"][1:]

    report = tampering.judge(files)

    assert bad(report) == [
        ("package.payload", "manifest.changed", "data/E0001/image.dd"),
        ("package.trees", "trees.root", "data/E0001/image.dd"),
    ]


def test_a_file_of_another_size_is_told_by_its_size() -> None:
    """The tree step names both sizes."""
    files = dict(memory_bag.good())
    files["data/E0001/image.dd"] += b"x"

    report = tampering.judge(files)

    found = next(one for one in report.verdict.findings if one.reason == "trees.size")
    assert dict(found.facts) == {"signed": "300", "found": "301"}


def test_a_missing_and_an_added_file_make_it_partial() -> None:
    """Complete means: exactly the files that are listed."""
    files = dict(memory_bag.good())
    files["data/E0001/added.dd"] = files.pop("data/E0001/image.dd")

    report = tampering.judge(files)

    assert report.is_complete is False
    assert bad(report) == [
        ("package.payload", "manifest.missing", "data/E0001/image.dd"),
        ("package.payload", "manifest.unlisted", "data/E0001/added.dd"),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (layout.BAGIT, ("package.profile", "check.not-run", "")),
        (layout.PAYLOAD_MANIFEST, ("package.payload", "check.not-run", "")),
        (layout.TAG_MANIFEST, ("package.tag-manifest", "check.not-run", "")),
        (layout.DESCRIPTION, ("package.description", "check.not-run", "")),
        (layout.BAG_INFO, ("package.trees", "check.not-run", "")),
        (layout.EVENTS, ("custody.proof", "check.not-run", "")),
        (layout.TAG_MANIFEST, ("signature.cades", "check.not-run", "")),
    ],
)
def test_a_missing_tag_file_leaves_its_checks_undone(
    *, path: str, expected: tuple[str, str, str]
) -> None:
    """What could not be checked says so, beside the missing file."""
    files = dict(memory_bag.good())
    del files[path]

    found = bad(tampering.judge(files))

    assert ("package.layout", "layout.missing", path) in found
    assert expected in found


@pytest.mark.parametrize(
    ("path", "check", "reason"),
    [
        (layout.TAG_MANIFEST, "package.tag-manifest", "manifest.unreadable"),
        (layout.PAYLOAD_MANIFEST, "package.payload", "manifest.unreadable"),
        (layout.DESCRIPTION, "package.description", "description.unreadable"),
        (layout.BAG_INFO, "package.description", "description.unreadable"),
        (layout.EVENTS, "custody.events", "custody.unreadable"),
        (layout.POLICY, "custody.events", "custody.unreadable"),
        (layout.WITNESS_KEYS, "custody.events", "custody.unreadable"),
        (layout.proof_path(1), "custody.proof", "custody.unreadable"),
        ("trust/certificate-01.pem", "signer.path", "certificates.unreadable"),
        ("trust/list-01.crl", "signer.path", "certificates.unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_failed_with_the_reason(
    *, path: str, check: str, reason: str
) -> None:
    """The parser's code and text are facts of the finding."""
    files = {**memory_bag.good(), path: b"\xff no\n"}

    report = tampering.judge(files)

    found = [one for one in report.verdict.findings if (one.check, one.reason) == (check, reason)]
    assert [one.subject for one in found] == [path]
    assert {name for name, _ in found[0].facts} == {"why", "code"}


def test_a_file_above_its_limit_is_not_read() -> None:
    """The limit of its kind is a fact; the digest stays unknown, so that the manifest misses it."""
    files = {**memory_bag.good(), layout.BAG_INFO: b"x" * (16 * 2**10 + 1)}

    found = bad(tampering.judge(files))

    assert ("package.layout", "layout.too-large", layout.BAG_INFO) in found
    assert ("package.tag-manifest", "manifest.missing", layout.BAG_INFO) in found


@pytest.mark.parametrize("suffix", ["p7s", "p7s.tsr", "mldsa65"])
def test_a_signature_file_above_its_limit_is_not_good(suffix: str) -> None:
    """A flood in place of a signature fails like any other bad signature."""
    path = f"signatures/tagmanifest-sha256.txt.{suffix}"
    files = {**memory_bag.good(), path: bytes(2**20 + 1)}

    assert tampering.judge(files).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("p7s", ("signature.cades", "signature.missing")),
        ("p7s.tsr", ("time.package", "stamp.missing")),
        ("mldsa65", ("signature.hybrid", "hybrid.downgrade")),
    ],
)
def test_a_missing_signature_file_is_failed(*, suffix: str, expected: tuple[str, str]) -> None:
    """Nothing may be taken away to weaken the protection."""
    files = dict(memory_bag.good())
    path = f"signatures/tagmanifest-sha256.txt.{suffix}"
    del files[path]

    report = tampering.judge(files)

    assert report.outcome is Outcome.FAILED
    assert (*expected, path) in bad(report)


def test_an_unsigned_package_is_failed() -> None:
    """Without any signature file the sender's is missed."""
    files = {p: d for p, d in memory_bag.good().items() if not p.startswith("signatures/")}

    report = tampering.judge(files)

    assert report.outcome is Outcome.FAILED
    assert report.signers[0].name == ""
    assert report.signers[0].latest_at is None


def test_without_a_certificate_the_second_signature_is_failed() -> None:
    """The ML-DSA-65 certificate of the same signer must be carried."""
    second = trust_world.mldsa_signer().certificates[0]
    good = memory_bag.trust_material()
    material = evolve(good, certificates=tuple(c for c in good.certificates if c != second))
    files = memory_bag.build(memory_bag.changed(material=material))

    found = bad(tampering.judge(files))

    assert ("signature.mldsa", "second-signature.no-certificate") in [one[:2] for one in found]


# --- a signer who signs a package that contradicts itself --------------------------------------


def redescribed(**changes: object) -> Edit:
    """Return an edit that writes another description."""

    def edit(files: dict[str, bytes]) -> None:
        package = parse_package(files[layout.DESCRIPTION])
        files[layout.DESCRIPTION] = encode_package(evolve(package, **changes))

    return edit


@pytest.mark.parametrize(
    ("old", "new", "label"),
    [
        (b"LB-Exercise: yes", b"LB-Exercise: no", "LB-Exercise"),
        (b"2026-0042", b"2026-0043", "External-Identifier"),
        (b"498.3", b"499.3", "Payload-Oxum"),
        (b"498.3", b"498.4", "Payload-Oxum"),
        (b"LB-0b7a", b"LB-0b7b", "Internal-Sender-Identifier"),
        (b"longbien-test 1", b"longbien-test 2", "Bag-Software-Agent"),
        (b"rfc6962-sha256 3", b"rfc6962-sha256 4", "LB-Exhibit-Tree"),
    ],
)
def test_bag_info_must_agree_with_the_description(*, old: bytes, new: bytes, label: str) -> None:
    """Every line that repeats a fact is compared."""

    def edit(files: dict[str, bytes]) -> None:
        files[layout.BAG_INFO] = files[layout.BAG_INFO].replace(old, new)

    report = judged(edit)

    found = [one for one in report.verdict.findings if one.outcome is Outcome.FAILED]
    assert [(one.reason, dict(one.facts)) for one in found] == [
        ("description.other-bag-info", {"label": label})
    ]


def test_the_heads_commitment_must_follow_from_the_description() -> None:
    """A use limit that is dropped from the description shows in bag-info and in custody."""
    report = judged(redescribed(use_limits=()))

    labels = [dict(one.facts).get("label") for one in report.verdict.findings]
    assert "LB-Package-Head" in labels
    assert ("custody.events", "custody.other-package", "custody/0002.tlog-proof") in bad(report)


def test_description_and_payload_manifest_must_list_the_same_files() -> None:
    """A manifest of other files is told even where it is signed."""
    lines = memory_bag.good()[layout.PAYLOAD_MANIFEST].splitlines(keepends=True)

    def edit(files: dict[str, bytes]) -> None:
        files[layout.PAYLOAD_MANIFEST] = b"".join(lines[1:])

    found = [one[:2] for one in bad(judged(edit))]

    assert ("package.description", "description.other-files") in found
    assert ("package.payload", "manifest.unlisted") in found


def large() -> memory_bag.Plan:
    """Return the plan of a package with a file of three leaves."""
    return memory_bag.changed(payload={**memory_bag.PAYLOAD, "data/E0003/disk.dd": BIG})


BIG = b"0123456789abcdef" * (LEAF_SIZE // 8) + b"tail"


def test_a_large_file_has_its_leaf_hashes_beside_it() -> None:
    """Three leaves, one leaves file, and everything passes."""
    files = memory_bag.build(large())

    assert len(files[layout.leaves_path(4)]) == 96
    assert bad(tampering.judge(files)) == []


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda files: files.update({"evidence/leaves/4.bin": bytes(96)}), "trees.leaves"),
        (lambda files: files.pop("evidence/leaves/4.bin"), "trees.leaves-missing"),
        (lambda files: files.update({"evidence/leaves/1.bin": b""}), "trees.leaves-alien"),
    ],
)
def test_leaves_files_must_be_those_of_the_files(*, edit: Edit, reason: str) -> None:
    """A signed lie about leaf hashes is found, whatever the manifests say."""
    report = tampering.judge(memory_bag.build(evolve(large(), edit=edit)))

    assert [one[:2] for one in bad(report)] == [("package.trees", reason)]


# --- custody -----------------------------------------------------------------------------------


def with_events(change: Callable[[list], None]) -> Edit:
    """Return an edit of the disclosed events."""

    def edit(files: dict[str, bytes]) -> None:
        lines = list(parse_events(files[layout.EVENTS]))
        change(lines)
        files[layout.EVENTS] = encode_events(lines)

    return edit


def test_the_packing_must_be_the_last_event() -> None:
    """Without it nothing in the ledger fixes the contents."""
    report = judged(with_events(lambda lines: lines.pop()))

    assert [one[:2] for one in bad(report)] == [
        ("custody.events", "custody.proof-alien"),
        ("custody.events", "custody.not-packed-last"),
    ]


def test_events_stand_in_order_of_time() -> None:
    """An event before the one that it follows is FAILED, and its commitment no longer fits."""

    def late(lines: list) -> None:
        moved = evolve(lines[0].event, at=memory_bag.CREATED.plus(timedelta(hours=1)))
        lines[0] = evolve(lines[0], event=moved)

    found = [one[:2] for one in bad(judged(with_events(late)))]

    assert ("custody.events", "custody.order") in found
    assert ("custody.proof", "proof.not-included") in found


def test_an_event_without_its_proof_is_failed() -> None:
    """A proof that is not there is missed by name."""
    report = judged(lambda files: files.pop(layout.proof_path(2)))

    assert bad(report) == [("custody.events", "custody.proof-missing", layout.proof_path(2))]


def test_the_list_of_keys_must_be_that_of_the_policy() -> None:
    """A court reads the keys from the list, our verifier from the policy: they are the same."""

    def edit(files: dict[str, bytes]) -> None:
        files[layout.WITNESS_KEYS] = files[layout.WITNESS_KEYS].split(b"\n", 1)[1]

    assert bad(judged(edit)) == [("custody.events", "custody.other-keys", layout.WITNESS_KEYS)]


def test_a_list_of_keys_ends_with_a_line_feed() -> None:
    """A cut list is unreadable, not shorter."""

    def edit(files: dict[str, bytes]) -> None:
        files[layout.WITNESS_KEYS] = files[layout.WITNESS_KEYS][:-1]

    found = next(one for one in judged(edit).verdict.findings if one.outcome is Outcome.FAILED)

    assert dict(found.facts)["code"] == "custody.keys"


def test_too_few_witnesses_are_undecided() -> None:
    """The relying party's quorum counts."""
    report = tampering.judge(memory_bag.build(memory_bag.changed(cosigners=1)))

    assert {one[:2] for one in bad(report)} == {("custody.witnesses", "witnesses.too-few")}
    assert report.outcome is Outcome.INDETERMINATE


def test_a_policy_that_asks_for_nobody_is_met() -> None:
    """That is the relying party's own decision, and the report says so."""
    text = memory_bag.ledger().policy_text.replace(b"quorum states", b"quorum none")

    report = verify(
        memory_bag.MemoryBag(memory_bag.good()),
        anchors=trust_world.anchors(),
        policy=parse_policy(text),
        now=memory_bag.NOW,
    )

    assert report.outcome is Outcome.PASSED
    assert "witnesses.none-asked" in {one.reason for one in report.verdict.findings}


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [(-13, "witnesses.before-event"), (3, "witnesses.after-signature")],
)
def test_a_witness_whose_clock_does_not_fit_is_flagged(*, minutes: int, reason: str) -> None:
    """More than two minutes before the event, or after the stamp, is INDETERMINATE."""
    witnessed = memory_bag.NOW.plus(timedelta(minutes=minutes))

    report = tampering.judge(memory_bag.build(memory_bag.changed(witnessed_at=witnessed)))

    assert report.outcome is Outcome.INDETERMINATE
    assert {one[:2] for one in bad(report)} == {("custody.witnesses", reason)}


@pytest.mark.parametrize("minutes", [-12, 2])
def test_two_minutes_between_clocks_are_borne(minutes: int) -> None:
    """Exactly the allowed skew passes."""
    witnessed = memory_bag.NOW.plus(timedelta(minutes=minutes))

    assert bad(tampering.judge(memory_bag.build(memory_bag.changed(witnessed_at=witnessed)))) == []


# --- who reads ---------------------------------------------------------------------------------


def test_without_roots_and_policy_nothing_is_decided_but_everything_is_named() -> None:
    """The report lists what to compare by telephone."""
    report = verify(
        memory_bag.MemoryBag(memory_bag.good()),
        anchors=Anchors(),
        policy=None,
        now=memory_bag.NOW,
    )

    assert report.outcome is Outcome.INDETERMINATE
    assert report.contents is not None
    assert not report.contents.is_proven
    assert [mark.role for mark in report.fingerprints] == [
        "anchor.time",
        "anchor.signer",
        "anchor.signer",
        "anchor.ledger",
        "anchor.ledger",
        "anchor.witness",
        "anchor.witness",
    ]
    roots = {mark.sha256 for mark in report.fingerprints[:3]}
    trusted = trust_world.anchors()
    assert roots == {one.sha256.hex for one in (*trusted.signers, *trusted.time)}
    assert ("custody.proof", "custody.own-ledger-key", layout.POLICY) in bad(report)
    assert ("custody.witnesses", "witnesses.own-policy", layout.POLICY) in bad(report)


def test_an_unreadable_policy_of_the_package_harms_no_reader_with_one_of_his_own() -> None:
    """The file is FAILED, the proofs are judged by the reader's policy."""
    files = {**memory_bag.good(), layout.POLICY: b"\n"}

    report = tampering.judge(files)

    assert "proof.valid" in {one.reason for one in report.verdict.findings}


def test_an_unreadable_policy_leaves_a_reader_without_one_undecided() -> None:
    """Nobody is believed, and nothing is to be compared."""
    report = verify(
        memory_bag.MemoryBag({**memory_bag.good(), layout.POLICY: b"\n"}),
        anchors=trust_world.anchors(),
        policy=None,
        now=memory_bag.NOW,
    )

    assert ("custody.proof", "check.not-run", "") in bad(report)
    assert report.fingerprints == ()


def test_the_readers_own_material_helps_where_the_package_carries_none() -> None:
    """Revocation lists may come from the relying party itself."""
    files = memory_bag.build(memory_bag.changed(material=Material()))
    settings = {
        "anchors": trust_world.anchors(),
        "policy": memory_bag.ledger().policy,
        "now": memory_bag.NOW,
    }

    without = verify(memory_bag.MemoryBag(files), **settings)
    helped = verify(memory_bag.MemoryBag(files), material=memory_bag.trust_material(), **settings)

    assert without.outcome is not Outcome.PASSED
    assert helped.outcome is Outcome.PASSED


def test_a_recipient_must_be_named() -> None:
    """A package that was made for somebody else is FAILED at our door."""
    mine = KeyId("sha256:" + "0" * 64)

    report = tampering.judge(memory_bag.good(), recipient=mine)

    assert bad(report) == [("package.addressee", "addressee.not-named", str(mine))]


def test_a_court_is_no_recipient() -> None:
    """Without a key the recipients are only listed, and no limit is said to be none."""
    files = memory_bag.build(memory_bag.changed(use_limits=()))
    report = verify(
        memory_bag.MemoryBag(files),
        anchors=trust_world.anchors(),
        policy=memory_bag.ledger().policy,
        now=memory_bag.NOW,
    )

    reasons = {one.reason for one in report.verdict.findings}
    assert {"addressee.listed", "limits.none"} <= reasons


def test_training_material_that_hides_it_is_failed() -> None:
    """A package signed with an exercise key must be marked as an exercise."""
    report = tampering.judge(memory_bag.build(memory_bag.changed(exercise=False)))

    assert bad(report) == [("package.exercise", "exercise.not-marked", "")]


def test_a_stamp_from_the_future_is_flagged() -> None:
    """Either our clock is wrong or theirs; two minutes are borne."""
    settings = {"anchors": trust_world.anchors(), "policy": memory_bag.ledger().policy}
    bag = memory_bag.MemoryBag(memory_bag.good())

    near = verify(bag, now=memory_bag.NOW.plus(timedelta(minutes=-2)), **settings)
    far = verify(bag, now=memory_bag.NOW.plus(timedelta(minutes=-2, seconds=-1)), **settings)

    assert near.outcome is Outcome.PASSED
    assert [one[:2] for one in bad(far)] == [("time.order", "time.ahead")] * 2


def test_a_package_cannot_be_made_after_it_was_stamped() -> None:
    """The description's own date is compared with the stamp."""
    created = memory_bag.NOW.plus(timedelta(minutes=3))
    plan = memory_bag.changed(created_at=created, witnessed_at=created)

    report = tampering.judge(memory_bag.build(plan))

    assert ("time.order", "time.created-after", "") in bad(report)


def test_errors_of_the_world_are_not_verdicts() -> None:
    """A disk that cannot be read says nothing about the evidence."""

    class Broken(memory_bag.MemoryBag):
        """A bag on a failing disk."""

        def read(self, path: str, *, limit: int) -> bytes:
            """Fail."""
            del limit
            raise Unavailable("source.unreadable", "{path} cannot be read", path=path)

    with pytest.raises(Unavailable):
        verify(Broken(memory_bag.good()), anchors=Anchors(), policy=None, now=memory_bag.NOW)


def test_an_ocsp_answer_that_cannot_be_read_is_failed() -> None:
    """Every file below trust/ is parsed by what its name says."""

    def edit(files: dict[str, bytes]) -> None:
        files["trust/x.ocsp"] = b"no"

    assert [one[:2] for one in bad(judged(edit))] == [("signer.path", "certificates.unreadable")]


def test_what_is_refused_for_its_size_stays_a_finding() -> None:
    """Refused never leaves the verifier."""
    with pytest.raises(Refused):
        memory_bag.MemoryBag({"x": b"12"}).read("x", limit=1)
