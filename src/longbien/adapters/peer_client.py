"""What a node asks of its peers, in the words of ``spec/channel.md``, over any ``PeerNetwork``.

Every failure is one of three: Unavailable (try again, and when), Refused (the peer said no and
why: fact ``peer_code``), Malformed (the peer broke the protocol).
"""

from http import HTTPStatus
from typing import Final

from attrs import frozen

from longbien.adapters.peer_http import answer_form
from longbien.adapters.peer_problems import PROBLEM, parse_problem
from longbien.adapters.peer_routes import JSON, TEXT
from longbien.channel.message import Lane
from longbien.channel.transfer import (
    Missing,
    SealedObject,
    encode_window,
    parse_missing,
)
from longbien.desk.network import PeerCall, PeerNetwork, PeerReply
from longbien.primitives.digest import Octets
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import StateCode, TransferId

_LATER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@frozen
class PeerClient:
    """The requests of a node to its peers."""

    network: PeerNetwork

    def post_message(self, peer: StateCode, sealed: Octets, *, lane: Lane) -> bytes:
        """Post a sealed message; return the body that holds receipt and gossip."""
        reply = self._ask(
            peer, PeerCall(method="POST", path="/v1/messages", body=sealed, lane=lane)
        )
        return _body(reply, JSON)

    def ask_missing(
        self,
        peer: StateCode,
        transfer: TransferId,
        sealed: SealedObject,
        *,
        window: tuple[int, int] | None = None,
    ) -> Missing:
        """Ask what the peer lacks of a transfer, in the parts from first to last if given."""
        asked = encode_window(first=window[0], last=window[1]) if window else b""
        path = f"/v1/transfers/{transfer}/missing"
        reply = self._ask(peer, PeerCall(method="POST", path=path, body=asked, media_type=JSON))
        return parse_missing(_body(reply, JSON), sealed=sealed)

    def put_list(self, peer: StateCode, transfer: TransferId, parts_list: Octets) -> None:
        """Put the list of parts."""
        self._put(peer, f"/v1/transfers/{transfer}/list", parts_list)

    def put_header(self, peer: StateCode, transfer: TransferId, header: Octets) -> None:
        """Put the age header."""
        self._put(peer, f"/v1/transfers/{transfer}/header", header)

    def put_part(self, peer: StateCode, transfer: TransferId, index: int, part: Octets) -> None:
        """Put one part."""
        self._put(peer, f"/v1/transfers/{transfer}/parts/{index}", part)

    def post_witness(self, peer: StateCode, request: Octets) -> PeerReply:
        """Ask the peer to cosign (C2SP add-checkpoint); its status is part of the answer."""
        call = PeerCall(
            method="POST", path="/v1/witness", body=request, media_type="text/plain; charset=utf-8"
        )
        reply = self.network.exchange(peer, call)
        if reply.media_type == PROBLEM:
            _require_done(reply)
        return reply

    def get_ready(self, peer: StateCode) -> bool:
        """Tell whether the peer's node accepts messages at this moment."""
        reply = self.network.exchange(peer, PeerCall(method="GET", path="/v1/ready"))
        if reply.status == HTTPStatus.SERVICE_UNAVAILABLE and reply.media_type == JSON:
            return False
        _require_done(reply)
        return True

    def get_entry(self, peer: StateCode) -> bytes:
        """Return the peer's own directory entry as it was sent; nothing of it is believed yet."""
        return _body(self._ask(peer, PeerCall(method="GET", path="/v1/entry")), JSON)

    def get_seen(self, peer: StateCode) -> bytes:
        """Return the newest checkpoint of our own ledger that the peer has recorded, or nothing."""
        reply = self._ask(peer, PeerCall(method="GET", path="/v1/seen"))
        return b"" if reply.status == HTTPStatus.NO_CONTENT else _body(reply, TEXT)

    def _put(self, peer: StateCode, path: str, body: Octets) -> None:
        self._ask(peer, PeerCall(method="PUT", path=path, body=body))

    def _ask(self, peer: StateCode, call: PeerCall) -> PeerReply:
        reply = self.network.exchange(peer, call)
        _require_done(reply)
        return reply


def _require_done(reply: PeerReply) -> None:
    """Raise what the peer's refusal means for us; an answer that is none passes."""
    if reply.media_type != PROBLEM:
        if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        raise answer_form()
    problem = parse_problem(reply.body, status=reply.status)
    if reply.status in _LATER:
        raise Unavailable(
            "peer.try-later",
            "the other node asks to be tried later ({peer_code})",
            retry=True,
            peer_code=problem.code,
            retry_after=reply.retry_after,
        )
    raise Refused(
        "peer.refused",
        "the other node refused ({peer_code})",
        peer_code=problem.code,
        status=reply.status,
    )


def _body(reply: PeerReply, media_type: str) -> bytes:
    if reply.media_type != media_type:
        raise answer_form()
    return reply.body
