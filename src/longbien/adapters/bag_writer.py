"""A bag that is being made: under a name that says so, until it is whole and on the disk.

``LB-<uuid>.partial`` becomes ``LB-<uuid>`` (or ``.prepared``) by one rename at the very end.
Whatever goes wrong before, an interrupt included, the half-made folder is removed.  After a power
cut it may be left over; it can be deleted without a second thought.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from longbien.adapters.files import (
    FolderChain,
    coded,
    create_file,
    make_folders,
    open_folder,
    sync_disk,
    sync_folder,
    write_all,
)
from longbien.primitives.errors import Refused

PARTIAL = ".partial"
_SYNC_ALL = 64  # files or folders: from here on one sync for the whole disk is cheaper


class BagWriter:
    """One bag under construction."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.final = folder.with_name(folder.name.removesuffix(PARTIAL))

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write small files, each durable when this returns; one that is there is an error."""
        with coded(self.folder.name):
            top = open_folder(self.folder)
            try:
                self._write(top, files)
            finally:
                os.close(top)

    def _write(self, top: int, files: Mapping[str, bytes]) -> None:
        one_by_one = len(files) < _SYNC_ALL
        with FolderChain(top, create=True) as chain:
            for path, data in sorted(files.items()):
                folder, name = chain.folder_of(path.encode("ascii"))
                fd = create_file(name, below=folder)
                try:
                    write_all(fd, data, 0)
                    if one_by_one:
                        os.fsync(fd)
                finally:
                    os.close(fd)
        if not one_by_one:
            sync_disk(top)

    def settle(self) -> None:
        """Make the names in all folders durable."""
        with coded(self.folder.name):
            folders = [Path(path) for path, _, _ in os.walk(self.folder)]
            if len(folders) >= _SYNC_ALL:
                top = open_folder(self.folder)
                try:
                    sync_disk(top)
                finally:
                    os.close(top)
                return
            for folder in folders:
                sync_folder(folder)


@contextmanager
def new_bag(out: Path, name: str) -> Iterator[BagWriter]:
    """Make a bag in ``out``; when the block ends well it has its final name.

    Raises Refused ``bag.exists``; Unavailable ``disk.…``.
    """
    writer = BagWriter(out / f"{name}{PARTIAL}")
    if os.path.lexists(writer.final):
        raise Refused("bag.exists", "{name} is there already", name=name)
    with coded(name):
        make_folders(out)
        writer.folder.mkdir()
    try:
        yield writer
        finish(writer)
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise


def finish(writer: BagWriter) -> None:
    """Make the bag durable and give it its final name."""
    writer.settle()
    if os.path.lexists(writer.final):
        raise Refused("bag.exists", "{name} is there already", name=writer.final.name)
    with coded(writer.final.name):
        writer.folder.rename(writer.final)
        sync_folder(writer.final.parent)
