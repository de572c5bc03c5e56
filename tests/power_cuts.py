"""Power cuts, worked out from what a real process told the kernel.

``strace`` records every write, sync and change of names below a folder, and what was said on
standard output in between.  ``Disk`` plays the record back up to any point, and makes what a file
system may leave there when the power goes: contents that were synced for certain, others lost,
kept, torn or turned to zeros; names that were synced for certain, others lost or kept.  (The
method of ALICE and CrashMonkey.)  A call that this model does not know ends the test.
"""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from attrs import define, field, frozen

SECTOR: Final = 512
CALLS: Final = (
    "open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,"
    "lseek,read,fsync,fdatasync,sync,syncfs,rename,renameat,renameat2,unlink,unlinkat,rmdir,"
    "mkdir,mkdirat,link,linkat,symlink,symlinkat,copy_file_range,sendfile,splice,mmap"
)
_LINE = re.compile(r"(?P<pid>\d+) +(?P<rest>.*)", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<rest>.*)", re.DOTALL)
_CALL = re.compile(r"(?P<name>\w+)\((?P<told>.*)\) += (?P<result>-?\d+)(?P<more>.*)", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_ESCAPES = re.compile(r"\\x([0-9a-f]{2})")
_FD = re.compile(r"(?P<fd>\d+|AT_FDCWD)(?:<(?P<path>[^>]*)>)?(?P<gone>\(deleted\))?")


def watching(trace: Path) -> list[str]:
    """Return the command that records what another one does."""
    told = ("-f", "-qq", "-y", "-xx", "-s", str(2**26), "--seccomp-bpf", "-o", str(trace))
    return ["strace", *told, "-e", f"trace={CALLS}", "-e", "signal=none"]


# --- the record ---------------------------------------------------------------------------------


@frozen(kw_only=True)
class Call:
    """One call that succeeded."""

    name: str
    told: tuple[str, ...]
    """Its arguments, as strace writes them."""

    result: int


def read_trace(path: Path) -> Iterator[Call]:
    """Give the calls that succeeded, each where it ended; words on standard output begin."""
    begun: dict[str, str] = {}
    with path.open(encoding="ascii") as lines:
        for line in lines:
            form = _LINE.fullmatch(line.rstrip("\n"))
            assert form, line[:200]
            pid, rest = form["pid"], form["rest"]
            resumed = _RESUMED.fullmatch(rest)
            if resumed:
                rest = begun.pop(pid) + resumed["rest"]
            elif rest.endswith(_UNFINISHED):
                begun[pid] = rest.removesuffix(_UNFINISHED)
                continue
            form = _CALL.fullmatch(rest)
            if form and int(form["result"]) >= 0:
                told = tuple(_split(form["told"]))
                yield Call(name=form["name"], told=told, result=int(form["result"]))


def _split(text: str) -> Iterator[str]:
    """Split arguments at their commas: strings hold none, for all of their bytes are escaped."""
    depth, start = 0, 0
    for place, letter in enumerate(text):
        if letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
        elif letter == "," and not depth:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def _bytes(text: str) -> bytes:
    found = text.strip().removeprefix('"').removesuffix('"')
    data = bytes.fromhex(found.replace("\\x", ""))
    assert not text.endswith("..."), "strace has cut a string"
    return data


def _text(text: str) -> str:
    return _ESCAPES.sub(lambda one: chr(int(one[1], 16)), text).encode("latin-1").decode()


# --- the disk -----------------------------------------------------------------------------------


@define(eq=False)
class File:
    """A file: what is synced, what was written since, what it is now."""

    durable: bytes = b""
    live: bytearray = field(factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(factory=list)
    """Writes by their offset; None for a new size."""

    def write(self, offset: int, data: bytes) -> None:
        """Write."""
        self.pending.append((offset, data))
        _put(self.live, offset, data)

    def resize(self, size: int) -> None:
        """Cut, or grow by zeros."""
        self.pending.append((size, None))
        _put(self.live, size, None)

    def sync(self) -> None:
        """Make it durable."""
        self.durable, self.pending = bytes(self.live), []


def _put(data: bytearray, offset: int, written: bytes | None) -> None:
    if written is None:
        del data[offset:]
    if len(data) < offset:
        data.extend(bytes(offset - len(data)))
    if written is not None:
        data[offset : offset + len(written)] = written


@define(eq=False)
class Folder:
    """A folder: its names that are synced, and those of now."""

    durable: "dict[str, Node]" = field(factory=dict)
    live: "dict[str, Node]" = field(factory=dict)


Node = File | Folder
_Edit = tuple[Folder, str, "Node | None"]


class Cut(StrEnum):
    """What a power cut leaves of that which was not synced."""

    LOST = "lost"
    """Nothing."""

    NAMES = "names"
    """Names and sizes; contents are zeros."""

    CONTENTS = "contents"
    """Contents, but no names."""

    TORN = "torn"
    """Any of its sectors, and its names up to some moment."""

    SHUFFLED = "shuffled"
    """Any of its sectors, and any of its names."""


class Disk:
    """What lies below a folder, played back from a record."""

    def __init__(self, top: Path) -> None:
        """Everything that is there now is durable."""
        self._top = top
        self._root = _loaded(top)
        self._names: list[tuple[_Edit, ...]] = []
        self._offsets: dict[str, int] = {}
        self._appending: set[str] = set()
        self.said: list[str] = []

    def play(self, call: Call) -> bool:
        """Let a call happen; tell if it changed the disk, what is durable on it, or was a word."""
        known = getattr(self, f"_{call.name}", None)
        assert known, f"{call.name} is not modelled"
        return bool(known(call))

    # --- contents -------------------------------------------------------------------------------

    def _openat(self, call: Call) -> bool:
        return self._opened(call, _joined(call.told[0], call.told[1]), call.told[2])

    def _open(self, call: Call) -> bool:
        return self._opened(call, _text(call.told[0].strip('"')), call.told[1])

    def _opened(self, call: Call, path: str, flags: str) -> bool:
        fd, writes = str(call.result), {"O_WRONLY", "O_RDWR"} & set(flags.split("|"))
        self._offsets[fd] = 0
        self._appending.discard(fd)
        where = self._inside(path)
        if where is None or not writes:
            return False
        assert "O_TMPFILE" not in flags, "O_TMPFILE is not modelled"
        if "O_APPEND" in flags:
            self._appending.add(fd)
        folder, name = self._place(where)
        found = folder.live.get(name)
        if found is None:
            self._edit((folder, name, File()))
            return True
        if "O_TRUNC" in flags and isinstance(found, File):
            found.resize(0)
            return True
        return False

    def _write(self, call: Call) -> bool:
        form = _FD.fullmatch(call.told[0])
        assert form
        if form["fd"] == "1":
            self.said += _bytes(call.told[1]).decode().splitlines()
            return True  # more must be durable from now on
        found = self._file(call.told[0])
        if found is None:
            return False
        fd = form["fd"]
        at = len(found.live) if fd in self._appending else self._offsets[fd]
        found.write(at, _bytes(call.told[1])[: call.result])
        self._offsets[fd] = at + call.result
        return True

    def _pwrite64(self, call: Call) -> bool:
        found = self._file(call.told[0])
        if found is None:
            return False
        found.write(int(call.told[3]), _bytes(call.told[1])[: call.result])
        return True

    def _read(self, call: Call) -> bool:
        fd = call.told[0].split("<")[0]
        self._offsets[fd] = self._offsets.get(fd, 0) + call.result
        return False

    def _lseek(self, call: Call) -> bool:
        self._offsets[call.told[0].split("<")[0]] = call.result
        return False

    def _ftruncate(self, call: Call) -> bool:
        found = self._file(call.told[0])
        if found is not None:
            found.resize(int(call.told[1]))
        return found is not None

    def _fallocate(self, call: Call) -> bool:
        found, size = self._file(call.told[0]), int(call.told[2]) + int(call.told[3])
        if found is None or call.told[1] != "0" or size <= len(found.live):
            return False  # room that is kept, and changes nothing that can be read
        found.resize(size)
        return True

    def _mmap(self, call: Call) -> bool:
        shared = "MAP_SHARED" in call.told[3] and "PROT_WRITE" in call.told[2]
        found = shared and _FD.fullmatch(call.told[4])
        if found and found["path"] and self._inside(_text(found["path"])):
            assert _text(found["path"]).endswith("-shm"), "a file that is mapped is not modelled"
        return False

    # --- what is durable ------------------------------------------------------------------------

    def _fsync(self, call: Call) -> bool:
        form = _FD.fullmatch(call.told[0])
        where = self._inside(_text(form["path"])) if form and form["path"] else None
        if where is None or (form and form["gone"]):
            return False
        found = self._find(where)
        if isinstance(found, File):
            found.sync()
        else:
            self._sync_names(found)
        return True

    _fdatasync = _fsync

    def _syncfs(self, call: Call) -> bool:
        self._sync_names(None)
        for found in _files(self._root):
            found.sync()
        return bool(call)

    def _sync_names(self, folder: Folder | None) -> None:
        left = []
        for edits in self._names:
            if folder is None or any(one is folder for one, _, _ in edits):
                _entered(edits)
            else:
                left.append(edits)
        self._names = left

    # --- names ----------------------------------------------------------------------------------

    def _mkdir(self, call: Call) -> bool:
        return self._made(_text(call.told[0].strip('"')))

    def _mkdirat(self, call: Call) -> bool:
        return self._made(_joined(call.told[0], call.told[1]))

    def _made(self, path: str) -> bool:
        where = self._inside(path)
        if where is not None:
            self._edit((*self._place(where), Folder()))
        return where is not None

    def _unlink(self, call: Call) -> bool:
        return self._removed(_text(call.told[0].strip('"')))

    _rmdir = _unlink

    def _unlinkat(self, call: Call) -> bool:
        return self._removed(_joined(call.told[0], call.told[1]))

    def _removed(self, path: str) -> bool:
        where = self._inside(path)
        if where is not None:
            self._edit((*self._place(where), None))
        return where is not None

    def _rename(self, call: Call) -> bool:
        return self._moved(*(_text(one.strip('"')) for one in call.told[:2]))

    def _renameat(self, call: Call) -> bool:
        old, new = _joined(*call.told[:2]), _joined(*call.told[2:4])
        return self._moved(old, new)

    _renameat2 = _renameat

    def _moved(self, old: str, new: str) -> bool:
        source, target = self._inside(old), self._inside(new)
        if source is None and target is None:
            return False
        assert source is not None
        assert target is not None
        folder, name = self._place(source)
        self._edit((folder, name, None), (*self._place(target), folder.live[name]))
        return True

    def _edit(self, *edits: _Edit) -> None:
        for folder, name, node in edits:
            if node is None:
                folder.live.pop(name, None)
            else:
                folder.live[name] = node
        self._names.append(edits)

    # --- finding --------------------------------------------------------------------------------

    def _inside(self, path: str) -> Path | None:
        found = Path(path)
        return found.relative_to(self._top) if found.is_relative_to(self._top) else None

    def _find(self, where: Path) -> Node:
        found: Node = self._root
        for part in where.parts:
            assert isinstance(found, Folder)
            found = found.live[part]
        return found

    def _place(self, where: Path) -> tuple[Folder, str]:
        folder = self._find(where.parent)
        assert isinstance(folder, Folder)
        return folder, where.name

    def _file(self, told: str) -> File | None:
        form = _FD.fullmatch(told)
        where = self._inside(_text(form["path"])) if form and form["path"] else None
        if where is None or not form or form["gone"]:
            return None
        found = self._find(where)
        return found if isinstance(found, File) else None

    # --- after the cut --------------------------------------------------------------------------

    def leave(self, where: Path, cut: Cut | None, *, part: str = "", seed: int = 0) -> None:
        """Write to a new folder what is left after a cut; without one, what is there now.

        ``part`` is the folder below the top that is left.
        """
        draw = random.Random(seed)
        names = _Kept(self._names, cut, draw)
        top: Node = self._root
        for name in Path(part).parts:
            assert isinstance(top, Folder)
            top = names.of(top)[name]
        assert isinstance(top, Folder)
        _written(top, where, names, cut, draw)


class _Kept:
    """Which names there are after a cut."""

    def __init__(
        self, pending: Sequence[tuple[_Edit, ...]], cut: Cut | None, draw: random.Random
    ) -> None:
        self._is_live = cut is None
        self._names: dict[int, dict[str, Node]] = {}
        for edits in _kept_names(pending, cut, draw):
            for folder, name, node in edits:
                names = self._names.setdefault(id(folder), dict(folder.durable))
                if node is None:
                    names.pop(name, None)
                else:
                    names[name] = node

    def of(self, folder: Folder) -> dict[str, Node]:
        return folder.live if self._is_live else self._names.get(id(folder), folder.durable)


def _kept_names(
    pending: Sequence[tuple[_Edit, ...]], cut: Cut | None, draw: random.Random
) -> Iterable[tuple[_Edit, ...]]:
    if cut is Cut.NAMES:
        return pending
    if cut is Cut.TORN:
        return pending[: draw.randint(0, len(pending))]
    if cut is Cut.SHUFFLED:
        return [one for one in pending if draw.random() < 0.5]
    return ()


def _content(file: File, cut: Cut | None, draw: random.Random) -> bytes:
    if cut is None or cut is Cut.CONTENTS:
        return bytes(file.live)
    if cut is Cut.LOST:
        return file.durable
    if cut is Cut.NAMES:
        return file.durable.ljust(len(file.live), b"\0")
    found = bytearray(file.durable)
    for offset, data in file.pending:
        if draw.random() < 0.5:
            continue
        if data is None or draw.random() < 0.5:
            _put(found, offset, data)
        else:
            _tear(found, offset, data, draw)
    return bytes(found)


def _tear(found: bytearray, offset: int, data: bytes, draw: random.Random) -> None:
    """Write some of the sectors; a disk writes a sector whole or not at all."""
    start = offset
    while start < offset + len(data):
        end = min(offset + len(data), start - start % SECTOR + SECTOR)
        if draw.random() < 0.5:
            _put(found, start, data[start - offset : end - offset])
        start = end


def _written(
    folder: Folder, where: Path, names: _Kept, cut: Cut | None, draw: random.Random
) -> None:
    where.mkdir(parents=True)
    where.chmod(0o700)
    for name, node in sorted(names.of(folder).items()):
        if isinstance(node, Folder):
            _written(node, where / name, names, cut, draw)
        elif not name.endswith("-shm"):  # memory that is shared: it goes with the machine
            (where / name).write_bytes(_content(node, cut, draw))
            (where / name).chmod(0o600)


def _entered(edits: Iterable[_Edit]) -> None:
    for folder, name, node in edits:
        if node is None:
            folder.durable.pop(name, None)
        else:
            folder.durable[name] = node


def _loaded(top: Path) -> Folder:
    names: dict[str, Node] = {}
    for path in top.iterdir():
        if path.is_dir():
            names[path.name] = _loaded(path)
        else:
            data = path.read_bytes()
            names[path.name] = File(durable=data, live=bytearray(data))
    return Folder(durable=dict(names), live=dict(names))


def _files(folder: Folder) -> Iterator[File]:
    for node in folder.live.values():
        if isinstance(node, Folder):
            yield from _files(node)
        else:
            yield node


def _joined(folder: str, name: str) -> str:
    form = _FD.fullmatch(folder)
    assert form
    path = _text(name.strip('"'))
    return path if path.startswith("/") else f"{_text(form['path'] or '')}/{path}"
