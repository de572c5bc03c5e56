"""Real calls of the system, watched and broken by strace: what SQLite is told is what we do."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from store_world import case_id, findings, forget, new_sqlite, opened, run_child, sqlite_alias


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a new, empty store; give its file."""
    forget(new_sqlite(tmp_path))
    return tmp_path / "store.sqlite3"


def watched(
    database: Path, what: str, *, count: int, calls: str, spoilt: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Run a child under strace; return what it said, and its calls on the write-ahead log."""
    trace = database.with_name("trace")
    strace = ["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={calls}"]
    of_log = ["-P", f"{database}-wal"]
    child = run_child(str(database), what, count=count, under=[*strace, *spoilt, *of_log])
    said, _ = child.communicate(timeout=240)
    assert child.returncode == 0, said
    return said.splitlines(), trace.read_text().splitlines()


def test_every_commit_of_a_single_writer_is_forced_to_the_disk(database: Path) -> None:
    """Each acknowledgement stands behind an fsync of its own: nobody waited for company."""
    said, calls = watched(database, "write", count=12, calls="fsync,fdatasync")

    assert said.count("done") == 1
    assert len([line for line in calls if line.endswith("= 0")]) >= 12


def test_many_writers_share_an_fsync(database: Path) -> None:
    """Sixteen writers: as many syncs as transactions, which are far fewer than the commits."""
    said, calls = watched(database, "crowd", count=10, calls="fsync,fdatasync")

    kept = [line for line in said if line.startswith("kept")]
    (transactions,) = (int(line.split()[1]) for line in said if line.startswith("transactions"))
    assert len(kept) == 160
    assert transactions <= len(calls) <= transactions + 10  # and a few of checkpoints
    assert len(calls) < 120
    with opened(sqlite_alias(database)) as store:
        assert store.ledger.size() == 160


def test_who_asks_an_idle_store_if_it_is_ready_has_the_disk_tried(database: Path) -> None:
    """Each answer stands on a write that was forced to the disk, also where nothing has changed."""
    said, calls = watched(database, "ask", count=6, calls="fsync,fdatasync")

    assert said.count("ready True") == 6
    assert len([line for line in calls if line.endswith("= 0")]) >= 6


@pytest.mark.parametrize(
    ("calls", "error", "fault"),
    [("fdatasync,fsync", "EIO", "disk"), ("pwrite64", "ENOSPC", "no-space")],
)
def test_a_call_that_really_fails_stops_the_store_until_it_was_mended(
    database: Path, calls: str, error: str, fault: str
) -> None:
    """The node says that it is not ready, loses nothing, and goes on by itself."""
    spoilt = ["-e", f"inject={calls}:error={error}:when=5"]

    said, trace = watched(database, "endure", count=8, calls=calls, spoilt=spoilt)

    told = Counter(line for line in said if not line.startswith("kept"))
    assert any("INJECTED" in line for line in trace)
    assert told[f"store.stopped {fault} False"] == 1
    assert [line for line in said if line.startswith("kept")] == [f"kept {n}" for n in range(1, 9)]
    with opened(sqlite_alias(database)) as store:
        assert all(len(store.journal.load(case_id(number))) == 1 for number in range(1, 9))
        assert store.ledger.size() == 8
        assert findings(store) == []
