"""Fuzz every parser with atheris: coverage-guided, for a time that is shared between the targets.

A target is a function ``fuzz_*`` of ``fuzz/targets_*.py`` that takes bytes and raises for
anything but the errors it documents.  A module may offer ``SEEDS``: a mapping from the name of
a target to inputs to start from.  A finding is written beside the figures and ends the run.
"""

import argparse
import ast
import importlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOUND = HERE.parent / ".cache" / "fuzz"


def targets() -> Iterator[str]:
    """Yield ``module:function`` for every target, without importing anything."""
    for path in sorted(HERE.glob("targets_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("fuzz_"):
                yield f"{path.stem}:{node.name}"


def fuzz_one(target: str, seconds: int) -> None:
    """Fuzz one target in this process; atheris ends the process itself."""
    import atheris  # noqa: PLC0415 - only the child process needs it

    module_name, function_name = target.split(":")
    with atheris.instrument_imports(include=["longbien"]):
        module = importlib.import_module(module_name)
    folder = FOUND / target.replace(":", ".")
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(getattr(module, "SEEDS", {}).get(function_name, ())):
        (corpus / f"seed-{number}").write_bytes(seed)
    arguments = [
        target,
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-max_len=16384",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}/",
        str(corpus),
    ]
    atheris.Setup(arguments, getattr(module, function_name))
    atheris.Fuzz()


def run_one(target: str, seconds: int) -> tuple[str, int, int, float]:
    """Fuzz one target in a process of its own: its name, exit code, runs, seconds."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, "--target", target, "--seconds", str(seconds)],
        capture_output=True,
        text=True,
        check=False,
    )
    log = FOUND / f"{target.replace(':', '.')}.log"
    log.write_text(done.stdout + done.stderr)
    runs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", log.read_text())
    return target, done.returncode, int(runs[-1]) if runs else 0, time.monotonic() - started


def main() -> int:
    """Fuzz all targets and print a table; 1 if anything was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=10, help="in total, default 10")
    arguments.add_argument("--target", help="only this one, in this process")
    arguments.add_argument("--seconds", type=int, default=30)
    options = arguments.parse_args()
    if options.target:
        fuzz_one(options.target, options.seconds)
    FOUND.mkdir(parents=True, exist_ok=True)
    names = list(targets())
    each = max(5, round(options.minutes * 60 / len(names)))
    print(f"{len(names)} targets, {each} s each, two at a time")
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda name: run_one(name, each), names))
    for name, code, runs, spent in results:
        said = "ok" if code == 0 else f"FOUND SOMETHING (exit {code}), see {FOUND}"
        print(f"{name:55} {runs:>10,} runs  {spent:6.1f} s  {said}")
    print(f"{sum(r[2] for r in results):,} runs in {sum(r[3] for r in results) / 60:.1f} minutes")
    return int(any(code for _, code, _, _ in results))


if __name__ == "__main__":
    sys.exit(main())
