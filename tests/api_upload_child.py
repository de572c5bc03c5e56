"""Uploads so many MiB to a new node in this process; prints its peak memory in KiB."""

import hashlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from api_world import Clock, PieceStream, executing, make_nodes, open_pair, request

PIECE = hashlib.shake_256(b"piece").digest(2**16)


def _pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield PIECE


def main(folder: Path, mib: int) -> None:
    """Upload it."""
    (folder / "made").mkdir(parents=True)
    clock = Clock(make_nodes(folder / "made"))
    with open_pair(folder / "made", folder, clock=clock) as pair:
        case = executing(pair)
        linh = pair.vn.door("linh")
        size = mib * 2**20
        found = request(
            linh.application,
            "PUT",
            f"/api/v1/cases/{case}/exhibits/E1",
            headers={
                "Authorization": f"Bearer {linh.token}",
                "Idempotency-Key": "k",
                "Content-Type": "application/octet-stream",
                "Longbien-Name": "disk.img",
            },
            stream=PieceStream(_pieces(size // len(PIECE))),
            length=str(size),
        )
    if found.status != 201 or found.json["exhibit"]["size"] != size:
        sys.exit(found.body.decode())
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
