import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from longbien.adapters import survey
from longbien.adapters.ingest import look_over
from longbien.adapters.survey import Rule, Survey, require_apart
from longbien.primitives.errors import Refused, Unavailable


def look(folder: Path, *, links: Rule = Rule.REFUSE, special: Rule = Rule.REFUSE) -> Survey:
    """Look over a folder."""
    return look_over(folder, links=links, special=special)


def codes(found: Survey) -> list[tuple[str, str]]:
    """Return the notices as pairs."""
    return [(notice.code, notice.name) for notice in found.notices]


def test_files_are_found_with_their_sizes(tmp_path: Path) -> None:
    """In byte order, below all folders."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"12345")
    (tmp_path / "a").write_bytes(b"1")

    found = look(tmp_path)

    assert [(one.original, one.state.size) for one in found.files] == [(b"a", 1), (b"b/c", 5)]
    assert [path for path, _ in found.folders] == [b"", b"b"]
    assert found.size == 6
    assert found.notices == ()


def test_a_link_is_refused(tmp_path: Path) -> None:
    """Links are never followed, whatever they lead to."""
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "l").symlink_to("a")

    with pytest.raises(Refused, match="--links skip") as caught:
        look(tmp_path)

    assert caught.value.code == "ingest.link"


def test_a_link_is_left_out_and_noticed(tmp_path: Path) -> None:
    """A link to a file, to a folder, to nowhere, to itself: each is named, none is followed."""
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("/does/not/exist")
    (tmp_path / "up").symlink_to("..")

    found = look(tmp_path, links=Rule.SKIP)

    assert [one.original for one in found.files] == [b"a"]
    assert codes(found) == [
        ("ingest.link-left-out", "loop"),
        ("ingest.link-left-out", "nowhere"),
        ("ingest.link-left-out", "up"),
    ]


def make_fifo(path: Path) -> None:
    """Make a pipe."""
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.parametrize("make", [make_fifo, make_socket])
def test_what_is_no_file_is_refused_or_left_out(
    tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pipes and sockets are never opened: reading one could wait for ever."""
    (tmp_path / "a").write_bytes(b"1")
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    make(Path("odd"))

    with pytest.raises(Refused, match="--special skip") as caught:
        look(tmp_path)
    assert caught.value.code == "ingest.special-file"
    assert codes(look(tmp_path, special=Rule.SKIP)) == [("ingest.special-left-out", "odd")]


def test_hard_links_are_copied_each_and_noticed(tmp_path: Path) -> None:
    """Two names of one file are two files of the package."""
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").hardlink_to(tmp_path / "a")

    found = look(tmp_path)

    assert len(found.files) == 2
    assert codes(found) == [("ingest.hard-link", "a"), ("ingest.hard-link", "b")]


def test_a_sparse_file_is_noticed(tmp_path: Path) -> None:
    """What is hashed is its logical content; that it had holes is on record."""
    with (tmp_path / "a").open("wb") as file:
        file.truncate(10 * 2**20)

    assert codes(look(tmp_path)) == [("ingest.sparse", "a")]


def test_an_empty_folder_is_noticed(tmp_path: Path) -> None:
    """A bag has no empty folders: that there was one is on record."""
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "e" / "f").mkdir(parents=True)

    assert codes(look(tmp_path)) == [("ingest.empty-folder", "e/f")]


def test_odd_names_are_noticed_with_their_path(tmp_path: Path) -> None:
    """The notice names the file as it was found, bytes that are not UTF-8 replaced."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "A").write_bytes(b"1")
    (tmp_path / "d" / "a").write_bytes(b"2")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_bytes(b"3")

    assert codes(look(tmp_path)) == [
        ("ingest.name-not-utf8", "\ufffd"),
        ("ingest.name-case-clash", "d/a"),
    ]


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    """A package of nothing proves nothing."""
    (tmp_path / "e").mkdir()

    with pytest.raises(Refused) as caught:
        look(tmp_path)

    assert caught.value.code == "ingest.empty"


def test_64_folders_one_inside_the_other_are_the_most(tmp_path: Path) -> None:
    """A bottomless folder ends the survey, not the machine."""
    deep = tmp_path.joinpath(*["d"] * 64)
    deep.mkdir(parents=True)
    (deep / "f").write_bytes(b"1")

    assert len(look(tmp_path).files) == 1
    (deep / "d").mkdir()
    with pytest.raises(Refused) as caught:
        look(tmp_path)
    assert caught.value.code == "ingest.too-deep"


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice is a disk image or an archive."""
    monkeypatch.setattr(survey, "MAX_FILES", 1)
    (tmp_path / "a").write_bytes(b"1")
    assert len(look(tmp_path).files) == 1
    (tmp_path / "b").write_bytes(b"1")

    with pytest.raises(Refused, match="disk image") as caught:
        look(tmp_path)

    assert caught.value.code == "ingest.too-many-files"


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """A mistyped path is no empty folder."""
    with pytest.raises(Unavailable) as caught:
        look(tmp_path / "none")

    assert caught.value.code == "disk.absent"


def test_the_given_folder_may_not_be_a_link(tmp_path: Path) -> None:
    """What is packed is what was named."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    with pytest.raises(Unavailable) as caught:
        look(tmp_path / "link")

    assert caught.value.code == "disk.absent"


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing disk or a missing permission ends with the exhibit's name."""
    (tmp_path / "d").mkdir()

    def fail(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(survey, "open_quietly", fail)
    with pytest.raises(Unavailable, match="d cannot be read: Permission denied") as caught:
        look(tmp_path)

    assert caught.value.code == "ingest.unreadable"


def test_the_access_time_stays_where_we_may_have_it_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the owner's right the file is read all the same."""
    (tmp_path / "a").write_bytes(b"1")
    opened = []
    real = os.open

    def strict(name: str, flags: int, *rest: object, **named: object) -> int:
        opened.append(flags & os.O_NOATIME)
        if flags & os.O_NOATIME:
            raise PermissionError(1, "Operation not permitted")
        return real(name, flags, *rest, **named)

    monkeypatch.setattr(os, "open", strict)
    os.close(survey.open_quietly(tmp_path / "a"))

    assert opened == [os.O_NOATIME, 0]


@pytest.mark.parametrize(
    ("source", "target", "apart"),
    [
        ("a", "b", True),
        ("a", "a", False),
        ("a", "a/b", False),
        ("a/b", "a", False),
        ("a", "ab", True),
    ],
)
def test_source_and_target_lie_apart(
    tmp_path: Path, source: str, target: str, *, apart: bool
) -> None:
    """Neither inside the other, whatever links lead there."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "way").symlink_to(tmp_path)

    if apart:
        require_apart(tmp_path / source, tmp_path / "way" / target)
        return
    with pytest.raises(Refused) as caught:
        require_apart(tmp_path / source, tmp_path / "way" / target)
    assert caught.value.code == "ingest.inside"
