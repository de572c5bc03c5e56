from datetime import timedelta

from attrs import fields

from api_world import ASK, NOBODY, Clock, Door, Pair, asked
from longbien.casework.case import Duty
from longbien.desk.verbs import OPENING, VERBS
from longbien.exercise.safeguard_records import RECORD
from longbien.node.api.bodies import ACTS, AskBody, CallDrillBody, GiveInformationBody
from longbien.node.store.officers import Scope

DRAWN = {"case_id", "exercise", "challenge"}


def test_every_verb_of_the_desk_has_its_body() -> None:
    """Each verb can be called, but taking an exhibit: that is the upload's."""
    assert set(ACTS) == set(VERBS) - {"take-exhibit"}
    assert {verb: body.command for verb, body in ACTS.items()} == {
        verb: command for verb, command in VERBS.items() if verb != "take-exhibit"
    }
    opening = (AskBody, GiveInformationBody, CallDrillBody)
    assert {body.command for body in opening} == set(OPENING.values())


def test_a_body_has_the_fields_of_its_command() -> None:
    """Field by field, with the same defaults; what the house draws is in none."""
    for body in (*ACTS.values(), AskBody, GiveInformationBody, CallDrillBody):
        told = {name: one for name, one in body.model_fields.items() if name != "verb"}
        known = {one.name: one for one in fields(body.command) if one.name not in DRAWN}

        if body is not ACTS["answer-drill"]:
            assert set(told) == set(known), body
        for name, one in told.items():
            if not one.is_required():
                assert one.default == known[name].default, (body, name)


def test_a_case_is_opened_and_found_again(pair: Pair) -> None:
    """201 with the place of the case, its version and what is on its way."""
    dana = pair.il.door("dana")

    opened = dana.post("/cases", ASK)

    case = opened.json["case"]
    assert opened.status == 201
    assert opened.headers["Location"] == f"/api/v1/cases/{case}"
    assert opened.headers["ETag"] == f'"{opened.json["version"]}"'
    assert len(opened.json["messages"]) == 1
    assert opened.json["repeated"] is False
    assert (
        dana.get(f"/cases/{case}", reason="to see it").json["request"]["contents"]
        == (ASK["contents"])
    )


def test_the_same_key_does_it_once(pair: Pair) -> None:
    """A call that is made again gets the first answer, marked as repeated; nothing is done."""
    dana = pair.il.door("dana")

    first = dana.post("/cases", ASK, key="k-1")
    again = dana.post("/cases", ASK, key="k-1")
    other = dana.post("/cases", {**ASK, "legal_basis": ["Budapest"]}, key="k-1")

    assert again.json == {**first.json, "repeated": True}
    assert (other.status, other.code) == (422, "call.other-request")
    assert len(dana.get("/cases").json["cases"]) == 1


def test_keys_of_two_officers_never_meet(pair: Pair) -> None:
    """Another officer's same key is another call; the same officer's with a new token is not."""
    dana, omar = pair.il.door("dana"), pair.il.door("omar")

    first = dana.post("/cases", ASK, key="k-1").json["case"]
    second = omar.post("/cases", ASK, key="k-1").json["case"]
    third = pair.il.door("dana").post("/cases", ASK, key="k-1").json["case"]

    assert first != second
    assert third == first


def test_a_key_is_asked_for(pair: Pair) -> None:
    """A change without a key, or with one that is none, is refused before anything is done."""
    dana = pair.il.door("dana")

    without = dana.ask("POST", "/cases", body=b"{}", headers={"Content-Type": "application/json"})
    odd = dana.post("/cases", ASK, key="with space")

    assert (without.status, without.code) == (422, "api.request")
    assert {"at": "header.Idempotency-Key", "code": "missing"} in without.json["errors"]
    assert (odd.status, odd.code) == (422, "api.request")
    assert dana.get("/cases").json["cases"] == []


def test_an_unknown_field_is_refused(pair: Pair) -> None:
    """Field names of the request are told, values are not."""
    dana = pair.il.door("dana")

    found = dana.post("/cases", {**ASK, "exercise": False, "peer": 7})

    assert (found.status, found.code) == (422, "api.request")
    assert found.json["errors"] == [
        {"at": "ask.peer", "code": "id.form"},
        {"at": "ask.exercise", "code": "extra_forbidden"},
    ]


def test_an_officer_decides_on_what_was_seen(pair: Pair) -> None:
    """If-Match with an older version is 412 and does nothing; with the newest one it is done."""
    _, case = asked(pair)
    linh = pair.vn.door("linh")
    seen = linh.get(f"/cases/{case}/summary").headers["ETag"]

    first = linh.act(case, "acknowledge", seen=seen)
    late = linh.act(case, "warn", seen=seen, cause="prejudice", text="careful")
    odd = linh.act(case, "warn", seen="W/x", cause="prejudice", text="careful")
    anyhow = linh.act(case, "warn", seen="*", cause="prejudice", text="careful")

    assert first.status == 200
    assert (late.status, late.code) == (412, "desk.moved-on")
    assert (odd.status, odd.code) == (400, "api.header")
    assert anyhow.status == 200
    assert anyhow.json["version"] == first.json["version"] + 1


def test_a_repeated_act_is_answered_though_the_case_has_moved_on(pair: Pair) -> None:
    """The key counts before the version: whoever got no answer gets it."""
    _, case = asked(pair)
    linh = pair.vn.door("linh")
    seen = linh.get(f"/cases/{case}/summary").headers["ETag"]

    first = linh.act(case, "acknowledge", key="k", seen=seen)
    again = linh.act(case, "acknowledge", key="k", seen=seen)

    assert again.json == {**first.json, "repeated": True}


def test_everybody_may_do_what_the_duties_say(pair: Pair) -> None:
    """Owner, colleague of another duty, another authority, stranger: one act, four answers."""
    _, case = asked(pair)
    vn = pair.vn
    cast = {
        "linh": vn.door("linh", Duty.DUTY_OFFICER),
        "auditor": vn.door("an", Duty.AUDITOR),
        "other": vn.door("binh", authority="central-authority"),
        "reader": vn.door("chi", Duty.DUTY_OFFICER, scopes=(Scope.READ,)),
        "stranger": Door(application=vn.application, token="lbt_" + "0" * 16 + "_" + "A" * 43),
        "nobody": Door(application=vn.application),
    }

    found = {name: door.act(case, "acknowledge") for name, door in cast.items()}

    codes = {name: (one.status, one.json.get("code")) for name, one in found.items()}
    assert codes == {
        "linh": (200, None),
        "auditor": (403, "officer.duty"),
        "other": (404, "desk.no-such-case"),
        "reader": (403, "api.scope"),
        "stranger": (401, "api.token"),
        "nobody": (401, "api.no-token"),
    }


def test_a_case_of_another_authority_looks_like_none(pair: Pair) -> None:
    """Byte for byte: whoever probes for cases learns nothing, with or without the duty."""
    _, case = asked(pair)
    for duties in ((Duty.AUDITOR,), tuple(Duty)):
        binh = pair.vn.door(f"binh{len(duties)}", *duties, authority="central-authority")
        for path in ("", "/summary", "/events", "/receipts", "/accesses"):
            foreign = binh.get(f"/cases/{case}{path}", reason="curious")
            unknown = binh.get(f"/cases/{NOBODY}{path}", reason="curious")

            if foreign.code != "desk.auditor-only":
                assert (foreign.status, foreign.code) == (404, "desk.no-such-case"), path
            assert foreign.body == unknown.body
        for verb in ("acknowledge", "confirm-emergency"):
            assert binh.act(case, verb).body == binh.act(NOBODY, verb).body


def test_two_officers_stay_two(pair: Pair) -> None:
    """Four eyes are the casework's: one officer's own approval is refused through this door too."""
    dana, omar = pair.il.door("dana"), pair.il.door("omar")
    case = dana.post("/cases", {**ASK, "kind": "mla_stored_data", "safeguards": RECORD}).json[
        "case"
    ]
    number = dana.get(f"/cases/{case}", reason="check").json["proposals"][0]["number"]

    alone = dana.act(case, "approve", proposal=number)
    together = omar.act(case, "approve", proposal=number)

    assert (alone.status, alone.code) == (403, "officer.four-eyes")
    assert together.status == 200


def test_a_drill_is_called_and_answered(pair: Pair, clock: Clock) -> None:
    """The node draws the number; a wrong one is refused, the read one is sent."""
    dana, linh = pair.il.door("dana"), pair.vn.door("linh")
    answer_by = str(clock().plus(timedelta(hours=1)))
    case = dana.post(
        "/cases", {"verb": "call-drill", "peer": "VN/contact-point", "answer_by": answer_by}
    ).json["case"]
    pair.deliver()
    number = linh.get(f"/cases/{case}", reason="a drill").json["request"]["challenge"]

    wrong = linh.act(case, "answer-drill", challenge=(number + 1) % 1000)
    right = linh.act(case, "answer-drill", challenge=number)

    assert (wrong.status, wrong.code) == (422, "drill.challenge")
    assert right.status == 200


def test_what_cannot_be_done_now_is_a_conflict(pair: Pair) -> None:
    """The table of the case decides; its refusal is 409 with its code."""
    _, case = asked(pair)
    linh = pair.vn.door("linh")

    found = linh.act(case, "withdraw", reason="no longer needed")

    assert (found.status, found.code) == (409, "transition.refused")


def test_a_kind_that_nobody_knows_is_refused_in_an_emergency_too(pair: Pair) -> None:
    """Nothing is opened; found by texts that were put into every field."""
    dana = pair.il.door("dana")
    emergency = {"is_emergency": True, "emergency": "a life is at risk"}

    found = dana.post("/cases", {**ASK, **emergency, "kind": "NULL"})

    assert (found.status, found.code) == (422, "case.kind")
    assert dana.get("/cases").json["cases"] == []
