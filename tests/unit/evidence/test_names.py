import pytest

from longbien.evidence import names
from longbien.evidence.names import (
    assign_paths,
    find_clash,
    is_payload_path,
    is_portable_part,
    name_notices,
    portable_names,
    require_payload_path,
    text_of,
)
from longbien.primitives.errors import Malformed, Refused


@pytest.mark.parametrize("part", ["a", "A-b_c.d", "_", "0", "a" * 80, "console", "com10", "nul_x"])
def test_a_plain_name_is_portable(part: str) -> None:
    """Letters, digits, dot, underscore and hyphen are the same everywhere."""
    assert is_portable_part(part)


@pytest.mark.parametrize(
    "part",
    [
        "",
        ".",
        "..",
        ".a",
        "-a",
        "a.",
        "a b",
        "ä",
        "a/b",
        "a\\b",
        "a:b",
        "a%b",
        "a\n",
        "a" * 81,
        "con",
        "CON",
        "nul.txt",
        "Com1",
        "lpt9.tar.gz",
        "aux.",
        "prn",
    ],
)
def test_an_odd_name_is_not_portable(part: str) -> None:
    """A name that some system reads differently, or reserves, is not portable."""
    assert not is_portable_part(part)


@pytest.mark.parametrize(
    "path", ["data/E0001/a", "data/E9999/a/b.c", "data/E10000/a", "data/E1000000/a"]
)
def test_a_payload_path_names_its_exhibit(path: str) -> None:
    """data, an exhibit of four digits or more, and portable parts."""
    assert is_payload_path(path)
    require_payload_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "data",
        "data/E0001",
        "data/E0001/",
        "data/E0000/a",
        "data/E00000/a",
        "data/E01000/a",
        "data/E001/a",
        "data/e0001/a",
        "data/E0001//a",
        "data/E0001/../a",
        "/data/E0001/a",
        "data/E10000000/a",
        "data/E0001/a b",
        "bagit.txt",
        "data/E0001/" + "/".join("a" * 123),
    ],
)
def test_another_path_is_not_payload(path: str) -> None:
    """Whatever is not exactly of the form is refused."""
    assert not is_payload_path(path)
    with pytest.raises(Malformed) as caught:
        require_payload_path(path)
    assert caught.value.code == "name.not-portable"


def test_the_longest_payload_path_has_255_characters() -> None:
    """What fits into every file system and tar header is allowed, one more is not."""
    stem = "data/E0001/" + "/".join(["a" * 80] * 3)

    assert len(stem) == 253
    assert is_payload_path(f"{stem}/b")
    assert not is_payload_path(f"{stem}/bb")


@pytest.mark.parametrize(
    ("paths", "clash"),
    [
        (["a/b", "a/c", "b/c"], None),
        (["a", "a"], "a"),
        (["a/b", "a/B"], "a/B"),
        (["a/b", "A/c"], "A/c"),
        (["x/a/b", "x/A/c"], "x/A/c"),
        (["a", "A/b"], "A/b"),
        (["A/b", "a"], "a"),
        (["a/b/c", "a/b/d", "a/b"], "a/b"),
    ],
)
def test_names_that_some_disk_confuses_are_found(paths: list[str], clash: str | None) -> None:
    """Files and folders that differ in case alone, or a file that is a folder elsewhere."""
    assert find_clash(paths) == clash


def test_a_name_that_is_not_utf8_keeps_its_bytes() -> None:
    """Text for people, bytes in hexadecimal for the record."""
    assert text_of("é".encode()) == ("é", "")
    assert text_of(b"a\xffb") == ("a\ufffdb", "61ff62")


def test_good_names_stay_and_exhibits_are_numbered_in_byte_order() -> None:
    """Each entry of the folder is an exhibit; a file keeps its name below its number."""
    found = assign_paths([b"b/x.dd", b"a.zip", b"b/y/z", b"B.zip"])

    assert found == ("data/E0003/x.dd", "data/E0002/a.zip", "data/E0003/y/z", "data/E0001/B.zip")


def test_a_changed_name_carries_a_part_of_its_digest() -> None:
    """The same name always becomes the same one."""
    assert portable_names(["é.txt".encode()]) == {"é.txt".encode(): "_-d0720667bf.txt"}
    assert portable_names([b"con.txt"]) == {b"con.txt": "_con-d3bde286fd.txt"}


@pytest.mark.parametrize(
    ("raw", "stem", "ending"),
    [
        (b"-rf", "rf-", ""),
        (b".hidden", "_-", ".hidden"),
        (b"..a", "_-", ".a"),
        (b"a.", "a.-", ""),
        (b"CON", "_CON-", ""),
        (b"lpt1.x.gz", "_lpt1.x-", ".gz"),
        (b"C:\\x\\y.exe", "C__x_y-", ".exe"),
        (b"x" * 200 + b".dd", "x" * 56 + "-", ".dd"),
        (b"a.toolongextension", "", "a.toolongextension"),
        (b"a b.toolongextension", "a_b.toolongextension-", ""),
    ],
)
def test_an_odd_name_keeps_what_can_be_kept(raw: bytes, stem: str, ending: str) -> None:
    """A reader recognises the name, and the extension still says what it is."""
    (found,) = portable_names([raw]).values()

    assert found.startswith(stem)
    assert found.endswith(ending)
    assert is_portable_part(found)


def test_of_two_names_in_different_case_the_first_stays() -> None:
    """The other one is told apart by its digest, on every disk."""
    found = portable_names([b"readme", b"README"])

    assert found[b"README"] == "README"
    assert found[b"readme"].startswith("readme-")


def test_a_name_that_imitates_a_digest_takes_nothing_away() -> None:
    """Who names a file after another one's digest only makes that one try again."""
    first = portable_names([b"a b"])[b"a b"]
    found = portable_names([b"a b", first.encode()])

    assert found[first.encode()] == first
    assert found[b"a b"] != first
    assert found[b"a b"].startswith("a_b-")


def test_a_path_that_is_too_long_lies_directly_below_its_exhibit() -> None:
    """Windows and tar can hold it; the original path is in the description."""
    long = b"x/" + b"/".join([b"d" * 60] * 5) + b"/photo.jpg"
    imitation = assign_paths([long])[0].removeprefix("data/E0001/")
    found = assign_paths([long, b"x/" + imitation.encode(), b"x/short"])

    assert imitation.startswith("long-")
    assert imitation.endswith(".jpg")
    assert found[1] == f"data/E0001/{imitation}"
    assert found[0].startswith("data/E0001/long-")
    assert found[0] != found[1]
    assert found[2] == "data/E0001/short"
    assert all(map(is_payload_path, found))


def test_a_long_path_without_an_extension_gets_none() -> None:
    """Nothing is made up."""
    (found,) = assign_paths([b"x/" + b"/".join([b"d" * 60] * 5) + b"/photo"])

    assert len(found) == len("data/E0001/long-") + 32


@pytest.mark.parametrize(
    "original", [b"", b"/etc/passwd", b"a//b", b"a/", b"./a", b"a/../b", b"..", b"a\0b"]
)
def test_a_path_that_leads_elsewhere_is_refused(original: bytes) -> None:
    """Traversal cannot come from a disk, and is refused wherever it comes from."""
    with pytest.raises(Refused) as caught:
        assign_paths([original])

    assert caught.value.code == "ingest.traversal"


def test_a_path_of_4096_bytes_is_the_longest() -> None:
    """The limit is that of Linux."""
    assert assign_paths([b"a" * 4096])
    with pytest.raises(Refused) as caught:
        assign_paths([b"a" * 4097])
    assert caught.value.code == "ingest.name-too-long"


def test_64_folders_one_inside_the_other_are_the_most() -> None:
    """A deeper path is refused, not shortened in silence."""
    deep = b"/".join([b"d"] * 64)

    assert assign_paths([deep + b"/f"])
    with pytest.raises(Refused) as caught:
        assign_paths([deep + b"/d/f"])
    assert caught.value.code == "ingest.too-deep"


def test_too_many_files_are_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a million files the advice is a disk image or an archive."""
    monkeypatch.setattr(names, "MAX_FILES", 2)

    assert len(assign_paths([b"a", b"b"])) == 2
    with pytest.raises(Refused, match="disk image or an archive") as caught:
        assign_paths([b"a", b"b", b"c"])
    assert caught.value.code == "ingest.too-many-files"


@pytest.mark.parametrize(
    ("siblings", "notices"),
    [
        ([b"plain.txt", b"other"], []),
        (["grün".encode()], []),
        ([b"a\xff"], [("ingest.name-not-utf8", b"a\xff")]),
        ([b"a\nb"], [("ingest.name-control", b"a\nb")]),
        (["a\u202eb".encode()], [("ingest.name-bidi", "a\u202eb".encode())]),
        ([b"con"], [("ingest.name-reserved", b"con")]),
        ([b"a."], [("ingest.name-reserved", b"a.")]),
        ([b"a "], [("ingest.name-reserved", b"a ")]),
        ([b"a\\b"], [("ingest.name-windows-path", b"a\\b")]),
        ([b"C:x"], [("ingest.name-windows-path", b"C:x")]),
        ([b"a", b"A"], [("ingest.name-case-clash", b"a")]),
        (
            ["e\u0301".encode(), "\u00e9".encode()],
            [("ingest.name-unicode-twin", "\u00e9".encode())],
        ),
        (
            [b"\xfe", b"\xff"],
            [
                ("ingest.name-not-utf8", b"\xfe"),
                ("ingest.name-not-utf8", b"\xff"),
                ("ingest.name-unicode-twin", b"\xff"),
            ],
        ),
    ],
)
def test_odd_names_are_noticed(siblings: list[bytes], notices: list[tuple[str, bytes]]) -> None:
    """Each oddity has a code of its own and names the file."""
    assert list(name_notices(siblings)) == notices
