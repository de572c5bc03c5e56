"""The port to other nodes: one request there, one answer back, bytes both ways.

``adapters.peer_connections`` makes it real over TLS; a simulator puts its own network here.
Who may speak for a State, and whether bytes arrive at all, is decided below this port; what
they say above it.
"""

from typing import Protocol

from attrs import field, frozen

from longbien.channel.message import Lane
from longbien.primitives.digest import Octets
from longbien.primitives.ids import StateCode


@frozen(kw_only=True)
class PeerCall:
    """One request to another State's peer endpoint (``spec/channel.md``)."""

    method: str
    """``GET``, ``POST`` or ``PUT``."""

    path: str
    """``/v1/messages``; it never carries anything about a case but the id of a transfer."""

    body: Octets = field(default=b"", repr=False)
    media_type: str = "application/octet-stream"
    lane: Lane | None = None
    """The lane of a message; None for everything else."""


@frozen(kw_only=True)
class PeerReply:
    """What the other node answered; nothing of it has been judged yet."""

    status: int
    media_type: str
    body: bytes = field(default=b"", repr=False)
    retry_after: float | None = None
    """Seconds after which the other node wants to be asked again, if it said so."""


class PeerNetwork(Protocol):
    """Carries requests to other nodes.  May be called by several threads at once."""

    def exchange(self, peer: StateCode, call: PeerCall, /) -> PeerReply:
        """Carry one request, once, and return the answer of the very peer, whatever it says.

        Where no whole answer came back it is not known if the request took effect.  Raises
        Unavailable ``peer.…`` (``retry`` tells if trying again can help) and Malformed
        ``peer.answer-…`` for an answer that breaks the protocol.
        """
        ...
