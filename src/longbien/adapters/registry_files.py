"""The folder ``registries/`` of a node: files of the regional registries.

The operator puts them there, with or without their checksums; nothing is ever fetched.
"""

from functools import cached_property
from pathlib import Path
from typing import Final

from longbien.casework.completeness.asked import Indication
from longbien.casework.completeness.registries import Registry, parse_registry
from longbien.primitives.errors import Malformed, Unavailable

_BESIDE: Final = frozenset({".asc", ".md5", ".sig"})


class RegistryFiles:
    """Where an address was registered, read from the files when it is asked for the first time."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; none is as good as an empty one."""
        self.folder = folder

    def __call__(self, address: str, /) -> Indication | None:
        """Return what a file says of an address, the newest file first.

        Raises Malformed ``registry.file``; Unavailable ``registry.unreadable``.
        """
        found = (one.locate(address) for one in self.registries)
        return next((one for one in found if one is not None), None)

    @cached_property
    def registries(self) -> tuple[Registry, ...]:
        """Return what the files say, the newest first.  Raises as a call does."""
        paths = sorted(self.folder.glob("delegated-*"))
        found = [read_registry(path) for path in paths if path.suffix not in _BESIDE]
        return tuple(sorted(found, key=lambda one: one.date, reverse=True))


def read_registry(path: Path) -> Registry:
    """Read one file.  Raises Malformed ``registry.file``; Unavailable ``registry.unreadable``."""
    try:
        with path.open("rb") as file:
            return parse_registry(file)
    except OSError as error:
        raise Unavailable(
            "registry.unreadable", "{path} cannot be read: {why}", path=path, why=error.strerror
        ) from error
    except Malformed as error:
        raise Malformed(
            "registry.file", "{path} is not a registry's file: {why}", path=path, why=str(error)
        ) from None
