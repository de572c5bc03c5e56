"""What a hostile or a merely messy disk holds, one attack a test, through the whole packing."""

import io
import json
import os
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

import packing_world as packing
from longbien.adapters.opener import begin, events_of, unpack
from longbien.adapters.packer import pack
from longbien.adapters.survey import Rule
from longbien.evidence.names import find_clash, is_payload_path
from longbien.primitives.errors import LongBienError, Malformed
from longbien.primitives.visible import visible

FOLDER = f"LB-{packing.ID}"
Maker = Callable[[Path], None]


def packed(tmp_path: Path, make: Maker, *, rule: Rule = Rule.REFUSE) -> dict[str, object]:
    """Pack a folder with one good file and what ``make`` adds; return the description."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "good.txt").write_bytes(b"good")
    make(source)
    books = packing.books(tmp_path / "ledger")
    try:
        made = pack(
            packing.order(source, tmp_path / "out", rule=rule),
            signing=packing.signing(),
            books=books,
            witness=packing.Witnesses(tmp_path / "witnesses"),
            world=packing.machine(),
        )
    finally:
        books.ledger.close()
    description: dict[str, object] = json.loads(
        (made.folder / "evidence" / "package.json").read_bytes()
    )
    paths = [file["path"] for file in description["files"]]
    assert all(map(is_payload_path, paths))
    assert find_clash(paths) is None
    for file in description["files"]:
        assert (made.folder / file["path"]).stat().st_size == file["size"]
    return description


def file(name: str | bytes) -> Maker:
    """Make a file of that name with its name as content."""

    def make(source: Path) -> None:
        raw = os.fsencode(name)
        path = Path(os.fsdecode(os.fsencode(source) + b"/" + raw))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)

    return make


def both(*makers: Maker) -> Maker:
    """Do several."""

    def make(source: Path) -> None:
        for one in makers:
            one(source)

    return make


def sparse(source: Path) -> None:
    """Make a file that takes no space."""
    with (source / "hole").open("wb") as out:
        out.truncate(3 * 2**20)


def hard_link(source: Path) -> None:
    """Give a file a second name."""
    (source / "again").hardlink_to(source / "good.txt")


def make_socket(source: Path) -> None:
    """Make a socket; its path must be short."""
    here = Path.cwd()
    os.chdir(source)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("s")
    finally:
        os.chdir(here)


KEPT: dict[str, tuple[Maker, set[str]]] = {
    "NFC and NFD twins": (
        both(file("\u00e9"), file("e\u0301")),
        {"ingest.name-unicode-twin"},
    ),
    "case clash": (both(file("Report"), file("REPORT")), {"ingest.name-case-clash"}),
    "right-to-left override": (file("invoice\u202efdp.exe"), {"ingest.name-bidi"}),
    "zero width": (file("good\u200b.txt"), {"ingest.name-bidi"}),
    "terminal escape": (file("\x1b[2Jgone"), {"ingest.name-control"}),
    "line feed": (file("a\nb: c"), {"ingest.name-control"}),
    "not UTF-8": (file(b"\xff\xfe"), {"ingest.name-not-utf8"}),
    "Windows device": (file("aux.txt"), {"ingest.name-reserved"}),
    "trailing dot": (file("a."), {"ingest.name-reserved"}),
    "backslash traversal": (file("..\\..\\x"), {"ingest.name-windows-path"}),
    "drive letter": (file("C:evil"), {"ingest.name-windows-path"}),
    "option": (file("-rf"), set()),
    "dots": (file("..."), {"ingest.name-reserved"}),
    "percent": (file("%0a"), set()),
    "hidden": (file(".ssh/authorized_keys"), set()),
    "manifest": (file("manifest-sha256.txt"), set()),
    "bag in the bag": (file("data/E0001/x"), set()),
    "long name": (file("n" * 255), set()),
    "long path": (file("/".join(["d" * 200] * 18 + ["f"])), set()),
    "empty file": (lambda source: (source / "e").write_bytes(b"") and None, set()),
    "empty folder": (lambda source: (source / "e").mkdir(), {"ingest.empty-folder"}),
    "hard link": (hard_link, {"ingest.hard-link"}),
    "sparse file": (sparse, {"ingest.sparse"}),
    "archive": (file("bomb.zip"), set()),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_odd_is_taken_in_and_noticed(tmp_path: Path, name: str) -> None:
    """The exhibit is whole under a portable name; what was odd is on record."""
    make, notices = KEPT[name]

    found = packed(tmp_path, make)

    assert {one["code"] for one in found["notices"]} == notices
    for one in found["files"]:
        assert visible(one["original_name"]).isprintable()


def link(target: str) -> Maker:
    """Make a link."""
    return lambda source: (source / "l").symlink_to(target)


REFUSED: dict[str, tuple[Maker, str, str]] = {
    "link to a file": (link("good.txt"), "ingest.link", "ingest.link-left-out"),
    "link out of the folder": (link("/etc/passwd"), "ingest.link", "ingest.link-left-out"),
    "link to a folder above": (link(".."), "ingest.link", "ingest.link-left-out"),
    "link to itself": (link("l"), "ingest.link", "ingest.link-left-out"),
    "pipe": (
        lambda source: os.mkfifo(source / "p"),
        "ingest.special-file",
        "ingest.special-left-out",
    ),
    "socket": (make_socket, "ingest.special-file", "ingest.special-left-out"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_file_is_refused_or_left_out(tmp_path: Path, name: str) -> None:
    """By default there is no package; on request it is left out and noticed."""
    make, code, notice = REFUSED[name]
    for place in ("a", "b"):
        (tmp_path / place).mkdir()

    with pytest.raises(LongBienError) as caught:
        packed(tmp_path / "a", make)
    assert caught.value.code == code
    assert not (tmp_path / "a" / "out").exists()

    found = packed(tmp_path / "b", make, rule=Rule.SKIP)
    assert [one["code"] for one in found["notices"]] == [notice]
    assert [one["original_name"] for one in found["files"]] == ["good.txt"]


# --- what a hostile sender may seal instead of a bag --------------------------------------------


def archive(
    *members: tuple[str, bytes, dict[str, object]], form: int = tarfile.USTAR_FORMAT
) -> bytes:
    """Return a tar as another program writes it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data, changes in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for field, value in changes.items():
                setattr(info, field, value)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


HOSTILE = {
    "traversal": archive((f"{FOLDER}/data/E0001/../../../x", b"x", {})),
    "absolute": archive(("/etc/cron.d/x", b"x", {})),
    "other folder": archive(("x/bagit.txt", b"", {})),
    "link": archive((f"{FOLDER}/data/E0001/l", b"", {"type": b"2", "linkname": "/etc"})),
    "hard link": archive((f"{FOLDER}/data/E0001/l", b"", {"type": b"1", "linkname": "/etc"})),
    "device": archive((f"{FOLDER}/data/E0001/d", b"", {"type": b"3", "devmajor": 1})),
    "pipe": archive((f"{FOLDER}/data/E0001/p", b"", {"type": b"6"})),
    "folder": archive((f"{FOLDER}/data/E0001", b"", {"type": b"5"})),
    "set-user-id": archive((f"{FOLDER}/data/E0001/s", b"", {"mode": 0o4755})),
    "owner": archive((f"{FOLDER}/data/E0001/s", b"", {"uname": "root"})),
    "GNU": archive((f"{FOLDER}/data/E0001/s", b"", {}), form=tarfile.GNU_FORMAT),
    "GNU long name": archive(
        (f"{FOLDER}/data/E0001/{'d/' * 150}s", b"", {}), form=tarfile.GNU_FORMAT
    ),
    "foreign pax": archive(
        (f"{FOLDER}/data/E0001/s", b"", {"pax_headers": {"comment": "x"}}), form=tarfile.PAX_FORMAT
    ),
    "no portable name": archive((f"{FOLDER}/data/E0001/a:b", b"", {})),
    "stranger": archive((f"{FOLDER}/.profile", b"", {})),
    "zip": b"PK\x03\x04" + bytes(1020),
    "gzip": b"\x1f\x8b" + bytes(1022),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_writes_nothing(tmp_path: Path, name: str) -> None:
    """Nothing is extracted by a name that the sender chose."""
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(Malformed) as caught:
        unpack(begin(events_of([memoryview(HOSTILE[name])]))[1], out)

    assert caught.value.code.startswith(("tar.", "layout."))
    assert [path for path in tmp_path.rglob("*") if path != out] == []
