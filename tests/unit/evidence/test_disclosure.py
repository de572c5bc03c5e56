"""Choosing what is given, writing it down, reading it back."""

import functools
import json
from collections.abc import Callable, Mapping

import pytest
from attrs import evolve

import memory_bag
from longbien.evidence.disclosure import (
    Disclosure,
    Reason,
    Selection,
    disclose,
    disclosure_folder,
    encode_disclosure,
    parse_disclosure,
)
from longbien.evidence.disclosure_text import disclosure_text
from longbien.evidence.layout import is_discloser_trust
from longbien.evidence.manifests import ManifestLine
from longbien.evidence.package import LEAF_SIZE, Package, UseLimit, UseLimitKind
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import PackageId

ID = PackageId("11111111-2222-4333-8444-555555555555")
BIG = b"0123456789abcdef" * (LEAF_SIZE // 16) * 3 + b"tail"  # three blocks and four bytes
PAYLOAD = {**memory_bag.PAYLOAD, "data/E0003/disk.dd": BIG}
PLAN = memory_bag.changed(payload=PAYLOAD)
IMAGE = Selection(path="data/E0001/image.dd")
REST = {Reason.PRIVILEGED: 1, Reason.NOT_REQUESTED: 2}


@functools.cache
def package() -> Package:
    """Return the description of a package of four files."""
    return memory_bag.describe(PLAN)


def made(
    *selections: Selection, reasons: Mapping[Reason, int] = REST, **changes: object
) -> Disclosure:
    """Return a disclosure of the package."""
    settings = {
        "disclosure_id": ID,
        "made_at": memory_bag.NOW,
        "made_by": "Court registry",
        "leaves": lambda file: memory_bag.measured(PAYLOAD[file.path]).leaves,
    }
    return disclose(package(), selections, reasons=reasons, **{**settings, **changes})


def test_a_whole_file_keeps_its_path_and_needs_no_blocks() -> None:
    """Its bytes stand where the package has them, and its tree follows from them."""
    disclosure = made(IMAGE)

    (given,) = disclosure.given
    assert (given.index, given.start, given.end, given.blocks) == (0, 0, 300, ())
    assert given.is_whole
    assert disclosure.places == ("data/E0001/image.dd",)
    assert disclosure_folder(ID) == f"LBD-{ID}"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 1, (0, LEAF_SIZE)),
        (LEAF_SIZE - 1, LEAF_SIZE + 1, (0, 2 * LEAF_SIZE)),
        (LEAF_SIZE, 2 * LEAF_SIZE, (LEAF_SIZE, 2 * LEAF_SIZE)),
        (3 * LEAF_SIZE, 3 * LEAF_SIZE + 1, (3 * LEAF_SIZE, len(BIG))),
        (len(BIG) - 1, None, (3 * LEAF_SIZE, len(BIG))),
        (0, len(BIG), (0, len(BIG))),
        (0, None, (0, len(BIG))),
    ],
)
def test_a_range_is_widened_to_whole_blocks(
    *, start: int, end: int | None, expected: tuple[int, int]
) -> None:
    """A block is the smallest thing that can be proven."""
    disclosure = made(Selection(path="data/E0003/disk.dd", start=start, end=end))

    (given,) = disclosure.given
    assert (given.start, given.end) == expected
    assert bool(given.blocks) is not given.is_whole
    assert disclosure.places == (("data/E0003/disk.dd",) if given.is_whole else ("parts/1.bin",))


def test_an_empty_file_can_be_given() -> None:
    """It has no blocks and is whole."""
    disclosure = made(Selection(path="data/E0002/mail/empty.txt"))

    assert disclosure.given[0].is_whole


def test_files_stand_in_the_order_of_the_package() -> None:
    """Whatever the order of the choices."""
    disclosure = made(
        Selection(path="data/E0003/disk.dd", end=5),
        IMAGE,
        reasons={Reason.PRIVILEGED: 2, Reason.NOT_RELEVANT: 0},
    )

    assert [given.index for given in disclosure.given] == [0, 3]
    assert disclosure.places == ("data/E0001/image.dd", "parts/2.bin")
    assert disclosure.withheld == ((Reason.PRIVILEGED, 2),)


@pytest.mark.parametrize(
    ("selections", "code"),
    [
        ((Selection(path="data/E0009/x"),), "disclosure.unknown-file"),
        ((IMAGE, IMAGE), "disclosure.twice"),
        ((), "disclosure.nothing"),
        ((Selection(path="data/E0003/disk.dd", start=5, end=5),), "disclosure.range"),
        ((Selection(path="data/E0003/disk.dd", start=-1, end=5),), "disclosure.range"),
        ((Selection(path="data/E0003/disk.dd", end=len(BIG) + 1),), "disclosure.range"),
        ((Selection(path="data/E0002/mail/empty.txt", start=1),), "disclosure.range"),
        ((IMAGE, Selection(path="data/E0003/disk.dd")), "disclosure.reasons"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(
    *, selections: tuple[Selection, ...], code: str
) -> None:
    """Each with its code; the officer must act."""
    with pytest.raises(Refused) as caught:
        made(*selections)

    assert caught.value.code == code


def test_what_is_withheld_is_not_named() -> None:
    """No name, digest or salt of a withheld file stands in the bytes."""
    data = encode_disclosure(made(IMAGE))

    for file in package().files[1:]:
        assert file.path.encode() not in data
        assert file.sha256.hex.encode() not in data
    assert package().salt.hex().encode() not in data


def full() -> Disclosure:
    """Return a disclosure with everything that one may have."""
    return made(
        IMAGE,
        Selection(path="data/E0003/disk.dd", end=5),
        reasons={Reason.PRIVILEGED: 1, Reason.NOT_REQUESTED: 1},
        trust=(ManifestLine(path="discloser/trust/a.pem", sha256=Digest.of(b"a")),),
    )


def test_bytes_and_object_are_the_same_thing() -> None:
    """Encode and parse are inverse."""
    assert parse_disclosure(encode_disclosure(full())) == full()


Edit = Callable[[dict], object]


EDITS: tuple[tuple[Edit, str], ...] = (
    (lambda value: value.update(format="LB-Disclosure 2"), "disclosure.format"),
    (lambda value: value.pop("trust"), "disclosure.field"),
    (lambda value: value.update(more=1), "disclosure.field"),
    (lambda value: value.update(given={}), "disclosure.field"),
    (lambda value: value.update(given=[]), "package.files"),
    (lambda value: value.update(given=[1]), "disclosure.field"),
    (lambda value: value.update(made_by=""), "disclosure.field"),
    (lambda value: value.update(made_by=1), "disclosure.field"),
    (lambda value: value.update(made_by="x" * 4001), "disclosure.field"),
    (lambda value: value.update(made_at="2026-11-01T12:00:00+00:00"), "disclosure.value"),
    (lambda value: value.update(made_at="now"), "instant.text"),
    (lambda value: value.update(disclosure_id="x"), "id.form"),
    (lambda value: value["package"].update(salt="00"), "digest.text"),
    (lambda value: value["package"].update(head=[]), "disclosure.field"),
    (lambda value: value["package"]["head"].update(files=[]), "disclosure.field"),
    (lambda value: value["package"]["head"].update(salt="0" * 64), "disclosure.field"),
    (lambda value: value["package"]["head"].update(x=1), "package.field"),
    (lambda value: value["package"]["head"].update(suite="LB2"), "package.suite"),
    (lambda value: value["given"].reverse(), "package.files"),
    (lambda value: value["given"][0].update(index=3), "disclosure.value"),
    (lambda value: value["given"][0].update(index=-1), "disclosure.field"),
    (lambda value: value["given"][0].update(index=True), "disclosure.field"),
    (lambda value: value["given"][0].update(start=1), "disclosure.value"),
    (lambda value: value["given"][0].update(end=299), "disclosure.value"),
    (lambda value: value["given"][0].update(end=301), "disclosure.value"),
    (lambda value: value["given"][0].update(start=LEAF_SIZE, end=LEAF_SIZE), "disclosure.value"),
    (lambda value: value["given"][0].update(blocks=["0" * 64]), "disclosure.value"),
    (lambda value: value["given"][1].update(end=LEAF_SIZE + 1), "disclosure.value"),
    (lambda value: value["given"][1].update(end=0), "disclosure.value"),
    (lambda value: value["given"][1].update(start=LEAF_SIZE), "disclosure.value"),
    (lambda value: value["given"][1].update(end=4 * LEAF_SIZE), "disclosure.value"),
    (lambda value: value["given"][1].update(blocks=["0" * 64] * 127), "disclosure.field"),
    (lambda value: value["given"][0].update(proof=["0" * 64] * 64), "disclosure.field"),
    (lambda value: value["given"][0].update(proof=["x"]), "digest.text"),
    (lambda value: value["given"][0]["record"].update(size=-1), "package.field"),
    (lambda value: value["withheld"].reverse(), "disclosure.value"),
    (lambda value: value["withheld"].append(value["withheld"][1]), "disclosure.value"),
    (lambda value: value["withheld"][0].update(files=0), "disclosure.value"),
    (lambda value: value["withheld"][0].update(code="withheld.because"), "disclosure.value"),
    (lambda value: value["trust"][0].update(path="trust/a.pem"), "disclosure.value"),
    (lambda value: value["trust"].append(value["trust"][0]), "disclosure.value"),
)


@pytest.mark.parametrize("number", range(len(EDITS)))
def test_every_field_is_strict(number: int) -> None:
    """Two readers never see two disclosures in the same bytes."""
    edit, code = EDITS[number]
    value = json.loads(encode_disclosure(full()))
    edit(value)

    with pytest.raises(Malformed) as caught:
        parse_disclosure(encode_json(value))

    assert caught.value.code == code


def test_the_bytes_must_be_canonical() -> None:
    """A space more is another document."""
    with pytest.raises(Malformed) as caught:
        parse_disclosure(b" " + encode_disclosure(full()))

    assert caught.value.code == "json.not-canonical"


@pytest.mark.parametrize(
    ("path", "belongs"),
    [
        ("discloser/trust/a.pem", True),
        ("discloser/trust/a.crl", True),
        ("trust/a.pem", False),
        ("discloser/a.pem", False),
        ("discloser/trust/A.pem", False),
    ],
)
def test_the_disclosers_trust_has_its_place(*, path: str, belongs: bool) -> None:
    """Below discloser/, in the form of the package's own."""
    assert is_discloser_trust(path) is belongs


def test_the_text_says_what_is_given_withheld_and_allowed() -> None:
    """Counts, reasons in words, limits, digests of whole files, the limit of what is hidden."""
    text = disclosure_text(full(), count=4).decode()

    assert text.startswith("EXERCISE")
    assert "WHAT IS GIVEN: 2 of 4 files" in text
    assert "WHAT IS WITHHELD: 2 of 4 files" in text
    assert "privileged: lawyer and client, or a similar duty [withheld.privileged]" in text
    assert "bytes 0 to 1048576 of 3145732" in text
    assert f"{package().files[0].sha256}  data/E0001/image.dd\n" in text
    assert "(until 2027-11-01T12:00:00Z)" in text
    assert "ALREADY HAS A COPY" in text


def test_the_text_of_a_plain_disclosure_leaves_out_what_there_is_not() -> None:
    """No exercise, no limits: no empty headings."""
    whole = full()
    plain = evolve(whole, package=evolve(whole.package, exercise=False, use_limits=()))
    endless = UseLimit(kind=UseLimitKind.OTHER, text="Ask\nfirst")
    limited = evolve(whole, package=evolve(whole.package, use_limits=(endless,)))

    assert disclosure_text(plain, count=4).startswith(b"PARTIAL DISCLOSURE")
    assert b"MAY BE USED FOR" not in disclosure_text(plain, count=4)
    assert b"Other condition: Ask\\u{000A}first\n" in disclosure_text(limited, count=4)
