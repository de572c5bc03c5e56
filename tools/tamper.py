"""A whole small case as two nodes store it, changed bit by bit and in every other way.

usage: tamper.py [--seed S] [--every N] [--changes N] [--seconds T] [--json FILE]

Every ``N``-th bit of every column of every table that is evidence (docs/tampering.md), of the
vault's and the directory's files, is turned, one at a time, in an order that the seed draws,
until the time is over; then so many structured changes are made, and every bit of a package is
turned.  ``longbien fsck``, the scrub, the directory and ``longbien verify`` have to find each;
reads are asked now and then.  Exit code 1 if anything was missed.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from attrs import define, field

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "adversary"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import test_package_tampering as packages

import memory_bag
import tamper_world as tampering
from api_world import Pair, make_nodes, open_pair
from longbien.node.running import now
from longbien.node.store.officers import Officers
from tamper_changes import Older, Tamperer
from tamper_world import Bench, Column, Refused, columns
from tampering import remember_expensive_checks

LONG = 260  # entries beside the case's: the ledger has a full tile
READS = 50  # every so many changes all reads are asked


@define
class Tally:
    """What was done and what was found."""

    done: Counter[str] = field(factory=Counter)
    found: Counter[str] = field(factory=Counter)
    missed: list[str] = field(factory=list)
    lies: list[str] = field(factory=list)

    def count(self, place: str, what: str, *, is_found: bool) -> None:
        """Count one change."""
        self.done[place] += 1
        if is_found:
            self.found[place] += 1
        else:
            self.missed.append(f"{place}: {what}")
            print(f"MISSED {place}: {what}", flush=True)


@define
class Node:
    """A node's bench, what it was earlier, and what it read then and now."""

    bench: Bench
    older: Older
    true: tuple[dict[str, Any], dict[str, Any]]


@contextmanager
def staged(folder: Path) -> Iterator[list[Node]]:
    """Make two nodes and walk the case on them, twice."""
    make_nodes(folder / "made")
    (folder / "nodes").mkdir()
    with open_pair(folder / "made", folder / "nodes", clock=now) as pair:
        yield _walked(pair, folder)


def _walked(pair: Pair, folder: Path) -> list[Node]:
    tampering.walk(pair, folder)
    earlier = [(Older.of(Bench(house)), Bench(house).reads()) for house in pair.houses.values()]
    tampering.walk(pair, folder)
    nodes = []
    for house, (older, reads) in zip(pair.houses.values(), earlier, strict=True):
        officers = Officers.of(house.node.store)
        officers.revoke(officers.tokens()[0].id)
        tampering.fill(house, events=LONG if house is pair.vn else 0)
        bench = Bench(house, Bench(house).asked())
        nodes.append(Node(bench, older, (bench.reads(), reads)))
    return nodes


def turn_bits(node: Node, tally: Tally, rng: random.Random, every: int, until: float) -> int:
    """Turn bits of the database in the order drawn; return how many there are to turn."""
    bench = node.bench
    places: list[tuple[Column, int, int]] = [
        (column, row, bit)
        for column in columns()
        if column.is_evidence
        for row in bench.rows(column.table)
        for bit in range(rng.randrange(every), tampering.bits_of(bench.value(column, row)), every)
    ]
    rng.shuffle(places)
    for number, (column, row, bit) in enumerate(places):
        if time.monotonic() > until:
            break
        with bench.trial():
            try:
                bench.put(column, row, tampering.flipped(bench.value(column, row), bit))
            except Refused:  # the database keeps keys apart
                continue
            what = f"{column.name} of row {row}, bit {bit}"
            tally.count(column.table, what, is_found=bool(bench.findings(column.table)))
            if not number % READS:
                tally.lies += [f"{column.table} {what}: {one}" for one in bench.lies(*node.true)]
    return len(places)


def turn_files(node: Node, tally: Tally, rng: random.Random, every: int, until: float) -> None:
    """Turn bits of the vault's files, and of the directory's."""
    house = node.bench.house
    for path in tampering.vault_files(house):
        good = path.read_bytes()
        for bit in rng.sample(range(8 * len(good)), max(8, len(good) * 8 // (every * 64))):
            if time.monotonic() > until:
                break
            tampering.overwrite(path, bytes(tampering.flipped(good, bit)))
            tally.count("vault", f"{path.name} bit {bit}", is_found=tampering.scrub_finds(house))
        tampering.overwrite(path, good)
    with tempfile.TemporaryDirectory() as folder:
        count = 4000 // every
        wrong = tampering.directory_lies(house, Path(folder), rng, count=count)
        tally.done["directory"] += count
        tally.found["directory"] += count - len(wrong)
        tally.missed += wrong


def change(node: Node, tally: Tally, rng: random.Random, count: int) -> None:
    """Make structured changes, as many of each kind."""
    bench = node.bench
    tamperer = Tamperer(bench, rng, node.older)
    kinds = list(tamperer.kinds)
    number = 0
    while sum(tally.done.values()) < count:
        kind, number = kinds[number % len(kinds)], number + 1
        with bench.trial():
            try:
                table = tamperer.change(kind)
            except Refused:
                continue
            if table:
                tally.count(kind, table, is_found=bool(bench.findings(table)))
                if not number % READS:
                    tally.lies += [f"{kind} {table}: {one}" for one in bench.lies(*node.true)]


def turn_package(tally: Tally, every: int) -> None:
    """Turn bits of an exported package and of a disclosure, as the tests of packages do."""
    memory_bag.good()  # made once, before the processes that share it
    with pytest.MonkeyPatch.context() as patch:
        remember_expensive_checks(patch)
        wrong = packages.wrongly_judged(step=every)
    count = sum(len(range(first, end, step)) for _, first, end, step in packages.pieces(step=every))
    tally.done["package"] += count
    tally.found["package"] += count - len(wrong)
    tally.missed += wrong


def main() -> int:
    """Print the figures; 1 if a change was missed or a read lied."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--every", type=int, default=8, help="bits; 0: none")
    arguments.add_argument("--changes", type=int, default=20_000)
    arguments.add_argument("--seconds", type=float, default=1e9, help="for the bits of a node")
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    began, rng = time.monotonic(), random.Random(options.seed)  # noqa: S311 - can be repeated
    bits, changes, there = Tally(), Tally(), 0
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as nodes:
        for place, node in enumerate(nodes, 1):
            with node.bench.opened():
                if options.every:
                    until = time.monotonic() + options.seconds
                    there += turn_bits(node, bits, rng, options.every, until)
                change(node, changes, rng, options.changes * place // len(nodes))
            if options.every:
                turn_files(node, bits, rng, options.every, time.monotonic() + options.seconds)
        if options.every:
            turn_package(bits, options.every)
    figures = {
        "bits": sum(bits.done.values()),
        "found": sum(bits.found.values()),
        "structured": sum(changes.done.values()),
        "structured_found": sum(changes.found.values()),
        "by_place": {
            place: {"changes": count, "found": tally.found[place]}
            for tally in (bits, changes)
            for place, count in sorted(tally.done.items())
        },
        "places_in_the_databases": there,
        "lies": len(bits.lies) + len(changes.lies),
        "missed": [*bits.missed, *changes.missed, *bits.lies, *changes.lies][:100],
        "seed": options.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return int(bool(figures["missed"]))


if __name__ == "__main__":
    sys.exit(main())
