import json
from datetime import timedelta

import pytest
from attrs import evolve

import store_world
from api_world import ASK, NOBODY, Door, Pair, asked
from longbien.casework.case import CaseSummary, Due, Duty
from longbien.directory.entry import Authority
from longbien.node.calendars import find_calendar
from longbien.node.store.group import write_summaries
from longbien.primitives.ids import AuthorityId
from longbien.primitives.instants import Instant

IL = AuthorityId("IL/contact-point")


def fill(pair: Pair, count: int) -> None:
    """Put cases into IL's list, as the journal would have."""
    at = pair.il.clock()
    master = pair.il.node.store.keys.master
    write_summaries(pair.il.alias, master, [_summary(number, at) for number in range(count)])


def _summary(number: int, at: Instant) -> CaseSummary:
    found = store_world.summary(store_world.case_id(number), 1)
    due = Due(clock="reply-due", at=at.plus(timedelta(minutes=number // 3)), rule="41(1)")
    return evolve(found, own=IL, next_due=due if number % 4 else None)


def everything(door: Door, query: str = "", *, between: object = None) -> list[str]:
    """Read a list to its end."""
    found: list[str] = []
    after = ""
    while True:
        page = door.get(f"/cases?limit=100{query}{after}").json
        found += [one["case"] for one in page["cases"]]
        if page["next"] is None:
            return found
        if between:
            between(len(found))
        after = f"&after={page['next']}"


def test_a_long_list_is_read_page_by_page(pair: Pair) -> None:
    """1,200 cases: each once, most pressing first, those without a clock last."""
    fill(pair, 1200)
    dana = pair.il.door("dana")

    found = everything(dana)

    with_clock = [n for n in range(1200) if n % 4]
    assert len(found) == len(set(found)) == 1200
    assert set(found[: len(with_clock)]) == {str(store_world.case_id(n)) for n in with_clock}


def test_what_changes_meanwhile_doubles_and_hides_nothing(pair: Pair) -> None:
    """Cases that are opened between two pages shift no other case over the edge of a page."""
    fill(pair, 1100)
    dana = pair.il.door("dana")
    before = {one["case"] for one in dana.get("/cases?limit=500").json["cases"]}
    new: list[str] = []

    def between(_count: int) -> None:
        new.append(dana.post("/cases", ASK).json["case"])

    found = everything(dana, between=between)

    assert len(new) >= 10
    assert len(found) == len(set(found))
    assert set(found) - set(new) == {str(store_world.case_id(n)) for n in range(1100)}
    assert before <= set(found)


def test_a_list_is_narrowed(pair: Pair) -> None:
    """By state, kind and peer, alone and together; a filter that is none is refused."""
    dana = pair.il.door("dana")
    case = dana.post("/cases", ASK).json["case"]
    state = dana.get(f"/cases/{case}/summary").json["state"]

    assert everything(dana, "&kind=preservation&peer=VN") == [case]
    assert everything(dana, f"&state={state}") == [case]
    assert everything(dana, "&kind=drill") == []
    assert everything(dana, "&peer=FR") == []
    assert dana.get("/cases?knid=drill").code == "api.filter"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "state=%00", "kind=A%20B", "peer=vn", "after=%FF"]
)
def test_a_filter_in_another_form_is_refused(pair: Pair, query: str) -> None:
    """With the name of the field, before the database is asked."""
    found = pair.il.door("dana").get(f"/cases?{query}")

    assert (found.status, found.code) == (422, "api.request")
    assert found.json["errors"][0]["at"] == f"query.{query.partition('=')[0]}"


@pytest.mark.parametrize("query", ["peer=VN&peer=IL", "limit=5&limit=5", "x=1&peer=VN&x=2"])
def test_what_is_asked_twice_is_refused(pair: Pair, query: str) -> None:
    """Two readers of one query could each take another one of two values."""
    found = pair.il.door("dana").get(f"/cases?{query}")

    assert (found.status, found.code) == (400, "api.query-twice")


def test_a_cursor_belongs_to_its_list(pair: Pair) -> None:
    """With other filters, or made up, it is refused."""
    fill(pair, 10)
    dana = pair.il.door("dana")
    cursor = dana.get("/cases?limit=5").json["next"]

    assert dana.get(f"/cases?limit=5&after={cursor}").status == 200
    assert dana.get(f"/cases?kind=drill&after={cursor}").code == "register.cursor"
    assert dana.get("/cases?after=AAAA").code == "register.cursor"


def test_each_authority_has_its_list(pair: Pair) -> None:
    """A list holds the own authority's cases, whatever is asked."""
    dana, case = asked(pair)
    linh, binh = pair.vn.door("linh"), pair.vn.door("binh", authority="central-authority")

    assert everything(dana) == everything(linh) == [case]
    assert everything(binh) == []


def test_reading_is_noted_with_its_reason(pair: Pair) -> None:
    """Who has read what and why is there for the auditor, oldest first, words as they were."""
    dana, case = asked(pair)
    omar = pair.il.door("omar", Duty.AUDITOR)

    dana.get(f"/cases/{case}", reason="kiểm tra 100%25")
    dana.get(f"/cases/{case}/events", reason="to check")
    dana.get(f"/cases/{case}/receipts", reason="to prove")
    dana.get(f"/cases/{case}/advice", reason="to ask well")
    found = omar.get(f"/cases/{case}/accesses").json["accesses"]

    assert [(one["by"], one["what"]) for one in found] == [
        ("dana", "case"),
        ("dana", "events"),
        ("dana", "receipts"),
        ("dana", "advice"),
    ]
    assert found[0]["reason"] == "kiểm tra 100%25"
    assert dana.get(f"/cases/{case}/accesses").status == 200
    assert pair.il.door("li", Duty.CASE_OFFICER).get(f"/cases/{case}/accesses").status == 403


def test_both_officers_see_what_the_law_says(pair: Pair) -> None:
    """Legal bases, scope and conduct: the same advice on either side, and no decision in it."""
    dana, case = asked(pair)
    linh = pair.vn.door("linh")

    ours = dana.get(f"/cases/{case}/advice", reason="to ask well").json
    theirs = linh.get(f"/cases/{case}/advice?compare=true", reason="to decide").json
    assert ours["bases"] == theirs["bases"]
    assert [one["code"] for one in ours["remarks"]] == ["compare.not-needed"]
    assert theirs["remarks"] == []


def test_nothing_is_read_without_a_reason(pair: Pair) -> None:
    """No reason, an empty one, one of unseen characters: refused, nothing shown."""
    dana, case = asked(pair)

    without = dana.get(f"/cases/{case}")
    blank = dana.get(f"/cases/{case}", **{"Longbien-Reason": "%20"})
    hidden = dana.get(f"/cases/{case}", **{"Longbien-Reason": "a%E2%80%AEb"})
    broken = dana.get(f"/cases/{case}", **{"Longbien-Reason": "%FF"})

    assert (without.status, without.code) == (422, "api.request")
    assert (blank.status, blank.code) == (422, "desk.no-reason")
    assert (hidden.status, hidden.code) == (422, "desk.no-reason")
    assert (broken.status, broken.code) == (400, "api.header")


def test_a_case_that_is_known_is_not_shown_again(pair: Pair) -> None:
    """If-None-Match with its ETag: 304, nothing shown, nothing noted; otherwise all of it."""
    dana, case = asked(pair)
    auditor = pair.il.door("omar", Duty.AUDITOR)
    first = dana.get(f"/cases/{case}", reason="to see")

    again = dana.get(f"/cases/{case}", reason="again", **{"If-None-Match": first.headers["ETag"]})
    dana.act(case, "give-status", text="under way")
    changed = dana.get(f"/cases/{case}", reason="new", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status, again.body) == (304, b"")
    assert changed.status == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert len(auditor.get(f"/cases/{case}/accesses").json["accesses"]) == 2


def test_who_keeps_the_machine_reads_nothing(pair: Pair) -> None:
    """An administrator sees lists and no content."""
    _, case = asked(pair)
    admin = pair.il.door("ad", Duty.ADMINISTRATOR)

    assert admin.get("/cases").json["cases"][0]["case"] == case
    for path in ("", "/events", "/receipts"):
        found = admin.get(f"/cases/{case}{path}", reason="curious")
        assert (found.status, found.code) == (403, "desk.may-not-read")


def test_events_are_the_journal(pair: Pair) -> None:
    """Every entry with its kind, time and content, in order."""
    dana, case = asked(pair)

    found = dana.get(f"/cases/{case}/events", reason="to see").json["events"]

    assert [one["kind"] for one in found] == [
        "case-opened",
        "rules-warned",
        "statement-sent",
        "receipt-noted",
    ]
    assert [one["version"] for one in found] == [1, 2, 3, 4]
    assert found[2]["body"]["statement"]["content"]["contents"] == ASK["contents"]


def test_receipts_are_what_was_signed(pair: Pair) -> None:
    """Both States show the same document for one message: DSSE, with two signatures."""
    dana, case = asked(pair)
    linh = pair.vn.door("linh")

    ours = dana.get(f"/cases/{case}/receipts", reason="to prove").json["receipts"]
    theirs = linh.get(f"/cases/{case}/receipts", reason="to prove").json["receipts"]

    assert [(one["direction"], one["outcome"]) for one in ours] == [("sent", "accepted")]
    assert [(one["direction"], one["outcome"]) for one in theirs] == [("received", "accepted")]
    assert ours[0]["document"] == theirs[0]["document"]
    assert len(json.loads(ours[0]["document"])["signatures"]) == 2


def test_an_unknown_case_is_unknown(pair: Pair) -> None:
    """404 for an id that nobody has, with the code of a case of others."""
    found = pair.il.door("dana").get(f"/cases/{NOBODY}", reason="curious")

    assert (found.status, found.code) == (404, "desk.no-such-case")


def test_the_phone_book_is_there(pair: Pair) -> None:
    """Both States with their authorities, and whether an entry has run out."""
    dana = pair.il.door("dana")

    fresh = dana.get("/directory").json
    pair.il.clock.advance(days=29)
    later = dana.get("/directory").json

    assert fresh["own"] == "IL"
    assert [one["state"] for one in fresh["states"]] == ["IL", "VN"]
    assert [one["id"] for one in fresh["states"][1]["authorities"]] == [
        "VN/central-authority",
        "VN/contact-point",
    ]
    assert [one["is_expired"] for one in fresh["states"]] == [False, False]
    assert later["exercise"] is True


def test_what_rings_is_the_own_authoritys(pair: Pair) -> None:
    """A clock that has run out rings at the own desk and at no other."""
    _, case = asked(pair)
    linh, binh = pair.vn.door("linh"), pair.vn.door("binh", authority="central-authority")
    pair.vn.clock.advance(hours=3)

    rings = linh.get("/alarms").json["ringing"]

    assert [(one["case"], one["due"]["clock"]) for one in rings] == [(case, "acknowledge-by")]
    assert rings[0]["late"] == 7200
    assert binh.get("/alarms").json["ringing"] == []


def test_a_clock_is_shown_with_both_contact_points(pair: Pair) -> None:
    """Its rule, its start, whose word it is; local times, days without work, until when to act."""
    _, case = asked(pair)
    linh = pair.vn.door("linh")
    saturday = "2027-01-23T09:00:00Z"
    effective_at = str(pair.vn.clock())
    linh.act(case, "confirm-preservation", effective_at=effective_at, until=saturday)

    found = linh.get(f"/cases/{case}", reason="check").json["clocks"]

    (clock,) = (one for one in found if one["clock"] == "preserved-until")
    assert (clock["at"], clock["rule"]) == (saturday, "42(8) M")
    assert (clock["rule_id"], clock["is_binding"]) == ("uncc-42-8-floor", False)
    assert clock["confirmed_by"] == "linh"
    assert clock["since"]
    assert {one["state"] for one in clock["places"]} == {"IL", "VN"}
    assert {one["cause"] for one in clock["closed"]} == {"weekend"}
    assert clock["act_by"] < saturday


def test_a_calendar_that_is_not_known_stops_nothing(pair: Pair) -> None:
    """An authority of no entry, or an entry with a zone that does not exist."""
    book, now = pair.vn.node.directory.book(), pair.vn.clock()
    known = book.get_authority(IL)

    assert find_calendar(book, AuthorityId("IL/nobody"), now=now) is None
    assert find_calendar(_Book(evolve(known, time_zone="Mars/Olympus")), IL, now=now) is None  # type: ignore[arg-type]  # a stand-in
    found = find_calendar(book, IL, now=now)
    assert found is not None
    assert found.zone_name == known.time_zone


class _Book:
    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def find_authority(self, _: AuthorityId) -> Authority:
        """Return the only one."""
        return self._authority
