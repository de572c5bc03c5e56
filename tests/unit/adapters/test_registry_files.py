"""Files of the registries in a folder: read once, the newest first."""

from pathlib import Path

import pytest

from longbien.adapters.registry_files import RegistryFiles
from longbien.primitives.errors import LongBienError


def write(folder: Path, name: str, day: str, state: str) -> None:
    """Write a file in which a range for documents belongs to a State."""
    folder.mkdir(exist_ok=True)
    (folder / f"delegated-{name}-extended-latest").write_text(
        f"2|{name}|{day}|1|19830101|{day}|+0000\n"
        f"{name}|{state}|ipv4|203.0.113.0|256|20100101|allocated|A1\n"
    )


def test_no_folder_says_nothing(tmp_path: Path) -> None:
    """An operator who gives no files gets no hints."""
    assert RegistryFiles(tmp_path / "registries")("203.0.113.1") is None


def test_the_newest_file_speaks_first(tmp_path: Path) -> None:
    """A range can move from one registry to another; checksums beside the files are no files."""
    write(tmp_path, "apnic", "20261101", "VN")
    write(tmp_path, "ripencc", "20261120", "IL")
    (tmp_path / "delegated-apnic-extended-latest.md5").write_text("no registry")
    files = RegistryFiles(tmp_path)

    found = files("203.0.113.1")
    assert found is not None
    assert (found.state, found.source, found.date) == ("IL", "RIPENCC", "2026-11-20")
    (tmp_path / "delegated-ripencc-extended-latest").unlink()
    assert files("203.0.113.1") == found
    assert files("192.0.2.1") is None


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The file, and why."""
    (tmp_path / "delegated-x").write_text("nothing")
    with pytest.raises(LongBienError) as caught:
        RegistryFiles(tmp_path)("203.0.113.1")
    assert caught.value.code == "registry.file"
    assert "delegated-x" in str(caught.value)

    (tmp_path / "delegated-x").unlink()
    (tmp_path / "delegated-y").mkdir()
    with pytest.raises(LongBienError) as caught:
        RegistryFiles(tmp_path)("203.0.113.1")
    assert caught.value.code == "registry.unreadable"
