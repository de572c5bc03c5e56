"""Taking measures: each by its program, two at a time, those that time something alone."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import evolve, frozen

from assure.judging import Result
from assure.machine import Machine, commit_of
from assure.measures import Measure, Run
from assure.reading import (
    Unreadable,
    counted_tests,
    figures_of,
    figures_printed,
    results_of_tests,
)

RESULTS = ".cache/tests"
"""Where ``./do test`` leaves the results of its runs, and the commit that they are of."""
DOCUMENT = "figures.json"
"""A program that writes its figures into a file is given this name in its folder."""
_TOLD = 200  # characters of a reason


@frozen(kw_only=True)
class Stand:
    """What all measures of one run have in common."""

    repository: Path
    tier: str
    seed: int
    commit: str
    date: str
    machine: Machine


def begin(repository: Path) -> None:
    """Forget the results of earlier tests, and note of which commit the coming ones are."""
    folder = repository / RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.xml"):
        path.unlink()
    (folder / "commit").write_text(commit_of(repository) + "\n")


def take(measures: Iterable[Measure], stand: Stand) -> Iterator[Result]:
    """Take the measures that have this tier, and give each as soon as it is there."""
    wanted = [one for one in measures if stand.tier in one.runs]
    together = [one for one in wanted if not one.alone]
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from pool.map(lambda one: take_one(one, stand), together)
    for one in wanted:
        if one.alone:
            yield take_one(one, stand)


def take_one(measure: Measure, stand: Stand) -> Result:
    """Take one measure; whatever stops it becomes the reason in its result."""
    run = measure.runs[stand.tier]
    empty = Result(
        measure=measure.id,
        tier=stand.tier,
        seed=stand.seed,
        commit=stand.commit,
        date=stand.date,
        machine=stand.machine,
        seconds=0.0,
        command=run.command or ("pytest", *run.tests),
    )
    begun = time.monotonic()
    try:
        figures, reason = _counted(run, measure, stand) if run.tests else _ran(run, measure, stand)
    except (Unreadable, OSError) as error:
        return evolve(empty, reason=str(error), seconds=_since(begun))
    return evolve(empty, figures=figures, reason=reason, seconds=_since(begun))


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 1)


def _counted(run: Run, measure: Measure, stand: Stand) -> tuple[dict[str, float], str]:
    folder = stand.repository / RESULTS
    of = folder / "commit"
    if not of.exists() or of.read_text().strip() != stand.commit:
        raise Unreadable("the last test run was not of this commit")
    return figures_of(counted_tests(results_of_tests(folder), run.tests), measure.figures), ""


def _ran(run: Run, measure: Measure, stand: Stand) -> tuple[dict[str, float], str]:
    """Run the command; a failure with figures is shown with both, one without any raises.

    The figures are in the file that it was told to write, else in what it printed.
    """
    with tempfile.TemporaryDirectory(prefix="longbien-assure.") as folder:
        filled = [word.format(seed=stand.seed, folder=folder) for word in run.command]
        done = _finished(filled, run.seconds, stand.repository)
        document = Path(folder) / DOCUMENT
        told = document.read_text() if document.exists() else done.stdout
    try:
        figures = measure.whole(figures_printed(told, measure.figures))
    except Unreadable as error:
        if done.returncode:
            msg = f"ended with {done.returncode}: {_last(done)}"
            raise Unreadable(msg) from None
        raise Unreadable(str(error)) from None
    return figures, f"ended with {done.returncode}" if done.returncode else ""


def _finished(
    command: Sequence[str], seconds: int, repository: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command in the repository, with this Python's folder first on the path."""
    own = Path(sys.executable).parent
    paths = {
        "PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository / 'tools'}",
    }
    child = subprocess.Popen(
        command,
        cwd=repository,
        env=os.environ | paths,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.communicate()
        msg = f"it was not done after {seconds} s"
        raise Unreadable(msg) from None
    return subprocess.CompletedProcess(command, child.returncode, out, err)


def _last(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last words of a failed program, without the folders of this machine."""
    lines = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
    words = lines[-1].split()
    return " ".join(Path(word).name if word.count("/") > 1 else word for word in words)[:_TOLD]
