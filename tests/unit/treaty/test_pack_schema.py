"""The published schema of rule packs and our own reader agree, both ways."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from longbien.primitives.errors import LongBienError
from longbien.treaty.packs import parse_pack
from outside import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "spec" / "rule-pack.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
PACKS = sorted((REPOSITORY / "src" / "longbien" / "treaty" / "packs").glob("*.json"))

SMALL = {
    "format": "longbien:treaty.rule-pack/1",
    "id": "vn-law",
    "version": 1,
    "basis": "UNCC",
    "title": "An example",
    "as_of": "2026-11-21",
    "note": "An example.",
    "state": "VN",
    "articles": [
        {
            "number": 1,
            "title": "Purpose",
            "chapter": "I",
            "title_checked": "memory",
            "is_used": True,
            "role": "",
            "grade": None,
            "note": "",
        }
    ],
    "definitions": [{"id": "term", "ref": "2(o)", "term": "t", "meaning": "m", "grade": "M"}],
    "rules": [
        {
            "id": "vn-law-1",
            "basis": "UNCC",
            "ref": "42(3)(a)-(f)",
            "text": "Words.",
            "effects": ["clock", "info"],
            "applies_to": ["preservation"],
            "value": {"min_days": 60, "is_renewable": True, "words": ["a", 1], "unit": "day"},
            "grade": "P",
            "text_hash": "ab" * 32,
            "verified_by": "A lawyer",
            "verified_on": "2026-11-20",
            "replaces": "uncc-42-8-floor",
            "note": "",
        }
    ],
}

ODD = (
    None, True, 0, -1, 7, 2**31, 10**9, "", "x", "VN", "2026-02-30", "2026-11-21", "20261121",
    "a" * 65, "a" * 3000, "with\nbreak", "with\u202eturn", "é", [], ["x"], [None], [["x"]],
    ["x"] * 200, {}, {"x": 1}, {"X": 1}, {"x": None}, {"x": {}}, "42", "42(8", "not recorded",
    "AB" * 32, "ab" * 32, "-", "a--b", "V", "duty", ["duty"], ["duty"] * 13, [{}],
)  # fmt: skip


def places(value: object, way: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Return the way to each value inside."""
    yield way
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places(one, (*way, name))
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from places(one, (*way, at))


def changed(way: tuple[object, ...], value: object) -> object:
    """Return the small pack with one value put in the place of another."""
    whole = {"": copy.deepcopy(SMALL)}
    inner, (*before, last) = whole, ("", *way)
    for part in before:
        inner = inner[part]
    inner[last] = value
    return whole[""]


def without(way: tuple[object, ...]) -> object:
    """Return the small pack without one of its members."""
    whole = copy.deepcopy(SMALL)
    inner, (*before, last) = whole, way
    for part in before:
        inner = inner[part]
    del inner[last]
    return whole


def is_read(document: object) -> bool:
    """Tell if our reader takes it."""
    try:
        parse_pack(json.dumps(document).encode())
    except LongBienError:
        return False
    return True


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_pack_of_ours_is_as_the_schema_says(path: Path) -> None:
    """What comes with the program is valid for everybody who checks it by the schema."""
    data = path.read_bytes()

    assert VALIDATOR.is_valid(json.loads(data))
    assert parse_pack(data).rules


def test_the_small_pack_is_good_for_both() -> None:
    """The example that the other tests change is valid and is read."""
    assert VALIDATOR.is_valid(SMALL)
    assert is_read(SMALL)


@pytest.mark.parametrize("way", list(places(SMALL)), ids=str)
def test_a_changed_value_is_judged_alike(way: tuple[object, ...]) -> None:
    """Whatever is put in the place of a value, schema and reader say the same of it."""
    for value in ODD:
        document = changed(way, value)
        assert VALIDATOR.is_valid(document) == is_read(document), (way, value)


@pytest.mark.parametrize("way", [way for way in places(SMALL) if way], ids=str)
def test_a_member_left_out_is_judged_alike(way: tuple[object, ...]) -> None:
    """What is required, and what is not, is the same for schema and reader."""
    document = without(way)

    assert VALIDATOR.is_valid(document) == is_read(document)


@pytest.mark.parametrize("way", [way for way in places(SMALL) if way], ids=str)
def test_an_unknown_member_is_judged_alike(way: tuple[object, ...]) -> None:
    """A field that nobody knows is taken by neither; a value of a rule may have any name."""
    document = changed((*way[:-1], "surplus"), 1) if isinstance(way[-1], str) else SMALL

    assert VALIDATOR.is_valid(document) == is_read(document)
