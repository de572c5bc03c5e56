"""Starts the commands of this program as processes of their own, without loading it each time.

A process that has loaded the program waits on a Unix socket; for each request it forks a child
that becomes ``longbien <arguments>``.  Children are real processes: they may be killed.  It ends,
with all of its children, when its standard input is closed.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any

LOADED = (
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "granian.server",
    "longbien.adapters.peer_listener",
    "longbien.adapters.peer_routes",
    "longbien.cli.directory",
    "longbien.cli.main",
    "longbien.node.commands._running",
    "longbien.node.making",
    "longbien.node.peer_door",
    "longbien.node.running",
    "longbien.node.worker.loop",
    "pydantic",
)
_MAX_REQUEST = 2**16


def main(path: str) -> int:
    """Wait for requests."""
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ, None)
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
    children: dict[int, socket.socket] = {}
    try:
        return _serve(listening, selector, children)
    except _Stopped:
        return 1
    finally:
        for child in children:  # each with all that it started
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)


class _Stopped(BaseException):
    """This process was told to end."""


def _stop(_number: int, _frame: object) -> None:
    raise _Stopped


def _serve(
    listening: socket.socket,
    selector: selectors.BaseSelector,
    children: dict[int, socket.socket],
) -> int:
    while True:
        for key, _ in selector.select():
            if key.fileobj is listening:
                asked, _ = listening.accept()
                words = _begin(asked, selector, children)
                if words is not None:
                    return _become(words)
            elif key.data is None:
                return 0
            else:
                _ended(key, selector, children)


def _begin(
    asked: socket.socket, selector: selectors.BaseSelector, children: dict[int, socket.socket]
) -> list[str] | None:
    """Fork; return the arguments in the child, None in the parent."""
    data, descriptors, _, _ = socket.recv_fds(asked, _MAX_REQUEST, 2)
    request = json.loads(data)
    child = os.fork()
    if child:
        for one in descriptors:
            os.close(one)
        children[child] = asked
        asked.sendall(f"{child}\n".encode())
        selector.register(os.pidfd_open(child), selectors.EVENT_READ, child)
        return None
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    selector.close()
    for one in (asked, *children.values()):
        one.close()
    children.clear()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, one in enumerate((nothing, *descriptors)):
        os.dup2(one, number)
        os.close(one)
    os.environ.update(request["environ"])
    found: list[str] = request["arguments"]
    return found


def _become(words: list[str]) -> int:
    cli: Any = importlib.import_module("longbien.cli.main")
    code: int = cli.run(words)
    return code


def _ended(
    key: selectors.SelectorKey,
    selector: selectors.BaseSelector,
    children: dict[int, socket.socket],
) -> None:
    selector.unregister(key.fileobj)
    os.close(key.fd)
    _, status = os.waitpid(key.data, 0)
    asked = children.pop(key.data)
    with contextlib.suppress(OSError), asked:
        asked.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main(sys.argv[1]))
