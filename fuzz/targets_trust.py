"""Fuzz targets of the trust room: only Malformed leaves a reader, nothing leaves a judge."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.trust.cades import verify_cades
from longbien.trust.certificates import (
    Anchors,
    Material,
    parse_certificates,
    parse_crls,
    parse_ocsp,
)
from longbien.trust.keys import (
    KeyAlgorithm,
    parse_ecdsa_signature,
    parse_public_key,
    parse_x25519,
)
from longbien.trust.paths import Usage, validate_path
from longbien.trust.timestamps import parse_timestamp, verify_timestamp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import cms_forge  # the tests' own world makes the inputs to start from
import trust_world  # the same

_LEAF = trust_world.signer().certificates[0]
_CRL = trust_world.crl(trust_world.root(), trust_world.revoked(_LEAF, -1))

SEEDS = {
    "fuzz_cades": (cms_forge.good(stamper=trust_world.Stamper()),),
    "fuzz_timestamp": (trust_world.Stamper(accuracy={"seconds": 1}, nonce=5).response(bytes(32)),),
    "fuzz_certificates": (_LEAF.der, trust_world.mldsa_signer().certificates[0].der),
    "fuzz_crls": (_CRL.der,),
    "fuzz_ocsp": (trust_world.ocsp(_LEAF, trust_world.root()),),
    "fuzz_public_key": (_LEAF.spki, bytes([9]) + bytes(31)),
    "fuzz_ecdsa_signature": (trust_world.signer().sign(bytes(32)),),
}

_NOW = Instant(datetime(2026, 11, 1, tzinfo=UTC))


def fuzz_cades(data: bytes) -> None:
    """Judge a signature file; it never raises."""
    verify_cades(data, b"content", anchors=Anchors(), material=Material())


def fuzz_timestamp(data: bytes) -> None:
    """Read and judge a time stamp."""
    verify_timestamp(data, stamped=b"content", anchors=Anchors(), material=Material())
    try:
        parse_timestamp(data)
    except Malformed:
        return


def fuzz_certificates(data: bytes) -> None:
    """Read a bundle, and judge each certificate under all others as roots."""
    try:
        found = parse_certificates(data)
    except Malformed:
        return
    for usage in Usage:
        validate_path(
            found[0],
            anchors=Anchors(signers=found, time=found),
            material=Material(certificates=found),
            at=_NOW,
            usage=usage,
        )


def fuzz_crls(data: bytes) -> None:
    """Read revocation lists."""
    try:
        parse_crls(data)
    except Malformed:
        return


def fuzz_ocsp(data: bytes) -> None:
    """Read an OCSP answer."""
    try:
        parse_ocsp(data)
    except Malformed:
        return


def fuzz_public_key(data: bytes) -> None:
    """Read a SubjectPublicKeyInfo and an X25519 key."""
    for parse in (parse_public_key, parse_x25519):
        try:
            parse(data)
        except Malformed:
            continue


def fuzz_ecdsa_signature(data: bytes) -> None:
    """Read an ECDSA signature for both curves."""
    for algorithm in (KeyAlgorithm.P256, KeyAlgorithm.P384):
        try:
            parse_ecdsa_signature(data, algorithm=algorithm)
        except Malformed:
            continue
