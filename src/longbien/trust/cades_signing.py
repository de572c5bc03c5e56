"""Making a detached CAdES-T signature through pyHanko.

pyHanko takes about a second to load: import this module only where something is signed.
"""

import hashlib
from datetime import datetime
from typing import Final

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.general import simple_cms_attribute
from pyhanko.sign.signers.pdf_cms import (
    CAdESSignedAttributeProviderSpec,
    ExternalSigner,
    PdfCMSSignedAttributes,
)
from pyhanko_certvalidator.registry import SimpleCertificateStore

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant
from longbien.trust._coroutines import run_now
from longbien.trust.keys import KeyAlgorithm, parse_public_key, verify_ecdsa
from longbien.trust.ports import EcSigner, TimeStamper
from longbien.trust.timestamps import parse_timestamp

# As strong as the curve, and what the key's hardware is asked to sign.
HASHES: Final = {KeyAlgorithm.P256: "sha256", KeyAlgorithm.P384: "sha384"}


def sign_cades(
    content: bytes, *, signer: EcSigner, stamper: TimeStamper, signed_at: Instant
) -> bytes:
    """Return the DER CAdES-T signature over ``content``, detached.

    Inside are the signer's certificates, the claimed time ``signed_at`` (whole seconds) and
    the authority's time stamp over the signature.  No network and no clock of its own: the
    stamper asks.

    Raises Refused ``cades.not-an-ec-key`` for a certificate that is not P-256 or P-384 and
    ``cades.not-the-key`` where the signer's answer does not verify under it; Malformed where
    the stamper's answer cannot be read; Unavailable from the ports.
    """
    leaf = signer.certificates[0]
    if leaf.key_algorithm not in HASHES:
        raise Refused("cades.not-an-ec-key", "the signing key is not on P-256 or P-384")
    return run_now(
        _sign(
            content,
            signer=signer,
            stamper=stamper,
            claimed_at=signed_at.moment.replace(microsecond=0),
            hash_name=HASHES[leaf.key_algorithm],
        )
    )


async def _sign(
    content: bytes,
    *,
    signer: EcSigner,
    stamper: TimeStamper,
    claimed_at: datetime,
    hash_name: str,
) -> bytes:
    own, *above = (
        asn1_x509.Certificate.load(certificate.der) for certificate in signer.certificates
    )
    providers = CAdESSignedAttributeProviderSpec(
        PdfCMSSignedAttributes(signing_time=claimed_at),
        signing_cert=own,
        is_pades=False,
        timestamper=None,
    )
    signed = await _signed_attributes(providers, hashlib.new(hash_name, content).digest())
    signature = _sign_attributes(signed.dump(), signer=signer, hash_name=hash_name)
    stamp = parse_timestamp(stamper.stamp(Digest.of(signature)))
    packer = _Packer(
        signing_cert=own,
        cert_registry=SimpleCertificateStore.from_certs(above),  # type: ignore[no-untyped-call]  # pyHanko's
        signature_value=signature,
        embed_roots=False,
    )
    packer.stamp = simple_cms_attribute(  # type: ignore[no-untyped-call]  # the same
        "signature_time_stamp_token", cms.ContentInfo.load(stamp.token)
    )
    made = await packer.async_sign_prescribed_attributes(hash_name, signed)
    der: bytes = made.dump()
    return der


async def _signed_attributes(
    providers: CAdESSignedAttributeProviderSpec, digest: bytes
) -> cms.CMSAttributes:
    """Return content-type, message-digest and what CAdES adds to them."""
    return cms.CMSAttributes(
        [
            simple_cms_attribute("content_type", "data"),  # type: ignore[no-untyped-call]  # pyHanko's
            simple_cms_attribute("message_digest", digest),  # type: ignore[no-untyped-call]  # the same
            *[
                await provider.get_attribute()
                for provider in providers.signed_attr_providers(digest, "")
            ],
        ]
    )


def _sign_attributes(attributes: bytes, *, signer: EcSigner, hash_name: str) -> bytes:
    """Sign through the port, and look whether that was the right key."""
    digest = hashlib.new(hash_name, attributes).digest()
    signature = signer.sign(digest)
    key = parse_public_key(signer.certificates[0].spki)
    if not verify_ecdsa(key, signature=signature, digest=digest):
        raise Refused("cades.not-the-key", "the signing key does not belong to its certificate")
    return signature


class _Packer(ExternalSigner):
    """pyHanko's signer for a signature made elsewhere, with a stamp that is there already.

    Its own way of gathering attributes goes through ``asyncio.as_completed`` and needs an
    event loop, even where nothing has to be waited for.
    """

    stamp: cms.CMSAttribute

    async def unsigned_attrs(self, *_: object, **__: object) -> cms.CMSAttributes:
        """Return the signature-time-stamp alone."""
        return cms.CMSAttributes([self.stamp])
