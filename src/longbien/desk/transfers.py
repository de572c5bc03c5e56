"""Take the parts of an announced transfer in, each judged before and after it is read.

The peer endpoint streams and hashes; what it may take, and what is still missing, is decided
here.  Nothing is believed but what a signed message has announced.
"""

from typing import Final

from longbien.channel.transfer import (
    SealedObject,
    encode_missing,
    missing_of,
    parse_parts_list,
    parse_window,
    require_announced_to,
    require_digest,
    require_header_size,
    require_list_size,
    require_part_size,
    require_room,
)
from longbien.desk.office import Office
from longbien.desk.ports import Arrival
from longbien.desk.work import note_arrived
from longbien.primitives.digest import Digest, Octets
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode, TransferId

_KEPT_LISTS: Final = 2  # of at most 24 MiB each; the worst that happens is reading one again


def missing_parts(office: Office, peer: StateCode, transfer: TransferId, window: bytes) -> bytes:
    """Answer which parts of a transfer are missing; a whole one is noted as arrived first.

    Raises Refused ``transfer.unknown``, Malformed ``transfer.missing-form`` and ``json.*``.
    """
    arrival = _get_arrival(office, peer, transfer)
    sealed = arrival.sealed
    first, last = parse_window(window, sealed=sealed)
    lacks_header = bool(office.vault.missing([sealed.header]))
    digests = _parts_of(office, sealed)
    asked = [] if digests is None else digests[first : last + 1]
    lacking = office.vault.missing(asked)
    found = missing_of(
        (first + at for at in lacking),
        header=lacks_header,
        parts_list=digests is None,
        first=first,
        last=last,
    )
    if first == 0 and found.is_complete(sealed):
        note_arrived(office, transfer)
    return encode_missing(found)


def _parts_of(office: Office, sealed: SealedObject) -> tuple[Digest, ...] | None:
    if office.vault.missing([sealed.parts_list]):
        return None
    return parse_parts_list(office.vault.get(sealed.parts_list), sealed=sealed)


# --- before the body is read -------------------------------------------------------------------


def admit_header(office: Office, peer: StateCode, transfer: TransferId, *, length: int) -> None:
    """Refuse a header that was not announced: ``transfer.unknown``, ``transfer.size``."""
    require_header_size(_get_arrival(office, peer, transfer).sealed, length=length)


def admit_list(office: Office, peer: StateCode, transfer: TransferId, *, length: int) -> None:
    """Refuse a list of parts that was not announced; ask for room once for all of them.

    Raises Refused ``transfer.unknown``, ``transfer.size``, Unavailable ``transfer.no-room``.
    """
    sealed = _get_arrival(office, peer, transfer).sealed
    require_list_size(sealed, length=length)
    free, reserve = office.vault.free_bytes(), office.settings.vault_reserve
    require_room(sealed, free_bytes=free, reserve=reserve)


def admit_part(
    office: Office, peer: StateCode, transfer: TransferId, *, index: int, length: int
) -> None:
    """Refuse a part that was not announced, or whose list is not here yet.

    Raises Refused ``transfer.unknown``, ``transfer.index``, ``transfer.size``,
    ``transfer.no-list``.
    """
    sealed = _get_arrival(office, peer, transfer).sealed
    require_part_size(sealed, index=index, length=length)
    if office.vault.missing([sealed.parts_list]):
        raise Refused("transfer.no-list", "the list of parts comes before the parts")


# --- after it was read -------------------------------------------------------------------------


def keep_header(office: Office, peer: StateCode, transfer: TransferId, data: Octets) -> None:
    """Keep a header, durably.  Raises Malformed ``transfer.part-digest``, what vaults raise."""
    _keep(office, data, expected=_get_arrival(office, peer, transfer).sealed.header)


def keep_list(office: Office, peer: StateCode, transfer: TransferId, data: Octets) -> None:
    """Keep the list of parts, durably.  Raises Malformed ``transfer.list-…``."""
    sealed = _get_arrival(office, peer, transfer).sealed
    parse_parts_list(data, sealed=sealed)
    office.vault.put(sealed.parts_list, bytes(data))


def keep_part(
    office: Office, peer: StateCode, transfer: TransferId, data: Octets, *, index: int
) -> None:
    """Keep one part, durably.

    Raises Refused ``transfer.no-list``, Malformed ``transfer.part-digest``.
    """
    row = _list_of(office, _get_arrival(office, peer, transfer).sealed)
    if row is None:
        raise Refused("transfer.no-list", "the list of parts comes before the parts")
    _keep(office, data, expected=Digest(row[32 * index : 32 * index + 32]))


def _list_of(office: Office, sealed: SealedObject) -> bytes | None:
    # read and judged once, not for each of its thousands of parts
    row = office.lists.get(sealed)
    if row is None and not office.vault.missing([sealed.parts_list]):
        row = office.vault.get(sealed.parts_list)
        parse_parts_list(row, sealed=sealed)
        if len(office.lists) >= _KEPT_LISTS:
            office.lists.clear()
        office.lists[sealed] = row
    return row


def _keep(office: Office, data: Octets, *, expected: Digest) -> None:
    require_digest(Digest.of(data), expected=expected)
    part = bytes(data) if isinstance(data, bytearray) else data
    office.vault.put(expected, part)


def _get_arrival(office: Office, peer: StateCode, transfer: TransferId) -> Arrival:
    arrival = office.journal.find_arrival(transfer)
    require_announced_to(arrival.peer if arrival else None, peer=peer)
    # the line above refuses an unknown transfer with the very words for another State's
    return arrival  # type: ignore[return-value]
