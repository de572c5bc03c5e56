"""Making wrong signatures: a good one is taken apart, changed, signed again where needed."""

import hashlib

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509

import trust_world as world
from longbien.primitives.digest import Digest


def good(content: bytes = world.CONTENT, **settings: object) -> bytes:
    """Return a good CAdES-T signature, built without pyHanko."""
    return build(content, **settings)


def attribute(kind: str, *values: object) -> object:
    """Return one CMS attribute."""
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def signed_attributes(
    content: bytes, own: object, *, hash_name: str = "sha256", claimed_at: object = world.NOW
) -> object:
    """Return the signed attributes of a good signature."""
    named = tsp.SigningCertificateV2({"certs": [{"cert_hash": own.sha256}]})
    attributes = [
        attribute("content_type", "data"),
        attribute("message_digest", hashlib.new(hash_name, content).digest()),
        attribute("signing_certificate_v2", named),
    ]
    if claimed_at is not None:
        time = cms.Time({"utc_time": claimed_at.moment})
        attributes.append(attribute("signing_time", time))
    return attributes


def build(  # noqa: PLR0913  # one handle for each thing that can be wrong
    content: bytes = world.CONTENT,
    *,
    signer: object = None,
    stamper: object = None,
    hash_name: str = "sha256",
    algorithm: str = "",
    claimed_at: object = world.NOW,
    change_attributes: object = None,
    change_info: object = None,
    change_data: object = None,
    unsigned: object = (),
) -> bytes:
    """Return a signature; what a ``change_…`` does to signed attributes is signed as well."""
    signer = signer or world.signer()
    own = asn1_x509.Certificate.load(signer.certificates[0].der)
    attributes = signed_attributes(content, own, hash_name=hash_name, claimed_at=claimed_at)
    if change_attributes:
        attributes = change_attributes(attributes)
    attributes.sort(key=lambda one: one.dump())
    signed = cms.CMSAttributes(attributes)
    value = signer.sign(hashlib.new(hash_name, signed.dump()).digest())
    stamps = [stamp_attribute(value, stamper)] if stamper else []
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": own.issuer, "serial_number": own.serial_number},
            ),
            "digest_algorithm": {"algorithm": hash_name},
            "signed_attrs": signed,
            "signature_algorithm": {"algorithm": algorithm or f"{hash_name}_ecdsa"},
            "signature": value,
        }
    )
    if stamps or unsigned:
        info["unsigned_attrs"] = cms.CMSAttributes([*stamps, *unsigned])
    if change_info:
        change_info(info)
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": hash_name}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [asn1_x509.Certificate.load(c.der) for c in signer.certificates],
            "signer_infos": [info],
        }
    )
    if change_data:
        change_data(data)
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


def stamp_attribute(value: bytes, stamper: object) -> object:
    """Return the signature-time-stamp over a signature value."""
    response = tsp.TimeStampResp.load(stamper.stamp(Digest.of(value)))
    token = cms.ContentInfo.load(response["time_stamp_token"].dump())
    return attribute("signature_time_stamp_token", token)


def rebuilt(der: bytes, change: object) -> bytes:
    """Return a signature after a change of its structure that is not signed again."""
    outer = cms.ContentInfo.load(der)
    change(outer["content"])
    return outer.dump()  # force=True takes time exponential in the depth


def only_signer(data: bytes) -> object:
    """Return the SignerInfo."""
    return data["signer_infos"][0]


def null_parameters() -> object:
    """Return SHA-256 with explicit NULL parameters, as older software writes it."""
    return algos.DigestAlgorithm({"algorithm": "sha256", "parameters": core.Null()})
