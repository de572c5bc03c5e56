"""Acts with HTTP: what two readers could read in two ways, heads without end, paths, patience."""

import contextlib
import socket
import ssl

import peer_world
from hostile.registry import HEAD, UNREAD, Bound, Kept, act, add
from hostile.stage import Stage, answer_of
from longbien.adapters.peer_budgets import PeerLimits

HEADING = b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nLongbien-Lane: ordinary\r\n"

SMUGGLED = {
    "both lengths": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "chunk extensions": b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\n\r\n",
    "chunked in disguise": b"Transfer-Encoding: xchunked\r\n\r\nhi",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    "the same length twice": b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "a list of lengths": b"Content-Length: 2, 2\r\n\r\nhi",
    "a signed length": b"Content-Length: +2\r\n\r\nhi",
    "a negative length": b"Content-Length: -2\r\n\r\nhi",
    "a length in hexadecimal": b"Content-Length: 0x2\r\n\r\nhi",
    "a length with a leading zero": b"Content-Length: 02\r\n\r\nhi",
    "an empty length": b"Content-Length:\r\n\r\nhi",
    "a length beyond every file": b"Content-Length: " + b"9" * 30 + b"\r\n\r\nhi",
    "no length": b"\r\nhi",
    "a space before the colon": b"Content-Length : 2\r\n\r\nhi",
    "a folded line": b"Content-Length:\r\n 2\r\n\r\nhi",
    "a bare line feed": b"Content-Length: 2\nX: y\r\n\r\nhi",
    "a bare carriage return": b"Content-Length: 2\rX: y\r\n\r\nhi",
    "a null byte": b"Content-Length: 2\r\nX: \x00\r\n\r\nhi",
    "a null byte in a name": b"Content-Length: 2\r\nX\x00: y\r\n\r\nhi",
    "bytes that are not ASCII": b"Content-Length: 2\r\nX: \xc3\xa9\r\n\r\nhi",
    "a name that stands twice": b"Content-Length: 2\r\nLongbien-Lane: urgent\r\n\r\nhi",
    "no colon": b"Content-Length: 2\r\nnonsense\r\n\r\nhi",
    "no lane there is": b"Content-Length: 2\r\nConnection: close\r\n\r\nhi",
}
SMUGGLED_CODES = dict.fromkeys(SMUGGLED, "peer.head-form") | {
    "both lengths": "peer.no-length",
    "chunked": "peer.no-length",
    "chunk extensions": "peer.no-length",
    "no length": "peer.no-length",
    "no lane there is": "peer.lane",
}

FIRST_LINES = {
    "no version": (b"GET /v1/ready\r\nHost: x\r\n\r\n", 400, "peer.head-form"),
    "HTTP/1.0": (b"GET /v1/ready HTTP/1.0\r\nHost: x\r\n\r\n", 505, "peer.version"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "peer.version"),
    "no host": (b"GET /v1/ready HTTP/1.1\r\n\r\n", 400, "peer.head-form"),
    "an empty line before": (
        b"\r\nGET /v1/ready HTTP/1.1\r\nHost: x\r\n\r\n",
        400,
        "peer.head-form",
    ),
    "two spaces": (b"GET  /v1/ready HTTP/1.1\r\nHost: x\r\n\r\n", 400, "peer.head-form"),
    "a null byte": (b"GET /v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "peer.head-form"),
    "a long path": (b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, "peer.head-size"),
    "an endless line": (b"GET /" + b"a" * 20_000, 431, "peer.head-size"),
    "large fields": (HEADING + b"X: " + b"a" * 9_000 + b"\r\n\r\n", 431, "peer.head-size"),
    "many fields": (
        HEADING + b"".join(b"X%d: y\r\n" % number for number in range(40)) + b"\r\n",
        431,
        "peer.head-size",
    ),
    "an expectation": (
        HEADING + b"Content-Length: 2\r\nExpect: miracles\r\n\r\nhi",
        417,
        "peer.expectation",
    ),
}

CLOSED = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
PATHS = {
    "no such path": (b"GET /v1/nothing", 404, "peer.no-such-path"),
    "above the root": (b"GET /v1/../etc/passwd", 404, "peer.no-such-path"),
    "with a query": (b"GET /v1/ready?x=1", 404, "peer.no-such-path"),
    "with an escape": (b"GET /v1/%72eady", 404, "peer.no-such-path"),
    "with an end": (b"GET /v1/ready/", 404, "peer.no-such-path"),
    "in full": (b"GET https://x/v1/ready", 404, "peer.no-such-path"),
    "wrong method": (b"DELETE /v1/messages", 405, "peer.method"),
    "method in small letters": (b"get /v1/ready", 405, "peer.method"),
    "no transfer": (b"PUT /v1/transfers/x/parts/0", 404, "peer.no-such-path"),
    "half a transfer": (b"PUT /v1/transfers/" + b"-" * 36 + b"/parts/0", 400, "id.form"),
    "a negative part": (
        b"PUT /v1/transfers/%s/parts/-1" % str(peer_world.TRANSFER).encode(),
        404,
        "peer.no-such-path",
    ),
    "a part with a leading zero": (
        b"PUT /v1/transfers/%s/parts/01" % str(peer_world.TRANSFER).encode(),
        404,
        "peer.no-such-path",
    ),
    "an unknown transfer": (
        b"PUT /v1/transfers/%s/parts/1" % str(peer_world.TRANSFER).encode(),
        404,
        "transfer.unknown",
    ),
}


def smuggled_head(kind: str) -> bytes:
    """Return the head that goes before a smuggled rest."""
    return HEADING.replace(b"ordinary", b"unknown") if kind == "no lane there is" else HEADING


for kind, rest in SMUGGLED.items():
    add(
        "smuggled." + kind.replace(" ", "-").lower(),
        lambda stage, kind=kind, rest=rest: stage.refusal(smuggled_head(kind) + rest),
        tries=f"Smuggle a second request past one of two readers: {kind}",
        threat="T16",
        code=SMUGGLED_CODES[kind],
        bound=HEAD,
    )
for kind, (request, status, code) in FIRST_LINES.items():
    add(
        "head." + kind.replace(" ", "-").lower(),
        lambda stage, request=request, status=status: stage.refusal(request, status=status),
        tries=f"Send an odd head: {kind}",
        threat="T16",
        code=code,
        bound=Bound(octets=2**15, signatures=0, rows=0, hashed=0),
    )
for kind, (line, status, code) in PATHS.items():
    add(
        "path." + kind.replace(" ", "-").lower(),
        lambda stage, line=line, status=status: stage.refusal(line + CLOSED, status=status),
        tries=f"Ask for what there is not: a path {kind}"
        if kind.startswith("with")
        else f"Ask for what there is not: {kind}",
        threat="T16",
        code=code,
        bound=HEAD,
    )


@act("size.message", threat="T17", code="peer.body-size", bound=HEAD)
def large_message(stage: Stage) -> str:
    """Announce a message a byte larger than the largest: it is not read."""
    return stage.refusal(HEADING + b"Content-Length: %d\r\n\r\n" % (2**20 + 1))


@act("size.part", threat="T17", code="peer.body-size", bound=HEAD)
def large_part(stage: Stage) -> str:
    """Announce a part of a gibibyte."""
    line = b"PUT /v1/transfers/%s/parts/0" % str(peer_world.TRANSFER).encode()
    return stage.refusal(line + b" HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % 2**30)


@act("size.unasked-body", threat="T17", code="peer.body-size", bound=UNREAD)
def unasked_body(stage: Stage) -> str:
    """Send a body with a question that has none."""
    return stage.refusal(stage.request("GET", "/v1/ready", b"unasked--"))


# --- patience -------------------------------------------------------------------------------------

IMPATIENT = PeerLimits(head_seconds=0.1, body_grace=0.1, handshake_seconds=0.1)
SLOW = {
    "head": (b"POST /v1/mess", "Begin a request and never end its head"),
    "body": (HEADING + b"Content-Length: 100\r\n\r\n", "Announce a body and never send it"),
    "upload": (HEADING + b"Content-Length: 100\r\n\r\nhi", "Begin a body and stop"),
}


def slow(stage: Stage, said: bytes) -> str:
    """Say half of something and wait for the other side to lose its patience."""
    with stage.attacking(), stage.line() as line:
        line.sendall(said)
        assert ended(line) == b""
    return stage.noted()


def ended(line: socket.socket) -> bytes:
    """Wait for the other side to end a connection; return what it said before."""
    got = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while piece := line.recv(1000):
            got += piece
    return got


for name, (said, tries) in SLOW.items():
    add(
        f"slow.{name}",
        lambda stage, said=said: slow(stage, said),
        tries=tries,
        threat="T17",
        code="peer.slow",
        bound=HEAD,
        limits=IMPATIENT,
    )


@act(
    "slow.handshake",
    threat="T17",
    code="peer.not-admitted",
    bound=HEAD,
    kept=Kept.STRANGER,
    limits=IMPATIENT,
)
def slow_handshake(stage: Stage) -> str:
    """Connect and never begin TLS."""
    with stage.attacking(), stage.plain() as line:
        assert ended(line) == b""
    return stage.noted()


# --- lines ----------------------------------------------------------------------------------------


@act("line.stranger", threat="T1", code="peer.not-admitted", bound=HEAD, kept=Kept.STRANGER)
def stranger(stage: Stage) -> str:
    """Show a certificate that the directory does not hold, with another State's name in it."""
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        stage.said(HEADING + b"Content-Length: 2\r\n\r\nhi", code="stranger")
    return stage.noted()


@act("line.no-certificate", threat="T1", code="peer.not-admitted", bound=HEAD, kept=Kept.STRANGER)
def no_certificate(stage: Stage) -> str:
    """Show no certificate at all."""
    return bare(stage, ssl.TLSVersion.TLSv1_3)


@act("line.older-tls", threat="T3", code="peer.not-admitted", bound=HEAD, kept=Kept.STRANGER)
def older_tls(stage: Stage) -> str:
    """Offer TLS 1.2."""
    return bare(stage, ssl.TLSVersion.TLSv1_2)


def bare(stage: Stage, version: ssl.TLSVersion) -> str:
    """Connect without a certificate, by this version of TLS at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = version
    refused = contextlib.suppress(ssl.SSLError, ConnectionError)
    with stage.attacking(), refused, context.wrap_socket(stage.plain()) as line:
        line.sendall(HEADING)
        assert answer_of(line) == (0, b"")
    return stage.noted()


@act("line.clear-text", threat="T3", code="peer.not-admitted", bound=HEAD, kept=Kept.STRANGER)
def clear_text(stage: Stage) -> str:
    """Speak HTTP without TLS."""
    with stage.attacking(), stage.plain() as line:
        line.sendall(b"GET /v1/ready HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in ended(line)
    return stage.noted()
