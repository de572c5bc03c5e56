import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

import memory_bag
import packing_world as packing
import trust_world as world
from longbien.adapters import packer
from longbien.adapters.packer import Bookkeeping, finish_prepared, pack, prepare
from longbien.cli._bag_folder import BagFolder
from longbien.evidence.report import Report
from longbien.evidence.verify import verify
from longbien.primitives.errors import Integrity, LongBienError, Malformed, Refused, Unavailable

NAME = f"LB-{packing.ID}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return an examiner's folder."""
    folder = tmp_path / "in"
    (folder / "disk").mkdir(parents=True)
    (folder / "disk" / "image.dd").write_bytes(bytes(range(256)) * 9000)
    (folder / "letter.txt").write_bytes(b"hello")
    return folder


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Bookkeeping]:
    """Return an open ledger."""
    found = packing.books(tmp_path / "ledger")
    yield found
    found.ledger.close()


@pytest.fixture
def witnesses(tmp_path: Path) -> packing.Witnesses:
    """Return both witnesses."""
    return packing.Witnesses(tmp_path / "witnesses")


def judged(folder: Path) -> Report:
    """Verify as a relying party that trusts all that is needed."""
    with BagFolder(folder) as bag:
        return verify(
            bag,
            anchors=world.anchors(),
            policy=memory_bag.ledger().policy,
            now=memory_bag.NOW,
            recipient=packing.key_of(packing.ME),
        )


def test_a_package_is_made_that_our_verifier_accepts(
    source: Path, tmp_path: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """From a folder to a verdict that is PASSED, and nothing half made beside it."""
    made = pack(
        packing.order(source, tmp_path / "out"),
        signing=packing.signing(),
        books=books,
        witness=witnesses,
        world=packing.machine(),
    )

    assert made.folder == tmp_path / "out" / NAME
    assert made.indexes == (0, 1)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [NAME]
    report = judged(made.folder)
    assert report.outcome.name == "PASSED", [
        (finding.reason, finding.subject, finding.facts)
        for step in report.steps
        for finding in step.findings
        if finding.outcome.name != "PASSED"
    ]


def test_what_fails_leaves_nothing_behind(
    source: Path, tmp_path: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """An authority that does not answer: no folder, whole or half; the ledger keeps its events."""

    class Silent:
        def stamp(self, _digest: object, /) -> bytes:
            raise Unavailable("tsa.unreachable", "nobody answers")

    with pytest.raises(Unavailable):
        pack(
            packing.order(source, tmp_path / "out"),
            signing=evolve(packing.signing(), stamper=Silent()),
            books=books,
            witness=witnesses,
            world=packing.machine(),
        )

    assert list((tmp_path / "out").iterdir()) == []
    assert books.ledger.size == 2


def test_an_interrupt_leaves_nothing_behind(
    source: Path, tmp_path: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """Ctrl-C while the exhibits are copied."""

    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(
            packing.order(source, tmp_path / "out"),
            signing=packing.signing(),
            books=books,
            witness=witnesses,
            world=packing.machine(interrupt),
        )

    assert list((tmp_path / "out").iterdir()) == []
    assert books.ledger.size == 0


def test_a_package_that_is_there_is_not_overwritten(
    source: Path, tmp_path: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """The second attempt under the same id is refused, and the first stays whole."""
    (tmp_path / "out" / NAME).mkdir(parents=True)

    with pytest.raises(Refused) as caught:
        pack(
            packing.order(source, tmp_path / "out"),
            signing=packing.signing(),
            books=books,
            witness=witnesses,
            world=packing.machine(),
        )

    assert caught.value.code == "bag.exists"


def test_what_no_reader_would_accept_is_refused_before_a_byte_is_copied(
    source: Path, tmp_path: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """Texts that are too long, a policy that cannot be read."""
    for order, policy in (
        (packing.order(source, tmp_path / "out", created_by=""), books.policy),
        (packing.order(source, tmp_path / "out"), b"quorum"),
    ):
        with pytest.raises(Malformed):
            pack(
                order,
                signing=packing.signing(),
                books=evolve(books, policy=policy),
                witness=witnesses,
                world=packing.machine(),
            )

    assert not (tmp_path / "out").exists()


def test_without_enough_witnesses_nothing_is_signed(
    source: Path, tmp_path: Path, books: Bookkeeping
) -> None:
    """The proofs in a package meet the package's own policy, or there is no package."""
    with pytest.raises(Refused, match=r"proof\.quorum-missing") as caught:
        pack(
            packing.order(source, tmp_path / "out"),
            signing=packing.signing(),
            books=books,
            witness=packing.Witnesses(tmp_path / "witnesses", count=1),
            world=packing.machine(),
        )

    assert caught.value.code == "pack.not-witnessed"
    assert list((tmp_path / "out").iterdir()) == []


# --- in two steps ------------------------------------------------------------------------------


@pytest.fixture
def prepared(source: Path, tmp_path: Path, books: Bookkeeping) -> Path:
    """Return a package that waits for its witnesses."""
    return prepare(
        packing.order(source, tmp_path / "out"), books=books, world=packing.machine()
    ).folder


def finish(folder: Path, books: Bookkeeping) -> Path:
    """Complete a prepared package."""
    return finish_prepared(
        folder, signing=packing.signing(), books=books, world=packing.machine()
    ).folder


def test_a_package_waits_for_its_witnesses(
    prepared: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """Prepared, cosigned, finished: the same verdict, and nothing of the waiting is left."""
    assert prepared.name == f"{NAME}.prepared"
    assert json.loads((prepared / "prepared.json").read_bytes()) == {"indexes": [0, 1]}
    assert not (prepared / "signatures").exists()
    witnesses(books.ledger, now=memory_bag.WITNESSED)

    folder = finish(prepared, books)

    assert folder.name == NAME
    assert not prepared.exists()
    assert judged(folder).outcome.name == "PASSED"


def test_a_prepared_package_is_not_finished_too_early(
    prepared: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """Without cosignatures it stays prepared, and can be finished later."""
    with pytest.raises(Refused) as caught:
        finish(prepared, books)
    assert caught.value.code == "pack.not-witnessed"

    witnesses(books.ledger, now=memory_bag.WITNESSED)
    assert judged(finish(prepared, books)).outcome.name == "PASSED"


def test_what_fails_while_finishing_can_be_repeated(
    prepared: Path,
    books: Bookkeeping,
    witnesses: packing.Witnesses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An authority that does not answer, or a disk that fails at the rename, undoes all."""
    witnesses(books.ledger, now=memory_bag.WITNESSED)
    before = {path.relative_to(prepared) for path in prepared.rglob("*")}

    def broken(*_: object) -> None:
        raise Unavailable("disk.failed", "no")

    for name in ("_sign", "finish"):
        with monkeypatch.context() as patch:
            patch.setattr(packer, name, broken)
            with pytest.raises(Unavailable):
                finish(prepared, books)
        left = {path.relative_to(prepared) for path in prepared.rglob("*") if path.is_file()}
        assert left == {path for path in before if (prepared / path).is_file()}

    assert judged(finish(prepared, books)).outcome.name == "PASSED"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("bag-info.txt", b"x"),
        ("manifest-sha256.txt", b""),
        ("evidence/case.jsonld", b"{}"),
        ("evidence/leaves/1.bin", b"\0" * 96),
        ("data/E0002/letter.txt", b"hello!"),
    ],
)
def test_what_changed_while_it_waited_is_not_signed(
    prepared: Path, books: Bookkeeping, witnesses: packing.Witnesses, path: str, data: bytes
) -> None:
    """The folder must still be what the ledger says was packed."""
    witnesses(books.ledger, now=memory_bag.WITNESSED)
    (prepared / path).write_bytes(data)

    with pytest.raises(LongBienError) as caught:
        finish(prepared, books)

    assert caught.value.code in {"pack.changed", "disk.too-large"}
    assert not (prepared / "signatures").exists()


def test_another_description_is_not_what_the_ledger_has(
    prepared: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """A consistent forgery of everything in the folder still disagrees with the ledger."""
    witnesses(books.ledger, now=memory_bag.WITNESSED)
    package = packer.parse_package((prepared / "evidence/package.json").read_bytes())
    forged = packer.describe(
        evolve(package, recipients=()), {1: (prepared / "evidence/leaves/1.bin").read_bytes()}
    )
    for path, data in forged.files.items():
        (prepared / path).write_bytes(data)

    with pytest.raises(Integrity) as caught:
        finish(prepared, books)

    assert caught.value.code == "pack.changed"


@pytest.mark.parametrize("state", [b"{}", b"[]", b'{"indexes":["0"]}', b'{"indexes":[true]}'])
def test_a_broken_state_file_is_said_so(prepared: Path, books: Bookkeeping, state: bytes) -> None:
    """It is ours, and it is read as strictly as everything else."""
    (prepared / "prepared.json").write_bytes(state)

    with pytest.raises(Malformed) as caught:
        finish(prepared, books)

    assert caught.value.code == "pack.state"


def test_the_events_of_other_entries_are_not_taken(
    prepared: Path, books: Bookkeeping, witnesses: packing.Witnesses
) -> None:
    """An index that leads to another event, or to too few, is found out."""
    books.ledger.append([b"{}"], random_bytes=packing.counted())
    books.ledger.checkpoint(signers=books.signers, now=memory_bag.CREATED)
    witnesses(books.ledger, now=memory_bag.WITNESSED)

    for state in (b'{"indexes":[1,0]}', b'{"indexes":[0]}', b'{"indexes":[0,2]}'):
        (prepared / "prepared.json").write_bytes(state)
        with pytest.raises(Integrity) as caught:
            finish(prepared, books)
        assert caught.value.code == "pack.changed"


def test_only_a_prepared_package_is_finished(
    prepared: Path, books: Bookkeeping, tmp_path: Path
) -> None:
    """Neither another folder nor one whose final name is taken."""
    with pytest.raises(Refused) as caught:
        finish(tmp_path, books)
    assert caught.value.code == "pack.not-prepared"

    prepared.with_name(NAME).mkdir()
    with pytest.raises(Refused) as caught:
        finish(prepared, books)
    assert caught.value.code == "bag.exists"
