import hashlib
import io
import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_world import Door, Pair, PieceStream, executing, request
from longbien.casework.case import Duty
from longbien.evidence.hashing import hash_block
from longbien.exercise.safeguard_records import RECORD, WHY
from longbien.ledger.tree import root_of
from longbien.node.store.officers import Scope
from outside import REPOSITORY

PART = 8 * 2**20 - 2**13


class Counted(io.BytesIO):
    """A body that counts what was read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and count."""
        found = super().read(size)
        self.taken += len(found)
        return found


def put(door: Door, case: str, stream: io.IOBase, size: int, **headers: str) -> object:
    """Upload a stream."""
    return request(
        door.application,
        "PUT",
        f"/api/v1/cases/{case}/exhibits/E1",
        headers={
            "Authorization": f"Bearer {door.token}",
            "Idempotency-Key": "k",
            "Content-Type": "application/octet-stream",
            "Longbien-Name": "disk.img",
            **headers,
        },
        stream=stream,
        length=str(size),
    )


@pytest.mark.parametrize("size", [0, 1, 2**20, 9 * 2**20 + 17])
def test_an_exhibit_is_taken_in(pair: Pair, size: int) -> None:
    """201 with the digests that the node has computed, and on record as they are."""
    case = executing(pair)
    linh = pair.vn.door("linh")
    data = hashlib.shake_256(b"exhibit").digest(size)

    found = linh.put(f"/cases/{case}/exhibits/E1", data, name="đĩa cứng.img")

    leaves = [hash_block(data[at : at + 2**20]) for at in range(0, len(data), 2**20)]
    assert found.status == 201
    assert found.json["exhibit"] == {
        "id": "E1",
        "note": "",
        "original_name": "đĩa cứng.img",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": size,
        "tree": root_of(b"".join(leaves)).hex,
    }
    shown = linh.get(f"/cases/{case}", reason="to see").json["exhibits"]
    assert shown == [found.json["exhibit"]]


def test_the_same_upload_is_taken_in_once(pair: Pair) -> None:
    """With the same key it is answered without a byte being read; what differs is refused."""
    case = executing(pair)
    linh = pair.vn.door("linh")
    again = Counted(b"x" * 100)

    first = put(linh, case, io.BytesIO(b"x" * 100), 100)
    second = put(linh, case, again, 100)
    other = put(linh, case, io.BytesIO(b"x" * 99), 99)

    assert first.json["done"]["repeated"] is False
    assert second.json["done"]["repeated"] is True
    assert second.json["exhibit"] == first.json["exhibit"]
    assert again.taken == 0
    assert other.code == "call.other-request"


def test_what_cannot_be_put_on_record_is_not_read(pair: Pair) -> None:
    """A taken name, in any case, a case that is not carried out, a foreign one, the wrong duty."""
    case = executing(pair)
    linh = pair.vn.door("linh")
    linh.put(f"/cases/{case}/exhibits/E1", b"x")
    other = pair.il.door("dana").post(
        "/cases",
        {
            "verb": "ask",
            "kind": "preservation",
            "peer": "VN/contact-point",
            "contents": {"offence_and_facts": "a fraud"},
            "legal_basis": ["UNCC"],
        },
    )
    pair.deliver()
    cast = [
        (linh, case, "E1", 409, "exhibit.exists"),
        (linh, case, "e1", 409, "exhibit.exists"),
        (linh, case, "CON", 400, "api.exhibit-name"),
        (linh, other.json["case"], "E2", 409, "release.not-executing"),
        (pair.vn.door("an", Duty.DUTY_OFFICER), case, "E2", 403, "officer.duty"),
        (pair.vn.door("binh", authority="central-authority"), case, "E2", 404, "desk.no-such-case"),
        (pair.vn.door("chi", scopes=(Scope.ACT,)), case, "E2", 403, "api.scope"),
        (pair.il.door("dana"), case, "E2", 409, "release.not-executing"),
    ]

    for door, where, name, status, code in cast:
        stream = Counted(b"x" * 100)
        found = request(
            door.application,
            "PUT",
            f"/api/v1/cases/{where}/exhibits/{name}",
            headers={
                "Authorization": f"Bearer {door.token}",
                "Idempotency-Key": "k",
                "Content-Type": "application/octet-stream",
                "Longbien-Name": "x",
            },
            stream=stream,
            length="100",
        )
        assert (found.status, found.code, stream.taken) == (status, code, 0), name


def test_an_upload_that_is_cut_leaves_nothing_on_record(pair: Pair) -> None:
    """Fewer bytes than announced, or a line that breaks: 400, and the name is still free."""
    case = executing(pair)
    linh = pair.vn.door("linh")

    def breaking() -> Iterator[bytes]:
        yield b"x" * 2**20
        raise ConnectionResetError

    short = put(linh, case, io.BytesIO(b"x" * 50), 100)
    broken = put(linh, case, PieceStream(breaking()), 3 * 2**20)
    whole = put(linh, case, io.BytesIO(b"x" * 100), 100)

    assert (short.status, short.code) == (400, "api.body-cut")
    assert (broken.status, broken.code) == (400, "api.body-cut")
    assert whole.status == 201


def test_no_more_than_announced_is_read(pair: Pair) -> None:
    """What follows the announced bytes is another request's."""
    case = executing(pair)
    stream = Counted(b"x" * 200)

    found = put(pair.vn.door("linh"), case, stream, 100)

    assert found.json["exhibit"]["size"] == 100
    assert stream.taken == 100


def test_uploads_have_places(pair: Pair) -> None:
    """Above three at a time in one process: 503 with Retry-After; afterwards it works again."""
    case = executing(pair)
    linh = pair.vn.door("linh")
    places = linh.application._house.uploads
    for _ in range(3):
        places.acquire()

    full = put(linh, case, io.BytesIO(b"x"), 1)
    places.release()
    again = put(linh, case, io.BytesIO(b"x"), 1)

    assert (full.status, full.code, full.headers["Retry-After"]) == (503, "api.uploads-busy", "10")
    assert again.status == 201


def test_a_full_vault_says_so_before_anything_is_read(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """507 with the vault's code."""
    case = executing(pair)
    stream = Counted(b"x" * 100)
    monkeypatch.setattr(type(pair.vn.node.vault), "free_bytes", lambda _: 99)

    found = put(pair.vn.door("linh"), case, stream, 100)

    assert (found.status, found.code, stream.taken) == (507, "vault.no-space", 0)


@pytest.mark.slow
def test_an_upload_of_any_size_takes_the_same_memory(tmp_path: Path) -> None:
    """A quarter of a gibibyte more costs less than 24 MiB of memory: the size does not matter."""
    script = REPOSITORY / "tests" / "api_upload_child.py"
    peaks = [
        int(
            subprocess.run(
                [sys.executable, str(script), str(tmp_path / str(size)), str(size)],
                check=True,
                capture_output=True,
                text=True,
                cwd=REPOSITORY,
            ).stdout.splitlines()[-1]
        )
        for size in (96, 352)
    ]

    assert peaks[1] - peaks[0] < 24 * 1024


def delivered(pair: Pair, *, name: str = "a.txt") -> tuple[str, str]:
    """Hand an exhibit over; return the case and the package."""
    case = executing(pair)
    linh = pair.vn.door("linh")
    linh.put(f"/cases/{case}/exhibits/E1", b"an exhibit " * 1000, name=name)
    package = next(itertools.repeat("11111111-2222-4333-8444-555555555555"))
    linh.act(
        case,
        "propose-release",
        package=package,
        exhibits=["E1"],
        legal_basis=["UNCC"],
        safeguards=RECORD,
    )
    pair.vn.door("minh", Duty.AUTHORISER).act(case, "approve-release", package=package, reasons=WHY)
    pair.deliver()
    return case, package


def test_a_package_is_exported_by_whom_it_is_entrusted_to(running_pair: Pair) -> None:
    """The bag's tar for a custodian who says why; for everybody else a refusal."""
    pair = running_pair
    case, package = delivered(pair)
    path = f"/cases/{case}/packages/{package}/export?purpose=request&to=court"
    cast = {
        "custodian": pair.il.door("cu", Duty.EVIDENCE_CUSTODIAN),
        "authoriser": pair.il.door("au", Duty.AUTHORISER),
        "scope": pair.il.door("sc", scopes=(Scope.READ,)),
        "other": pair.il.door("cen", authority="central-authority"),
        "giver": pair.vn.door("gi"),
    }

    found = {name: door.get(path, reason="for the court") for name, door in cast.items()}

    tar = found.pop("custodian")
    assert (tar.status, tar.headers["Content-Type"]) == (200, "application/x-tar")
    assert int(tar.headers["Content-Length"]) == len(tar.body)
    assert tar.headers["Content-Disposition"] == f'attachment; filename="LB-{package}.tar"'
    assert b"an exhibit " * 1000 in tar.body
    assert {name: (one.status, one.code) for name, one in found.items()} == {
        "authoriser": (403, "officer.duty"),
        "scope": (403, "api.scope"),
        "other": (404, "desk.no-such-case"),
        "giver": (404, "package.not-arrived"),
    }
    noted = pair.il.door("ad", Duty.AUDITOR).get(f"/cases/{case}/accesses").json["accesses"]
    assert [
        (one["by"], one["what"]) for one in noted if one["what"] == "package.request.court"
    ] == [("cu", "package.request.court")]


def test_an_odd_name_of_an_upload_is_noticed_in_the_package(running_pair: Pair) -> None:
    """The court is told of a path of another system, as with a package made of files."""
    case, package = delivered(running_pair, name="C:\\evidence\\a.txt")
    path = f"/cases/{case}/packages/{package}/export?purpose=request&to=court"

    tar = running_pair.il.door("cu", Duty.EVIDENCE_CUSTODIAN).get(path, reason="for the court")

    assert b'"code":"ingest.name-windows-path"' in tar.body


def test_a_package_is_sealed_for_a_court(running_pair: Pair, tmp_path: Path) -> None:
    """With a recipient it is one age file that age itself opens, to the tar that others get."""
    pair = running_pair
    case, package = delivered(pair)
    door = pair.il.door("cu")
    key = tmp_path / "court.key"
    made = subprocess.run(
        ["age-keygen", "-o", str(key)], check=True, capture_output=True, text=True
    )
    recipient = made.stderr.rpartition(" ")[2].strip()
    path = f"/cases/{case}/packages/{package}/export?purpose=request&to=court"

    tar = door.get(path, reason="for the court")
    sealed = door.get(f"{path}&recipient={recipient}", reason="for the court")
    (tmp_path / "x.age").write_bytes(sealed.body)
    opened = subprocess.run(
        ["age", "-d", "-i", str(key), str(tmp_path / "x.age")], check=True, capture_output=True
    )

    assert sealed.headers["Content-Type"] == "application/vnd.age"
    assert int(sealed.headers["Content-Length"]) == len(sealed.body)
    assert opened.stdout == tar.body
    assert (
        door.get(f"{path}&recipient=age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", reason="x").status == 400
    )
