"""Post a message of the outbox: wrap the signed bytes for this attempt.

The envelope never changes; gossip and sealing are made anew each time.
"""

from typing import Final

from longbien.channel.envelope import seal_frame
from longbien.channel.wire import Frame
from longbien.desk.gossip import tell
from longbien.desk.network import PeerCall
from longbien.desk.office import Office
from longbien.desk.ports import Outgoing
from longbien.primitives.errors import Unavailable

PATH: Final = "/v1/messages"


def post(office: Office, message: Outgoing) -> PeerCall:
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
    sealed = seal_frame(
        Frame(envelope=message.envelope, gossip=tell(office, peer)),
        recipients=recipients[:1],  # one: its holder opens it, and every stanza is work
        random_bytes=office.random_bytes,
    )
    return PeerCall(method="POST", path=PATH, body=sealed, lane=message.lane)
