"""Parts of a transfer at the door (what a hostile peer tries is in ``adversary``)."""

import pytest

from desk_stories import asked
from longbien.casework.statements import EvidenceAnnounced, RequestAccepted
from longbien.channel.transfer import encode_window, parse_missing, parse_parts_list
from longbien.desk import transfers
from longbien.exercise.forge import kept_by, message_of, taken
from longbien.exercise.parcels import put_object
from longbien.exercise.world import Node, World
from longbien.primitives.errors import LongBienError, Refused, Unavailable
from longbien.primitives.ids import CaseId, StateCode, TransferId

VN = StateCode("VN")


@pytest.fixture
def world() -> World:
    """Return two States."""
    return World("IL", "VN")


def announced(world: World) -> tuple[CaseId, EvidenceAnnounced]:
    """Let VN announce an object of three parts; IL has nothing of it yet."""
    il, vn = world["IL"], world["VN"]
    case = asked(world, "mla_stored_data")
    said = EvidenceAnnounced(
        package=vn.office.new_package_id(),
        transfer=vn.office.new_transfer_id(),
        sealed=put_object(vn),
        exhibits=1,
        use_limits=(),
    )
    for sequence, statement in enumerate((RequestAccepted(), said), 1):
        forged = message_of(
            vn, il, statement, kind="mla_stored_data", thread=case, sequence=sequence
        )
        assert taken(vn, il, forged).code == ""
    return case, said


def pieces(node: Node, said: EvidenceAnnounced) -> tuple[bytes, bytes, list[bytes]]:
    """Return header, list and parts as the sender holds them."""
    vault = node.machine.vault
    listed = vault.get(said.sealed.parts_list)
    parts = [vault.get(digest) for digest in parse_parts_list(listed, sealed=said.sealed)]
    return vault.get(said.sealed.header), listed, parts


def test_a_transfer_goes_from_nothing_to_whole(world: World) -> None:
    """Header and list first, then parts in any order; whole, it is noted and to be checked."""
    il = world["IL"]
    case, said = announced(world)
    header, listed, parts = pieces(world["VN"], said)

    def missing(window: bytes = b"") -> object:
        data = transfers.missing_parts(il.office, VN, said.transfer, window)
        return parse_missing(data, sealed=said.sealed)

    assert (missing().header, missing().parts_list) == (True, True)
    transfers.admit_header(il.office, VN, said.transfer, length=len(header))
    transfers.keep_header(il.office, VN, said.transfer, bytearray(header))
    transfers.admit_list(il.office, VN, said.transfer, length=len(listed))
    transfers.keep_list(il.office, VN, said.transfer, memoryview(listed))
    assert missing().ranges == ((0, 2),)
    for index in (2, 0):
        transfers.admit_part(il.office, VN, said.transfer, index=index, length=len(parts[index]))
        transfers.keep_part(il.office, VN, said.transfer, parts[index], index=index)
    assert missing().ranges == ((1, 1),)
    assert missing(encode_window(first=2, last=2)).ranges == ()
    assert not il.case(case).packages[0].has_arrived
    transfers.keep_part(il.office, VN, said.transfer, parts[1], index=1)

    assert missing().is_complete(said.sealed)

    assert il.case(case).packages[0].has_arrived
    (chore,) = il.machine.tables.undone.values()
    assert (chore.work.kind.value, chore.work.subject) == ("check", str(said.package))
    assert missing().is_complete(said.sealed)  # asked again: noted once
    assert len(il.machine.tables.undone) == 1


def test_parts_wait_for_their_list(world: World) -> None:
    """Without the list nobody can tell what a part should be."""
    il = world["IL"]
    _, said = announced(world)
    size = said.sealed.length_of(0)

    for act in (
        lambda: transfers.admit_part(il.office, VN, said.transfer, index=0, length=size),
        lambda: transfers.keep_part(il.office, VN, said.transfer, bytes(size), index=0),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "transfer.no-list"


def test_room_is_asked_for_again_at_the_list(world: World) -> None:
    """The disk may have filled up since the announcement."""
    il = world["IL"]
    _, said = announced(world)
    il.machine.vault.capacity = il.office.settings.vault_reserve

    with pytest.raises(Unavailable) as caught:
        transfers.admit_list(il.office, VN, said.transfer, length=32 * said.sealed.part_count)

    assert caught.value.code == "transfer.no-room"


def test_an_arrival_that_nobody_announced_is_not_noted(world: World) -> None:
    """The worker cannot make one up."""
    unknown = TransferId.from_random(bytes(16))
    with pytest.raises(Refused) as caught:
        transfers.note_arrived(world["IL"].office, unknown)
    assert caught.value.code == "transfer.unknown"


def test_nothing_is_kept_but_what_was_announced(world: World) -> None:
    """Sizes before anything is read, digests before anything is kept; no other State's transfer."""
    il = world["IL"]
    _, said = announced(world)
    _, listed, parts = pieces(world["VN"], said)
    office, transfer = il.office, said.transfer
    transfers.keep_list(office, VN, transfer, listed)
    before = kept_by(il)
    tries = {
        "header size": lambda: transfers.admit_header(office, VN, transfer, length=39),
        "list size": lambda: transfers.admit_list(office, VN, transfer, length=95),
        "part size": lambda: transfers.admit_part(office, VN, transfer, index=2, length=64),
        "part place": lambda: transfers.admit_part(office, VN, transfer, index=3, length=64),
        "header": lambda: transfers.keep_header(office, VN, transfer, b"another"),
        "list": lambda: transfers.keep_list(office, VN, transfer, bytes(96)),
        "part": lambda: transfers.keep_part(office, VN, transfer, parts[0], index=1),
        "state": lambda: transfers.missing_parts(office, StateCode("MY"), transfer, b""),
    }
    codes = {}
    for name, act in tries.items():
        with pytest.raises(LongBienError) as caught:
            act()
        codes[name] = caught.value.code

    assert codes == {
        "header size": "transfer.size",
        "list size": "transfer.size",
        "part size": "transfer.size",
        "part place": "transfer.index",
        "header": "transfer.part-digest",
        "list": "transfer.list-digest",
        "part": "transfer.part-digest",
        "state": "transfer.unknown",
    }
    assert kept_by(il) == before


def test_the_list_is_read_once_for_all_its_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exhibit of terabytes has a list of megabytes; only so many lists are remembered."""
    il = world["IL"]
    monkeypatch.setattr(transfers, "_KEPT_LISTS", 1)
    _case, said = announced(world)
    _header, listed, parts = pieces(world["VN"], said)
    transfers.keep_list(il.office, VN, said.transfer, listed)
    read = []
    get = il.machine.vault.get
    monkeypatch.setattr(il.machine.vault, "get", lambda digest: read.append(digest) or get(digest))

    for index, part in enumerate(parts):
        transfers.keep_part(il.office, VN, said.transfer, part, index=index)

    assert read == [said.sealed.parts_list]
    assert il.office.lists == {said.sealed: listed}
    _case, other = announced(world)
    _header, listed, parts = pieces(world["VN"], other)
    transfers.keep_list(il.office, VN, other.transfer, listed)
    transfers.keep_part(il.office, VN, other.transfer, parts[0], index=0)
    assert list(il.office.lists) == [other.sealed]
