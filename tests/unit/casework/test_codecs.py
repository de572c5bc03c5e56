from enum import StrEnum

import pytest
from attrs import frozen

from longbien.casework import codecs as k
from longbien.primitives.canonical import Json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import CaseId
from longbien.primitives.instants import Instant

UUID = "00000000-0000-4000-8000-000000000001"


class Colour(StrEnum):
    """Two words."""

    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class Thing:
    """Two fields."""

    name: str
    size: int


@frozen(kw_only=True)
class Sized:
    """One of which the size came later."""

    name: str
    size: int = 1


THING = k.Record(Thing, {"name": k.LINE, "size": k.NUMBER})


@pytest.mark.parametrize(
    ("codec", "value", "written"),
    [
        (k.TEXT, "words", "words"),
        (k.WORDS, "", ""),
        (k.REMARK, "", ""),
        (k.LINE, "x" * 200, "x" * 200),
        (k.CODE, "40(21)(b)", "40(21)(b)"),
        (k.OPTIONAL_CODE, "", ""),
        (k.OPTIONAL_CODE, "dc", "dc"),
        (k.NUMBER, 0, 0),
        (k.NUMBER, 2**53 - 1, 2**53 - 1),
        (k.below(10), 9, 9),
        (k.FLAG, True, True),
        (k.INSTANT, Instant.parse("2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z"),
        (k.DIGEST, Digest.of(b""), Digest.of(b"").hex),
        (k.id_of(CaseId.parse), CaseId(UUID), UUID),
        (k.one_of(Colour), Colour.RED, "red"),
        (k.maybe(k.NUMBER), None, None),
        (k.maybe(k.NUMBER), 3, 3),
        (k.many(k.NUMBER), (1, 2), [1, 2]),
        (k.many(k.NUMBER), (), []),
        (k.pairs(k.CODE, k.TEXT, most=2), (("a", "1"), ("b", "2")), {"a": "1", "b": "2"}),
        (THING.codec, Thing(name="n", size=1), {"name": "n", "size": 1}),
    ],
)
def test_what_is_written_is_read(codec: k.Codec[object], value: object, written: Json) -> None:
    """Each codec reads what it writes, and writes it as it must stand."""
    assert codec.write(value) == written
    assert codec.read(written) == value


@pytest.mark.parametrize(
    ("codec", "value", "code"),
    [
        (k.TEXT, 1, "case.field"),
        (k.TEXT, None, "case.field"),
        (k.TEXT, "", "case.text"),
        (k.TEXT, "x" * 8001, "case.text"),
        (k.LINE, "x" * 201, "case.text"),
        (k.REMARK, "x" * 201, "case.text"),
        (k.WORDS, "\x00", "case.text"),
        (k.CODE, "", "case.field"),
        (k.CODE, "a b", "case.field"),
        (k.CODE, "x" * 65, "case.field"),
        (k.CODE, 1, "case.field"),
        (k.OPTIONAL_CODE, None, "case.field"),
        (k.NUMBER, -1, "case.field"),
        (k.NUMBER, 2**53, "case.field"),
        (k.NUMBER, True, "case.field"),
        (k.NUMBER, "1", "case.field"),
        (k.below(10), 10, "case.field"),
        (k.FLAG, 1, "case.field"),
        (k.FLAG, None, "case.field"),
        (k.INSTANT, 5, "instant.text"),
        (k.INSTANT, "2026-01-01", "instant.text"),
        (k.INSTANT, "2026-01-01T01:00:00+01:00", "case.field"),
        (k.INSTANT, "2026-01-01T00:00:00.000Z", "case.field"),
        (k.DIGEST, None, "digest.text"),
        (k.DIGEST, "00", "digest.text"),
        (k.SEALED, {}, "transfer.sealed-form"),
        (k.id_of(CaseId.parse), 7, "id.form"),
        (k.id_of(CaseId.parse), "x", "id.form"),
        (k.one_of(Colour), "green", "case.field"),
        (k.one_of(Colour), 1, "case.field"),
        (k.one_of(Colour), ["red"], "case.field"),
        (k.maybe(k.NUMBER), "x", "case.field"),
        (k.many(k.NUMBER), None, "case.field"),
        (k.many(k.NUMBER), {}, "case.field"),
        (k.many(k.NUMBER, most=1), [1, 2], "case.field"),
        (k.many(k.NUMBER, least=1), [], "case.field"),
        (k.many(k.NUMBER), ["x"], "case.field"),
        (k.pairs(k.CODE, k.TEXT, most=1), {"a": "1", "b": "2"}, "case.field"),
        (k.pairs(k.CODE, k.TEXT, most=1), [], "case.field"),
        (k.pairs(k.CODE, k.TEXT, most=1), {"a b": "1"}, "case.field"),
        (k.pairs(k.CODE, k.TEXT, most=1), {"a": ""}, "case.text"),
        (THING.codec, {"name": "n"}, "case.field"),
        (THING.codec, {"name": "n", "size": 1, "more": 2}, "case.field"),
        (THING.codec, [], "case.field"),
        (THING.codec, {"name": "n", "size": "1"}, "case.field"),
    ],
)
def test_everything_else_is_malformed(codec: k.Codec[object], value: Json, code: str) -> None:
    """Only Malformed leaves, with its code."""
    with pytest.raises(Malformed) as found:
        codec.read(value)

    assert found.value.code == code


def test_an_entry_from_before_may_lack_what_came_later() -> None:
    """Its default stands there then; what was there from the beginning may never be missing."""
    grown = k.Record(Sized, {"name": k.LINE, "size": k.NUMBER}, later=frozenset({"size"}))

    assert grown.read({"name": "n"}) == Sized(name="n")
    assert grown.read({"name": "n", "size": 2}) == Sized(name="n", size=2)
    for wrong in ({"size": 2}, {"name": "n", "other": 1}, {}):
        with pytest.raises(Malformed):
            grown.read(wrong)
