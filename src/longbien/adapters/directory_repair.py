"""Putting a damaged directory right, out of what others hold of it.

The list of digests says which bytes were accepted; where the list itself is damaged, the
signatures and digests from version to version say it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from longbien.adapters.directory_files import (
    STAMP,
    SUM_LINE,
    SUMS,
    encode_sums,
    find_file,
    name_of,
    read_head,
    read_history,
    require_sound,
)
from longbien.adapters.ledger_disk import Disk, disk_errors, replace_file
from longbien.directory.book import History
from longbien.directory.wire import SignedEntry, parse_signed_entry
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed, Refused


@frozen(kw_only=True)
class Repair:
    """What a repair did."""

    restored: tuple[str, ...]
    """Files that were written anew, by their names in the folder."""


def repair_directory(folder: Path, candidates: Iterable[bytes]) -> Repair:
    """Put damaged files right from ``candidates``: exactly the bytes that were accepted once.

    A damaged list is made again from the files, if they form one sound history.  Raises Refused
    ``directory.cannot-repair`` where a version is in neither place.
    """
    disk, restored = Disk(), []
    given = list(candidates)
    with disk_errors(folder):
        _own, exercise = read_head(folder)
        for one in sorted((folder / "states").iterdir()):
            restored += _repair_state(one, given, disk=disk, exercise=exercise)
        if restored:
            replace_file(disk, folder / STAMP, b"")
    return Repair(restored=tuple(restored))


def _repair_state(folder: Path, given: Sequence[bytes], *, disk: Disk, exercise: bool) -> list[str]:
    try:
        read_history(folder, exercise=exercise)
    except FileNotFoundError:
        return []  # nothing was accepted yet
    except Integrity:
        history = _history_from(folder, given)
    else:
        return []
    try:
        require_sound(history, folder, exercise=exercise)
    except Integrity:
        raise _cannot_repair(folder) from None
    wanted = {name_of(one): one.data for one in history} | {SUMS: encode_sums(history)}
    changed = [name for name, data in wanted.items() if find_file(folder / name) != data]
    for name in changed:
        replace_file(disk, folder / name, wanted[name])
    return [f"{folder.name}/{name}" for name in changed]


def _history_from(folder: Path, given: Sequence[bytes]) -> History:
    """Choose one sound version for each place: the listed one, else any that there is."""
    kept = [find_file(path) or b"" for path in sorted(folder.glob("[0-9]*.json"))]
    listed = _legible_sums(folder)
    chosen: dict[int, SignedEntry] = {}
    for data in (*kept, *given):
        with suppress(Malformed):
            signed = parse_signed_entry(data)
            version = signed.entry.version
            is_listed = listed.get(version) == Digest.of(data).hex
            if signed.entry.state.text == folder.name and (is_listed or version not in chosen):
                chosen[version] = signed
    if not chosen or not set(listed) <= set(chosen):
        raise _cannot_repair(folder)
    return tuple(chosen[version] for version in sorted(chosen))


def _legible_sums(folder: Path) -> Mapping[int, str]:
    lines = (find_file(folder / SUMS) or b"").decode("ascii", "replace").split("\n")
    matches = (SUM_LINE.fullmatch(line) for line in lines)
    return {int(match[2]): match[1] for match in matches if match}


def _cannot_repair(folder: Path) -> Refused:
    return Refused(
        "directory.cannot-repair",
        "not every version of {state} is here or in the file: ask that State, or a node that "
        "knows it, for: longbien directory export NODE {state} --history",
        state=folder.name,
    )
