"""Negative evidence: our signed word that a peer's node stayed silent past its clock."""

from longbien.channel.envelope import open_message, read_document, sign_document
from longbien.channel.outbound import (
    MAX_SILENCE,
    SILENCE_TYPE,
    Silence,
    encode_silence,
    overdue_at,
    parse_silence,
)
from longbien.desk.office import Office
from longbien.desk.ports import LeasedMessage
from longbien.desk.records import SILENCE, append_record, documents_of, silence_file_of
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, MessageId


def state_silence(office: Office, leased: LeasedMessage) -> bytes | None:
    """State, sign and keep that a message has no receipt past its time; once a message.

    Called after an attempt has failed.  Returns the signed document when it is a new one, None
    where it is not overdue yet or was stated before.  Raises Unavailable ``store.stopped``.
    """
    posted, now = leased.message, office.clock()
    due_at = overdue_at(posted.created_at, posted.lane)
    if now < due_at or _is_stated(office, leased):
        return None
    _, message = open_message(posted.envelope)
    silence = Silence(
        message=posted.id,
        message_sha256=Digest.of(posted.envelope),
        sender=message.sender,
        recipient=posted.recipient,
        created_at=posted.created_at,
        due_at=due_at,
        attempts=leased.attempts,
        last_attempt_at=now,
        stated_at=now,
    )
    signed = sign_document(
        encode_silence(silence),
        payload_type=SILENCE_TYPE,
        signers=office.seat_of(message.sender).signers,
    )
    append_record(office, silence_file_of(posted.thread), SILENCE, signed)
    return signed


def silences_of(office: Office, case: CaseId) -> tuple[bytes, ...]:
    """Return the signed documents about a case, oldest first."""
    return documents_of(office, silence_file_of(case))


def _is_stated(office: Office, leased: LeasedMessage) -> bool:
    stated = (_message_of(document) for document in silences_of(office, leased.message.thread))
    return leased.message.id in stated


def _message_of(document: bytes) -> MessageId:
    read = read_document(document, payload_type=SILENCE_TYPE, max_payload=MAX_SILENCE)
    return parse_silence(read.payload).message
