"""Take in an exhibit: what is asked before its first byte is read."""

from collections.abc import Callable

import pytest

from desk_stories import asked, exhibit
from longbien.casework import commands as c
from longbien.casework.case import Duty, Officer
from longbien.desk.intake import get_exhibit, require_intake
from longbien.exercise.world import World
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import CaseId


@pytest.fixture
def world() -> World:
    """Return two States; VN carries a request of IL out and has taken E1 in."""
    world = World("IL", "VN")
    case = asked(world, "mla_stored_data")
    world["VN"].act(case, c.Accept())
    world["VN"].act(case, c.TakeExhibit(exhibit=exhibit(world["VN"])))
    return world


def code_of(act: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(LongBienError) as caught:
        act()
    return caught.value.code


def rehearse(
    world: World, name: str, *, officer: Officer | None = None, case: CaseId | None = None
) -> None:
    """Ask whether an exhibit could be taken in."""
    vn = world["VN"]
    (known,) = vn.machine.tables.summaries
    by = officer or vn.officer()
    require_intake(vn.office, by, case or known, exhibit=name, name="mail.mbox", note="")


def test_what_can_be_put_on_record_may_come(world: World) -> None:
    """Nothing is written by asking."""
    before = len(world["VN"].machine.disk.records)

    rehearse(world, "E2")

    assert len(world["VN"].machine.disk.records) == before


def test_a_name_is_taken_once_in_any_letters(world: World) -> None:
    """A package is a folder: on some disks E1 and e1 are one."""
    for name in ("E1", "e1"):
        assert code_of(lambda name=name: rehearse(world, name)) == "exhibit.exists"


def test_who_may_not_take_it_in_is_told_before_they_send_it(world: World) -> None:
    """The rules of casework come through with their codes."""
    clerk = world["VN"].officer("clerk", Duty.CASE_OFFICER)
    assert code_of(lambda: rehearse(world, "E2", officer=clerk)) == "officer.duty"


def test_an_exhibit_belongs_to_a_case_of_the_own_authority(world: World) -> None:
    """There is no such case for anybody else."""
    vn = world["VN"]
    for case, officer in ((vn.new_case_id(), None), (None, world["IL"].officer())):
        assert (
            code_of(
                lambda case=case, officer=officer: rehearse(world, "E2", officer=officer, case=case)
            )
            == "desk.no-such-case"
        )


def test_a_row_without_its_case_takes_nothing_in(world: World) -> None:
    """A list that is ahead of the journal opens no door."""
    world["VN"].machine.tables.events.clear()
    assert code_of(lambda: rehearse(world, "E2")) == "case.unknown"


def test_an_exhibit_is_found_by_its_name(world: World) -> None:
    """As it was put on record."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries

    assert get_exhibit(vn.office, case, "E1") == vn.case(case).exhibits[0]
    for wanted, name in ((case, "E2"), (vn.new_case_id(), "E1")):
        assert (
            code_of(lambda wanted=wanted, name=name: get_exhibit(vn.office, wanted, name))
            == "desk.no-such-exhibit"
        )
