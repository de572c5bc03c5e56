"""Measures, arrangements, persons and hand-overs at the interface, between two nodes."""

from typing import Any

from api_world import ASK, Door, Pair
from longbien.exercise.safeguard_records import RECORD

NOON = "2030-01-01T12:00:00Z"


def opened(pair: Pair, kind: str) -> str:
    """Let IL ask for something that takes two officers, and VN take it up."""
    dana = pair.il.door("dana")
    told = {**ASK, "kind": kind, "safeguards": RECORD}
    case = str(dana.post("/cases", told).json["case"])
    approve(pair, case, dana, pair.il.door("omar"))
    pair.deliver()
    return case


def approve(pair: Pair, case: str, reader: Door, second: Door) -> None:
    """Let a second officer approve what waits, and let it arrive."""
    proposals = reader.get(f"/cases/{case}", reason="check").json["proposals"]
    number = next(one["number"] for one in proposals if one["is_open"])
    found = second.act(case, "approve", proposal=number, reasons="in order")
    assert found.status == 200, found.code
    pair.deliver()


def seen(door: Door, case: str) -> dict[str, Any]:
    """Return a case as an officer reads it."""
    found: dict[str, Any] = door.get(f"/cases/{case}", reason="check").json
    return found


def test_a_freezing_from_the_request_to_its_lifting(pair: Pair) -> None:
    """In force, lifting proposed, heard, kept, lifted: both States read the same."""
    dana, linh, minh = pair.il.door("dana"), pair.vn.door("linh"), pair.vn.door("minh")
    case = opened(pair, "asset_trace_freeze_seize")
    linh.act(case, "accept")
    measure = {
        "measure": "freezing",
        "effective_at": NOON,
        "authority": "the district court",
        "legal_basis": ["UNCC 50(2)"],
        "safeguards": RECORD,
    }
    linh.act(case, "report-measure", **measure)
    approve(pair, case, linh, minh)
    linh.act(case, "disclose-information", text="one account", legal_basis=["x"], safeguards=RECORD)
    approve(pair, case, linh, minh)
    linh.act(case, "propose-lifting", reasons="no evidence came", ground="50(7)")
    pair.deliver()
    number = seen(dana, case)["liftings"][0]["number"]
    assert seen(dana, case)["state"] == "lifting-proposed"

    dana.act(case, "answer-lifting", proposal=number, text="it comes next week")
    pair.deliver()
    linh.act(case, "lift-measure", lifted_at=NOON, reasons="still nothing")
    approve(pair, case, linh, minh)

    assert seen(dana, case)["measure"] == {
        "measure": "freezing",
        "effective_at": NOON,
        "until": None,
        "authority": "the district court",
        "lifted_at": NOON,
    }
    assert seen(dana, case)["state"] == seen(linh, case)["state"] == "lifted"
    assert seen(linh, case)["liftings"] == seen(dana, case)["liftings"]


def test_a_person_is_transferred_and_comes_back(pair: Pair) -> None:
    """Consent, safe conduct, arrangement, hand-over and return, each told to both."""
    dana, linh = pair.il.door("dana"), pair.vn.door("linh")
    omar, minh = pair.il.door("omar"), pair.vn.door("minh")
    case = opened(pair, "transfer_of_detained_person")
    linh.act(case, "record-consent", is_given=True, given_at=NOON, before="the court")
    approve(pair, case, linh, minh)
    dana.act(case, "give-safe-conduct", begins_at=NOON, text="for all earlier acts")
    approve(pair, case, dana, omar)
    linh.act(case, "propose-arrangement", at=NOON, place="the airport", text="two escorts")
    pair.deliver()
    number = seen(dana, case)["arrangements"][0]["number"]
    dana.act(case, "agree-to-arrangement", arrangement=number)
    linh.act(case, "accept")
    linh.act(
        case,
        "hand-over",
        at=NOON,
        place="the airport",
        text="one person",
        legal_basis=["UNCC 40(9)"],
        safeguards=RECORD,
    )
    approve(pair, case, linh, minh)
    dana.act(case, "end-presence", told_at=NOON)
    dana.act(case, "hand-back", at=NOON, place="the airport")
    pair.deliver()

    assert seen(linh, case)["state"] == seen(dana, case)["state"] == "handed-back"
    assert seen(linh, case)["person"] == {
        "consent": True,
        "safe_conduct_from": NOON,
        "presence_ended_at": NOON,
        "handed_over_at": NOON,
        "handed_back_at": NOON,
    }
    assert seen(linh, case)["arrangements"][0]["agreed"] > 0
