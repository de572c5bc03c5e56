"""Asking the peers what they have seen of our own ledger, before anything new is signed.

A node whose folder was put back from an old copy would fork its ledger by its next signature.
What a peer shows is believed only where we have signed it ourselves.  A peer that does not
answer holds nobody up: it will be asked again, and it tells by itself at the next exchange.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from django.db import connections

from longbien.adapters.peer_client import PeerClient
from longbien.adapters.peer_connections import CallLimits
from longbien.desk.gossip import learn_recalled
from longbien.desk.office import Office
from longbien.node.running import Node, connections_of
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import StateCode

log = structlog.get_logger("longbien.node")

QUICK: Final = CallLimits(connect_seconds=2.0, answer_seconds=3.0)
_AT_ONCE: Final = 16


def ask_all(node: Node) -> bool:
    """Ask every peer; tell if the ledger may go on.  Takes seconds at most."""
    network = connections_of(node, QUICK)
    client = PeerClient(network)
    try:
        with ThreadPoolExecutor(_AT_ONCE, "seen") as pool:
            answers = pool.map(lambda state: _ask_apart(node, client, state), node.office.peers())
            return all(answers)
    finally:
        network.close()


def _ask_apart(node: Node, client: PeerClient, state: StateCode) -> bool:
    try:
        return ask(node.office, client, state)
    finally:
        connections.close_all()  # those of this thread, which ends soon


def ask(office: Office, client: PeerClient, state: StateCode) -> bool:
    """Ask one peer; tell if our ledger may go on as far as that peer knows."""
    try:
        note = client.get_seen(state)
        if note:
            learn_recalled(office, state, note)
    except LongBienError as error:
        if error.code == "ledger.behind-witness":
            log.error("behind", peer=str(state), code=error.code)  # noqa: TRY400 - no traceback: it is no fault of the program
            return False
        log.info("not asked", peer=str(state), code=error.code)
    return True
