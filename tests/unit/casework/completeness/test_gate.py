"""The gate: what it says of a request beside the example requests, one rule a case."""

import pytest
from attrs import evolve

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import Asked, Indication, Surroundings, nowhere
from longbien.casework.completeness.gate import MOST, check_request, tokens_of
from longbien.casework.completeness.periods import find_period
from longbien.casework.completeness.words_english import WORDS
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load
from outside import REPOSITORY

NOW = Instant.parse("2026-11-21T03:00:00Z")
VN = StateCode("VN")


def remarks(
    kind: str = "mla_stored_data",
    around: Surroundings | None = None,
    basis: tuple[str, ...] = ("UNCC 44",),
    **fields: str,
) -> tuple[Warned, ...]:
    """Return what the gate says of a request with these fields."""
    asked = Asked(kind=kind, contents=tuple(fields.items()), legal_basis=basis)
    return check_request(asked, law=load(), now=NOW, around=around or Surroundings())


def facts(found: tuple[Warned, ...], code: str) -> dict[str, str]:
    """Return the facts of the only remark of a code."""
    (one,) = (each for each in found if each.code == code)
    return dict(one.facts)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ip 8.8.4.4 port 0 at 2026-11-02T10:15:00Z", "identifier.tail"),
        ("ip 8.8.4.4 port 99999 at 2026-11-02T10:15:00Z", "identifier.tail"),
        ("ip 8.8.4.4 port x at 2026-11-02T10:15:00Z", "identifier.tail"),
        ("ip 8.8.4.4 port 1 at yesterday", "identifier.tail"),
        ("ip 8.8.4.4 port 1 at 2027-11-02T10:15:00Z", "time.future"),
        ("ip 8.8.4.4 port 1", "ip.no-time"),
        ("user 1\nuser 1", "identifier.twice"),
        ("nothing of that sort", "identifier.unreadable"),
        ("person", "identifier.unreadable"),
    ],
)
def test_a_line_of_identifiers(line: str, code: str) -> None:
    """Each slip has a code of its own, and names its line."""
    found = facts(remarks("subscriber_information", identifier=line), code)

    assert found["field"] == "identifier"
    assert found["line"] == str(len(line.splitlines()))


def test_an_address_may_name_its_port_and_its_time_in_any_order() -> None:
    """And a period instead of an instant."""
    line = "ip 8.8.4.4 at 2026-11-02T10:15:00Z/2026-11-02T10:20:00Z port 1"
    codes = {one.code for one in remarks("subscriber_information", identifier=line)}

    assert not codes & {"ip.no-port", "ip.no-time", "identifier.tail", "identifier.unreadable"}


def test_a_word_that_is_also_a_kind_begins_a_sentence() -> None:
    """In a description only what looks like a value is read as one."""
    text = "phone calls are of no interest\nperson of interest: the seller\nwallet of the seller"

    codes = {one.code for one in remarks(persons_items_accounts=text)}

    assert not any(code.startswith(("identifier.", "phone.", "wallet.")) for code in codes)


def test_what_stands_in_prose_is_judged_for_what_it_says() -> None:
    """A checksum that fails and an address without any time; no port is asked for."""
    text = "He paid to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb from 8.8.4.4 and wrote to bob@gov.vn."

    found = remarks(facts_summary=text)

    assert facts(found, "identifier.checksum")["kind"] == "wallet"
    assert facts(found, "ip.no-time")["line"] == "1"
    assert not any(one.code == "ip.no-port" for one in found)
    below = remarks(persons_items_accounts=f"He did this:\n\n{text} See https://gov.vn/ too.")
    assert facts(below, "ip.no-time")["line"] == "3"
    assert not any(one.code == "url.whole-site" for one in below)
    told = f"On 2026-11-02T10:15:00Z: {text}"
    assert not any(one.code == "ip.no-time" for one in remarks(facts_summary=told))


def test_where_an_address_was_registered_is_a_hint() -> None:
    """With its source and its date, and told apart where it is another State."""
    line = "ip 8.8.4.4 port 1 at 2026-11-02T10:15:00Z"

    def around(state: str, peer: StateCode | None) -> Surroundings:
        hint = Indication(state=state, source="registry", date="2026-11-20")
        return Surroundings(peer=peer, locate=lambda _: hint)

    def told(state: str, peer: StateCode | None) -> tuple[Warned, ...]:
        return remarks("subscriber_information", around(state, peer), identifier=line)

    assert facts(told("VN", VN), "ip.indicated")["date"] == "2026-11-20"
    assert facts(told("US", None), "ip.indicated")["source"] == "registry"
    elsewhere = facts(told("US", VN), "ip.elsewhere")
    assert (elsewhere["state"], elsewhere["line"]) == ("US", "1")
    booked = "ip 203.0.113.9 port 1 at 2026-11-02T10:15:00Z"
    for exercise in (True, False):
        near = evolve(around("US", None), is_exercise=exercise)
        found = remarks("subscriber_information", near, identifier=booked)
        assert any(one.code == "ip.indicated" for one in found) is exercise
    assert nowhere("8.8.4.4") is None
    silent = remarks("subscriber_information", identifier=line)
    assert not any(one.code in {"ip.indicated", "ip.elsewhere"} for one in silent)


def test_a_period_is_judged_by_what_is_asked_for() -> None:
    """Stored data lie in the past, data in real time do not."""
    past = "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"
    coming = "2026-12-01T00:00:00Z/2026-12-02T00:00:00Z"

    stored = {one.code for one in remarks(time_period=coming)}
    live = {one.code for one in remarks("mla_traffic_realtime", period_and_justification=past)}

    assert "period.future" in stored
    assert "period.past" in live
    assert find_period("no period") is None
    assert find_period("../..") is None
    assert find_period("x/2026-02-01T00:00:00Z") is None


def test_a_field_that_cannot_be_read_says_how_it_is_written() -> None:
    """By its type; a time without its zone is told as that."""
    unread = remarks("preservation_extension", current_expiry="soon", original_request="x")
    naked = remarks("preservation_extension", current_expiry="2026-12-01T00:00:00")
    period = remarks(time_period="last summer")

    assert sum(one.code == "form.field-form" for one in unread) == 2
    assert facts(naked, "period.no-zone") == {"field": "current_expiry"}
    assert facts(period, "form.field-form")["field"] == "time_period"


def test_an_emergency_of_its_own_kind_names_the_danger() -> None:
    """Article 2(o)."""
    calm = "The minister is displeased by what was written about him in the last week of October."

    found = remarks("emergency_data", emergency_statement=calm)

    assert facts(found, "emergency.no-danger") == {"field": "emergency_statement"}


def test_a_field_that_the_form_does_not_have() -> None:
    """Told as a note; a kind that no form is known of has neither missing nor unknown fields."""
    found = remarks(of_tomorrow="x")
    unknown = remarks("of-tomorrow", of_tomorrow="x")

    assert facts(found, "form.field-unknown") == {"field": "of_tomorrow"}
    assert not any(one.code.startswith("form.") for one in unknown)


@pytest.mark.parametrize(
    ("basis", "not_in_force", "expected"),
    [
        ("UNCC 44", (), []),
        ("UNCC 44", ("UNCC",), ["basis.not-in-force"]),
        ("Hanoi Convention", (), ["basis.article"]),
        ("Convention on Cybercrime (ETS 185)", (), ["basis.article"]),
        ("UNTOC 18", ("UNCC",), []),
        ("reciprocity", ("UNCC",), []),
        ("friendship", ("UNCC",), ["basis.unknown"]),
    ],
)
def test_legal_bases(basis: str, not_in_force: tuple[str, ...], expected: list[str]) -> None:
    """Known, with an article, and not known to bind nobody; what is not recorded is not told."""
    found = remarks(around=Surroundings(not_in_force=not_in_force), basis=(basis,))

    assert [one.code for one in found if one.code.startswith("basis.")] == expected


def test_what_does_not_bind_is_wrong_where_nothing_else_carries_the_request() -> None:
    """Beside a basis that may carry it, it is a note; what is in force is told by its name."""
    around = Surroundings(in_force=("BUDAPEST",), not_in_force=("UNCC",))

    def told(*basis: str) -> tuple[Severity, str]:
        found = remarks(around=around, basis=basis)
        (one,) = [one for one in found if one.code == "basis.not-in-force"]
        return one.severity, dict(one.facts)["others"]

    assert told("UNCC 44") == (Severity.WRONG, "Convention on Cybercrime (Budapest)")
    assert told("UNCC 44", "Budapest 31")[0] is Severity.NOTE
    assert told("UNCC 44", "friendship")[0] is Severity.WRONG
    none = remarks(around=Surroundings(not_in_force=("UNCC",)), basis=("UNCC 44",))
    assert facts(none, "basis.not-in-force")["others"].startswith("none that we know")


def test_a_long_list_of_remarks_is_cut() -> None:
    """What cannot be read any more is counted, and all of it can be recorded."""
    lines = "\n".join(f"imei 49015420323{number}" for number in range(100, 300))

    found = remarks("subscriber_information", identifier=lines)

    assert len(found) == MOST + 1
    assert found[-1].code == "gate.more"


def test_tokens_are_the_same_however_a_thing_is_written() -> None:
    """Spaces, capitals and dots are no difference; what cannot be read has none."""

    def tokens(line: str) -> tuple[str, ...]:
        return tokens_of(Asked(kind="subscriber_information", contents=(("identifier", line),)))

    assert tokens("phone +84 912 345 678") == tokens("phone +84-912-345-678")
    assert tokens("account Bob@Gov.VN.") == tokens("account bob@gov.vn")
    assert tokens("imei 49-015420-323751-8") == tokens("imei 490154203237518")
    assert tokens("imei 490154203237517") == tokens("person somebody") == ()


def test_nothing_that_was_typed_stands_in_a_remark() -> None:
    """A warning is shown where the content of a case is not: it names places, not values."""
    typed = "seller-4711@market.example"
    found = remarks("subscriber_information", identifier=f"account {typed}\nimei 490154203237517")

    assert found
    for one in found:
        told = " ".join(text for _, text in one.facts)
        assert typed not in told
        assert "4901542" not in told


def test_each_remark_has_a_row_among_the_codes() -> None:
    """Whatever the gate can say is explained in spec/codes.md."""
    rows = (REPOSITORY / "spec" / "codes.md").read_text(encoding="utf-8")

    assert [code for code in WORDS if f"| `{code}` | warning |" not in rows] == []
    assert list(Severity) == ["missing", "wrong", "risky", "note"]
