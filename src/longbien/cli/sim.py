"""``longbien-sim``: live through seeds, or through one of them again.

A program for those who build and judge Long Bien; no node needs it, and none reaches it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from longbien import __version__
from longbien.cli._output import say
from longbien.exercise.runner import Summary, run_seeds
from longbien.exercise.simulation import PROFILES, simulate

_DESCRIPTION = """Three simulated States on the real program: one is hostile, lines and disks
fail, clocks step, officers stray.  After every step each promise of Long Bien must hold.
The same seed is the same history."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="longbien-sim", description=_DESCRIPTION)
    top.add_argument("--version", action="version", version=f"longbien {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    run = commands.add_parser("run", help="live through many seeds; exit code 1 if one breaks")
    run.add_argument("--seeds", type=int, default=1000, metavar="N", help="how many (1000)")
    run.add_argument("--from", type=int, default=0, dest="first", metavar="S", help="the first (0)")
    run.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (1)")
    run.add_argument("--json", type=Path, metavar="FILE", help="write the result there too")
    run.add_argument("--commit", default="", help="of the sources, for the result")
    run.set_defaults(run=_run)
    replay = commands.add_parser("replay", help="live through one seed again and tell its story")
    replay.add_argument("seed", type=int, metavar="SEED")
    replay.set_defaults(run=_replay)
    for one in (run, replay):
        one.add_argument(
            "--profile",
            choices=sorted(PROFILES),
            default="light",
            help="light: marks stand for signatures and seals; long: the same, ten times "
            "as long; full: the real cryptography (default: light)",
        )
    return top


def _run(options: argparse.Namespace) -> int:
    seeds = range(options.first, options.first + options.seeds)
    profile = PROFILES[options.profile]
    summary = run_seeds(seeds, profile=profile, jobs=options.jobs, told=_progress)
    if options.json:
        document = summary.as_json() | {"version": __version__, "commit": options.commit}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    _tell(summary)
    return 1 if summary.violations else 0


def _progress(done: int) -> None:
    sys.stderr.write(f"{done} seeds\n")


def _tell(summary: Summary) -> None:
    say(f"profile {summary.profile}, seeds {summary.first_seed} to {_last(summary)}")
    say(f"{summary.steps} steps, {summary.acts} acts of officers, {summary.effects} effects")
    say(", ".join(f"{kind} {count}" for kind, count in summary.faults.most_common()))
    say(f"{summary.seconds:.0f} s, {len(summary.violations)} seeds broke a promise")
    for one in summary.violations:
        say(f"  seed {one.seed}: {one.violation}")


def _last(summary: Summary) -> int:
    return summary.first_seed + summary.seeds - 1


def _replay(options: argparse.Namespace) -> int:
    outcome = simulate(options.seed, profile=PROFILES[options.profile])
    for line in outcome.story:
        say(line)
    say(f"digest {outcome.digest}")
    return 1 if outcome.violation else 0


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def entry() -> None:
    """Start from the command line."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    entry()
