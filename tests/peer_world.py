"""Two States' peer endpoints on this machine: certificates, a node in memory, a listener.

OpenSSL compares dates with the machine's clock, so good certificates are good for a century.
"""

import contextlib
import itertools
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import load_der_x509_certificate

from longbien.adapters.peer_budgets import PeerLimits
from longbien.adapters.peer_client import PeerClient
from longbien.adapters.peer_connections import CallLimits, PeerConnections, PeerEndpoint
from longbien.adapters.peer_http import Body
from longbien.adapters.peer_listener import PeerListener
from longbien.adapters.peer_routes import PeerAnswer, Upload, UploadKind, peer_routes
from longbien.adapters.peer_tls import (
    Admission,
    OwnTls,
    PeerCertificate,
    TlsSocket,
    issue_peer_certificate,
)
from longbien.channel.message import Lane
from longbien.channel.transfer import (
    SealedObject,
    encode_missing,
    encode_parts_list,
    missing_of,
    parse_window,
    require_announced_to,
    require_digest,
    require_header_size,
    require_list_size,
    require_part_size,
)
from longbien.primitives.digest import Digest
from longbien.primitives.ids import StateCode, TransferId
from longbien.primitives.instants import Instant
from longbien.trust.issuing import Name, Validity

VN, IL = StateCode("VN"), StateCode("IL")
TRANSFER = TransferId("7d444840-9dc0-41d1-b245-5ffdce74fad2")
CENTURY = Validity(
    not_before=Instant(datetime(2000, 1, 1, tzinfo=UTC)),
    not_after=Instant(datetime(2099, 1, 1, tzinfo=UTC)),
)
_serials = itertools.count(1)


@frozen(kw_only=True)
class Identity:
    """A node's TLS certificate and key, in files and in the directory."""

    own: OwnTls
    certificate: PeerCertificate


def write_identity(folder: Path, name: str, key: object, der: bytes) -> OwnTls:
    """Write a certificate and a key as a node has them."""
    own = OwnTls(certificate=folder / f"{name}.pem", key=folder / f"{name}.key.pem")
    own.certificate.write_bytes(load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    own.key.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    return own


def identity(folder: Path, state: StateCode, *, name: str = "", curve: object = None) -> Identity:
    """Make a node's certificate and key."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    certificate = issue_peer_certificate(
        key,
        name=Name(
            country=state.text, organisation="Exercise", common_name="node", is_exercise=True
        ),
        validity=CENTURY,
        serial=next(_serials),
    )
    own = write_identity(folder, name or state.text, key, certificate.der)
    return Identity(own=own, certificate=certificate)


class MemoryNode:
    """A node that keeps in memory what its peers say (port ``PeerApplication``)."""

    def __init__(self) -> None:
        self.messages: list[tuple[StateCode, Lane, bytes]] = []
        self.announced: dict[TransferId, tuple[StateCode, SealedObject]] = {}
        self.kept: dict[tuple[TransferId, UploadKind, int], bytes] = {}
        self.ready = True
        self.seen = b""
        self.before_message = lambda: None
        self.uploads = 0
        self.lock = threading.Lock()

    def announce(self, peer: StateCode, sealed: SealedObject) -> None:
        """Expect a transfer."""
        self.announced[TRANSFER] = (peer, sealed)

    def receive_message(self, peer: StateCode, lane: Lane, sealed: bytes) -> bytes:
        """Keep it and say how long it was."""
        self.before_message()
        with self.lock:
            self.messages.append((peer, lane, sealed))
        return json.dumps({"length": len(sealed)}).encode()

    def _sealed(self, peer: StateCode, transfer: TransferId) -> SealedObject:
        announced, sealed = self.announced.get(transfer, (None, None))
        require_announced_to(announced, peer=peer)
        return sealed

    def missing_parts(self, peer: StateCode, transfer: TransferId, window: bytes) -> bytes:
        """Tell what is missing."""
        sealed = self._sealed(peer, transfer)
        first, last = parse_window(window, sealed=sealed)
        missing = missing_of(
            (
                index
                for index in range(first, last + 1)
                if (transfer, UploadKind.PART, index) not in self.kept
            ),
            header=(transfer, UploadKind.HEADER, 0) not in self.kept,
            parts_list=(transfer, UploadKind.LIST, 0) not in self.kept,
            first=first,
            last=last,
        )
        return encode_missing(missing)

    def admit_upload(self, peer: StateCode, upload: Upload) -> None:
        """Judge by size, as the channel says."""
        sealed = self._sealed(peer, upload.transfer)
        if upload.kind is UploadKind.HEADER:
            require_header_size(sealed, length=upload.length)
        elif upload.kind is UploadKind.LIST:
            require_list_size(sealed, length=upload.length)
        else:
            require_part_size(sealed, index=upload.index, length=upload.length)

    def store_upload(self, peer: StateCode, upload: Upload, body: Body) -> None:
        """Check the digest and keep it."""
        sealed = self._sealed(peer, upload.transfer)
        data = b"".join(bytes(piece) for piece in body.pieces())
        expected = {UploadKind.HEADER: sealed.header, UploadKind.LIST: sealed.parts_list}
        if upload.kind in expected:
            require_digest(Digest.of(data), expected=expected[upload.kind])
        with self.lock:
            self.uploads += 1
            self.kept[upload.transfer, upload.kind, upload.index] = data

    def cosign(self, peer: StateCode, request: bytes) -> PeerAnswer:
        """Answer as a witness that is behind."""
        del peer
        return PeerAnswer(
            status=HTTPStatus.CONFLICT, media_type="text/x.tlog.size", body=request[:2]
        )

    def is_ready(self) -> bool:
        """Say so."""
        return self.ready

    def own_entry(self) -> bytes:
        """Return something."""
        return b'{"payload":""}'

    def seen_of(self, peer: StateCode) -> bytes:
        """Tell what was set."""
        del peer
        return self.seen


@frozen(kw_only=True)
class MemoryParts:
    """A sealed object to be sent (port ``PartSource``)."""

    head: bytes
    parts: tuple[bytes, ...]
    asked: list[int] = field(factory=list)

    def header(self) -> bytes:
        """Return the header."""
        return self.head

    def parts_list(self) -> bytes:
        """Return the digests."""
        return encode_parts_list(Digest.of(part) for part in self.parts)

    def part(self, index: int) -> bytes:
        """Return a part."""
        self.asked.append(index)
        return self.parts[index]

    @property
    def sealed(self) -> SealedObject:
        """Return what is announced."""
        return SealedObject(
            header=Digest.of(self.head),
            header_size=len(self.head),
            parts_list=Digest.of(self.parts_list()),
            part_count=len(self.parts),
            part_size=len(self.parts[0]),
            size=len(self.head) + sum(len(part) for part in self.parts),
        )


def parts(count: int, size: int = 1000) -> MemoryParts:
    """Return an object of so many parts."""
    return MemoryParts(
        head=b"age header",
        parts=tuple(index.to_bytes(4, "big") * (size // 4) for index in range(count)),
    )


class World:
    """VN listens, IL asks; both know each other."""

    def __init__(
        self, folder: Path, *, limits: PeerLimits | None = None, **changes: object
    ) -> None:
        self.folder = folder
        self.vn, self.il = identity(folder, VN), identity(folder, IL)
        self.node = MemoryNode()
        self.served: list = []
        self.listener = PeerListener(
            own=self.vn.own,
            admission=Admission([self.il.certificate]),
            routes=peer_routes(self.node),
            limits=limits,
            observe=self.served.append,
            **changes,
        )
        self.listener.start()
        self.made: list[PeerConnections] = []

    @property
    def endpoint(self) -> PeerEndpoint:
        """Return VN's as its directory entry tells it."""
        return PeerEndpoint(
            state=VN,
            addresses=(("127.0.0.1", self.listener.port),),
            certificates=(self.vn.certificate,),
        )

    def connections(
        self, own: OwnTls | None = None, endpoint: PeerEndpoint | None = None, **limits: object
    ) -> PeerConnections:
        """Return IL's connections, or somebody else's."""
        made = PeerConnections(
            own=own or self.il.own,
            find_endpoint=lambda state: (endpoint or self.endpoint) if state == VN else None,
            limits=CallLimits(**limits) if limits else None,
        )
        self.made.append(made)
        return made

    def client(self, **changes: object) -> PeerClient:
        """Return IL's client."""
        return PeerClient(self.connections(**changes))

    def raw(self, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """Connect as IL by hand, to say what no client of ours would."""
        return (context or self.context()).wrap_socket(self.plain())

    def plain(self) -> socket.socket:
        """Connect without TLS."""
        return socket.create_connection(("127.0.0.1", self.listener.port), timeout=30)

    def context(self, own: OwnTls | None = None) -> ssl.SSLContext:
        """Return a client that believes anybody."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.sslsocket_class = TlsSocket
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if own is None:
            own = self.il.own
        context.load_cert_chain(own.certificate, own.key)
        return context

    def close(self) -> None:
        """End everything."""
        for one in self.made:
            one.close()
        self.listener.stop(within=30)


@contextlib.contextmanager
def world(folder: Path, **changes: object) -> Iterator[World]:
    """Run a world for one test."""
    made = World(folder, **changes)
    try:
        yield made
    finally:
        made.close()


def answer(tls: ssl.SSLSocket) -> bytes:
    """Return everything until the other side closes; an end without ceremony is an end."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := tls.recv(2**16):
            pieces.append(piece)
    return b"".join(pieces)
