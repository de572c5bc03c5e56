"""A process of its own that does work on disks, to be watched or hindered by strace.

    fire_child.py <what> <folder>
    fire_child.py serve

``day`` lives through a day of two nodes, any other words are pieces of work.  On standard output
it says one line for each thing that was acknowledged.  ``serve`` has loaded everything and reads
``<what> <folder>`` from standard input: for each it forks a child that stops itself before it
begins, tells its number, waits for it and tells how it ended.
"""

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from longbien.primitives.errors import LongBienError

BEGUN = "begun"
MUTE = 3
"""The exit code of who could not even speak."""


def say(text: str) -> None:
    """Say at once: who is killed flushes nothing."""
    try:
        os.write(1, f"{text}\n".encode())
    except OSError:
        os._exit(MUTE)


def live(folder: Path) -> None:
    """Let two nodes live through a day."""
    from fire_days import opened  # noqa: PLC0415 - only what is asked for is loaded
    from longbien.node.commands._running import log_to_stderr  # noqa: PLC0415 - the same

    log_to_stderr()
    with opened(folder / "disk", folder) as found:
        found.say = say
        found.live()


def work(what: str, folder: Path) -> None:
    """Do a piece of work, or several; say with which code it was given up."""
    from fire_pieces import PIECES  # noqa: PLC0415 - as above

    try:
        for one in what.split(","):
            say(f"{BEGUN} {one}")
            PIECES[one].do(folder, say)
    except LongBienError as error:
        say(f"refused {error.code}")
    except BaseException as error:  # noqa: BLE001 - this is what is looked for
        say(f"raised {type(error).__name__} {error}")
    else:
        say("done")


def serve() -> None:
    """Fork children that are quick to begin."""
    from fire_pieces import PIECES  # noqa: PLC0415 - as above

    known: set[str] = set()
    for line in sys.stdin:
        what, folder = line.split()
        if what not in known:
            known.add(what)
            _load_for(PIECES[what], Path(folder))
        child = os.fork()
        if not child:
            os.dup2(os.open(f"{folder}.said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
            os.kill(os.getpid(), signal.SIGSTOP)
            work(what, Path(folder))
            os._exit(0)
        os.waitpid(child, os.WUNTRACED)  # it has stopped itself
        say(str(child))
        say(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))


def _load_for(piece: Any, folder: Path) -> None:  # noqa: ANN401 - Piece, which is loaded late
    """Load what a piece of work loads on its way: no error is to hit the import of a module."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        before, rehearsal = set(sys.modules), folder.with_name(f"{folder.name}.rehearsal")
        rehearsal.mkdir()
        piece.prepare(rehearsal)
        piece.do(rehearsal, lambda _: None)
        os.write(writing, " ".join(set(sys.modules) - before).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as found:
        for name in found.read().split():
            importlib.import_module(name)
    os.waitpid(child, 0)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    elif sys.argv[1] == "day":
        live(Path(sys.argv[2]))
    else:
        work(sys.argv[1], Path(sys.argv[2]))
