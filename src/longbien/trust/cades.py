"""Verifying a detached CAdES-T signature (ETSI EN 319 122-1), strictly.

Making one lives in ``cades_signing``.

No PDF code, no network, no clock: asn1crypto reads, ``cryptography`` verifies.
"""

from attrs import frozen

from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding
from longbien.trust.certificates import Anchors, Certificate, Material
from longbien.trust.timestamps import TimestampCheck

MAX_SIGNATURE = 2**20  # bytes of a .p7s; ours have about 6 KB, a long foreign chain 50


@frozen(kw_only=True)
class SignatureCheck:
    """What was found out about one signature."""

    findings: tuple[Finding, ...]

    signer: Certificate | None = None
    """Whose key made the signature; None where no good signature was found."""

    root: Certificate | None = None
    """The relying party's root above the signer; None where there is no proven path."""

    claimed_at: Instant | None = None
    """The signer's own word (attribute signing-time): evidence of nothing by itself."""

    stamp: TimestampCheck | None = None
    """The signature-time-stamp inside the signature, verified; None where there is none."""

    certificates: tuple[Certificate, ...] = ()
    """What the signature itself carries, as received and unproven."""

    @property
    def stamped_at(self) -> Instant | None:
        """Return when the signature existed at the latest, by the stamp; None if unproven."""
        return self.stamp.stamped_at if self.stamp else None

    @property
    def time_authority(self) -> Certificate | None:
        """Return whose clock that is."""
        return self.stamp.authority if self.stamp else None


def verify_cades(
    signature: bytes,
    content: bytes,
    *,
    anchors: Anchors,
    material: Material,
    subject: str = "",
) -> SignatureCheck:
    """Judge a detached CAdES-T signature (DER, one signer) over ``content``.  Never raises.

    Findings under ``signature.cades``, ``time.signature``, ``signer.path``,
    ``signer.revocation``; their ``subject`` is the argument of that name.

    1. One canonical DER SignedData with one SignerInfo and no content inside.
    2. Algorithms of the list: SHA-256/384/512, ECDSA on P-256 or P-384.
    3. Signed attributes, each once: content-type, message-digest, signing-certificate-v2.
    4. The digest is that of ``content``; the signature is good.
    5. The signature-time-stamp is good (RFC 3161), and proves a time.
    6. The signer's path and revocation, judged at that time.
    """
    raise NotImplementedError
