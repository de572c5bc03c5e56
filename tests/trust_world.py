"""Two States, their signers, a time-stamp authority: keys and certificates for tests, made once.

Everything is in memory and at fixed times.  The stamper builds its own tokens, so that tests
can also build wrong ones.
"""

import functools
import hashlib
import inspect
import itertools
from datetime import UTC, datetime, timedelta

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import ocsp as _ocsp  # noqa: F401  # makes x509.ocsp known

from longbien.primitives.digest import Digest
from longbien.primitives.instants import Instant
from longbien.trust import issuing
from longbien.trust.certificates import Anchors, Certificate, Material

START = Instant(datetime(2026, 1, 1, tzinfo=UTC))
NOW = Instant(datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC))
CONTENT = b"4b9c  evidence/package.json\n"
_serials = itertools.count(1001)


def once(make: object) -> object:
    """Keep what was made, whether an argument was given or left to its default."""
    kept = {}
    shape = inspect.signature(make)

    @functools.wraps(make)
    def given(*arguments: object, **named: object) -> object:
        bound = shape.bind(*arguments, **named)
        bound.apply_defaults()
        key = tuple(bound.arguments.items())
        if key not in kept:
            kept[key] = make(*arguments, **named)
        return kept[key]

    return given


def days(count: float) -> Instant:
    """Return the instant so many days after NOW."""
    return NOW.plus(timedelta(days=count))


def name(common_name: str, **changes: object) -> issuing.Name:
    """Return a training name."""
    settings = {"country": "XA", "organisation": "State of Exercise A", "is_exercise": True}
    return issuing.Name(**{**settings, "common_name": common_name, **changes})


@frozen(kw_only=True)
class EcKeySigner:
    """A software key in the shape of the port."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificates: tuple[Certificate, ...]

    def sign(self, digest: bytes) -> bytes:
        """Sign a digest of the length that fits the curve."""
        scheme = {32: hashes.SHA256, 48: hashes.SHA384, 64: hashes.SHA512}[len(digest)]
        return self.key.sign(digest, ec.ECDSA(Prehashed(scheme())))


@frozen(kw_only=True)
class MlDsaKeySigner:
    """A software ML-DSA-65 key in the shape of the port."""

    key: mldsa.MLDSA65PrivateKey = field(repr=False)
    certificates: tuple[Certificate, ...]

    def sign(self, message: bytes) -> bytes:
        """Sign the message."""
        return self.key.sign(message)


@once
def ec_key(label: str, curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    """Return the EC key of that label, made once."""
    del label
    return ec.generate_private_key(ec.SECP256R1() if curve == "P-256" else ec.SECP384R1())


@once
def mldsa_key(label: str, level: int = 65) -> object:
    """Return the ML-DSA key of that label, made once."""
    del label
    kind = {65: mldsa.MLDSA65PrivateKey, 87: mldsa.MLDSA87PrivateKey}[level]
    return kind.generate()


def validity(start: float = -300, end: float = 700) -> issuing.Validity:
    """Return a validity in days around NOW."""
    return issuing.Validity(not_before=days(start), not_after=days(end))


@once
def root(kind: str = "ec", state: str = "A") -> issuing.Issuer:
    """Return a State's root: ``ec``, ``mldsa`` or ``tsa``."""
    key = mldsa_key(f"root {state}", 87) if kind == "mldsa" else ec_key(f"{kind} {state}", "P-384")
    label = {"ec": "Root", "mldsa": "Root ML-DSA", "tsa": "Time Root"}[kind]
    made = issuing.issue_root(
        key,
        name=name(label, country=f"X{state}", organisation=f"State of Exercise {state}"),
        validity=validity(),
        serial=next(_serials),
    )
    return issuing.Issuer(certificate=made, key=key)


def signer_certificate(
    public: object,
    *,
    issuer: issuing.Issuer,
    serial: int | None = None,
    common_name: object = "Authority",
    **changes: object,
) -> object:
    """Return a signer's certificate; ``changes`` go into name and validity."""
    return issuing.issue_signer(
        public,
        name=changes.get("name", name(common_name)),
        validity=changes.get("validity", validity(-200, 300)),
        serial=serial or next(_serials),
        issuer=issuer,
    )


@once
def signer(curve: str = "P-256", state: str = "A") -> EcKeySigner:
    """Return a State's EC signer."""
    key = ec_key(f"signer {state}", curve)
    own = signer_certificate(key.public_key(), issuer=root("ec", state))
    return EcKeySigner(key=key, certificates=(own,))


@once
def mldsa_signer(state: str = "A") -> MlDsaKeySigner:
    """Return a State's ML-DSA-65 signer."""
    key = mldsa_key(f"signer {state}", 65)
    own = signer_certificate(key.public_key(), issuer=root("mldsa", state))
    return MlDsaKeySigner(key=key, certificates=(own,))


@once
def tsa(label: str = "TSA") -> EcKeySigner:
    """Return a time-stamp authority below the time root."""
    key = ec_key(label)
    own = issuing.issue_time_authority(
        key.public_key(),
        name=name(label),
        validity=validity(-200, 300),
        serial=next(_serials),
        issuer=root("tsa"),
    )
    return EcKeySigner(key=key, certificates=(own,))


def crl(
    issuer: issuing.Issuer,
    *revoked: issuing.RevokedEntry,
    start: object = -1.0,
    end: object = 30.0,
    number: int = 1,
) -> object:
    """Return a revocation list issued a day before NOW."""
    return issuing.issue_crl(
        issuer, number=number, this_update=days(start), next_update=days(end), revoked=revoked
    )


def revoked(
    certificate: Certificate, when: float, reason: str = "superseded", **changes: object
) -> object:
    """Return the entry that revokes a certificate so many days after NOW."""
    return issuing.RevokedEntry(
        serial=certificate.serial,
        revoked_at=days(when),
        reason=issuing.RevocationReason(reason),
        **changes,
    )


@once
def anchors(state: str = "A") -> Anchors:
    """Return what a relying party that knows State A trusts."""
    return Anchors(
        signers=(root("ec", state).certificate, root("mldsa", state).certificate),
        time=(root("tsa").certificate,),
    )


@functools.cache
def material() -> Material:
    """Return what a good package carries."""
    return Material(
        certificates=(mldsa_signer().certificates[0],),
        crls=(crl(root("ec")), crl(root("mldsa")), crl(root("tsa"))),
    )


@frozen(kw_only=True)
class Stamper:
    """A time-stamp authority in memory, with one handle for each thing it can do wrong."""

    by: EcKeySigner = field(factory=tsa)
    at: Instant = NOW
    hash_name: str = "sha256"
    status: str = "granted"
    accuracy: dict | None = None
    nonce: int | None = None
    changes: dict = field(factory=dict)
    """Fields of the TSTInfo to replace."""

    signing_certificate: bool = True
    also: tuple[Certificate, ...] = ()
    digest_name: str = "sha256"

    def stamp(self, data_sha256: Digest) -> bytes:
        """Return the response over a SHA-256 digest."""
        return self.response(data_sha256.raw)

    def response(self, imprint: bytes) -> bytes:
        """Return the response over any digest."""
        token = cms.ContentInfo.load(self.token(imprint))
        return tsp.TimeStampResp(
            {"status": {"status": self.status}, "time_stamp_token": token}
        ).dump()

    def info(self, imprint: bytes) -> bytes:
        """Return the TSTInfo."""
        fields = {
            "version": "v1",
            "policy": "1.3.6.1.4.1.99999.1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": self.hash_name},
                "hashed_message": imprint,
            },
            "serial_number": 7,
            "gen_time": self.at.moment,
        }
        if self.accuracy is not None:
            fields["accuracy"] = self.accuracy
        if self.nonce is not None:
            fields["nonce"] = self.nonce
        return tsp.TSTInfo({**fields, **self.changes}).dump()

    def token(self, imprint: bytes) -> bytes:
        """Return the token alone."""
        info = self.info(imprint)
        own = asn1_x509.Certificate.load(self.by.certificates[0].der)
        signed = cms.CMSAttributes(self._attributes(info, own))
        der = signed.dump()
        value = self.by.sign(hashlib.new(self.digest_name, der).digest())
        algorithm = {"algorithm": self.digest_name}
        data = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [algorithm],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(info),
                },
                "certificates": [own, *(asn1_x509.Certificate.load(c.der) for c in self.also)],
                "signer_infos": [
                    {
                        "version": "v1",
                        "sid": cms.SignerIdentifier(
                            "issuer_and_serial_number",
                            {"issuer": own.issuer, "serial_number": own.serial_number},
                        ),
                        "digest_algorithm": algorithm,
                        "signed_attrs": signed,
                        "signature_algorithm": {"algorithm": f"{self.digest_name}_ecdsa"},
                        "signature": value,
                    }
                ],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()

    def _attributes(self, info: object, own: object) -> object:
        attributes = [
            {"type": "content_type", "values": ["tst_info"]},
            {
                "type": "message_digest",
                "values": [hashlib.new(self.digest_name, info).digest()],
            },
        ]
        if self.signing_certificate:
            named = tsp.SigningCertificateV2({"certs": [{"cert_hash": own.sha256}]})
            attributes.append({"type": "signing_certificate_v2", "values": [named]})
        return sorted(
            (cms.CMSAttribute(attribute) for attribute in attributes), key=lambda one: one.dump()
        )


@once
def responder(label: str = "Responder", *, has_no_check: bool = True) -> EcKeySigner:
    """Return an OCSP responder below State A's root."""
    key = ec_key(label)
    above = root()
    builder = issuing._below(
        above,
        key.public_key(),
        name=name(label),
        validity=validity(-200, 300),
        serial=next(_serials),
    ).add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
    if has_no_check:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return EcKeySigner(key=key, certificates=(issuing._signed(builder, above.key),))


def ocsp(
    certificate: object,
    issuer: object,
    *,
    revoked_at: object = None,
    start: object = -0.5,
    end: object = 1.0,
    by: object = None,
    carried: object = None,
) -> object:
    """Return an OCSP answer about a certificate, by a responder or by the issuer itself."""
    one, above = (x509.load_der_x509_certificate(c.der) for c in (certificate, issuer.certificate))
    status = x509.ocsp.OCSPCertStatus
    answerer = by or responder()
    own = x509.load_der_x509_certificate(answerer.certificates[0].der)
    builder = (
        x509.ocsp.OCSPResponseBuilder()
        .add_response(
            cert=one,
            issuer=above,
            algorithm=hashes.SHA256(),
            cert_status=status.GOOD if revoked_at is None else status.REVOKED,
            this_update=days(start).moment,
            next_update=days(end).moment,
            revocation_time=None if revoked_at is None else days(revoked_at).moment,
            revocation_reason=None,
        )
        .responder_id(x509.ocsp.OCSPResponderEncoding.HASH, own)
        .certificates(
            [x509.load_der_x509_certificate(c.der) for c in carried or answerer.certificates]
        )
    )
    made = builder.sign(answerer.key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)
