import io

import pytest
from structlog.testing import capture_logs

from api_world import ASK, Answer, Door, Pair, asked, begun, environ_of, request
from longbien.casework.case import Duty
from longbien.node.api.application import HEADERS
from longbien.node.api.routes import MAX_BODY
from longbien.node.store.officers import Scope

JSON = {"Content-Type": "application/json", "Idempotency-Key": "k"}


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, size: int = -1, /) -> bytes:
        """Fail the test."""
        raise AssertionError(size)


def unread(pair: Pair, method: str, headers: dict[str, str], length: str) -> Answer:
    """Make a request whose body must not be read."""
    door = pair.il.door("dana")
    return request(
        pair.il.application,
        method,
        "/api/v1/cases",
        headers={"Authorization": f"Bearer {door.token}", **headers},
        stream=Unread(),
        length=length,
    )


@pytest.mark.parametrize(
    ("headers", "length", "status", "code"),
    [
        (JSON, "", 411, "api.no-length"),
        (JSON, "-1", 411, "api.no-length"),
        (JSON, "1e3", 411, "api.no-length"),
        (JSON, str(MAX_BODY + 1), 413, "api.body-size"),
        ({**JSON, "Content-Type": "text/json"}, "2", 415, "api.body-type"),
        ({**JSON, "Content-Type": "application/json; charset=utf-16"}, "2", 415, "api.body-type"),
        ({**JSON, "Content-Type": "multipart/form-data"}, "2", 415, "api.body-type"),
        ({**JSON, "Content-Type": ""}, "2", 415, "api.body-type"),
        ({**JSON, "Host": "evil.example"}, "2", 421, "api.host"),
        ({**JSON, "Authorization": "Basic eA=="}, "2", 401, "api.no-token"),
        ({**JSON, "Authorization": "Bearer x"}, "2", 401, "api.token"),
    ],
)
def test_a_body_is_refused_before_it_is_read(
    pair: Pair, headers: dict[str, str], length: str, status: int, code: str
) -> None:
    """By its length, its type, the host's name, and whoever sends it: not a byte was looked at."""
    found = unread(pair, "POST", headers, length)

    assert (found.status, found.code) == (status, code)
    assert found.headers["Content-Type"] == "application/problem+json"


def test_a_document_at_the_limit_is_read(pair: Pair) -> None:
    """One byte less than too much is judged by what it says."""
    dana = pair.il.door("dana")
    padding = b" " * (MAX_BODY - 2)

    found = dana.post("/cases", b"{" + padding + b"}")

    assert (found.status, found.code) == (422, "api.request")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json.syntax"),
        (b"{", "json.syntax"),
        (b'{"verb":"ask","verb":"ask"}', "json.duplicate-key"),
        (b'{"verb":1.5}', "json.number"),
        (b'{"verb":NaN}', "json.number"),
        (b'{"verb":99999999999999999999}', "json.number"),
        (b"[" * 40 + b"]" * 40, "json.depth"),
        (b'{"verb":"\\ud800"}', "json.syntax"),
        (b'{"\\udfff":1}', "json.syntax"),
        (b'{"verb":"\xff"}', "json.syntax"),
        (b'\xef\xbb\xbf{"verb":"ask"}', "json.syntax"),
    ],
)
def test_json_has_one_meaning(pair: Pair, body: bytes, code: str) -> None:
    """What two readers could read in two ways is refused with the parser's own code."""
    found = pair.il.door("dana").post("/cases", body)

    if body:
        assert (found.status, found.code) == (400, code)
    else:
        assert found.status == 422


@pytest.mark.parametrize("body", [b"null", b"[]", b'"ask"', b"7", b"true", b'{"verb":"sing"}'])
def test_json_of_another_shape_is_refused(pair: Pair, body: bytes) -> None:
    """A document that is no object, or of no verb, is 422."""
    found = pair.il.door("dana").post("/cases", body)

    assert (found.status, found.code) == (422, "api.request")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "api.no-such-path"),
        ("GET", "/cases/x/acts/sing", 404, "api.no-such-path"),
        ("GET", "/cases/x", 422, "api.request"),
        ("DELETE", "/cases", 405, "api.method"),
        ("GET", "/cases/x/acts/acknowledge", 405, "api.method"),
        ("HEAD", "/cases", 405, "api.method"),
        ("TRACE", "/cases", 405, "api.method"),
        ("TRACE", "/nothing", 404, "api.no-such-path"),
    ],
)
def test_an_address_that_is_none(
    pair: Pair, method: str, path: str, status: int, code: str
) -> None:
    """Every answer is a problem document, whoever routes it."""
    found = pair.il.door("dana").ask(method, path)

    assert (found.status, found.code) == (status, code)
    assert ("Allow" in found.headers) == (status == 405)


def test_every_answer_says_what_a_browser_may_not_do(pair: Pair) -> None:
    """Good or bad, with or without a token: the same headers, and never a cookie."""
    dana = pair.il.door("dana")
    answers = [
        dana.get("/cases"),
        dana.get("/nothing"),
        Door(application=pair.il.application).get("/who"),
    ]

    for found in answers:
        assert {name: found.headers[name] for name in HEADERS} == dict(HEADERS)
        assert "Set-Cookie" not in found.headers
        assert "Access-Control-Allow-Origin" not in found.headers
        assert int(found.headers["Content-Length"]) == len(found.body)


def test_the_policy_for_browsers_names_what_counts(pair: Pair) -> None:
    """TLS for a year and below; no content, base, form or frame; no type is guessed."""
    headers = pair.il.door("dana").get("/cases").headers

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'"} < set(policy)
    assert {"frame-ancestors 'none'", "sandbox"} < set(policy)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_what_a_proxy_would_say_changes_nothing(pair: Pair) -> None:
    """Host, address and user of a forwarding header are a stranger's words: nobody reads them."""
    dana = pair.il.door("dana")
    mine = {"Authorization": f"Bearer {dana.token}"}
    told = {
        **mine,
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "http",
        "X-Real-IP": "192.0.2.1",
        "X-User-Id": "ad",
        "Forwarded": "for=192.0.2.1;host=evil.example",
    }

    plain = request(pair.il.application, "GET", "/api/v1/who", headers=mine)
    forwarded = request(pair.il.application, "GET", "/api/v1/who", headers=told)

    assert forwarded.body == plain.body
    assert forwarded.status == 200


def test_who_is_refused_is_in_the_log(pair: Pair) -> None:
    """Bad tokens, missing scopes and duties: each attempt with its code, one line however odd."""
    with capture_logs() as lines:
        dana = pair.il.door("dana", Duty.CASE_OFFICER, scopes=(Scope.READ,))
        Door(application=pair.il.application).get("/who")
        Door(application=pair.il.application, token="lbt_x\nforged").get("/who")  # noqa: S106 - none
        dana.post("/cases", ASK)
        dana.get("/tokens")
        dana.get("/cases/x%0Aforged")

    mine = [line for line in lines if line["event"] == "request"]
    assert [(line["status"], line["code"]) for line in mine] == [
        *((401, "api.no-token"), (401, "api.no-token"), (403, "api.scope"), (403, "api.scope")),
        (422, "api.request"),
    ]
    assert mine[2]["token"] == dana.token.split("_")[1]
    assert "forged" not in repr(mine)


def test_readiness_needs_no_token(pair: Pair) -> None:
    """A watcher asks /live and /ready; everything else asks for a token."""
    nobody = Door(application=pair.il.application)

    assert nobody.get("/live").json == {"ready": True}
    assert nobody.get("/ready").json == {"ready": True}
    assert nobody.get("/directory").status == 401


def test_a_node_that_stopped_says_so(pair: Pair) -> None:
    """/ready is 503 with Retry-After while /live still answers."""
    nobody = Door(application=pair.il.application)
    pair.il.node.store.committer.close()
    pair.il.clock.advance(minutes=1)
    pair.il.node.store.health._last_commit = -1e9

    found = nobody.get("/ready")

    assert (found.status, found.code) == (503, "api.not-ready")
    assert int(found.headers["Retry-After"]) >= 1
    assert nobody.get("/live").status == 200


def test_a_token_ends(pair: Pair) -> None:
    """Revoked or past its day it opens nothing, and is told apart by nobody."""
    dana, omar, admin = pair.il.door("dana"), pair.il.door("omar"), pair.il.door("ad")
    name = omar.token.split("_")[1]

    revoked = admin.post(f"/tokens/{name}/revocation")
    after = omar.get("/who")
    pair.il.clock.advance(days=31)
    late = dana.get("/who")

    assert revoked.json["revoked_at"] is not None
    assert (after.status, after.code) == (401, "api.token")
    assert after.body == late.body
    assert after.headers["WWW-Authenticate"] == "Bearer"


def test_only_an_administrator_of_the_authority_sees_its_tokens(pair: Pair) -> None:
    """The duty and the scope are both asked for; tokens of another authority are not there."""
    il = pair.il
    il.door("dana")
    foreign = il.door("cen", authority="central-authority")
    admin = il.door("ad", Duty.ADMINISTRATOR)
    plain = il.door("pla", Duty.CASE_OFFICER)
    reader = il.door("rea", Duty.ADMINISTRATOR, scopes=(Scope.READ,))

    listed = admin.get("/tokens").json["tokens"]
    taken = admin.post(f"/tokens/{foreign.token.split('_')[1]}/revocation")

    assert {one["officer"] for one in listed} == {"dana", "ad", "pla", "rea"}
    assert (plain.get("/tokens").status, reader.get("/tokens").code) == (403, "api.scope")
    assert (taken.status, taken.code) == (404, "officers.no-such-token")
    assert foreign.get("/who").status == 200


def test_a_token_has_its_rate(pair: Pair) -> None:
    """Above it: 429 with Retry-After; another token goes on; time fills the bucket again."""
    dana, omar = pair.il.door("dana"), pair.il.door("omar")
    pair.il.seconds.step = 0.0

    statuses = [dana.get("/who").status for _ in range(202)]
    late = dana.get("/who")
    other = omar.get("/who")
    pair.il.seconds.at += 1.0
    again = dana.get("/who")

    assert statuses == [200] * 200 + [429] * 2
    assert (late.code, late.headers["Retry-After"]) == ("api.over-rate", "1")
    assert (other.status, again.status) == (200, 200)


def test_the_log_holds_no_content(pair: Pair) -> None:
    """One line a request: route, status, code, token's id, case: no secret, no words, no names."""
    with capture_logs() as lines:
        dana, case = asked(pair)
        dana.get(f"/cases/{case}", reason="a secret reason")
        dana.get("/cases?state=drafted&peer=VN")
        dana.post("/cases", {**ASK, "emergency": "secret words", "huh": "secret field"})
        dana.act(case, "ask-question", text="secret words")

    mine = [line for line in lines if line["event"] == "request"]
    assert [line["route"] for line in mine] == [
        "api/v1/cases",
        "api/v1/cases/<case>",
        "api/v1/cases",
        "api/v1/cases",
        "api/v1/cases/<case>/acts/ask-question",
    ]
    assert [line["status"] for line in mine] == [201, 200, 200, 422, 200]
    assert set(mine[0]) == {
        *("case", "code", "event", "log_level", "method", "ms", "route", "status", "token"),
    }
    assert {line["case"] for line in mine} == {case, ""}
    assert {line["token"] for line in mine} == {dana.token.split("_")[1]}
    for text in ("secret", "fraud", dana.token[21:], "drafted"):
        assert text not in repr(lines)


def test_a_fault_of_ours_fails_closed(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is a 500 with a code; its words reach neither the caller nor the log."""

    def broken(*_args: object, **_more: object) -> None:
        msg = "secret words"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(pair.il.node.office.register, "page", broken)
    dana = pair.il.door("dana")

    with capture_logs() as lines:
        found = dana.get("/cases")

    assert (found.status, found.code) == (500, "api.fault")
    assert lines[0]["kind"] == "ZeroDivisionError"
    assert "secret" not in repr(lines) + found.body.decode()


def test_a_damaged_store_is_told_by_code_alone(pair: Pair) -> None:
    """An officer whose row somebody changed is nobody: 500 with the code, without a fact."""
    from longbien.node.store.officer_tables import OfficerRow  # noqa: PLC0415 - Django is set up

    dana = pair.il.door("dana", Duty.AUDITOR)
    OfficerRow.objects.using(pair.il.alias).filter(officer="dana").update(
        duties="authoriser case-officer"
    )

    found = dana.get("/cases")

    assert (found.status, found.code) == (500, "journal.damaged")
    assert "dana" not in found.body.decode()


def test_a_query_of_endless_length_is_refused(pair: Pair) -> None:
    """Before anybody splits it."""
    environ = environ_of(
        "GET",
        "/api/v1/cases?" + "a=1&" * 20_000,
        headers={},
        stream=io.BytesIO(),
        length="",
    )

    status, _, pieces = begun(pair.il.application, environ)

    assert status == 400
    assert b"api.suspicious" in b"".join(pieces)


def test_too_many_fields_are_refused(pair: Pair) -> None:
    """Django's own limit is a problem document too."""
    found = pair.il.door("dana").get("/cases?" + "&".join(f"a{n}=1" for n in range(300)))

    assert (found.status, found.code) == (400, "api.suspicious")
