"""Who may connect to a peer endpoint, and whom a node believes to be its peer: one attack each."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

import peer_certificates as bad
import peer_world
from longbien.adapters.peer_connections import PeerEndpoint
from longbien.adapters.peer_tls import Admission, OwnTls, PeerCertificate, TlsSocket
from longbien.channel.message import Lane
from longbien.desk.network import PeerCall
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Unavailable

READY = b"GET /v1/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def world(tmp_path: Path, socket_enabled: None) -> Iterator[peer_world.World]:
    """Run the two States."""
    del socket_enabled
    with peer_world.world(tmp_path) as made:
        yield made


def files(folder: Path, forged: bad.Forged) -> OwnTls:
    """Write a forged certificate with its chain as a node has its own."""
    own = OwnTls(certificate=folder / "forged.pem", key=folder / "forged.key.pem")
    own.certificate.write_bytes(
        b"".join(
            x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
            for der in (forged.der, *forged.chain)
        )
    )
    own.key.write_bytes(forged.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return own


def listed(forged: bad.Forged) -> PeerCertificate:
    """Put a certificate into the directory by force."""
    return PeerCertificate(state=peer_world.IL, der=forged.der, spki_sha256=Digest.of(forged.der))


def context(own: OwnTls | None) -> ssl.SSLContext:
    """Return the client of an attacker: it believes anybody and takes any key."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.sslsocket_class = TlsSocket  # an attacker may be reset at any time
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers("DEFAULT:@SECLEVEL=0")
    if own is not None:
        made.load_cert_chain(own.certificate, own.key)
    return made


def is_accepted(world: peer_world.World, how: ssl.SSLContext) -> bool:
    """Tell whether a request gets any answer at all over such a connection."""
    try:
        with how.wrap_socket(world.plain()) as tls:
            tls.sendall(READY)
            return peer_world.answer(tls) != b""
    except (ssl.SSLError, ConnectionError):
        return False


def test_the_right_one_is_accepted(world: peer_world.World) -> None:
    """The attacks below fail for what is wrong with them, not for the way they are made."""
    assert is_accepted(world, context(world.il.own))


@pytest.mark.parametrize("kind", bad.STRANGERS)
def test_a_strangers_certificate_is_not_accepted(
    world: peer_world.World, tmp_path: Path, kind: str
) -> None:
    """However good it is: it does not stand in the directory."""
    own = files(tmp_path, bad.STRANGERS[kind]())

    assert not is_accepted(world, context(own))
    assert world.node.messages == []


@pytest.mark.parametrize("kind", bad.LISTED)
def test_a_bad_certificate_is_not_accepted_though_listed(
    world: peer_world.World, tmp_path: Path, kind: str
) -> None:
    """Dates, purpose and strength count for those of the directory, too."""
    forged = bad.LISTED[kind]()
    world.listener.admit(Admission([listed(forged)]))

    assert not is_accepted(world, context(files(tmp_path, forged)))


def test_no_certificate_is_not_accepted(world: peer_world.World) -> None:
    """There is nothing for strangers on this address."""
    assert not is_accepted(world, context(None))


def test_what_a_listed_authority_issues_is_not_accepted(
    world: peer_world.World, tmp_path: Path
) -> None:
    """An anchor that calls itself an authority makes no others."""
    authority = bad.forge(is_authority=True)
    world.listener.admit(Admission([listed(authority)]))

    assert not is_accepted(world, context(files(tmp_path, bad.forge(issuer=authority))))


def test_what_an_admitted_node_issues_is_not_accepted(
    world: peer_world.World, tmp_path: Path
) -> None:
    """A node's certificate is no authority, whoever signs with its key."""
    key = load_pem_private_key(world.il.own.key.read_bytes(), None)
    node = bad.Forged(key=key, der=world.il.certificate.der)

    assert not is_accepted(world, context(files(tmp_path, bad.forge(issuer=node))))


def test_another_certificate_for_the_right_key_is_not_accepted(
    world: peer_world.World, tmp_path: Path
) -> None:
    """Only the very certificate of the directory counts, with its dates."""
    key = load_pem_private_key(world.il.own.key.read_bytes(), None)

    assert not is_accepted(world, context(files(tmp_path, bad.forge(key))))


def test_the_listeners_own_certificate_is_not_accepted(world: peer_world.World) -> None:
    """A node does not talk to itself."""
    assert not is_accepted(world, context(world.vn.own))


def test_an_empty_directory_admits_nobody(world: peer_world.World) -> None:
    """No anchor is not every anchor."""
    world.listener.admit(Admission([]))

    assert not is_accepted(world, context(world.il.own))


def test_an_older_tls_is_not_spoken(world: peer_world.World) -> None:
    """TLS 1.2 offers what 1.3 has taken out."""
    old = context(world.il.own)
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    assert not is_accepted(world, old)


def test_no_tls_is_not_spoken(world: peer_world.World) -> None:
    """A request in clear text gets no answer in clear text."""
    with world.plain() as plain:
        plain.sendall(READY)
        got = b""
        try:
            while piece := plain.recv(100):
                got += piece
        except ConnectionResetError:
            pass

    assert b"HTTP" not in got


@pytest.mark.parametrize(
    ("group", "is_spoken"),
    [("P-256", True), ("X448", False), ("P-521", False), ("ffdhe2048", False)],
)
def test_the_key_exchange_is_pinned(
    world: peer_world.World, group: str, *, is_spoken: bool
) -> None:
    """Openssl gets a connection with P-256 only."""
    own = world.il.own
    done = subprocess.run(
        [
            *("openssl", "s_client", "-connect", f"127.0.0.1:{world.listener.port}"),
            *("-tls1_3", "-groups", group, "-cert", own.certificate, "-key", own.key, "-ign_eof"),
        ],
        input=READY,
        capture_output=True,
        check=False,
    )

    assert (b"HTTP/1.1 200" in done.stdout) is is_spoken


def test_nothing_is_resumed(world: peer_world.World) -> None:
    """No ticket is given, so every connection proves its key."""
    how = context(world.il.own)
    with how.wrap_socket(world.plain()) as tls:
        tls.sendall(READY)
        peer_world.answer(tls)
        session = tls.session

    assert not session.has_ticket


def test_who_leaves_the_directory_is_out_at_once(world: peer_world.World) -> None:
    """A connection that stands is no right to go on."""
    client = world.client()
    client.post_message(peer_world.VN, b"before", lane=Lane.ORDINARY)
    world.listener.admit(Admission([]))

    with pytest.raises(Exception, match=r"peer\.not-admitted"):
        client.post_message(peer_world.VN, b"after", lane=Lane.ORDINARY)

    assert [message[2] for message in world.node.messages] == [b"before"]


def test_a_certificate_rotates_without_a_gap(world: peer_world.World, tmp_path: Path) -> None:
    """Current and next are both good; the next goes on when the current has gone."""
    following = peer_world.identity(tmp_path, peer_world.IL, name="next")
    old, new = world.client(), world.client(own=following.own)
    world.listener.admit(Admission([world.il.certificate, following.certificate]))

    for client in (old, new):
        client.post_message(peer_world.VN, b"x", lane=Lane.ORDINARY)
    world.listener.admit(Admission([following.certificate]))
    new.post_message(peer_world.VN, b"y", lane=Lane.ORDINARY)

    assert [peer for peer, _, _ in world.node.messages] == [peer_world.IL] * 3


def test_p384_is_taken(world: peer_world.World, tmp_path: Path) -> None:
    """The other curve of the profile."""
    other = peer_world.identity(tmp_path, peer_world.IL, name="p384", curve=ec.SECP384R1())
    world.listener.admit(Admission([other.certificate]))

    assert is_accepted(world, context(other.own))


# --- the other way round: who pretends to be the peer ------------------------------------------


def pretender(own: OwnTls, *, old: bool = False) -> tuple[int, list[bytes]]:
    """Listen as an impostor; return the port and what reached it as a request."""
    how = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    how.set_ciphers("DEFAULT:@SECLEVEL=0")
    how.load_cert_chain(own.certificate, own.key)
    if old:
        how.maximum_version = ssl.TLSVersion.TLSv1_2
    listening = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve() -> None:
        with (
            listening,
            listening.accept()[0] as one,
            contextlib.suppress(OSError),
            how.wrap_socket(one, server_side=True) as tls,
        ):
            got.append(tls.recv(1000))

    threading.Thread(target=serve, daemon=True).start()
    return int(listening.getsockname()[1]), got


@pytest.mark.parametrize("kind", bad.STRANGERS)
def test_an_impostor_learns_nothing(world: peer_world.World, tmp_path: Path, kind: str) -> None:
    """Whoever answers at the peer's address with another certificate gets no request."""
    port, got = pretender(files(tmp_path, bad.STRANGERS[kind]()))

    assert refused(world, port, (world.vn.certificate,)) == "peer.not-the-peer"
    assert b"".join(got) == b""


@pytest.mark.parametrize("kind", [*bad.LISTED])
def test_a_bad_certificate_of_the_peer_is_not_believed(
    world: peer_world.World, tmp_path: Path, kind: str
) -> None:
    """Dates, purpose and strength count on this side, too."""
    forged = bad.LISTED[kind]()
    port, got = pretender(files(tmp_path, forged))
    certificate = PeerCertificate(
        state=peer_world.VN, der=forged.der, spki_sha256=Digest.of(forged.der)
    )

    assert refused(world, port, (certificate,)) == "peer.not-the-peer"
    assert b"".join(got) == b""


def test_what_a_listed_authority_issues_is_not_the_peer(
    world: peer_world.World, tmp_path: Path
) -> None:
    """OpenSSL would believe it; the second look does not."""
    authority = bad.forge(is_authority=True)
    port, got = pretender(files(tmp_path, bad.forge(issuer=authority)))
    certificate = PeerCertificate(
        state=peer_world.VN, der=authority.der, spki_sha256=Digest.of(b"")
    )

    assert refused(world, port, (certificate,)) == "peer.not-the-peer"
    assert b"".join(got) == b""


def test_a_peer_that_speaks_an_older_tls_is_left(world: peer_world.World) -> None:
    """No downgrade: the connection ends before anything is said."""
    port, got = pretender(world.vn.own, old=True)

    assert refused(world, port, (world.vn.certificate,)) == "peer.line-cut"
    assert got == []


def refused(world: peer_world.World, port: int, certificates: tuple[PeerCertificate, ...]) -> str:
    """Return the code with which IL does not talk to what listens there."""
    endpoint = PeerEndpoint(
        state=peer_world.VN, addresses=(("127.0.0.1", port),), certificates=certificates
    )
    with pytest.raises(Unavailable) as error:
        world.connections(endpoint=endpoint).exchange(
            peer_world.VN, PeerCall(method="GET", path="/v1/ready")
        )
    assert error.value.retry
    return error.value.code
