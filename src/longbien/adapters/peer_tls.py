"""Who is at the other end: TLS 1.3 with a certificate on both sides, known from the directory.

Every node signs its own certificate; no authority vouches for it.  Python's ``ssl`` gives no
say during verification, and it asks a client for a certificate only where OpenSSL can verify
it.  So each certificate of the directory is loaded as a trust anchor of its own (a partial
chain of length one), and OpenSSL checks what it can do better than we: possession of the key,
dates, purpose, strength.  That is not enough: an anchor that calls itself an authority could
issue others.  Therefore the certificate that was shown is looked up once more, byte for byte,
among those of the directory, before anything that came over the connection is read.  The
lookup gives the State, and it is repeated for each request: who has been taken out of the
directory is out, even on a connection that stands.

The key exchange is pinned to P-256, the one group that every TLS 1.3 implementation must have
(RFC 8446, 9.1) and one of the three of Mozilla's "modern" list: ``ssl`` can name one group
only.  No session is resumed and no early data taken: each connection proves the key anew.
"""

import errno
import ssl
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from attrs import field, frozen
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import StateCode
from longbien.trust.issuing import Name, Validity

GROUP: Final = "prime256v1"
PROTOCOL: Final = "http/1.1"
MAX_CERTIFICATE: Final = 4096  # bytes; one of a P-384 key with long names has about 900
_DEAD: Final = frozenset({errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT})
_PURPOSES: Final = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH})
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)
_UNREADABLE: Final = (
    CryptographyDeprecationWarning,
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@frozen(kw_only=True)
class PeerCertificate:
    """The TLS certificate of a State's node, as its directory entry carries it."""

    state: StateCode
    der: bytes = field(repr=False)

    spki_sha256: Digest
    """The pin: SHA-256 of the SubjectPublicKeyInfo."""


def parse_peer_certificate(der: bytes, *, state: StateCode) -> PeerCertificate:
    """Read the certificate of a State's node.

    It must hold a P-256 or P-384 key, say that it is no authority, be made for both ends of a
    TLS connection, and name the State as its country: so one State's certificate can never
    stand in another's entry.  Raises Malformed ``peer.certificate-form`` and
    ``peer.certificate-profile``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what the library only warns of breaks RFC 5280
            found = x509.load_der_x509_certificate(der if len(der) <= MAX_CERTIFICATE else b"")
            fits = found.public_bytes(Encoding.DER) == der and _has_profile(found, state)
            spki = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except _UNREADABLE:
        raise Malformed(
            "peer.certificate-form", "this is not an X.509 certificate of a node"
        ) from None
    if not fits:
        raise Malformed(
            "peer.certificate-profile",
            "a node's TLS certificate holds an EC key on P-256 or P-384, names its State as the "
            "country, is for clients and servers and for no authority",
        )
    return PeerCertificate(state=state, der=der, spki_sha256=Digest.of(spki))


def _has_profile(found: x509.Certificate, state: StateCode) -> bool:
    key = found.public_key()
    extensions = found.extensions
    countries = found.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return (
        isinstance(key, ec.EllipticCurvePublicKey)
        and isinstance(key.curve, _CURVES)
        and [country.value for country in countries] == [state.text]
        and not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        and set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == _PURPOSES
        and extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    )


def issue_peer_certificate(
    key: ec.EllipticCurvePrivateKey, *, name: Name, validity: Validity, serial: int
) -> PeerCertificate:
    """Make the certificate that a node signs for itself; ``name.country`` is its State."""
    subject, public = name.to_x509(), key.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(validity.not_before.moment.replace(microsecond=0))
        .not_valid_after(validity.not_after.moment.replace(microsecond=0))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(sorted(_PURPOSES, key=str)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    digest = hashes.SHA256() if isinstance(key.curve, ec.SECP256R1) else hashes.SHA384()
    der = builder.sign(key, digest).public_bytes(Encoding.DER)
    return parse_peer_certificate(der, state=StateCode(name.country))


@frozen(kw_only=True)
class OwnTls:
    """This node's own certificate and private key, as files (``ssl`` reads nothing else)."""

    certificate: Path
    key: Path
    passphrase: Callable[[], bytes] | None = field(default=None, repr=False)


class Admission:
    """Which certificates are admitted, and whose they are.  Never changes: make a new one."""

    def __init__(self, certificates: Iterable[PeerCertificate]) -> None:
        self._states: Mapping[bytes, StateCode] = {one.der: one.state for one in certificates}

    def find(self, der: bytes | None) -> StateCode | None:
        """Return whose certificate this is, if it is one of those admitted."""
        return None if der is None else self._states.get(der)

    def ders(self) -> tuple[bytes, ...]:
        """Return the admitted certificates."""
        return tuple(self._states)


class TlsSocket(ssl.SSLSocket):
    """A TLS socket that is closed when its line proves dead.

    ``SSLContext.wrap_socket`` takes the descriptor first and looks at the line then; when the
    peer resets it in between, the call raises and nobody holds the socket that it made.
    """

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read as the parent does.  Raises OSError; the socket is closed if the line is dead."""
        try:
            return super().recv(buflen, flags)
        except ssl.SSLError:
            raise
        except OSError as error:
            if error.errno in _DEAD:
                self.close()
            raise


def server_context(own: OwnTls, admission: Admission) -> ssl.SSLContext:
    """Return how the listener takes connections: a known certificate or none at all.

    Raises Refused ``peer.own-tls`` where the own certificate and key cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0
    return _strict(context, own, admission)


def client_context(own: OwnTls, admission: Admission) -> ssl.SSLContext:
    """Return how this node connects to one peer, whose certificates are given.

    Raises Refused ``peer.own-tls``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the certificate itself is known, whatever the address
    return _strict(context, own, admission)


def _strict(context: ssl.SSLContext, own: OwnTls, admission: Admission) -> ssl.SSLContext:
    context.sslsocket_class = TlsSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.set_ecdh_curve(GROUP)
    context.set_alpn_protocols([PROTOCOL])
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_cert_chain(own.certificate, own.key, own.passphrase or _no_passphrase)
    except (OSError, ssl.SSLError):
        raise Refused(
            "peer.own-tls",
            "the node's own TLS certificate {certificate} and its key do not fit or cannot be read",
            certificate=own.certificate,
        ) from None
    anchors = b"".join(admission.ders())
    if anchors:
        context.load_verify_locations(cadata=anchors)
    return context


def _no_passphrase() -> bytes:
    # without an answer OpenSSL would ask the terminal
    return b""
