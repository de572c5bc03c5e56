import json
from typing import Any

import pytest
from attrs import evolve

import memory_bag
from longbien.evidence import wire
from longbien.evidence.package import IngestNotice, Package, UseLimit, UseLimitKind
from longbien.evidence.records import encode_head
from longbien.evidence.wire import (
    Head,
    encode_package,
    file_record,
    package_of,
    parse_file_record,
    parse_head,
    parse_package,
)
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import Malformed

HEX = "61ff62"


@pytest.fixture
def package() -> Package:
    """Return a package with something in every field."""
    package = memory_bag.describe(memory_bag.Plan())
    odd = evolve(package.files[0], original_name="a\ufffdb", original_name_hex=HEX)
    notices = (*package.notices, IngestNotice(code="ingest.sparse", name=""))
    limits = (*package.use_limits, UseLimit(kind=UseLimitKind.OTHER, text="\u202e"))
    return evolve(package, files=(odd, *package.files[1:]), notices=notices, use_limits=limits)


def test_what_is_written_is_read_again(package: Package) -> None:
    """Nothing is lost between a package and its bytes."""
    assert parse_package(encode_package(package)) == package


def test_the_bytes_are_canonical_json(package: Package) -> None:
    """The quick encoder writes exactly what RFC 8785 wants."""
    data = encode_package(package)

    assert data == encode_json(json.loads(data))


def test_a_head_is_read_without_its_files(package: Package) -> None:
    """A disclosed head says what the whole description says of the package."""
    head = parse_head(encode_head(package))

    assert (
        package_of(head, files=package.files, salt=package.salt, notices=package.notices) == package
    )
    assert encode_head(head) == encode_head(package)
    assert isinstance(head, Head)


def test_a_file_record_is_read_alone(package: Package) -> None:
    """With and without an original name in hexadecimal."""
    for file in package.files:
        assert parse_file_record(file_record(file)) == file


class Drop:
    """Stands for: the field is missing."""


def change_at(value: Any, path: tuple[object, ...], new: object) -> None:  # noqa: ANN401 - any JSON
    """Set or drop one field, however deep."""
    *keys, last = path
    for key in keys:
        value = value[key]
    if new is Drop:
        del value[last]
    else:
        value[last] = new


@pytest.mark.parametrize(
    ("path", "new", "code"),
    [
        (("format",), "LB-Bag 2", "package.format"),
        (("format",), 1, "package.format"),
        (("suite",), "LB2", "package.suite"),
        (("more",), 1, "package.field"),
        (("salt",), Drop, "package.field"),
        (("package_id",), "X", "id.form"),
        (("request",), "X", "id.form"),
        (("recipients",), ["X"], "id.form"),
        (("recipients",), ["sha256:" + "a" * 64] * 2, "package.value"),
        (("recipients",), "X", "package.field"),
        (("recipients",), [1], "package.field"),
        (("recipients",), ["sha256:" + f"{n:064}" for n in range(101)], "package.field"),
        (("legal_basis",), ["x"] * 101, "package.field"),
        (("legal_basis",), [""], "package.field"),
        (("legal_basis",), ["x" * 4001], "package.field"),
        (("use_limits", 0, "kind"), "X", "package.value"),
        (("use_limits", 0, "text"), "", "package.field"),
        (("use_limits", 0, "until"), "2026-11-21T09:30:00+00:00", "package.value"),
        (("use_limits", 0, "until"), "X", "instant.text"),
        (("use_limits", 0, "more"), "X", "package.field"),
        (("use_limits",), [1], "package.field"),
        (("created_at",), 1, "package.field"),
        (("created_at",), "2026-11-21T09:30:00.000Z", "package.value"),
        (("created_by",), None, "package.field"),
        (("exercise",), 1, "package.field"),
        (("software",), "x\ny", "package.value"),
        (("salt",), "A" * 64, "digest.text"),
        (("notices", 0, "code"), "X", "package.value"),
        (("notices", 0, "name"), 1, "package.field"),
        (("notices", 0, "more"), 1, "package.field"),
        (("files",), [], "package.files"),
        (("files",), {}, "package.field"),
        (("files", 0, "path"), "data/E0001/../x", "name.not-portable"),
        (("files", 0, "size"), -1, "package.field"),
        (("files", 0, "size"), True, "package.field"),
        (("files", 0, "size"), "1", "package.field"),
        (("files", 0, "sha256"), "x", "digest.text"),
        (("files", 0, "original_name"), "", "package.field"),
        (("files", 0, "original_name"), "other", "package.name"),
        (("files", 0, "original_name_hex"), "6", "package.name"),
        (("files", 0, "original_name_hex"), "61", "package.name"),
        (("files", 0, "original_name_hex"), HEX.upper(), "package.name"),
        (("files", 0, "more"), 1, "package.field"),
        (("files", 0, "size"), Drop, "package.field"),
        (("files", 0), 1, "package.field"),
        (("files", 0, "tree", "alg"), "rfc6962-sha512", "package.value"),
        (("files", 0, "tree", "leaf"), 4096, "package.value"),
        (("files", 0, "tree", "root"), "x", "digest.text"),
        (("files", 0, "tree"), [], "package.field"),
    ],
)
def test_another_description_is_refused(
    package: Package, path: tuple[object, ...], new: object, code: str
) -> None:
    """Each field has its form, and there is no other field."""
    value = json.loads(encode_package(package))
    change_at(value, path, new)

    with pytest.raises(Malformed) as caught:
        parse_package(encode_json(value))

    assert caught.value.code == code


def test_files_out_of_order_are_refused(package: Package) -> None:
    """One set of files has one description."""
    with pytest.raises(Malformed) as caught:
        parse_package(encode_package(evolve(package, files=package.files[::-1])))

    assert caught.value.code == "package.files"


def test_two_paths_that_some_disk_confuses_are_refused(package: Package) -> None:
    """Names that differ in case alone are one file on Windows."""
    last = package.files[-1]
    twin = evolve(last, path=last.path.replace("mail", "MAIL"), original_name="twin")
    files = tuple(sorted((*package.files, twin), key=lambda file: file.path))

    with pytest.raises(Malformed) as caught:
        parse_package(encode_package(evolve(package, files=files)))

    assert caught.value.code == "name.clash"


def test_two_files_of_one_original_name_are_refused(package: Package) -> None:
    """In one folder there cannot have been two."""
    files = (
        *package.files[:-1],
        evolve(package.files[-1], original_name=package.files[1].original_name),
    )

    with pytest.raises(Malformed) as caught:
        parse_package(encode_package(evolve(package, files=files)))

    assert caught.value.code == "package.name"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json.syntax"),
        (b"\xff", "json.syntax"),
        (b"[" * 100_000, "json.depth"),
        (b'{"a":1,"a":1}', "json.duplicate-key"),
        (b'{"a": 1}', "json.not-canonical"),
        (b'{"b":1,"a":1}', "json.not-canonical"),
        (b'{"a":NaN}', "json.number"),
        (b'{"a":"\\ud800"}', "json.syntax"),
        (b"[]", "package.field"),
        (b"{}", "package.field"),
    ],
)
def test_only_canonical_json_is_read(data: bytes, code: str) -> None:
    """Two readers never see two meanings; the reason is told although the quick way failed."""
    with pytest.raises(Malformed) as caught:
        parse_package(data)

    assert caught.value.code == code


def test_a_number_beyond_what_json_can_say_is_refused(package: Package) -> None:
    """2**53 - 1 is the largest size."""
    good = evolve(package, files=(evolve(package.files[0], size=2**53 - 1), *package.files[1:]))
    too_large = encode_package(good).replace(b"9007199254740991", b"9007199254740992")

    assert parse_package(encode_package(good)).files[0].size == 2**53 - 1
    with pytest.raises(Malformed) as caught:
        parse_package(too_large)
    assert caught.value.code == "package.field"
    with pytest.raises(Malformed) as caught:
        parse_package(too_large.replace(b"9007199254740992", b"1.0"))
    assert caught.value.code == "package.field"


def test_a_description_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is bounded before any work, for a head too."""
    monkeypatch.setattr(wire, "MAX_DESCRIPTION", 10)
    monkeypatch.setattr(wire, "MAX_HEAD", 10)

    for parse in (parse_package, parse_head):
        with pytest.raises(Malformed) as caught:
            parse(b"x" * 11)
        assert caught.value.code == "package.size"
        with pytest.raises(Malformed) as caught:
            parse(b"x" * 10)
        assert caught.value.code == "json.syntax"
