"""Helpers of the tests of certificate paths: judge a path, read what was said."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

import trust_world as world
from longbien.trust.certificates import (
    Material,
    parse_certificate,
)
from longbien.trust.paths import PathCheck, Usage, validate_path

ROOT = world.root()
LEAF = world.signer().certificates[0]


def check(
    leaf: object = LEAF,
    *,
    crls: object = None,
    certificates: object = (),
    ocsps: object = (),
    **changes: object,
) -> PathCheck:
    """Validate a path in the good world, with some things changed."""
    material = Material(
        certificates=tuple(certificates),
        crls=(world.crl(ROOT),) if crls is None else tuple(crls),
        ocsps=tuple(ocsps),
    )
    settings = {
        "anchors": world.anchors(),
        "material": material,
        "at": world.NOW,
        "usage": Usage.SIGNING,
        "subject": "x.p7s",
    }
    return validate_path(leaf, **{**settings, **changes})


def said(found: PathCheck) -> list[tuple[str, str, str]]:
    """Return check, outcome and reason of each finding."""
    return [(f.check, f.outcome.name, f.reason) for f in found.findings]


def facts(found: PathCheck, number: int = -1) -> dict[str, str]:
    """Return the facts of one finding."""
    return dict(found.findings[number].facts)


def bare(
    key: object,
    builder_change: object = lambda builder: builder,
    *,
    issuer: object = ROOT,
    name: str = "Bare",
) -> object:
    """Return a certificate below an issuer with only the extensions that a test adds."""
    above = x509.load_der_x509_certificate(issuer.certificate.der)
    builder = (
        x509.CertificateBuilder()
        .subject_name(world.name(name).to_x509())
        .issuer_name(above.subject)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(world.days(-10).moment)
        .not_valid_after(world.days(10).moment)
    )
    made = builder_change(builder).sign(issuer.key, hashes.SHA256())
    return parse_certificate(made.public_bytes(Encoding.DER))


def usage(**on: object) -> object:
    """Return a critical key usage with these bits."""
    bits = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**bits, **on})
