"""Fuzz targets: a disclosure's statement, and the whole verifier over a changed bag."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import memory_bag
import trust_world
from longbien.evidence.disclosure import (
    Reason,
    Selection,
    disclose,
    encode_disclosure,
    parse_disclosure,
)
from longbien.evidence.disclosure_text import disclosure_text
from longbien.evidence.report_english import ENGLISH
from longbien.evidence.report_html import render_html
from longbien.evidence.report_json import encode_report
from longbien.evidence.report_text import render_text
from longbien.evidence.verify import verify
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import PackageId
from longbien.primitives.verdict import Outcome

GOOD = memory_bag.good()
PATHS = sorted(GOOD)
STATEMENT = encode_disclosure(
    disclose(
        memory_bag.describe(memory_bag.Plan()),
        (Selection(path="data/E0001/image.dd"),),
        disclosure_id=PackageId("11111111-2222-4333-8444-555555555555"),
        made_at=memory_bag.NOW,
        made_by="Fuzz",
        reasons={Reason.NOT_STATED: 2},
        leaves=lambda _: b"",
    )
)

SEEDS = {
    "fuzz_disclosure": (STATEMENT,),
    "fuzz_package": tuple(bytes([number]) + GOOD[path] for number, path in enumerate(PATHS)),
    "fuzz_disclosure_folder": (STATEMENT,),
}


def fuzz_disclosure(data: bytes) -> None:
    """Only Malformed leaves the parser; what it accepts it also writes, to the byte."""
    try:
        found = parse_disclosure(data)
    except Malformed:
        return
    if encode_disclosure(found) != data:
        raise AssertionError
    disclosure_text(found, count=len(found.given))


def fuzz_package(data: bytes) -> None:
    """Replace the file that the first byte chooses by the rest: nothing is raised."""
    if not data:
        return
    path = PATHS[data[0] % len(PATHS)]
    report = _judged({**GOOD, path: data[1:]})
    if report.outcome is Outcome.PASSED and data[1:] != GOOD[path]:
        raise AssertionError


def fuzz_disclosure_folder(data: bytes) -> None:
    """Judge a folder with any statement in it: never an exception, never PASSED."""
    kept = {path: GOOD[path] for path in PATHS if not path.startswith(("data/", "custody/"))}
    report = _judged({**kept, "disclosure.json": data, "DISCLOSURE.txt": b""})
    if report.outcome is not Outcome.FAILED:
        raise AssertionError


def _judged(files: dict[str, bytes]):  # noqa: ANN202 - a Report
    report = verify(
        memory_bag.MemoryBag(files),
        anchors=trust_world.anchors(),
        policy=memory_bag.ledger().policy,
        now=memory_bag.NOW,
    )
    encode_report(report, catalogue=ENGLISH)
    render_text(report, catalogue=ENGLISH)
    render_html(report, catalogue=ENGLISH)
    return report
