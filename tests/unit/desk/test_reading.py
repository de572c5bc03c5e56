"""Lists for everybody, content with a reason."""

from collections.abc import Callable

import pytest
from attrs import evolve

from desk_stories import asked, destruction, stored_data
from longbien.casework.case import Duty
from longbien.desk.reading import (
    get_summary,
    list_cases,
    read_accesses,
    read_advice,
    read_case,
    read_package,
    require_exporting,
)
from longbien.exercise.safeguard_records import FOR_COURT
from longbien.exercise.world import World
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, PackageId


@pytest.fixture
def world() -> World:
    """Return two States; IL has asked."""
    world = World("IL", "VN")
    asked(world)
    return world


def code_of(act: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def test_a_list_shows_the_cases_of_the_own_authority(world: World) -> None:
    """Another authority of the same node sees none of them, and nothing is noted."""
    vn = world["VN"]
    other = evolve(vn.officer(), authority=AuthorityId("VN/central-authority"))
    before = len(vn.machine.disk.records)

    rows, after = list_cases(vn.office, vn.officer())

    assert [row.state for row in rows] == ["asked"]
    assert after is None
    assert list_cases(vn.office, other) == ((), None)
    assert list_cases(vn.office, vn.officer(), state="refused") == ((), None)
    assert list_cases(vn.office, vn.officer(), kind="drill") == ((), None)
    assert len(list_cases(vn.office, vn.officer(), peer=world["IL"].state.code)[0]) == 1
    assert len(vn.machine.disk.records) == before


def test_an_officer_of_another_node_sees_no_list(world: World) -> None:
    """Only own authorities are served."""
    foreign = world["IL"].officer()
    assert code_of(lambda: list_cases(world["VN"].office, foreign)) == "desk.not-our-authority"


def test_a_case_is_read_with_a_reason_that_is_noted(world: World) -> None:
    """Noted before it is shown."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries

    found = read_case(vn.office, vn.officer(), case, reason="my shift")

    assert found == vn.case(case)
    (access,) = read_accesses(vn.office, vn.officer("omar", Duty.AUDITOR), case)
    assert (access.by.text, access.what, access.reason) == ("first", "case", "my shift")


def test_advice_is_read_with_a_reason_that_is_noted(world: World) -> None:
    """What the law as data says of a case is read as the case is."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries

    found = read_advice(vn.office, vn.officer(), case, reason="to decide")

    assert (found.requesting, found.requested) == ("IL", "VN")
    assert found.on == vn.office.clock().moment.date()
    (access,) = read_accesses(vn.office, vn.officer("omar", Duty.AUDITOR), case)
    assert access.what == "advice"


def test_without_a_reason_nothing_is_shown(world: World) -> None:
    """Nor noted."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    assert code_of(lambda: read_case(vn.office, vn.officer(), case, reason="")) == "desk.no-reason"


def test_a_case_of_another_authority_does_not_exist(world: World) -> None:
    """The same code as for one that really does not."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    other = evolve(vn.officer(), authority=AuthorityId("VN/central-authority"))

    for officer, wanted in ((other, case), (vn.officer(), vn.new_case_id())):
        assert (
            code_of(
                lambda officer=officer, wanted=wanted: read_case(
                    vn.office, officer, wanted, reason="x"
                )
            )
            == "desk.no-such-case"
        )
    assert code_of(lambda: get_summary(vn.office, other, case)) == "desk.no-such-case"
    assert get_summary(vn.office, vn.officer(), case).case_id == case


def test_a_row_without_its_case_shows_nothing(world: World) -> None:
    """A list that is ahead of the journal opens no door."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    vn.machine.tables.events.clear()
    read = {"office": vn.office, "officer": vn.officer(), "case": case, "reason": "x"}
    assert code_of(lambda: read_case(**read)) == "desk.no-such-case"


def test_who_keeps_the_machine_running_reads_no_content(world: World) -> None:
    """An administrator alone; with another duty besides, that one counts."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    admin = vn.officer("root", Duty.ADMINISTRATOR)

    assert code_of(lambda: read_case(vn.office, admin, case, reason="x")) == "desk.may-not-read"
    both = vn.officer("root", Duty.ADMINISTRATOR, Duty.DUTY_OFFICER)
    assert read_case(vn.office, both, case, reason="x")


def test_only_an_auditor_sees_who_has_read(world: World) -> None:
    """And only of cases of their authority."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    clerk = vn.officer("clerk", Duty.CASE_OFFICER)
    stranger = evolve(vn.officer(), authority=AuthorityId("VN/central-authority"))

    assert code_of(lambda: read_accesses(vn.office, clerk, case)) == "desk.auditor-only"
    assert code_of(lambda: read_accesses(vn.office, stranger, case)) == "desk.no-such-case"


def test_a_package_is_read_when_it_is_here_and_not_destroyed() -> None:
    """Its use limits are shown with it; each reading is noted."""
    world = World("IL", "VN")
    il = world["IL"]
    case = stored_data(world)
    package = il.case(case).packages[0].announced.package

    def read(wanted: PackageId) -> object:
        return read_package(
            il.office, il.officer(), case, wanted, use=FOR_COURT, reason="for the court"
        )

    assert read(package).announced.package == package
    assert code_of(lambda: read(il.office.new_package_id())) == "package.not-arrived"
    destruction(world, case, package)
    assert code_of(lambda: read(package)) == "package.destroyed"
    (access,) = read_accesses(il.office, il.officer("omar", Duty.AUDITOR), case)
    assert access.what == "package.request.court"


def test_a_package_that_is_on_its_way_is_not_read() -> None:
    """Announced is not arrived."""
    world = World("IL", "VN")
    vn = world["VN"]
    case = stored_data(world)
    package = vn.case(case).packages[0].announced.package

    assert (
        code_of(
            lambda: read_package(vn.office, vn.officer(), case, package, use=FOR_COURT, reason="x")
        )
        == "package.not-arrived"
    )


def test_only_those_entrusted_take_a_package_out() -> None:
    """Case officers and custodians."""
    il = World("IL", "VN")["IL"]
    require_exporting(il.officer("one", Duty.EVIDENCE_CUSTODIAN))
    assert code_of(lambda: require_exporting(il.officer("two", Duty.DUTY_OFFICER))) == (
        "officer.duty"
    )
