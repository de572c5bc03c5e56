"""Reading CMS SignedData (RFC 5652) strictly: one signer, signed attributes, nothing twice.

Shared by CAdES signatures and RFC 3161 tokens; what only one of them demands is demanded there.
"""

import hashlib
from typing import Any, Final

from asn1crypto import cms, core
from attrs import field, frozen

from longbien.primitives.digest import Octets
from longbien.primitives.errors import Malformed
from longbien.trust._der import LIBRARY_ERRORS, require_der
from longbien.trust.certificates import Certificate, parse_certificate

MAX_CERTIFICATES = 16  # inside one signature or token
MAX_ATTRIBUTES = 32

DATA: Final = "1.2.840.113549.1.7.1"
TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"

_NULL: Final = b"\x05\x00"

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"

_DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
ECDSA: Final = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
RSA: Final = {
    "1.2.840.113549.1.1.1": None,  # says nothing of the hash: that of the digest field counts
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}


@frozen(kw_only=True)
class SignedData:
    """One SignedData with its one SignerInfo, as received and unproven."""

    content_type: str
    content: bytes | None = field(repr=False)
    """What it carries inside; None where it is detached."""

    certificates: tuple[Certificate, ...]
    signer: Certificate
    """The carried certificate that the SignerInfo names."""

    digest_algorithm: str
    """``sha256``, ``sha384`` or ``sha512``."""

    signature_algorithm: str
    """Object identifier, of ECDSA or RSA."""

    signature: bytes = field(repr=False)
    signed_der: bytes = field(repr=False)
    """The signed attributes as they were signed: a DER SET OF."""

    message_digest: bytes
    signed: dict[str, Any] = field(repr=False)
    """The one value of each signed attribute, by object identifier."""

    unsigned: dict[str, Any] = field(repr=False)

    @property
    def signed_digest(self) -> bytes:
        """Return the digest that the signature is about."""
        return hashlib.new(self.digest_algorithm, self.signed_der).digest()

    def is_about(self, content: Octets) -> bool:
        """Tell if the message digest is that of ``content``."""
        return hashlib.new(self.digest_algorithm, content).digest() == self.message_digest


def parse_signed_data(der: bytes, *, content_type: str) -> SignedData:
    """Read a ContentInfo with a SignedData about content of one type.

    Raises Malformed: ``cms.…``, ``der.…``, ``certificate.…``, ``key.…``.
    """
    require_der(der)
    try:
        return _signed_data(der, content_type)
    except LIBRARY_ERRORS:
        raise Malformed("cms.malformed", "a signature's structure cannot be read") from None


def _signed_data(der: bytes, content_type: str) -> SignedData:
    outer = cms.ContentInfo.load(der, strict=True)
    if outer["content_type"].dotted != _SIGNED_DATA:
        raise Malformed("cms.not-signed-data", "it is not a CMS SignedData")
    data = outer["content"]
    inner = data["encap_content_info"]
    if inner["content_type"].dotted != content_type:
        raise Malformed("cms.content-type", "the signature is about another type of content")
    if len(data["signer_infos"]) != 1:
        raise Malformed("cms.signers", "there is not exactly one signer")
    info = data["signer_infos"][0]
    version = "v1" if content_type == DATA else "v3"
    if data["version"].native != version or info["version"].native != "v1":
        raise Malformed("cms.version", "the CMS version does not fit the content")
    certificates = _certificates(data)
    signed = _attributes(info["signed_attrs"])
    digest_algorithm, signature_algorithm = _algorithms(data, info)
    _require_protection(signed, info)
    if _value(signed, _CONTENT_TYPE).dotted != content_type:
        raise Malformed("cms.content-type", "the signature is about another type of content")
    return SignedData(
        content_type=content_type,
        content=_content(inner),
        certificates=certificates,
        signer=_signer(info, certificates),
        digest_algorithm=digest_algorithm,
        signature_algorithm=signature_algorithm,
        signature=info["signature"].native,
        # signed is the SET OF with its own tag, not with the one that it has here: RFC 5652, 5.4
        signed_der=b"\x31" + info["signed_attrs"].dump()[1:],
        message_digest=_value(signed, _MESSAGE_DIGEST).native,
        signed=signed,
        unsigned=_attributes(info["unsigned_attrs"]),
    )


def _content(inner: Any) -> bytes | None:  # noqa: ANN401  # asn1crypto has no types
    if isinstance(inner["content"], core.Void):
        return None
    return bytes(inner["content"])


def _certificates(data: Any) -> tuple[Certificate, ...]:  # noqa: ANN401  # the same
    carried = [choice.dump() for choice in data["certificates"] or ()]
    if len(carried) > MAX_CERTIFICATES:
        raise Malformed("cms.certificates", "too many certificates are inside")
    if len(set(carried)) != len(carried):
        raise Malformed("cms.certificates-twice", "a certificate is there twice")
    _require_sorted(carried)
    return tuple(parse_certificate(der) for der in carried)


def _attributes(attributes: Any) -> dict[str, Any]:  # noqa: ANN401  # the same
    """Return the one value of each attribute; no attribute twice, none with two values."""
    found: dict[str, Any] = {}
    _require_sorted([attribute.dump() for attribute in attributes or ()])
    for count, attribute in enumerate(attributes or ()):
        oid = attribute["type"].dotted
        if oid in found or len(attribute["values"]) != 1 or count >= MAX_ATTRIBUTES:
            raise Malformed("cms.attribute-twice", "an attribute is there twice")
        found[oid] = attribute["values"][0]
    return found


def _require_sorted(members: list[bytes]) -> None:
    """Refuse a set in another order: an implicit tag hides from ``_der`` that it is one."""
    if members != sorted(members):
        raise Malformed("der.order", "the members of a set are not sorted")


def _value(attributes: dict[str, Any], oid: str) -> Any:  # noqa: ANN401  # the same
    if oid not in attributes:
        raise Malformed("cms.attribute-missing", "a signed attribute is missing: {oid}", oid=oid)
    return attributes[oid]


def _algorithms(data: Any, info: Any) -> tuple[str, str]:  # noqa: ANN401  # the same
    """Return the hash's name and the signature algorithm's identifier, both on the list."""
    for one in (*data["digest_algorithms"], info["digest_algorithm"], info["signature_algorithm"]):
        _require_plain(one)
    named = {algorithm["algorithm"].dotted for algorithm in data["digest_algorithms"]}
    digest = info["digest_algorithm"]["algorithm"].dotted
    algorithm = info["signature_algorithm"]["algorithm"].dotted
    implied = {**ECDSA, **RSA}
    if digest not in _DIGESTS or algorithm not in implied:
        raise Malformed(
            "cms.algorithm",
            "the algorithm is not accepted: {digest} with {algorithm}",
            digest=digest,
            algorithm=algorithm,
        )
    if named != {digest} or implied[algorithm] not in {None, _DIGESTS[digest]}:
        raise Malformed("cms.two-algorithms", "two different hash algorithms are named")
    return _DIGESTS[digest], algorithm


def _require_plain(algorithm: Any) -> None:  # noqa: ANN401  # the same
    """Refuse parameters: none, or NULL (RFC 5754, 2 and 3.2); nothing signs these bytes."""
    oid = algorithm["algorithm"].dump()
    if algorithm.dump()[2:] not in {oid, oid + _NULL}:
        raise Malformed("cms.parameters", "an algorithm has parameters that it cannot have")


def _require_protection(signed: dict[str, Any], info: Any) -> None:  # noqa: ANN401  # the same
    """Compare the algorithms with the signed copy of them, where there is one (RFC 6211)."""
    copy = signed.get(_ALGORITHM_PROTECTION)
    if copy is None:
        return
    digest = copy["digest_algorithm"]["algorithm"].dotted
    algorithm = copy["signature_algorithm"]["algorithm"].dotted
    if (digest, algorithm) != (
        info["digest_algorithm"]["algorithm"].dotted,
        info["signature_algorithm"]["algorithm"].dotted,
    ):
        raise Malformed("cms.two-algorithms", "two different hash algorithms are named")


def _signer(info: Any, certificates: tuple[Certificate, ...]) -> Certificate:  # noqa: ANN401  # the same
    if info["sid"].name != "issuer_and_serial_number":
        raise Malformed("cms.signer-id", "the signer is not named by issuer and serial number")
    sid = info["sid"].chosen
    issuer, serial = sid["issuer"].dump(), sid["serial_number"].native
    for certificate in certificates:
        if certificate.issuer_der == issuer and certificate.serial == serial:
            return certificate
    raise Malformed("cms.no-signer", "the signer's certificate is not inside")


def names_signer(data: SignedData) -> bool:
    """Tell if the signed attribute signing-certificate-v2 (RFC 5035) means ``data.signer``.

    Without it somebody could put another certificate for the same key in place.
    """
    attribute = data.signed.get(_SIGNING_CERTIFICATE_V2)
    if attribute is None:
        return False
    try:
        first = attribute["certs"][0]
        name = _DIGESTS.get(first["hash_algorithm"]["algorithm"].dotted)
        return name is not None and _is_named(first, name, data.signer)
    except LIBRARY_ERRORS:
        return False


def _is_named(first: Any, name: str, signer: Certificate) -> bool:  # noqa: ANN401  # the same
    if first["cert_hash"].native != hashlib.new(name, signer.der).digest():
        return False
    if first["issuer_serial"].native is None:
        return True
    names = first["issuer_serial"]["issuer"]
    serial = first["issuer_serial"]["serial_number"].native
    return (
        len(names) == 1
        and names[0].name == "directory_name"
        and names[0].chosen.untag().dump() == signer.issuer_der
        and bool(serial == signer.serial)
    )
