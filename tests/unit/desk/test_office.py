"""The bundle."""

import pytest

from longbien.channel.drill import CHALLENGES
from longbien.desk.office import _KEPT_LINES, Settings
from longbien.exercise.world import World
from longbien.ledger.checkpoints import Checkpoint
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, StateCode


@pytest.fixture
def world() -> World:
    """Return three States."""
    return World("IL", "MY", "VN")


def test_only_own_authorities_have_a_seat(world: World) -> None:
    """Another one is refused by name."""
    office = world["IL"].office

    assert office.seat_of(world["IL"].authority).authority == world["IL"].authority
    with pytest.raises(Refused) as caught:
        office.seat_of(AuthorityId("VN/contact-point"))
    assert caught.value.code == "desk.not-our-authority"


def test_frames_for_every_own_authority_can_be_opened(world: World) -> None:
    """The identities of all seats are there."""
    assert len(world["IL"].office.identities) == 2


def test_all_other_states_are_peers(world: World) -> None:
    """The own one is not."""
    assert world["IL"].office.peers() == (StateCode("MY"), StateCode("VN"))


def test_the_keys_of_ledger_and_witness_come_from_the_directory(world: World) -> None:
    """Two kinds each; none of an unknown State."""
    office, state = world["IL"].office, world["VN"].state

    assert [key.text for key in office.ledger_keys(state.code)] == [one.vkey for one in state.log]
    assert [key.text for key in office.witness_keys(state.code)] == [
        one.vkey for one in state.witness
    ]
    assert office.ledger_keys(StateCode("XX")) == ()


def test_a_head_is_cosigned_once_and_told_again(world: World) -> None:
    """The same lines as before, until too many are kept."""
    office = world["IL"].office
    stated = world["VN"].machine.ledger.newest().checkpoint
    lines = office.cosign(stated)

    assert [line.name for line in lines] == ["longbien.il/witness"] * 2
    assert office.cosign(stated) is lines
    for number in range(_KEPT_LINES):
        office._lines[b"%d" % number] = ()
    other = Checkpoint(head=stated.head, text=b"VN\n0\n" + stated.text.split(b"\n")[2] + b"\n")
    office.cosign(other)
    assert list(office._lines) == [other.text]


def test_ids_are_drawn_and_never_the_same(world: World) -> None:
    """Cases, packages and transfers, of the random form; challenges within six digits."""
    office = world["IL"].office
    drawn = [office.new_case_id(), office.new_package_id(), office.new_transfer_id()]

    assert len({str(one) for one in drawn}) == 3
    assert {str(one)[14] for one in drawn} == {"4"}
    assert 0 <= office.new_challenge() < CHALLENGES


@pytest.mark.parametrize("setting", [{"attempts": 0}, {"vault_reserve": -1}])
def test_a_setting_that_makes_no_sense_is_a_bug(setting: dict[str, int]) -> None:
    """At least one attempt; no negative reserve."""
    with pytest.raises(ValueError, match="must be"):
        Settings(**setting)
