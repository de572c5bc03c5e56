"""Certificates that a node must not be believed with, each wrong in one way."""

from collections.abc import Callable
from datetime import UTC, datetime

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

OLD, NOW, FAR = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2020, 2099))
BOTH = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


@frozen(kw_only=True)
class Forged:
    """A certificate, its key, and what is sent along."""

    key: object
    der: bytes
    chain: tuple[bytes, ...] = ()


def name(country: str | None = "IL", common_name: str = "node") -> x509.Name:
    """Return a name like that of the node of IL."""
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, country)] if country else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def forge(  # noqa: PLR0913 - each argument is one way to be wrong
    key: object = None,
    *,
    subject: x509.Name | None = None,
    issuer: Forged | None = None,
    start: datetime = OLD,
    end: datetime = FAR,
    purposes: tuple[ObjectIdentifier, ...] | None = BOTH,
    is_authority: bool | None = False,
    usage: bool = True,
    critical: bool = False,
    digest: object = None,
    serial: int = 7,
) -> Forged:
    """Make a certificate; without arguments it is as a node's should be."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = name() if subject is None else subject
    above = x509.load_der_x509_certificate(issuer.der).subject if issuer else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )
    if is_authority is not None:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=None), critical=True
        )
    if usage:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=bool(is_authority),
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if critical:
        unknown = x509.UnrecognizedExtension(ObjectIdentifier("2.999.7"), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    signing = issuer.key if issuer else key
    if digest is None and not isinstance(signing, ed25519.Ed25519PrivateKey):
        digest = hashes.SHA256()
    made = builder.sign(signing, digest)
    return Forged(
        key=key,
        der=made.public_bytes(Encoding.DER),
        chain=(issuer.der, *issuer.chain) if issuer else (),
    )


def _chain(length: int) -> Forged:
    made = forge(is_authority=True, subject=name(common_name="0"))
    for step in range(1, length):
        made = forge(issuer=made, is_authority=True, subject=name(common_name=str(step)))
    return forge(issuer=made)


def _weak() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is what is wrong with it


LISTED: dict[str, Callable[[], Forged]] = {
    "expired": lambda: forge(end=NOW),
    "not yet valid": lambda: forge(start=datetime(2098, 1, 1, tzinfo=UTC)),
    "for nothing of this kind": lambda: forge(purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)),
    "an extension that must be understood": lambda: forge(critical=True),
    "RSA of 1024 bits": lambda: forge(_weak()),
    "may only sign certificates": lambda: forge(is_authority=True, purposes=()),
}
"""Bad although the directory has them (which its import would refuse already)."""

STRANGERS: dict[str, Callable[[], Forged]] = {
    "the same name, another key": forge,
    "another serial number": lambda: forge(serial=8),
    "another State's name": lambda: forge(subject=name("VN")),
    "no name": lambda: forge(subject=x509.Name([])),
    "no country": lambda: forge(subject=name(None)),
    "an authority": lambda: forge(is_authority=True),
    "no extensions": lambda: forge(is_authority=None, usage=False, purposes=None),
    "signed by a stranger": lambda: forge(issuer=forge(is_authority=True)),
    "signed by one that is no authority": lambda: forge(issuer=forge()),
    "a chain of three": lambda: _chain(3),
    "a chain of twenty": lambda: _chain(20),
    "expired": lambda: forge(end=NOW),
    "not yet valid": lambda: forge(start=datetime(2098, 1, 1, tzinfo=UTC)),
    "RSA of 1024 bits": lambda: forge(_weak()),
    "RSA of 2048 bits": lambda: forge(rsa.generate_private_key(65537, 2048)),
    "P-384": lambda: forge(ec.generate_private_key(ec.SECP384R1())),
    "P-521": lambda: forge(ec.generate_private_key(ec.SECP521R1())),
    "Ed25519": lambda: forge(ed25519.Ed25519PrivateKey.generate()),
    "for servers only": lambda: forge(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
    "signed with SHA-512": lambda: forge(digest=hashes.SHA512()),
}
"""Not in the directory; most are as good as one that is."""
