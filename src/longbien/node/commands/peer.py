"""``longbien peer``: run the endpoint that other States' nodes talk to."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Run the endpoint for other States' nodes: TLS 1.3 with certificates on both sides, known from
the directory.  It is a process of its own, apart from the officers' interface."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "peer", help="run the endpoint that other States' nodes talk to", description=_DESCRIPTION
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Listen until told to stop."""
    from functools import partial

    from longbien.adapters.peer_listener import PeerListener, prefer_short_turns
    from longbien.adapters.peer_routes import peer_routes
    from longbien.node.catching_up import ask_all
    from longbien.node.commands._running import Signals, log_to_stderr
    from longbien.node.peer_door import PeerDoor, limits_of, observe
    from longbien.node.running import open_node
    from longbien.node.turned_away import Recorder

    log_to_stderr()
    with Signals() as signals, open_node(options.folder) as node:
        ask_all(node)  # before anything is signed
        recorder = Recorder(audit=node.store.audit, clock=node.office.clock)
        door = PeerDoor(
            office=node.office,
            refused=recorder.note,
            is_store_ready=lambda: node.store.health.ready().is_ready,
            own_export=lambda: node.directory.book().history(node.state)[-1].data,
        )
        host, _, port = node.settings.peer_listen.rpartition(":")
        listener = PeerListener(
            own=node.own_tls,
            admission=node.admission(),
            routes=peer_routes(door),
            host=host.strip("[]"),
            port=int(port),
            limits=limits_of(node.settings),
            observe=partial(observe, refused=recorder.note),
        )
        prefer_short_turns()
        listener.start()
        signals.ready("peer", f"{host}:{listener.port}")
        admitted = node.admission()
        while not signals.wait(1.0):
            recorder.write()
            if node.admission() is not admitted:  # the directory has changed
                admitted = node.admission()
                listener.admit(admitted)
        listener.stop()
        recorder.write(everything=True)
    return 0
