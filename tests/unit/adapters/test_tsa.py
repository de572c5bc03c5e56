"""Time-stamp authorities: a tiny server on this machine, and openssl."""

import http.server
import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asn1crypto import tsp

import trust_world as world
from longbien.adapters.keymaking import Workshop, make_tsa
from longbien.adapters.tsa import HttpTsa, OpensslTsa, require_url
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused, Unavailable
from longbien.trust.timestamps import MAX_TIMESTAMP, parse_timestamp

DATA = Digest.of(b"data")
Answer = Callable[[http.server.BaseHTTPRequestHandler, bytes], None]


def counted() -> Callable[[int], bytes]:
    """Return a source of bytes that never gives the same twice."""
    numbers = itertools.count(2**60)
    return lambda count: next(numbers).to_bytes(count, "big")


def stamped(request: bytes, **settings: object) -> bytes:
    """Return what an honest authority answers."""
    asked = tsp.TimeStampReq.load(request)
    stamper = world.Stamper(**{"nonce": asked["nonce"].native, **settings})
    return stamper.response(asked["message_imprint"]["hashed_message"].native)


def reply(handler: http.server.BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    """Send one answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/timestamp-reply")
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def serve(socket_enabled: None) -> Iterator[Callable[[Answer], str]]:
    """Serve on a free port of this machine; the answer is the test's."""
    del socket_enabled
    servers = []

    def start(answer: Answer) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/tsa?policy=1"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def asked(url: str) -> Unavailable:
    """Return the error with which a stamp is not given."""
    with pytest.raises(Unavailable) as error:
        HttpTsa(url=url, random_bytes=counted(), patience=5).stamp(DATA)
    return error.value


def test_an_honest_answer_is_given_on(serve: Callable[[Answer], str]) -> None:
    """Imprint and nonce fit; the path and the query of the address are kept."""
    paths = []

    def answer(handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        paths.append(handler.path)
        reply(handler, stamped(body))

    data = HttpTsa(url=serve(answer), random_bytes=counted()).stamp(DATA)

    assert parse_timestamp(data).imprint == DATA.raw
    assert parse_timestamp(data).nonce == 2**60 | 2**63
    assert paths == ["/tsa?policy=1"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"nonce": 5}, "tsa.other-question"),
        ({"nonce": None}, "tsa.other-question"),
        ({"status": "rejection"}, "tsa.bad-answer"),
    ],
    ids=["nonce", "no nonce", "rejection"],
)
def test_an_answer_to_another_question_is_refused(
    serve: Callable[[Answer], str], settings: dict[str, object], code: str
) -> None:
    """A recorded answer of yesterday does not pass."""
    url = serve(lambda handler, body: reply(handler, stamped(body, **settings)))

    assert asked(url).code == code


def test_an_answer_about_other_data_is_refused(serve: Callable[[Answer], str]) -> None:
    """The imprint is compared."""

    def answer(handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        nonce = tsp.TimeStampReq.load(body)["nonce"].native
        reply(handler, world.Stamper(nonce=nonce).response(bytes(32)))

    assert asked(serve(answer)).code == "tsa.other-question"


@pytest.mark.parametrize(
    ("status", "retry"), [(500, True), (503, True), (429, True), (404, False), (302, False)]
)
def test_other_statuses_are_errors(
    serve: Callable[[Answer], str], status: int, *, retry: bool
) -> None:
    """A redirect is not followed; a busy server may be asked again."""
    error = asked(serve(lambda handler, _: reply(handler, b"", status)))

    assert (error.code, error.retry, error.facts["status"]) == ("tsa.status", retry, status)


def test_an_endless_answer_is_cut(serve: Callable[[Answer], str]) -> None:
    """Size is bounded."""
    url = serve(lambda handler, _: reply(handler, bytes(MAX_TIMESTAMP + 1)))

    assert asked(url).code == "tsa.too-large"


def test_a_slow_answer_is_cut(serve: Callable[[Answer], str]) -> None:
    """Time is bounded over the whole answer, not only between two pieces."""
    url = serve(lambda handler, body: reply(handler, stamped(body)))

    with pytest.raises(Unavailable) as error:
        HttpTsa(url=url, random_bytes=counted(), patience=1e-9).stamp(DATA)

    assert (error.value.code, error.value.retry) == ("tsa.unreachable", True)


def test_patience_counts_for_the_whole_answer(
    serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that drips bytes does not hold us for ever."""
    moments = itertools.count(0, 10)
    monkeypatch.setattr("longbien.adapters.tsa.time.monotonic", lambda: next(moments))

    error = asked(serve(lambda handler, body: reply(handler, stamped(body))))

    assert (error.code, error.retry) == ("tsa.unreachable", True)
    assert "too slowly" in str(error)


def test_nobody_there_may_be_tried_again(serve: Callable[[Answer], str]) -> None:
    """A closed port."""
    url = serve(lambda *_: None)
    port = int(url.split(":")[2].split("/")[0])

    error = asked(f"http://127.0.0.1:{port}/")
    assert (error.code, error.retry) == ("tsa.unreachable", True)


@pytest.mark.parametrize(
    "url",
    [
        "https://tsa.example/",
        "https://tsa.example:8443/x",
        "http://127.0.0.1:80/",
        "http://[::1]/",
        "http://localhost/",
    ],
)
def test_addresses_over_tls_or_on_this_machine(url: str) -> None:
    """Https anywhere, http only where nobody listens in."""
    assert require_url(url).geturl() == url


@pytest.mark.parametrize(
    "url",
    [
        "http://tsa.example/",
        "ftp://tsa.example/",
        "tsa.example",
        "",
        "https://",
        "https://u@tsa.example/",
        "https://u:p@tsa.example/",
        "https://:p@tsa.example/",
        "https://tsa.example:port/",
        "http://128.0.0.1/",
        "https://[",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """Plain text over a network, other schemes, passwords in the address."""
    with pytest.raises(Refused) as error:
        HttpTsa(url=url, random_bytes=counted()).stamp(DATA)

    assert error.value.code == "tsa.url"


def test_https_is_what_it_says() -> None:
    """The connection is made with TLS, to the named port."""
    tsa = HttpTsa(url="https://tsa.example:8443/", random_bytes=counted())

    connection = tsa._connection(require_url(tsa.url))

    assert type(connection).__name__ == "HTTPSConnection"
    assert (connection.host, connection.port) == ("tsa.example", 8443)


@pytest.fixture
def exercise(tmp_path: Path) -> OpensslTsa:
    """Return an exercise authority."""
    workshop = Workshop(now=world.days(-3000), random_bytes=counted())
    make_tsa(tmp_path / "tsa", country="XA", days=36500, workshop=workshop)
    return OpensslTsa(folder=tmp_path / "tsa", random_bytes=counted())


def test_openssl_stamps(exercise: OpensslTsa) -> None:
    """Accuracy of a second, our nonce, the exercise policy; marked as training."""
    read = parse_timestamp(exercise.stamp(DATA))

    assert read.imprint == DATA.raw
    assert read.nonce == 2**60 | 2**63
    assert read.policy == "2.999.1"
    assert read.accuracy is not None
    assert read.accuracy.total_seconds() == 1
    assert read.authority.is_exercise
    assert exercise.material.certificates == (read.authority,)


def test_without_openssl_it_says_what_to_install(
    exercise: OpensslTsa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command."""
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(Unavailable) as error:
        exercise.stamp(DATA)

    assert error.value.code == "tsa.no-openssl"
    assert "apt install openssl" in str(error.value)


def test_a_broken_folder_is_named(exercise: OpensslTsa) -> None:
    """Openssl's own words are in the error."""
    (exercise.folder / "tsa.key.pem").unlink()

    with pytest.raises(Unavailable) as error:
        exercise.stamp(DATA)

    assert error.value.code == "tsa.openssl"
    assert error.value.facts["folder"] == exercise.folder
