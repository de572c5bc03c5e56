"""The check of a request at the interface: the same remarks, and nothing stored."""

from api_world import ASK, Pair


def test_a_request_is_checked_without_a_trace(pair: Pair) -> None:
    """No case, no entry in the ledger, no key needed; the remarks are those of sending."""
    dana = pair.il.door("dana")
    before = pair.il.node.store.ledger.size()

    checked = dana.post("/requests/check", ASK)

    assert checked.status == 200
    assert pair.il.node.store.ledger.size() == before
    assert dana.get("/cases").json["cases"] == []
    sent = dana.post("/cases", ASK, key="mine")
    assert checked.json["warnings"] == sent.json["warnings"]
    assert {"severity", "sentence", "code", "ref", "facts", "confidence"} == set(
        checked.json["warnings"][0]
    )


def test_only_requests_are_checked(pair: Pair) -> None:
    """A drill has nothing to be checked; who may only read checks nothing."""
    drill = {"verb": "call-drill", "peer": "VN/contact-point", "answer_by": "2026-12-01T00:00:00Z"}

    assert pair.il.door("dana").post("/requests/check", drill).code == "api.request"
