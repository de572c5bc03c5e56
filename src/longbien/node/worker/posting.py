"""Posting: messages of the outbox on their way to other States, until each has its receipt."""

import structlog
from attrs import field, frozen

from longbien.adapters.peer_client import PeerClient
from longbien.channel.outbound import backoff
from longbien.desk.office import Office
from longbien.desk.ports import LeasedMessage
from longbien.desk.post import post
from longbien.desk.receipt import take_receipt
from longbien.desk.silence import state_silence
from longbien.node.catching_up import ask
from longbien.node.turned_away import Refused as Told
from longbien.node.turned_away import code_of_peer
from longbien.primitives.errors import LongBienError, Malformed, Refused, Unavailable

log = structlog.get_logger("longbien.worker")


@frozen(kw_only=True)
class Poster:
    """Posts one message at a time; any number of threads use it."""

    office: Office
    client: PeerClient
    refused: Told = field(default=lambda _peer, _code: None)
    """Told of answers that are not what a peer may answer."""

    def post(self, leased: LeasedMessage) -> bool:
        """Post a message and take its receipt; tell if it is done.

        What fails goes back to the queue with its code, and is tried again later; a peer that
        stays silent past its clock gets that in writing.
        """
        try:
            self._exchange(leased)
        except (Unavailable, Refused, Malformed) as error:
            self._give_back(leased, error)
            self.refused(leased.message.recipient.state, code_of_peer(error))
            if isinstance(error, Refused):
                # a peer that will not take it may know more of our own ledger than we do
                ask(self.office, self.client, leased.message.recipient.state)
            return False
        return True

    def _exchange(self, leased: LeasedMessage) -> None:
        posting = post(self.office, leased.message)
        peer, lane = leased.message.recipient.state, leased.message.lane
        body = self.client.post_message(peer, posting.call.body, lane=lane)
        settled = take_receipt(self.office, leased, body, shown=posting.shown)
        log.info(
            "posted",
            message=str(leased.message.id),
            kind=leased.message.kind.value,
            peer=str(peer),
            outcome=settled.receipt.outcome.value,
            code=settled.receipt.code,
            attempts=leased.attempts,
        )

    def _give_back(self, leased: LeasedMessage, error: LongBienError) -> None:
        lane, failed = leased.message.lane, leased.attempts
        wait = backoff(failed, lane=lane, random_bytes=self.office.random_bytes)
        code = str(error.facts.get("peer_code") or error.code)
        until = self.office.clock().plus(wait)
        self.office.queue.postpone(leased, until=until, code=code, failed=failed)
        log.warning(
            "not posted",
            message=str(leased.message.id),
            kind=leased.message.kind.value,
            peer=str(leased.message.recipient.state),
            code=code,
            attempts=leased.attempts,
            again_in=round(wait.total_seconds(), 3),
        )
        if state_silence(self.office, leased):
            log.error(
                "silent", peer=str(leased.message.recipient.state), message=str(leased.message.id)
            )
