"""The door for other States' nodes: ``desk`` says what they may ask, the listener how it comes.

One log line a request: route, State, status, code and size; never what a message is about.
"""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from attrs import evolve, field, frozen

from longbien.adapters.peer_budgets import MIB, PeerLimits, Rate, Traffic
from longbien.adapters.peer_conversation import Served
from longbien.adapters.peer_http import Body
from longbien.adapters.peer_routes import PeerAnswer, Upload, UploadKind
from longbien.channel.message import Lane
from longbien.desk import transfers
from longbien.desk.gossip import recall
from longbien.desk.office import Office
from longbien.desk.receive import Received, receive
from longbien.desk.witness import witness
from longbien.ledger.witness import Status
from longbien.node.configuration import NodeSettings
from longbien.node.turned_away import Refused
from longbien.primitives.ids import StateCode, TransferId

log = structlog.get_logger("longbien.peer")


@frozen(kw_only=True)
class PeerDoor:
    """What this node does for its peers (port ``PeerApplication``)."""

    office: Office
    is_store_ready: Callable[[], bool]
    own_export: Callable[[], bytes]
    """Returns the newest version of the own directory entry."""

    arrived: Callable[[Received], None] = field(default=lambda _: None)
    """Told of each new message once it is durable: whoever rings the officers listens here."""

    refused: Refused = field(default=lambda _peer, _code: None)
    """Told of what is refused in an answer that is no error to the listener."""

    def receive_message(self, peer: StateCode, lane: Lane, sealed: bytes, /) -> bytes:
        """Take a sealed message in and answer with its receipt."""
        received = receive(self.office, sealed, peer=peer, lane=lane)
        if received.code:
            self.refused(peer, received.code)
        for alarm in received.alarms:
            self.refused(peer, alarm.code)
        if not received.is_repeated:
            self.arrived(received)
        return received.answer

    def missing_parts(self, peer: StateCode, transfer: TransferId, window: bytes, /) -> bytes:
        """Tell which parts of a transfer are missing."""
        return transfers.missing_parts(self.office, peer, transfer, window)

    def admit_upload(self, peer: StateCode, upload: Upload, /) -> None:
        """Refuse what was not announced, before it is read."""
        if upload.kind is UploadKind.HEADER:
            transfers.admit_header(self.office, peer, upload.transfer, length=upload.length)
        elif upload.kind is UploadKind.LIST:
            transfers.admit_list(self.office, peer, upload.transfer, length=upload.length)
        else:
            transfers.admit_part(
                self.office, peer, upload.transfer, index=upload.index, length=upload.length
            )

    def store_upload(self, peer: StateCode, upload: Upload, body: Body, /) -> None:
        """Keep what arrived, durably, if it is what was announced."""
        data = next(body.pieces(max(1, body.length)), memoryview(b""))
        if upload.kind is UploadKind.HEADER:
            transfers.keep_header(self.office, peer, upload.transfer, bytes(data))
        elif upload.kind is UploadKind.LIST:
            transfers.keep_list(self.office, peer, upload.transfer, bytes(data))
        else:
            transfers.keep_part(self.office, peer, upload.transfer, data, index=upload.index)

    def cosign(self, peer: StateCode, request: bytes, /) -> PeerAnswer:
        """Witness the peer's ledger."""
        answer = witness(self.office, request, peer=peer)
        if answer.status not in {Status.COSIGNED, Status.CONFLICT}:  # a conflict tells a size
            self.refused(peer, answer.reason)
        return PeerAnswer(
            status=HTTPStatus(answer.status), media_type=answer.media_type, body=answer.body
        )

    def is_ready(self) -> bool:
        """Tell whether messages are accepted."""
        return self.is_store_ready()

    def own_entry(self) -> bytes:
        """Return the own directory entry."""
        return self.own_export()

    def seen_of(self, peer: StateCode, /) -> bytes:
        """Tell a State what was recorded here of its own ledger."""
        return recall(self.office, peer)


def limits_of(settings: NodeSettings) -> PeerLimits:
    """Return the listener's limits, with the budgets that the operator has set."""
    messages = Rate(per_second=settings.peer_messages, burst=10 * settings.peer_messages)
    octets = Rate(per_second=settings.peer_mib * MIB, burst=4 * settings.peer_mib * MIB)
    limits = PeerLimits()
    lanes = dict.fromkeys((Traffic.PRESERVATION, Traffic.ORDINARY), messages)
    return evolve(
        limits,
        requests={**limits.requests, **lanes},
        octets={**limits.octets, Traffic.BULK: octets},
    )


def observe(served: Served, *, refused: Refused = lambda _peer, _code: None) -> None:
    """Write the one line of a request, and tell of what was refused.

    Connections that were turned away before they said who they are leave no line: there is no
    end to them.
    """
    if served.code:
        refused(served.peer, served.code)
    if served.peer is None and served.code == "peer.over-budget":
        return
    log.info(
        "served",
        route=served.route,
        peer=str(served.peer) if served.peer else None,
        status=served.status,
        code=served.code,
        octets=served.received,
        seconds=round(served.seconds, 4),
    )
