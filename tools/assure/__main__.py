"""Measure the promises: ./do assure [quick|ci|soak|report] [--only ID] [--seed N] [--keep].

quick takes about a minute; ci what fits behind the test run, whose results it counts; soak one
slice of each long run: hours for all of them, so name the ones that you want with --only.  --keep
puts the results of soak into assurance/results/, where slices are joined; report takes nothing and
writes what is kept; begin is what ./do test calls before its tests.  add keeps what a program of a
measure has written in a run of its own (--only ID --file FILE --commit ID, a document a line).  The
reports go to .cache/assure/, or with --publish to the repository's top.

Exit code 0: every goal of what was asked for is met; 1: one is missed, or a measure did not run.
"""

import argparse
import sys
import time
from pathlib import Path

from assure.judging import State
from assure.keeping import added, keep, kept
from assure.machine import commit_of, this_machine, today
from assure.measures import TIERS, Measure, read_measures
from assure.report import Line, lines_of_run, lines_of_whole, write
from assure.running import Stand, begin, take

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "assurance" / "results"


def main(words: list[str] | None = None) -> int:
    """Measure, write, tell."""
    options = _options(words)
    if options.tier == "begin":
        begin(REPOSITORY)
        return 0
    measures = read_measures()
    chosen = [one for one in measures if not options.only or one.id in options.only]
    stand = Stand(
        repository=REPOSITORY,
        tier=options.tier,
        seed=options.seed,
        commit=commit_of(REPOSITORY),
        date=today(),
        machine=this_machine(),
    )
    if options.tier == "add":
        (measure,) = chosen
        for one in added(measure, stand, options.file, options.commit):
            print(f"{one.measure}, seed {one.seed}: {measure.words(one.figures)}")
            keep(one, KEPT)
        return 0
    begun = time.monotonic()
    run = _taken(chosen, stand, keeps=options.keep)
    whole = lines_of_whole(measures, kept(KEPT))
    folder = REPOSITORY if options.publish else REPOSITORY / ".cache" / "assure"
    write(folder, stand, run, whole)
    counted = run if options.tier in {"quick", "ci"} else [*run, *_named(whole, chosen)]
    bad = [one for one in counted if one.state is not State.MET]
    print(f"{len(counted) - len(bad)} of {len(counted)} goals met", end=" ")
    print(f"in {time.monotonic() - begun:.0f} s; see {folder.relative_to(REPOSITORY)}/ASSURANCE.md")
    return int(bool(bad) or not counted)


def _named(whole: list[Line], chosen: list[Measure]) -> list[Line]:
    ids = {one.id for one in chosen}
    return [one for one in whole if one.measure.id in ids]


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="longbien-assure",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "tier", nargs="?", default="quick", choices=[*TIERS, "report", "begin", "add"]
    )
    ids = [one.id for one in read_measures()]
    parser.add_argument("--only", action="append", default=[], choices=ids, metavar="ID")
    parser.add_argument("--seed", type=int, default=1, help="(default: 1)")
    parser.add_argument("--keep", action="store_true", help="keep the results (soak)")
    parser.add_argument("--publish", action="store_true", help="write to the repository's top")
    parser.add_argument("--file", type=Path, help="what a program has written (add)")
    parser.add_argument("--commit", default="", help="of which commit that is (add)")
    options = parser.parse_args(words)
    if options.tier == "add" and not (options.file and options.commit and len(options.only) == 1):
        parser.error("add --only ID --file FILE --commit ID")
    if options.keep and options.tier != "soak":
        parser.error("only slices of long runs are kept: soak --keep")
    return options


def _taken(chosen: list[Measure], stand: Stand, *, keeps: bool) -> list[Line]:
    if stand.tier not in TIERS:
        return []
    results = []
    for one in take(chosen, stand):
        results.append(one)
        (line,) = lines_of_run(chosen, [one])
        told = "; ".join(word for word in (line.value, line.reason) if word)
        print(f"{line.state:8} {one.measure:20} {one.seconds:6.1f} s  {told}", flush=True)
        if keeps and one.figures:
            keep(one, KEPT)
    return lines_of_run(chosen, results)


if __name__ == "__main__":
    sys.exit(main())
