"""RFC 3161 time stamps: asking, reading, judging.

The adapters carry the question to an authority; this module knows only bytes.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asn1crypto import core, tsp
from attrs import field, frozen

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome
from longbien.trust import _cms
from longbien.trust._der import LIBRARY_ERRORS, require_der
from longbien.trust.certificates import Anchors, Certificate, Material
from longbien.trust.paths import PathChecks, Usage, validate_path

MAX_TIMESTAMP = 2**18  # bytes of a TimeStampResp; with a chain of four it has about 8 KB
MAX_SKEW = timedelta(seconds=120)  # threats.md T19: more than this apart is flagged
MAX_NONCE = 2**160  # RFC 3161 names no bound; authorities are known to echo up to this

_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": ("sha256", 32),
    "2.16.840.1.101.3.4.2.2": ("sha384", 48),
    "2.16.840.1.101.3.4.2.3": ("sha512", 64),
}
# RFC 3161, 2.4.2: with seconds, in UTC, a fraction without zeros at its end.
_GENERALIZED = re.compile(r"(\d{14})(?:\.(\d{0,17}[1-9]))?Z", re.ASCII)
_TOKEN_BEGINS = 0x06  # an object identifier: a bare ContentInfo and not a TimeStampResp


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

    authority: Certificate
    """The certificate that the token names as its signer's."""

    certificates: tuple[Certificate, ...]
    """All that the token carries."""

    signed: _cms.SignedData = field(repr=False)


@frozen(kw_only=True)
class TimestampCheck:
    """What was found out about one time stamp."""

    findings: tuple[Finding, ...]

    stamped_at: Instant | None = None
    """The time of a token whose signature holds under a root of the relying party, else None.
    The findings may still be INDETERMINATE: revocation data may be missing."""

    accuracy: timedelta | None = None

    authority: Certificate | None = None
    """Whose clock: the certificate that signed the token; None with ``stamped_at``."""

    root: Certificate | None = None
    """The relying party's root above it; None with ``stamped_at``."""


def build_request(data_sha256: Digest, *, nonce: int) -> bytes:
    """Return the DER TimeStampReq over a digest, certificates asked for.

    ``nonce`` is a positive integer of 64 unpredictable bits: it binds the answer to this
    question.
    """
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": data_sha256.raw,
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    der: bytes = request.dump()
    return der


def parse_timestamp(data: bytes) -> Timestamp:
    """Read a TimeStampResp with status "granted", or a bare token.

    Raises Malformed: ``stamp.…``, ``cms.…``, ``der.…``, ``certificate.…``, ``key.…``.
    """
    if len(data) > MAX_TIMESTAMP:
        raise Malformed("stamp.too-large", "a time stamp is too large")
    require_der(data)
    try:
        token, response = _both_forms(data)
        signed = _cms.parse_signed_data(token, content_type=_cms.TST_INFO)
        return _timestamp(token, response, signed)
    except LIBRARY_ERRORS:
        raise Malformed("stamp.unreadable", "a time stamp cannot be read") from None


def _both_forms(data: bytes) -> tuple[bytes, bytes]:
    """Return token and response, whichever of them came."""
    header = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)  # noqa: PLR2004  # X.690, 8.1.3
    if data[header] == _TOKEN_BEGINS:
        granted = tsp.TimeStampResp({"status": {"status": "granted"}})
        granted["time_stamp_token"] = tsp.ContentInfo.load(data)
        return data, granted.dump()
    # not as a TimeStampResp: asn1crypto demands a token even in a refusal
    status, *token = core.SequenceOf.load(data, strict=True, spec=core.Any)
    answer = tsp.PKIStatusInfo.load(status.dump(), strict=True)["status"].native
    if answer != "granted":
        raise Malformed("stamp.not-granted", "the authority answered: {status}", status=answer)
    if len(token) != 1:
        raise Malformed("stamp.no-token", "the authority granted, but sent no token")
    return token[0].dump(), data


def _timestamp(token: bytes, response: bytes, signed: _cms.SignedData) -> Timestamp:
    if signed.content is None:
        raise Malformed("stamp.unreadable", "a time stamp cannot be read")
    require_der(signed.content)
    info = tsp.TSTInfo.load(signed.content, strict=True)
    algorithm, imprint = _imprint(info["message_imprint"])
    if info["version"].native != "v1" or any(
        extension["critical"].native for extension in info["extensions"] or ()
    ):
        raise Malformed("stamp.unknown", "a time stamp says something that we do not know")
    nonce = info["nonce"].native
    if nonce is not None and not 0 <= nonce < MAX_NONCE:
        raise Malformed("stamp.nonce", "a time stamp's nonce is out of range")
    return Timestamp(
        token=token,
        response=response,
        stamped_at=_general_time(info["gen_time"].contents),
        accuracy=_accuracy(info["accuracy"]),
        imprint=imprint,
        imprint_algorithm=algorithm,
        nonce=nonce,
        serial=info["serial_number"].native,
        policy=info["policy"].dotted,
        authority=signed.signer,
        certificates=signed.certificates,
        signed=signed,
    )


def _imprint(imprint: Any) -> tuple[str, bytes]:  # noqa: ANN401  # asn1crypto has no types
    oid = imprint["hash_algorithm"]["algorithm"].dotted
    digest: bytes = imprint["hashed_message"].native
    name, size = _HASHES.get(oid, ("", 0))
    if not name or len(digest) != size:
        raise Malformed("stamp.imprint", "a time stamp is over a digest that is not accepted")
    return name, digest


def _general_time(contents: bytes) -> Instant:
    found = _GENERALIZED.fullmatch(contents.decode("ascii"))
    if not found:
        raise Malformed("stamp.time", "a time stamp's time is not in its one form")
    moment = datetime.strptime(found[1] + "+0000", "%Y%m%d%H%M%S%z")
    micros = int((found[2] or "")[:6].ljust(6, "0"))
    return Instant(moment.astimezone(UTC).replace(microsecond=micros))


def _accuracy(accuracy: Any) -> timedelta | None:  # noqa: ANN401  # the same
    if accuracy.native is None:
        return None
    seconds, millis, micros = (
        accuracy[part].native or 0 for part in ("seconds", "millis", "micros")
    )
    if not (0 <= seconds < 10**6 and 0 <= millis < 1000 and 0 <= micros < 1000):  # noqa: PLR2004  # RFC 3161, 2.4.2; nobody's clock is 11 days off
        raise Malformed("stamp.accuracy", "a time stamp's accuracy is out of range")
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


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
    3. Its signer's certificate is named in the signed part, and may stamp time: the critical
       and only extended key usage timeStamping.  Its path and revocation are judged at the
       token's own time.
    4. The token's signature is good (rfc3161-client, an implementation of its own).

    All findings are filed under ``check``.
    """
    failed = _Failed(check=check, subject=subject)
    try:
        stamp = parse_timestamp(data)
    except Malformed as error:
        return failed.because(reason="stamp.malformed", code=error.code)
    if hashlib.new(stamp.imprint_algorithm, stamped).digest() != stamp.imprint:
        return failed.because(reason="stamp.other-data")
    if not _cms.names_signer(stamp.signed):
        return failed.because(reason="stamp.signer-not-named")
    path = validate_path(
        stamp.authority,
        anchors=anchors,
        material=material.with_certificates(stamp.certificates),
        at=stamp.stamped_at,
        usage=Usage.TIME_STAMPING,
        checks=PathChecks(path=check, revocation=check),
        subject=subject,
    )
    if not path.path or path.outcome is Outcome.FAILED:
        return TimestampCheck(findings=path.findings)
    if not _is_signed(stamp, path.path):
        return failed.because(reason="stamp.bad-signature")
    good = Finding(
        check=check,
        outcome=Outcome.PASSED,
        reason="stamp.good",
        subject=subject,
        facts=(("at", str(stamp.stamped_at)), ("authority", stamp.authority.subject)),
    )
    return TimestampCheck(
        findings=(good, *path.findings),
        stamped_at=stamp.stamped_at,
        accuracy=stamp.accuracy,
        authority=stamp.authority,
        root=path.root,
    )


@frozen(kw_only=True)
class _Failed:
    check: str
    subject: str

    def because(self, *, reason: str, **facts: str) -> TimestampCheck:
        finding = Finding(
            check=self.check,
            outcome=Outcome.FAILED,
            reason=reason,
            subject=self.subject,
            facts=tuple(facts.items()),
        )
        return TimestampCheck(findings=(finding,))


def _is_signed(stamp: Timestamp, path: tuple[Certificate, ...]) -> bool:
    """Ask rfc3161-client; ``path`` is proven already."""
    from cryptography import x509  # noqa: PLC0415  # with its one user
    from rfc3161_client import decode_timestamp_response  # noqa: PLC0415  # the same
    from rfc3161_client.errors import VerificationError  # noqa: PLC0415  # the same
    from rfc3161_client.verify import VerifierBuilder  # noqa: PLC0415  # the same

    root, *between = (x509.load_der_x509_certificate(certificate.der) for certificate in path)
    try:
        # lists of our own: the builder's add_… methods share theirs between all its copies
        verifier = VerifierBuilder(roots=[root], intermediates=between[:-1]).build()
        answer = decode_timestamp_response(stamp.response)
        return bool(verifier.verify(answer, stamp.imprint))
    except (VerificationError, *LIBRARY_ERRORS):
        return False


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
    inner = signature.stamped_at if signature else None
    outer = package.stamped_at if package else None
    findings = []
    if signature and package and inner and outer:
        is_one_clock = signature.authority == package.authority
        findings.append(
            _order(inner, outer, blur=_blur(signature, package), is_one_clock=is_one_clock)
        )
    if claimed_at and inner:
        findings.append(_claim(claimed_at, inner))
    return tuple(
        Finding(check="time.order", outcome=outcome, reason=reason, subject=subject, facts=facts)
        for outcome, reason, facts in findings
    )


_Judged = tuple[Outcome, str, tuple[tuple[str, str], ...]]


def _blur(signature: TimestampCheck, package: TimestampCheck) -> timedelta:
    """Return how far apart two good stamps may seem: what the authorities state, or a second."""
    stated = (signature.accuracy or timedelta()) + (package.accuracy or timedelta())
    return max(stated, timedelta(seconds=1))


def _order(inner: Instant, outer: Instant, *, blur: timedelta, is_one_clock: bool) -> _Judged:
    facts = (("signature", str(inner)), ("package", str(outer)))
    early = inner.moment - outer.moment
    if early <= blur:
        return Outcome.PASSED, "time.in-order", facts
    if is_one_clock or early > MAX_SKEW:
        return Outcome.FAILED, "time.impossible", facts
    return Outcome.INDETERMINATE, "time.clocks-disagree", facts


def _claim(claimed_at: Instant, stamped_at: Instant) -> _Judged:
    facts = (("claimed", str(claimed_at)), ("stamped", str(stamped_at)))
    if abs(claimed_at.moment - stamped_at.moment) > MAX_SKEW:
        return Outcome.INDETERMINATE, "time.claim-off", facts
    return Outcome.PASSED, "time.claim-near", facts
