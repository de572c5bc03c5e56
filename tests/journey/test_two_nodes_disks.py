"""Two nodes as real processes: a disk that is full, a disk that fails."""

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from longbien.node.settings import SQLITE_FILE
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import CaseId
from node_walks import Desk, Desks
from node_world import (
    Forker,
    Pair,
    Station,
    introduce,
    make_pair,
    make_station,
    running_forker,
    start_all,
    until,
)

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


@pytest.fixture
def own_pair(forker: Forker, tmp_path: Path) -> Iterator[Pair]:
    """Give two running nodes that a test may do anything to."""
    made = make_pair(forker, tmp_path)
    start_all(made.stations)
    yield made
    made.kill()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Give the folder of a disk of 48 MiB, which only the processes of one forker see."""
    with tempfile.TemporaryDirectory(prefix="lb-") as folder:
        (Path(folder) / "disk").mkdir()
        yield Path(folder) / "disk"


@pytest.fixture
def full_pair(forker: Forker, small_disk: Path, tmp_path: Path) -> Iterator[Pair]:
    """Give two running nodes; VN's is on the small disk, and keeps no reserve."""
    mount = f'mount -t tmpfs -o size=48m,mode=700 none "{small_disk}" && exec "$@"'
    before = (
        "env",
        "LONGBIEN_NODE_FREE_BYTES=0",
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        mount,
        "sh",
    )
    with running_forker(small_disk.parent, before=before) as there:
        il = make_station(forker, tmp_path / "il", "IL")
        vn = make_station(there, small_disk / "vn", "VN")
        introduce(il, vn)
        introduce(vn, il)
        pair = Pair(il=il, vn=vn)
        start_all(pair.stations)
        yield pair
        pair.kill()


def seen(station: Station) -> Path:
    """Return where the folder of a node is, seen from outside of its forker's mounts."""
    return Path(f"/proc/{station.forker.pid}/root{station.folder}")


def refusal(desk: Desk, case: CaseId, text: str, key: str | None = None) -> str:
    """Return the code with which a node takes no statement."""
    hasty = desk.station.officer()
    hasty.attempts = 1
    try:
        hasty.act(case, "give-status", text=text, key=key)
    except Unavailable as error:
        return error.code
    return ""


def said(desk: Desk, case: CaseId) -> list[str]:
    """Return the statements on how things stand, as the journal has them."""
    found = [one["body"]["statement"] for one in desk.events(case, "statement-sent")]
    return [str(one) for one in found]


def test_a_full_disk_stops_the_node_and_room_lets_it_go_on(full_pair: Pair, tmp_path: Path) -> None:
    """Not ready while there is no room; nothing acknowledged is lost; it resumes by itself."""
    vn = full_pair.vn
    desks = Desks.of(full_pair, tmp_path / "none")
    case = desks.ask("preservation")
    desks.say(desks.vn, case, "acknowledge")
    desks.say(desks.vn, case, "give-status", text="before")
    full_pair.quiet()
    filler = seen(vn).parent / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass

    acknowledged = []
    for number in range(200):  # what the log had room for is still taken
        if refusal(desks.vn, case, f"status {number}"):
            break
        acknowledged.append(f"status {number}")
    assert not vn.is_ready()
    assert len(acknowledged) < 200
    filler.unlink()
    until("VN is ready again", vn.is_ready)
    desks.say(desks.vn, case, "give-status", text="after")

    full_pair.quiet()
    told = said(desks.vn, case)
    for text in ("before", *acknowledged, "after"):
        assert sum(f"'{text}'" in one for one in told) == 1, text
    assert desks.il.heard(case) == len(told)
    assert [one.fsck() for one in full_pair.stations] == ["PASSED", "PASSED"]


def test_a_disk_that_fails_once_stops_the_node_until_it_was_read_again(
    own_pair: Pair, tmp_path: Path
) -> None:
    """The statement is not acknowledged, ready is false, and it goes on by itself."""
    vn = own_pair.vn
    desks = Desks.of(own_pair, tmp_path / "none")
    case = desks.ask("preservation")
    desks.say(desks.vn, case, "acknowledge")
    own_pair.quiet()
    vn.roles["serve"].stop()
    vn.roles["serve"].start(failpoint="before_commit:eio:2")
    vn.roles["serve"].wait_ready()
    looked: list[bool] = []
    enough = threading.Event()

    def look() -> None:
        while not enough.is_set():
            looked.append(vn.is_ready())

    looker = threading.Thread(target=look)
    looker.start()
    codes = [refusal(desks.vn, case, f"status {number}") for number in range(2)]
    until("ready was false and is true again", lambda: False in looked and looked[-1])
    enough.set()
    looker.join()

    assert "store.stopped" in codes
    desks.say(desks.vn, case, "give-status", text="after")
    own_pair.quiet()
    told = said(desks.vn, case)
    for number, code in enumerate(codes):
        assert sum(f"status {number}" in one for one in told) == (not code)
    assert desks.il.heard(case) == len(told)
    assert [one.fsck() for one in own_pair.stations] == ["PASSED", "PASSED"]


# --- a sync that really fails -------------------------------------------------------------------


@contextmanager
def door_on_a_failing_disk(station: Station, trace: Path, failing: str) -> Iterator[None]:
    """Run the officers' door of a node under strace, which lets the kernel fail its syncs.

    ``failing`` says which ones of the thread that commits; the next ones succeed again.
    """
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(trace)]
    strace += ["-e", "trace=fsync,fdatasync", "-P", f"{station.folder / SQLITE_FILE}-wal"]
    strace += ["-e", f"inject=fsync,fdatasync:error=EIO:when={failing}"]
    door = station.roles["serve"]
    usual = door.forker
    door.stop()
    with (
        tempfile.TemporaryDirectory(prefix="lb-") as folder,
        running_forker(Path(folder), before=strace) as watched,
    ):
        door.forker = watched
        door.start()
        door.wait_ready()
        try:
            yield
        finally:
            door.stop()
            door.forker = usual
    door.start()
    door.wait_ready()


def test_a_sync_that_really_fails_acknowledges_nothing(own_pair: Pair, tmp_path: Path) -> None:
    """The first look at ready is false; it goes on by itself; the same call again: one effect."""
    vn = own_pair.vn
    desks = Desks.of(own_pair, tmp_path / "none")
    case = desks.ask("preservation")
    desks.say(desks.vn, case, "acknowledge")
    own_pair.quiet()
    with door_on_a_failing_disk(vn, tmp_path / "trace", "6..9"):
        texts: list[str] = []
        code = ""
        while not code:
            texts.append(f"status {len(texts)}.")
            code = refusal(desks.vn, case, texts[-1], key=texts[-1].encode().hex())
        looked = vn.is_ready()
        until("VN is ready again", vn.is_ready)
        desks.vn.first.act(case, "give-status", text=texts[-1], key=texts[-1].encode().hex())
        desks.say(desks.vn, case, "give-status", text="after")

    assert (code, looked) == ("store.stopped", False)
    assert "INJECTED" in (tmp_path / "trace").read_text()
    own_pair.quiet()
    told = said(desks.vn, case)
    for text in (*texts, "after"):
        assert sum(f"'{text}'" in one for one in told) == 1, text
    assert desks.il.heard(case) == len(told)
    assert [one.fsck() for one in own_pair.stations] == ["PASSED", "PASSED"]


def test_a_disk_that_fails_while_nobody_writes_is_found_by_who_asks(
    own_pair: Pair, tmp_path: Path
) -> None:
    """Ready tries the disk itself: it becomes false without any work, and true by itself."""
    with door_on_a_failing_disk(own_pair.vn, tmp_path / "trace", "2..4"):
        until("VN is not ready", lambda: not own_pair.vn.is_ready())
        until("VN is ready again", own_pair.vn.is_ready)

    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert [one.fsck() for one in own_pair.stations] == ["PASSED", "PASSED"]
