"""Post a message of the outbox: wrap the signed bytes for this attempt.

The envelope never changes; gossip and sealing are made anew each time.
"""

from typing import Final

from attrs import frozen

from longbien.channel.envelope import seal_frame
from longbien.channel.wire import Frame
from longbien.desk.gossip import tell
from longbien.desk.network import PeerCall
from longbien.desk.office import Office
from longbien.desk.ports import Outgoing
from longbien.ledger.checkpoints import Head
from longbien.primitives.errors import Unavailable

PATH: Final = "/v1/messages"


@frozen(kw_only=True)
class Posting:
    """One attempt."""

    call: PeerCall
    shown: Head | None
    """The head of the peer's ledger that the gossip shows; the answer must continue it."""


def post(office: Office, message: Outgoing) -> Posting:
    """Return the request that carries a message to its recipient's node.

    Raises Refused ``directory.unknown-state``, ``directory.expired``; Unavailable
    ``desk.no-sealing-key`` where the recipient shows no key to seal for today, and
    ``ledger.behind-witness``.  All of them may be tried again later.
    """
    peer, now = message.recipient.state, office.clock()
    book = office.book()
    book.require_current(peer, now)
    recipients = book.find_recipients(message.recipient, now)
    if not recipients:
        raise Unavailable(
            "desk.no-sealing-key",
            "{authority} shows no key to seal for",
            retry=True,
            authority=message.recipient,
        )
    gossip = tell(office, peer)
    sealed = seal_frame(
        Frame(envelope=message.envelope, gossip=gossip),
        recipients=recipients[:1],  # one: its holder opens it, and every stanza is work
        random_bytes=office.random_bytes,
    )
    return Posting(
        call=PeerCall(method="POST", path=PATH, body=sealed, lane=message.lane),
        shown=gossip.seen.checkpoint.head if gossip.seen else None,
    )
