import hashlib
import http.client
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from longbien.adapters import api_exchange
from longbien.adapters.api_client import ApiClient
from longbien.adapters.api_exchange import ApiCall, FileBody, http_exchange
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.exercise.safeguard_records import FOR_COURT
from longbien.primitives.errors import (
    Integrity,
    LongBienError,
    Malformed,
    Refused,
    Unavailable,
)
from longbien.primitives.ids import AuthorityId, CaseId, PackageId
from longbien.primitives.instants import Instant

CASE = CaseId("11111111-2222-4333-8444-555555555555")
PACKAGE = PackageId("66666666-2222-4333-8444-555555555555")
PEER = AuthorityId("VN/contact-point")
DONE = {"case": str(CASE), "version": 3, "messages": [], "warnings": [], "repeated": False}


class Reply:
    """A prepared answer."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.status, self.body, self.headers = status, body, headers or {}

    def header(self, name: str, /) -> str:
        """Return a header."""
        return self.headers.get(name, "")

    def read(self, _limit: int, /) -> bytes:
        """Return the body."""
        return self.body

    def pieces(self) -> Iterator[bytes]:
        """Give it in two pieces."""
        yield self.body[:3]
        yield self.body[3:]


class Node:
    """Answers what it was told to, in order, and keeps what it was asked."""

    def __init__(self, *answers: Reply | LongBienError) -> None:
        self.answers, self.calls = list(answers), list[ApiCall]()
        self.bodies: list[bytes] = []
        self.pauses: list[float] = []

    @contextmanager
    def exchange(self, call: ApiCall) -> Iterator[Reply]:
        """Answer."""
        self.calls.append(call)
        file = isinstance(call.body, FileBody)
        self.bodies.append(b"".join(call.body.pieces()) if file else call.body)
        found = self.answers.pop(0)
        if isinstance(found, LongBienError):
            raise found
        yield found

    def client(self) -> ApiClient:
        """Return a client of it."""
        return ApiClient(
            exchange=self.exchange,
            token="lbt_x",  # noqa: S106 - no token of anybody
            random_bytes=bytes,
            pause=self.pauses.append,
        )


def answer(value: object, status: int = 200, **headers: str) -> Reply:
    """Prepare a document."""
    return Reply(status, json.dumps(value).encode(), headers)


def problem(status: int, code: str, **headers: str) -> Reply:
    """Prepare a refusal."""
    return answer({"code": code, "detail": "no {braces}"}, status, **headers)


def test_an_act_is_written_as_the_api_reads_it() -> None:
    """Ids, times, limits and lists become JSON; key, token and seen version are headers."""
    node = Node(answer(DONE))

    done = node.client().act(
        CASE,
        "accept",
        seen=7,
        text="yes",
        until=Instant.parse("2030-01-01T00:00:00Z"),
        package=PACKAGE,
        conditions=(UseLimit(kind=UseLimitKind.SPECIALTY, text="only this"),),
    )

    (call,) = node.calls
    assert (call.method, call.path) == ("POST", f"/api/v1/cases/{CASE}/acts/accept")
    assert json.loads(node.bodies[0]) == {
        "text": "yes",
        "until": "2030-01-01T00:00:00Z",
        "package": str(PACKAGE),
        "conditions": [{"kind": "specialty", "text": "only this", "until": None}],
    }
    assert call.headers["If-Match"] == '"7"'
    assert call.headers["Idempotency-Key"] == "00" * 16
    assert call.headers["Authorization"] == "Bearer lbt_x"
    assert (done.case, done.version, done.is_repeated) == (CASE, 3, False)


def test_a_call_without_an_answer_is_made_again_with_its_key() -> None:
    """The very same request, after a pause that the node names or that grows."""
    lost = Unavailable("api-client.no-answer", "lost", retry=True)
    late = problem(503, "store.stopped", **{"Retry-After": "9"})
    node = Node(lost, late, problem(429, "api.over-rate"), answer(DONE))

    node.client().acknowledge(CASE)

    assert node.pauses == [2.0, 9.0, 1.0]
    assert len({one.headers["Idempotency-Key"] for one in node.calls}) == 1
    assert len(set(node.bodies)) == 1


def test_it_gives_up_after_some_attempts() -> None:
    """The last failure is what the caller gets."""
    node = Node(*[problem(503, "store.stopped")] * 5)

    with pytest.raises(Unavailable) as caught:
        node.client().acknowledge(CASE)

    assert caught.value.code == "store.stopped"
    assert len(node.calls) == 5


def test_reading_is_not_made_again() -> None:
    """Without a key nothing is repeated by itself."""
    node = Node(problem(503, "store.stopped"))

    with pytest.raises(Unavailable):
        node.client().read_case(CASE, reason="x")

    assert len(node.calls) == 1


def test_what_cannot_get_better_is_not_made_again() -> None:
    """A refusal, and a failure of the world that says so, end it at once."""
    for reply in (problem(409, "case.over"), problem(507, "vault.no-space")):
        node = Node(reply)
        with pytest.raises(LongBienError):
            node.client().acknowledge(CASE)
        assert len(node.calls) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Malformed),
        (401, Refused),
        (403, Refused),
        (404, Refused),
        (409, Refused),
        (410, Refused),
        (412, Refused),
        (413, Malformed),
        (415, Malformed),
        (421, Malformed),
        (422, Refused),
        (500, Integrity),
        (507, Unavailable),
    ],
)
def test_a_refusal_has_the_nodes_code(status: int, kind: type[LongBienError]) -> None:
    """Under the family that says who must act; braces in its words do no harm."""
    node = Node(problem(status, "some.code"))

    with pytest.raises(kind) as caught:
        node.client().summary(CASE)

    assert type(caught.value) is kind
    assert (caught.value.code, str(caught.value)) == ("some.code", "no {braces}")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"", "json.syntax"),
        (200, b"<html>", "json.syntax"),
        (200, b"[]", "api-client.answer"),
        (502, b"", "api-client.answer"),
        (502, b"<html>", "api-client.answer"),
        (502, b"[]", "api-client.answer"),
        (502, b'{"code":7,"detail":"x"}', "api-client.answer"),
        (502, b'{"code":"x"}', "api-client.answer"),
    ],
)
def test_an_answer_that_is_none_is_malformed(status: int, body: bytes, code: str) -> None:
    """A proxy's page is told apart from the node's word."""
    with pytest.raises(Malformed) as caught:
        Node(Reply(status, body)).client().directory()

    assert caught.value.code == code


def test_a_list_is_read_to_its_end() -> None:
    """Page after page with the cursor of the one before, each filter in each."""
    line = {
        "case": str(CASE),
        "kind": "preservation",
        "side": "requesting",
        "own": "IL/contact-point",
        "peer": str(PEER),
        "state": "asked",
        "lane": "preservation",
        "exercise": True,
        "opened_at": "2030-01-01T00:00:00Z",
        "changed_at": "2030-01-01T00:00:00Z",
        "version": 2,
        "next_due": None,
    }
    due = {**line, "next_due": {"clock": "reply-due", "at": "2030-01-02T00:00:00Z", "rule": "x"}}
    node = Node(answer({"cases": [due], "next": "abc"}), answer({"cases": [line], "next": None}))

    found = list(node.client().list_cases(kind="preservation", page_size=1))

    assert [one.due_clock for one in found] == ["reply-due", ""]
    assert found[0].due_at == Instant.parse("2030-01-02T00:00:00Z")
    assert [call.path for call in node.calls] == [
        "/api/v1/cases?kind=preservation&limit=1",
        "/api/v1/cases?kind=preservation&limit=1&after=abc",
    ]


def test_waiting_ends_when_it_is_enough() -> None:
    """The caller lets time pass, and says when to stop."""
    line = {
        "case": str(CASE),
        "kind": "k",
        "side": "requesting",
        "own": "IL/a",
        "peer": "VN/a",
        "state": "asked",
        "lane": "ordinary",
        "exercise": True,
        "version": 1,
        "changed_at": "2030-01-01T00:00:00Z",
        "next_due": None,
    }
    node = Node(*[answer(line)] * 3, answer({**line, "state": "done"}))
    left = iter([True, True, False])

    with pytest.raises(Unavailable) as caught:
        node.client().wait_for(CASE, {"done"}, wait=lambda: next(left))

    assert caught.value.code == "api-client.not-yet"
    assert node.client().wait_for(CASE, {"done"}, wait=lambda: True).state == "done"


def upload_answer(data: bytes, *, repeated: bool = False) -> Reply:
    """Prepare the answer to an upload."""
    digest = hashlib.sha256(data).hexdigest()
    exhibit = {"id": "E1", "original_name": "x", "note": "", "size": len(data)}
    return answer(
        {
            "exhibit": {**exhibit, "sha256": digest, "tree": digest},
            "done": {**DONE, "repeated": repeated},
        },
        201,
    )


def test_an_upload_compares_what_it_read(tmp_path: Path) -> None:
    """The digest is computed while the file is sent; another one at the node is an alarm."""
    path = tmp_path / "đĩa.img"
    path.write_bytes(b"x" * 100)
    told: list[int] = []
    good, bad = Node(upload_answer(b"x" * 100)), Node(upload_answer(b"y" * 100))

    taken = good.client().upload_exhibit(CASE, "E1", path, note="a note", progress=told.append)
    with pytest.raises(Integrity) as caught:
        bad.client().upload_exhibit(CASE, "E1", path)

    assert (taken.size, sum(told)) == (100, 100)
    assert good.calls[0].headers["Longbien-Name"] == "%C4%91%C4%A9a.img"
    assert caught.value.code == "api-client.digest"


def test_an_upload_is_made_again_from_the_beginning(tmp_path: Path) -> None:
    """After a cut the file is read anew, under the same key."""
    path = tmp_path / "x"
    path.write_bytes(b"x" * 100)
    node = Node(Unavailable("api-client.no-answer", "lost", retry=True), upload_answer(b"x" * 100))

    node.client().upload_exhibit(CASE, "E1", path)

    assert node.bodies == [b"x" * 100] * 2
    assert node.calls[0].headers["Idempotency-Key"] == node.calls[1].headers["Idempotency-Key"]


def test_an_export_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """A file that is there is not overwritten; a cut leaves nothing behind."""

    class Cut(Reply):
        def pieces(self) -> Iterator[bytes]:
            yield b"a piece"
            raise Unavailable("api-client.no-answer", "cut", retry=True)

    whole = Node(Reply(200, b"a package", {"Longbien-Outcome": "passed"}))

    outcome = whole.client().export_package(
        CASE, PACKAGE, tmp_path / "a.tar", reason="the court", use=FOR_COURT, recipients=["age1x"]
    )
    with pytest.raises(Unavailable):
        Node(Cut(200, b"")).client().export_package(
            CASE, PACKAGE, tmp_path / "b.tar", reason="x", use=FOR_COURT
        )
    with pytest.raises(Refused):
        Node(Reply(200, b"other")).client().export_package(
            CASE, PACKAGE, tmp_path / "a.tar", reason="x", use=FOR_COURT
        )

    assert outcome == "passed"
    assert whole.calls[0].path.endswith("&recipient=age1x")
    assert "/export?purpose=request&to=court&" in whole.calls[0].path
    assert {one.name for one in tmp_path.iterdir()} == {"a.tar"}
    assert (tmp_path / "a.tar").read_bytes() == b"a package"


# --- over HTTP ----------------------------------------------------------------------------------


class Socket:
    """A socket that answers with prepared bytes."""

    def __init__(self, reply: bytes, *, fails: Exception | None = None) -> None:
        self.reply, self.fails, self.sent = reply, fails, bytearray()

    def sendall(self, data: bytes) -> None:
        """Take what is sent."""
        self.sent += data
        if self.fails:
            raise self.fails

    def makefile(self, _mode: str) -> io.BytesIO:
        """Give the answer."""
        return io.BytesIO(self.reply)

    def close(self) -> None:
        """Hang up."""


def over(monkeypatch: pytest.MonkeyPatch, made: Callable[[], Socket]) -> list[Socket]:
    """Connect every HTTP connection to prepared sockets."""
    sockets: list[Socket] = []

    def connect(self: http.client.HTTPConnection) -> None:
        sockets.append(made())
        self.sock = sockets[-1]

    monkeypatch.setattr(http.client.HTTPConnection, "connect", connect)
    return sockets


GET = ApiCall(method="GET", path="/x", headers={"A": "b"})


def test_a_request_goes_over_http(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file is sent with its length, piece by piece; the answer is read with its headers."""
    sockets = over(
        monkeypatch, lambda: Socket(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX: y\r\n\r\nok")
    )
    path = tmp_path / "x"
    path.write_bytes(b"body")
    body = FileBody(path=path, told=lambda _: None, digest=hashlib.sha256())

    with http_exchange("http://localhost:1")(
        ApiCall(method="PUT", path="/x", headers={}, body=body)
    ) as reply:
        assert (reply.status, reply.header("X"), reply.read(2)) == (201, "y", b"ok")

    assert b"content-length: 4" in bytes(sockets[0].sent).lower()
    assert bytes(sockets[0].sent).endswith(b"body")


def test_a_cut_answer_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in its head nor in its body, whether it is read at once or as a stream."""
    cuts = (
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    )
    for data in cuts:
        over(monkeypatch, lambda data=data: Socket(data))
        with (
            pytest.raises(Unavailable) as caught,
            http_exchange("http://localhost:1")(GET) as reply,
        ):
            b"".join(reply.pieces())
        assert caught.value.code == "api-client.no-answer"
        assert caught.value.retry


def test_an_answer_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No node makes the client hold more than it wants to."""
    over(monkeypatch, lambda: Socket(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789"))

    with http_exchange("http://localhost:1")(GET) as reply, pytest.raises(Malformed) as caught:
        reply.read(8)

    assert caught.value.code == "api-client.answer"


def test_a_refusal_that_comes_early_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node may answer before it has read all, and hang up."""
    over(
        monkeypatch,
        lambda: Socket(
            b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}", fails=BrokenPipeError()
        ),
    )

    with http_exchange("http://localhost:1")(
        ApiCall(method="POST", path="/x", headers={}, body=b"x")
    ) as reply:
        assert reply.status == 413


def test_nobody_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is the world's fault, and may be tried again."""

    def refuse(_self: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(http.client.HTTPConnection, "connect", refuse)

    with pytest.raises(Unavailable) as caught, http_exchange("http://localhost:1")(GET):
        pass

    assert (caught.value.code, caught.value.retry) == ("api-client.no-answer", True)


@pytest.mark.parametrize(
    "address",
    [
        *("localhost:1", "ftp://localhost", "http://", "https://", "http://["),
        *("http://node.example:7421", "http://10.0.0.1", "http://127.0.0.1.node.example"),
    ],
)
def test_an_address_has_a_form(address: str) -> None:
    """Https, or http that does not leave this machine: no token goes over a network in clear."""
    with pytest.raises(Refused) as caught:
        http_exchange(address)

    assert caught.value.code == "api-client.address"


def test_https_uses_the_callers_trust() -> None:
    """The context that is given is the one that is used."""
    import ssl  # noqa: PLC0415 - this test alone

    context = ssl.create_default_context()

    made = api_exchange._connection("https", "localhost:1", context, 1.0)

    assert isinstance(made, http.client.HTTPSConnection)
    assert made._context is context
