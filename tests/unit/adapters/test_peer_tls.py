"""Certificates of nodes: which may stand in a directory entry, and whose they are."""

import gc
import select
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

import peer_certificates as bad
import peer_world
from longbien.adapters.peer_tls import (
    Admission,
    OwnTls,
    client_context,
    parse_peer_certificate,
    server_context,
)
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import StateCode


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_what_a_node_makes_can_be_read(tmp_path: Path, curve: ec.EllipticCurve) -> None:
    """Its pin is the digest of the public key, and it signed itself."""
    made = peer_world.identity(tmp_path, peer_world.VN, curve=curve).certificate

    read = parse_peer_certificate(made.der, state=peer_world.VN)

    found = x509.load_der_x509_certificate(made.der)
    spki = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read == made
    assert read.spki_sha256 == Digest.of(spki)
    found.verify_directly_issued_by(found)


def test_a_good_one_by_other_means_is_read() -> None:
    """The profile is what counts, not our maker."""
    assert parse_peer_certificate(bad.forge().der, state=StateCode("IL")).state.text == "IL"


PROFILE = {
    "another State's": lambda: bad.forge(subject=bad.name("VN")),
    "no State's": lambda: bad.forge(subject=bad.name(None)),
    "an authority": lambda: bad.forge(is_authority=True),
    "for servers only": lambda: bad.forge(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
    "for clients only": lambda: bad.forge(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    "for more": lambda: bad.forge(purposes=(*bad.BOTH, ExtendedKeyUsageOID.CODE_SIGNING)),
    "RSA": lambda: bad.forge(rsa.generate_private_key(65537, 2048)),
    "P-521": lambda: bad.forge(ec.generate_private_key(ec.SECP521R1())),
    "Ed25519": lambda: bad.forge(ed25519.Ed25519PrivateKey.generate()),
}


@pytest.mark.parametrize("kind", PROFILE)
def test_other_certificates_stand_in_no_entry(kind: str) -> None:
    """Each for one reason."""
    with pytest.raises(Malformed) as error:
        parse_peer_certificate(PROFILE[kind]().der, state=StateCode("IL"))
    assert error.value.code == "peer.certificate-profile"


FORMS = {
    "nothing": lambda: b"",
    "noise": lambda: b"\x30\x03abc",
    "PEM": lambda: x509.load_der_x509_certificate(bad.forge().der).public_bytes(Encoding.PEM),
    "something behind it": lambda: bad.forge().der + b"\0",
    "too large": lambda: bytes(5000),
    "no basic constraints": lambda: bad.forge(is_authority=None).der,
    "no purposes": lambda: bad.forge(purposes=None).der,
    "no usage": lambda: bad.forge(usage=False).der,
}


@pytest.mark.parametrize("kind", FORMS)
def test_what_is_no_certificate_of_a_node_cannot_be_read(kind: str) -> None:
    """Only Malformed leaves."""
    with pytest.raises(Malformed) as error:
        parse_peer_certificate(FORMS[kind](), state=StateCode("IL"))
    assert error.value.code == "peer.certificate-form"


def test_an_admission_knows_whose_a_certificate_is(tmp_path: Path) -> None:
    """Byte for byte."""
    vn = peer_world.identity(tmp_path, peer_world.VN).certificate
    il = peer_world.identity(tmp_path, peer_world.IL).certificate

    admission = Admission([vn, il])

    assert admission.find(vn.der) == peer_world.VN
    assert admission.find(il.der) == peer_world.IL
    assert admission.find(il.der[:-1]) is None
    assert admission.find(None) is None
    assert set(admission.ders()) == {vn.der, il.der}


@pytest.mark.parametrize("make", [server_context, client_context])
def test_both_ends_are_equally_strict(tmp_path: Path, make: object) -> None:
    """TLS 1.3, a certificate required, no renegotiation, no ticket, no name that counts."""
    own = peer_world.identity(tmp_path, peer_world.VN)

    context = make(own.own, Admission([own.certificate]))

    assert context.minimum_version.name == context.maximum_version.name == "TLSv1_3"
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.cert_store_stats()["x509"] == 1
    for option in (ssl.OP_NO_TICKET, ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_COMPRESSION):
        assert context.options & option


@pytest.mark.parametrize("broken", ["certificate", "key", "both of two"])
def test_an_own_key_that_does_not_fit_stops_the_start(tmp_path: Path, broken: str) -> None:
    """With a code that says whose fault it is."""
    own = peer_world.identity(tmp_path, peer_world.VN).own
    other = peer_world.identity(tmp_path, peer_world.IL).own
    if broken == "both of two":
        own = OwnTls(certificate=own.certificate, key=other.key)
    else:
        getattr(own, broken).unlink()

    with pytest.raises(Refused) as error:
        server_context(own, Admission([]))
    assert error.value.code == "peer.own-tls"


def test_a_key_under_a_passphrase(tmp_path: Path) -> None:
    """It is asked for; without it nothing waits at a terminal."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - here alone
        BestAvailableEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    own = peer_world.identity(tmp_path, peer_world.VN).own
    key = load_pem_private_key(own.key.read_bytes(), None)
    own.key.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open"))
    )

    with pytest.raises(Refused):
        server_context(own, Admission([]))
    server_context(
        OwnTls(certificate=own.certificate, key=own.key, passphrase=lambda: b"open"), Admission([])
    )


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("makes", [server_context, client_context])
def test_a_line_that_was_reset_before_tls_leaves_no_socket_behind(
    makes: Callable[[OwnTls, Admission], ssl.SSLContext], tmp_path: Path
) -> None:
    """Whoever connects and resets at once costs no descriptor."""
    made = peer_world.identity(tmp_path, peer_world.VN)
    context = makes(made.own, Admission([made.certificate]))
    with socket.create_server(("127.0.0.1", 0)) as door:
        caller = socket.create_connection(door.getsockname())
        taken, _ = door.accept()
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()
        select.select([taken], [], [])

        with pytest.raises(ConnectionResetError):
            context.wrap_socket(
                taken, server_side=makes is server_context, do_handshake_on_connect=False
            )

    gc.collect()  # pytest makes an error of a socket that nobody closed
