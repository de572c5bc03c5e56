"""Granian around the officers' door: one parent that listens, workers that each open the node."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Final

from attrs import frozen
from django.core.handlers.wsgi import WSGIHandler
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server as Granian

from longbien.casework.completeness.libraries import load_all
from longbien.node.catching_up import ask_all
from longbien.node.running import Node, open_node
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import LongBienError, Refused
from longbien.primitives.visible import spell_unseen

_HEADER_MILLISECONDS: Final = 10_000  # for the head of a request
_HEAD: Final = 2**17  # bytes of a request's head: an export for sixteen recipients
_WAITING: Final = 64  # requests that wait for a thread; further ones wait in the kernel
_STOP_SECONDS: Final = 20  # for what is under way when the process is told to stop
_START_SECONDS: Final = 60.0
_LOOK_AGAIN: Final = 0.05  # seconds


@frozen(kw_only=True)
class Server:
    """The officers' interface of the node in a folder."""

    folder: Path
    workers: int
    threads: int

    def serve(self) -> int:
        """Serve until SIGTERM or SIGINT; return the exit code.

        The node is opened once before anything listens, so that what is wrong with it is said
        here, with the command that mends it.  Raises what ``open_node`` raises, and Refused
        ``serve.address``.
        """
        with open_node(self.folder) as node:
            host, _, port = node.settings.api_listen.rpartition(":")
            ask_all(node)  # before anything is signed
            node.office.locate("::")  # a registry's file that cannot be read is told now
        host = host.strip("[]")
        _require_free(host, int(port))
        told, tell = multiprocessing.Pipe(duplex=False)
        granian = Granian(
            target="longbien",
            address=host,
            port=int(port),
            interface=Interfaces.WSGI,
            workers=max(1, self.workers),
            blocking_threads=max(1, self.threads),
            backpressure=_WAITING,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=_HEADER_MILLISECONDS, max_buffer_size=_HEAD
            ),
            websockets=False,
            log_enabled=False,
            workers_kill_timeout=_STOP_SECONDS,
        )
        teller = threading.Thread(
            target=_tell_ready, args=(told, host, int(port)), name="ready", daemon=True
        )
        granian.on_startup(teller.start)
        granian.serve(target_loader=partial(_load, self.folder, tell), wrap_loader=False)
        return 0


def _require_free(host: str, port: int) -> None:
    # workers share the port, so that a second server would quietly get half of the requests
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                "serve.address",
                "{host}:{port} cannot be listened on ({why}); stop what listens there, or set "
                "api_listen in node.toml",
                host=host,
                port=port,
                why=error.strerror,
            ) from None


def _load(folder: Path, tell: Connection) -> WSGIHandler:
    """Open the node in a worker; it is closed when the worker ends."""
    from longbien.node.api.application import make_application

    stack = ExitStack()
    try:
        node = stack.enter_context(open_node(folder))
    except LongBienError as error:
        sys.stderr.write(f"longbien: {spell_unseen(str(error))} [{error.code}]\n")
        sys.stderr.flush()
        os._exit(1)
    Finalize(None, stack.close, exitpriority=100)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    threading.Thread(target=_warm, args=(node,), name="warm", daemon=True).start()
    application = make_application(node)
    tell.send_bytes(b"loaded")
    return application


def _warm(node: Node) -> None:
    """Load what the first check of a request would else wait for."""
    load_all()
    node.office.locate("::")


def _end_with_parent() -> None:
    """Stop when the parent is gone, killed for instance: nobody else would stop this process."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _tell_ready(told: Connection, host: str, port: int) -> None:
    """Say in one line on stdout that requests are answered."""
    if not told.poll(_START_SECONDS) or not _answers(host, port):
        return
    line = encode_json({"pid": os.getpid(), "ready": "api", "where": f"{host}:{port}"}).decode()
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _answers(host: str, port: int) -> bool:
    # the worker listens a moment after it has loaded the application
    for _ in range(int(_START_SECONDS / _LOOK_AGAIN)):
        try:
            socket.create_connection((host, port), timeout=_START_SECONDS).close()
        except OSError:
            time.sleep(_LOOK_AGAIN)
        else:
            return True
    return False
