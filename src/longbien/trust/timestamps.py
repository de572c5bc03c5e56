"""RFC 3161 time stamps: asking, reading, judging.

The adapters carry the question to an authority; this module knows only bytes.
"""

from datetime import timedelta

from attrs import field, frozen

from longbien.primitives.digest import Digest
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding
from longbien.trust.certificates import Anchors, Certificate, Material

MAX_TIMESTAMP = 2**18  # bytes of a TimeStampResp; with a chain of four it has about 8 KB
MAX_SKEW = timedelta(seconds=120)  # threats.md T19: more than this apart is flagged


@frozen(kw_only=True)
class Timestamp:
    """One time-stamp token, as received and unproven."""

    token: bytes = field(repr=False)
    """The DER ContentInfo, as it stands inside a CAdES signature."""

    response: bytes = field(repr=False)
    """The DER TimeStampResp around it, as it stands in a ``.tsr`` file."""

    stamped_at: Instant
    """genTime: to the second, or finer where the authority says so."""

    accuracy: timedelta | None
    """How far off the authority says it may be; None where it does not say."""

    imprint: bytes
    """The digest that was stamped."""

    imprint_algorithm: str
    """``sha256``, ``sha384`` or ``sha512``."""

    nonce: int | None
    serial: int
    policy: str
    """Dotted object identifier."""


@frozen(kw_only=True)
class TimestampCheck:
    """What was found out about one time stamp."""

    findings: tuple[Finding, ...]

    stamped_at: Instant | None = None
    """The time of a token whose own signature is good, else None.  Whether the authority is
    one that the relying party trusts is in the findings."""

    accuracy: timedelta | None = None

    authority: Certificate | None = None
    """Whose clock: the certificate that signed the token."""

    root: Certificate | None = None
    """The relying party's root above it; None where there is no proven path."""


def build_request(data_sha256: Digest, *, nonce: int) -> bytes:
    """Return the DER TimeStampReq over a digest, certificates asked for.

    ``nonce`` is a positive integer of 64 unpredictable bits: it binds the answer to this
    question.
    """
    raise NotImplementedError


def parse_timestamp(data: bytes) -> Timestamp:
    """Read a TimeStampResp with status "granted", or a bare token.  Raises Malformed ``stamp.…``."""
    raise NotImplementedError


def verify_timestamp(
    data: bytes,
    *,
    stamped: bytes,
    anchors: Anchors,
    material: Material,
    check: str = "time.package",
    subject: str = "",
) -> TimestampCheck:
    """Judge a time stamp (TimeStampResp or token) over the bytes ``stamped``.  Never raises.

    1. One canonical DER token with one signer, status granted, SHA-256/384/512 imprint.
    2. The imprint is that of ``stamped``.
    3. The token's signature is good, by a certificate with the critical and only extended
       key usage timeStamping (rfc3161-client).
    4. That certificate's path and revocation, judged at the token's own time.

    All findings are filed under ``check``.
    """
    raise NotImplementedError


def judge_times(
    *,
    claimed_at: Instant | None,
    signature: TimestampCheck | None,
    package: TimestampCheck | None,
    subject: str = "",
) -> tuple[Finding, ...]:
    """Compare the clocks: the signer's word, the stamp in the signature, the stamp over it.

    Findings under ``time.order``.  The stamp over the signature file cannot be older than
    the one inside it: FAILED beyond MAX_SKEW or with one authority, else INDETERMINATE.  A
    claimed time more than MAX_SKEW away from the signature's stamp is INDETERMINATE.
    """
    raise NotImplementedError
