"""What every Register promises: run over each implementation of the port."""

import pytest
from attrs import evolve

from longbien.casework.case import CaseSummary
from longbien.desk.ports import Change
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import AuthorityId, StateCode
from ports_world import Ports
from store_world import OWN, at, case_id, new_event, summary

OTHER = AuthorityId("VN/central-authority")
THIRD = AuthorityId("XK/contact-point")


def put(ports: Ports, one: CaseSummary) -> CaseSummary:
    """Commit an event of a case that leaves this summary."""
    ports.journal.commit(
        Change(
            case=one.case_id,
            expected_version=one.version - 1,
            summary=one,
            events=(new_event(),),
        )
    )
    return one


def numbers(found: object) -> list[str]:
    """Return the cases of a page, in its order."""
    return [one.case_id.text for one in found]  # type: ignore[attr-defined]  # summaries


def test_a_case_is_found_as_it_was_last_left(ports: Ports) -> None:
    """The list shows the newest summary, field by field."""
    case = case_id(1)
    put(ports, summary(case, 1))
    last = put(ports, summary(case, 2, state="acknowledged", due=at(100)))

    assert ports.register.find(case) == last
    assert ports.register.find(case_id(2)) is None


def test_the_most_pressing_case_is_first_and_one_without_a_clock_last(ports: Ports) -> None:
    """Sorted by time left."""
    late = put(ports, summary(case_id(1), 1, due=at(300)))
    none = put(ports, summary(case_id(2), 1))
    soon = put(ports, summary(case_id(3), 1, due=at(100)))

    page, more = ports.register.page()

    assert list(page) == [soon, late, none]
    assert more is None


def test_pages_give_every_case_once(ports: Ports) -> None:
    """Equal clocks and cases without one are neither lost nor doubled between pages."""
    made = {
        put(ports, summary(case_id(number), 1, due=at(number // 4) if number < 16 else None))
        for number in range(23)
    }

    seen: list[CaseSummary] = []
    cursor: str | None = None
    while True:
        page, cursor = ports.register.page(after=cursor, limit=5)
        seen += page
        if cursor is None:
            break
        assert len(page) == 5

    assert len(seen) == 23
    assert set(seen) == made


def test_a_full_last_page_has_no_next_one(ports: Ports) -> None:
    """Nobody is sent to an empty page."""
    for number in range(4):
        put(ports, summary(case_id(number), 1))

    page, more = ports.register.page(limit=4)

    assert len(page) == 4
    assert more is None


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"state": "open"}, [1, 3, 4]),
        ({"kind": "mla_stored_data"}, [2, 4]),
        ({"peer": StateCode("XK")}, [3, 4]),
        ({"own": OTHER}, [1, 4]),
        ({"own": OTHER, "state": "open"}, [1, 4]),
        ({"state": "open", "kind": "mla_stored_data"}, [4]),
        ({"state": "open", "peer": StateCode("IL")}, [1]),
        ({"kind": "preservation", "peer": StateCode("XK")}, [3]),
        ({"state": "open", "kind": "mla_stored_data", "peer": StateCode("XK"), "own": OTHER}, [4]),
        ({"state": "closed", "peer": StateCode("XK")}, []),
    ],
)
def test_a_list_is_narrowed_down_by_all_that_is_chosen(
    ports: Ports, chosen: dict[str, object], expected: list[int]
) -> None:
    """State, kind, peer and own authority each cut, and together they cut more."""
    kind = "mla_stored_data"
    first = summary(case_id(1), 1, due=at(1))
    put(ports, evolve(first, own=OTHER))
    put(ports, summary(case_id(2), 1, due=at(2), state="closed", kind=kind))
    put(ports, summary(case_id(3), 1, due=at(3), peer=THIRD))
    put(ports, evolve(summary(case_id(4), 1, due=at(4), peer=THIRD, kind=kind), own=OTHER))

    page, _ = ports.register.page(**chosen)  # type: ignore[arg-type]  # as the cases say

    assert numbers(page) == [case_id(number).text for number in expected]
    assert OWN != OTHER


@pytest.mark.parametrize("text", ["", "x", "ab=cd", "é", "A" * 10_000, "0.x"])
def test_a_cursor_that_was_never_given_is_malformed(ports: Ports, text: str) -> None:
    """No text reaches the database as a place in a list."""
    with pytest.raises(Malformed) as caught:
        ports.register.page(after=text)

    assert caught.value.code == "register.cursor"


def test_cases_whose_clock_has_run_out_are_due(ports: Ports) -> None:
    """To the microsecond, the longest overdue first, as many as asked for."""
    second = put(ports, summary(case_id(1), 1, due=at(20)))
    first = put(ports, summary(case_id(2), 1, due=at(10)))
    put(ports, summary(case_id(3), 1, due=at(30)))
    put(ports, summary(case_id(4), 1))

    assert list(ports.register.due(at(9.999999))) == []
    assert list(ports.register.due(at(20))) == [first, second]
    assert list(ports.register.due(at(20), limit=1)) == [first]


def name(ports: Ports, one: CaseSummary, *tokens: str, destroys_key: bool = False) -> CaseSummary:
    """Commit an event of a case that names these things."""
    ports.journal.commit(
        Change(
            case=one.case_id,
            expected_version=one.version - 1,
            summary=one,
            tokens=tokens,
            events=(new_event(),),
            destroys_key=destroys_key,
        )
    )
    return one


def test_cases_that_name_the_same_are_found(ports: Ports) -> None:
    """Whoever shares more comes first; what a case names no more does not find it."""
    first = name(ports, summary(case_id(1), 1), "account a@b.example", "phone +12025550123")
    second = name(ports, summary(case_id(2), 1), "phone +12025550123")
    name(ports, summary(case_id(3), 1), "phone +12025550199")
    wanted = ("phone +12025550123", "account a@b.example")

    assert list(ports.register.alike(wanted)) == [first, second]
    assert list(ports.register.alike(wanted, limit=1)) == [first]
    assert list(ports.register.alike(("user 1",))) == []

    changed = name(ports, summary(case_id(1), 2), "user 1")

    assert list(ports.register.alike(wanted)) == [second]
    assert list(ports.register.alike(("user 1",))) == [changed]


def test_other_changes_leave_what_a_case_names(ports: Ports) -> None:
    """Only a change that says what it names now replaces it."""
    name(ports, summary(case_id(1), 1), "user 1")
    last = put(ports, summary(case_id(1), 2))

    assert list(ports.register.alike(("user 1",))) == [last]


def test_an_erased_case_is_not_found_by_what_it_named(ports: Ports) -> None:
    """With the key of a case goes what was kept of its names."""
    name(ports, summary(case_id(1), 1), "user 1")
    name(ports, summary(case_id(1), 2), "user 1", destroys_key=True)

    assert list(ports.register.alike(("user 1",))) == []
