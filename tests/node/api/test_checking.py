"""The check of a request at the interface: the same remarks, and nothing stored."""

import shutil
from pathlib import Path

from api_world import ASK, Clock, Pair, Template, open_pair


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


def test_where_an_address_was_registered_is_told(
    template: Template, tmp_path: Path, clock: Clock
) -> None:
    """Out of the file that the operator gave: a hint with its source and date, both times."""
    made = tmp_path / "made"
    shutil.copytree(template.folder, made)
    folder = made / "IL" / "registries"
    folder.mkdir()
    (folder / "delegated-apnic-extended-latest").write_text(
        "2|apnic|20261120|1|19830101|20261119|+1000\n"
        "apnic|FR|ipv4|203.0.113.0|256|20100101|allocated|A1\n"
    )
    line = "ip 203.0.113.9 port 4711 at 2026-11-02T10:15:00Z"
    request = {**ASK, "contents": {**ASK["contents"], "data_and_relation": line}}
    with open_pair(made, tmp_path / "nodes", clock=clock) as pair:
        dana = pair.il.door("dana")
        checked = dana.post("/requests/check", request).json["warnings"]
        sent = dana.post("/cases", request).json["warnings"]

    (told,) = [one for one in checked if one["code"] == "ip.elsewhere"]
    at = {"field": "data_and_relation"}
    assert told["facts"] == {
        "date": "2026-11-19",
        "line": "1",
        "source": "APNIC",
        "state": "FR",
        **at,
    }
    assert "Indicative: FR (APNIC, 2026-11-19)" in told["sentence"]
    assert checked == sent
