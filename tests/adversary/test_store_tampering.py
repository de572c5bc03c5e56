"""A whole small case as real nodes store it, changed in every way: fsck finds all, no read lies.

``tools/tamper.py`` does the same for every bit, and for 20,000 changes; here it is a sample.
"""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

import tamper_world as tampering
from api_world import make_nodes, open_pair
from longbien.node.running import now
from longbien.node.store import models
from longbien.node.store.officers import Officers
from tamper_changes import Older, Tamperer
from tamper_world import NOT_EVIDENCE, Bench, Column, Refused, columns

SEED = 1
FLIPS = 2  # of each column
CHANGES = 15  # of each kind
READS = 12  # every so many changes, all reads are asked


@frozen(kw_only=True)
class Stage:
    """One node with its case, as it is and as it was."""

    bench: Bench
    older: Older
    true: tuple[dict[str, object], dict[str, object]]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    """Walk the case twice, so that there is an earlier state to go back to."""
    made, folder = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("nodes")
    make_nodes(made)
    with open_pair(made, folder, clock=now) as pair:
        tampering.walk(pair, folder)
        earlier = {}
        for code, house in pair.houses.items():
            bench = Bench(house)
            earlier[code] = (Older.of(bench), bench.reads())
        tampering.walk(pair, folder)
        for house in pair.houses.values():
            officers = Officers.of(house.node.store)
            officers.revoke(officers.tokens()[0].id)
        found = {}
        for code, house in pair.houses.items():
            tampering.fill(house)
            bench = Bench(house, Bench(house).asked())
            older, reads = earlier[code]
            found[code] = Stage(bench=bench, older=older, true=(bench.reads(), reads))
        yield found


@pytest.fixture(params=["IL", "VN"])
def stage(request: pytest.FixtureRequest, stages: dict[str, Stage]) -> Iterator[Stage]:
    """Give one node; what a test changes is never committed."""
    found = stages[request.param]
    with found.bench.opened():
        yield found


def test_the_case_is_whole_and_in_every_table(stages: dict[str, Stage]) -> None:
    """Nothing is found before anything is changed, and no table is left out of what is changed."""
    assert [stage.bench.findings() for stage in stages.values()] == ["", ""]
    empty = Counter(
        column.table
        for stage in stages.values()
        for column in columns()
        if column.is_key and not stage.bench.rows(column.table)
    )
    # a tile is there from 256 entries on: ``tests/node/store/test_fsck.py`` and the long run
    assert {table for table, count in empty.items() if count == 2} == {"store_tile"}


def _flips(bench: Bench, column: Column, rng: random.Random) -> Iterator[tuple[int, object]]:
    rows = bench.rows(column.table)
    for row in rng.sample(rows, min(len(rows), FLIPS)):
        value = bench.value(column, row)
        count = tampering.bits_of(value)
        if count:
            yield row, tampering.flipped(value, rng.randrange(count))


def test_flipped_bits_are_found_wherever_they_are(stage: Stage) -> None:
    """Every column of every table: what is evidence is found, and no read returns it."""
    bench, rng = stage.bench, random.Random(SEED)
    missed, lies, done = set(), set(), 0
    for column in [column for column in columns() if column.is_evidence]:
        for row, value in _flips(bench, column, rng):
            with bench.trial():
                try:
                    bench.put(column, row, value)
                except Refused:  # the database keeps keys apart
                    continue
                done += 1
                if not bench.findings(column.table):
                    missed.add((column.table, column.name))
                if not done % READS and (lying := bench.lies(*stage.true)):
                    lies.add((column.table, column.name, *lying))

    assert (missed, lies) == (set(), set())
    assert done > 150


def test_what_is_no_evidence_changes_nothing_that_is_read(stage: Stage) -> None:
    """Bookkeeping of leases and numbers that a database draws: every read stays as it was."""
    bench, rng = stage.bench, random.Random(SEED)
    of_a_row = {column for column in columns() if not column.is_evidence and not column.is_key}
    changed = set()
    for column in sorted(of_a_row, key=lambda one: (one.table, one.name)):
        for row, value in _flips(bench, column, rng):
            with bench.trial():
                bench.put(column, row, value)
                if bench.reads() != stage.true[0]:
                    changed.add((column.table, column.name))

    assert changed == set()
    assert {(one.table, one.name) for one in of_a_row} <= set(NOT_EVIDENCE)


def test_structured_changes_are_found(stage: Stage) -> None:
    """Rows swapped, deleted, copied, put back, spliced; values cut, extended, exchanged."""
    bench, rng = stage.bench, random.Random(SEED)
    tamperer = Tamperer(bench, rng, stage.older)
    missed, lies, done = Counter[tuple[str, str]](), set(), Counter[str]()
    for number in range(CHANGES * len(tamperer.kinds)):
        kind = list(tamperer.kinds)[number % len(tamperer.kinds)]
        with bench.trial():
            try:
                table = tamperer.change(kind)
            except Refused:
                continue
            if not table:
                continue
            done[kind] += 1
            if not bench.findings(table):
                missed[kind, table] += 1
            if not number % READS and (lying := bench.lies(*stage.true)):
                lies.add((kind, table, *lying))

    assert (missed, lies) == (Counter(), set())
    assert set(done) == set(tamperer.kinds)


def test_work_that_is_put_off_is_found(stage: Stage) -> None:
    """Who sets open work far into the future keeps it from being done: that is told."""
    bench = stage.bench
    models.Chore.objects.using(bench.using).update(is_open=True)
    bench.execute("UPDATE store_chore SET ready_at = ready_at + 7200000000")

    found = {one.reason for one in bench.all_findings("store.others")}

    assert "store.work-put-off" in found


def test_a_flipped_byte_of_the_vault_is_found_and_never_read(stages: dict[str, Stage]) -> None:
    """Headers, lists and parts as they lie on the disk: the scrub tells of each."""
    rng = random.Random(SEED)
    for stage in stages.values():
        house = stage.bench.house
        assert not tampering.scrub_finds(house)
        for path in tampering.vault_files(house):
            good = path.read_bytes()
            for change in tampering.file_changes(good, rng):
                tampering.overwrite(path, change)
                assert tampering.scrub_finds(house), path
            tampering.overwrite(path, good)
        assert not tampering.scrub_finds(house)


def test_a_flipped_byte_of_the_directory_is_refused(
    stages: dict[str, Stage], tmp_path: Path
) -> None:
    """Signed entries of States: a folder with a changed file is refused, or says the same."""
    rng = random.Random(SEED)
    wrong = [
        finding
        for stage in stages.values()
        for finding in tampering.directory_lies(stage.bench.house, tmp_path, rng, count=40)
    ]

    assert wrong == []
