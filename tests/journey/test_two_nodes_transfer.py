"""Two nodes as real processes: a line that is cut ten times, and one that falls silent."""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from longbien.channel.transfer import PART_SIZE
from longbien.exercise.safeguard_records import FOR_COURT
from longbien.node.demo.line import Line
from longbien.node.demo.stage import free_port
from node_walks import Desks, released
from node_world import Forker, Pair, make_pair, start_all

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

SIZE = 24 * PART_SIZE
CUTS = 10
STEP = SIZE // (CUTS + 1)  # bytes between two cuts
IN_FLIGHT = 2  # parts
LITTLE = 2**20  # bytes: messages, their answers, TLS


class WeakLine(Line):
    """A line that is cut again and again, once it was cut."""

    def cut(self) -> None:
        """Break what stands, and again after the next bytes."""
        super().cut()
        if self.cuts < CUTS:
            self.cut_after = self.carried + STEP


@pytest.fixture
def line(socket_enabled: None) -> Iterator[Line]:
    """Give a line that will lead to IL."""
    del socket_enabled
    made = WeakLine(free_port())
    yield made
    made.close()


@pytest.fixture
def cut_pair(forker: Forker, line: Line, tmp_path: Path) -> Iterator[Pair]:
    """Give two running nodes; what is sent to IL comes over the line."""
    made = make_pair(forker, tmp_path, line=line)
    start_all(made.stations)
    yield made
    made.kill()


def test_a_transfer_that_is_cut_ten_times_sends_again_what_was_in_flight(
    cut_pair: Pair, line: Line, tmp_path: Path
) -> None:
    """Only parts on their way are sent twice, and what arrives is what was taken in."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(os.urandom(SIZE))
    desks = Desks.of(cut_pair, disk)
    case = desks.ask("mla_stored_data")
    desks.say(desks.vn, case, "accept")
    carried = line.carried
    line.cut_after = carried + STEP
    package = released(desks, case)

    verified = desks.vn.wait(
        case,
        "IL has verified",
        lambda desk: [
            one["verified"] for one in desk.document(case)["packages"] if one["verified"]
        ],
    )
    out = tmp_path / "out.tar"
    desks.il.first.export_package(case, package, out, reason="a test", use=FOR_COURT)

    assert [one["outcome"] for one in verified] == ["passed"]
    assert line.cuts == CUTS
    assert SIZE < line.carried - carried < SIZE + CUTS * IN_FLIGHT * PART_SIZE + LITTLE
    assert hashlib.sha256(disk.read_bytes()).digest() in digests_in(out)


def test_a_worker_waits_for_no_silent_line_when_it_is_told_to_stop(
    cut_pair: Pair, line: Line, tmp_path: Path
) -> None:
    """What was on its way is broken off and given back; the next worker sends it, once."""
    desks, worker = Desks.of(cut_pair, tmp_path / "none"), cut_pair.vn.roles["worker"]
    case = desks.ask("preservation")
    cut_pair.quiet()
    line.hold_after = line.carried + 1
    desks.vn.first.act(case, "acknowledge")
    line.held.wait()

    worker.stop()
    told = [json.loads(one) for one in worker.log.read_text().splitlines()]
    line.release()
    worker.start()
    worker.wait_ready()

    failed = [one["code"] for one in told if one["event"] == "not posted"]
    assert failed == ["peer.line-cut"]  # after waiting to the end it would be peer.slow
    cut_pair.quiet()
    assert desks.il.heard(case) == 1


def digests_in(path: Path) -> set[bytes]:
    """Return the digest of each file in a tar."""
    with tarfile.open(path) as tar:
        files = [one for one in map(tar.extractfile, tar) if one]
        return {hashlib.file_digest(one, "sha256").digest() for one in files}
