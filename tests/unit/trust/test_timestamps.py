"""RFC 3161 time stamps: asking, reading, judging, comparing."""

import datetime as dt
import hashlib
from datetime import timedelta

import pytest
import rfc3161_client
from asn1crypto import algos, cms, core, tsp
from rfc3161_client import verify

import trust_world as world
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome
from longbien.trust import issuing, timestamps
from longbien.trust.certificates import Anchors, Material
from longbien.trust.timestamps import (
    MAX_SKEW,
    MAX_TIMESTAMP,
    TimestampCheck,
    build_request,
    judge_times,
    parse_timestamp,
    verify_timestamp,
)

DATA = b"signature file"
IMPRINT = hashlib.sha256(DATA).digest()


def refused(data: bytes) -> str:
    """Return the code with which a stamp is refused."""
    with pytest.raises(Malformed) as error:
        parse_timestamp(data)
    return error.value.code


def check(data: bytes, stamped: bytes = DATA, **changes: object) -> TimestampCheck:
    """Verify in the good world."""
    settings = {"anchors": world.anchors(), "material": world.material(), "subject": "x.tsr"}
    return verify_timestamp(data, stamped=stamped, **{**settings, **changes})


def said(found: TimestampCheck) -> list[tuple[str, str, str]]:
    """Return check, outcome and reason of each finding."""
    return [(f.check, f.outcome.name, f.reason) for f in found.findings]


def stamp(**settings: object) -> bytes:
    """Return a response over DATA."""
    return world.Stamper(**settings).response(IMPRINT)


# --- asking ----------------------------------------------------------------------------------


def test_a_request_asks_for_certificates_and_binds_the_answer() -> None:
    """Version 1, SHA-256, nonce, certReq."""
    request = tsp.TimeStampReq.load(build_request(Digest.of(DATA), nonce=2**63 + 5), strict=True)

    assert request["version"].native == "v1"
    assert request["message_imprint"]["hash_algorithm"]["algorithm"].native == "sha256"
    assert request["message_imprint"]["hashed_message"].native == IMPRINT
    assert request["nonce"].native == 2**63 + 5
    assert request["cert_req"].native is True


# --- reading ---------------------------------------------------------------------------------


def test_a_response_tells_all_that_it_says() -> None:
    """Both forms, time, accuracy, imprint, numbers, certificates."""
    data = stamp(accuracy={"seconds": 1, "millis": 20, "micros": 300}, nonce=77)

    read = parse_timestamp(data)

    assert read.response == data
    assert data.endswith(read.token)
    assert read.stamped_at == world.NOW
    assert read.accuracy == timedelta(seconds=1, milliseconds=20, microseconds=300)
    assert (read.imprint, read.imprint_algorithm) == (IMPRINT, "sha256")
    assert (read.nonce, read.serial, read.policy) == (77, 7, "1.3.6.1.4.1.99999.1")
    assert read.authority == world.tsa().certificates[0]
    assert read.certificates == world.tsa().certificates


def test_token_and_response_become_each_other() -> None:
    """A bare token gets a response that says "granted", and keeps its bytes."""
    token = parse_timestamp(stamp()).token

    read = parse_timestamp(token)

    assert read.token == token
    assert parse_timestamp(read.response).token == token
    response = tsp.TimeStampResp.load(read.response, strict=True)
    assert response["status"]["status"].native == "granted"


def test_a_short_token_is_told_apart_too() -> None:
    """The short form of the length is read right."""
    assert refused(b"\x30\x03\x06\x01\x2a") == "cms.not-signed-data"
    assert refused(b"\x30\x02\x30\x00") == "stamp.unreadable"


def test_silence_is_kept_as_silence() -> None:
    """No accuracy, no nonce."""
    read = parse_timestamp(stamp())

    assert (read.accuracy, read.nonce) == (None, None)


@pytest.mark.parametrize(
    "status",
    ["granted_with_mods", "rejection", "waiting", "revocation_warning", "revocation_notification"],
)
def test_only_granted_is_granted(status: str) -> None:
    """Everything else is refused, whatever token is beside it."""
    assert refused(stamp(status=status)) == "stamp.not-granted"


def test_a_refusal_without_a_token_is_refused() -> None:
    """What an authority sends when it does not stamp."""
    data = bytes.fromhex("30053003020102")

    assert refused(data) == "stamp.not-granted"


def test_granted_without_a_token_is_malformed() -> None:
    """Nothing to read."""
    data = bytes.fromhex("30053003020100")

    assert refused(data) == "stamp.no-token"
    assert refused(bytes.fromhex("300930030201000500 0500".replace(" ", ""))) == "stamp.no-token"


def test_size_and_shape_are_checked_first() -> None:
    """Bounded, one value, DER."""
    assert refused(bytes(MAX_TIMESTAMP + 1)) == "stamp.too-large"
    assert refused(bytes(MAX_TIMESTAMP)) == "der.not-one-value"
    assert refused(stamp() + b"\x05\x00") == "der.not-one-value"
    assert refused(b"") == "der.not-one-value"
    assert refused(b"\x05\x00") == "stamp.unreadable"


@pytest.mark.parametrize(
    ("hash_name", "imprint", "is_accepted"),
    [
        ("sha256", bytes(32), True),
        ("sha384", bytes(48), True),
        ("sha512", bytes(64), True),
        ("sha256", bytes(31), False),
        ("sha256", bytes(48), False),
        ("sha1", bytes(20), False),
        ("sha224", bytes(28), False),
    ],
)
def test_imprints_are_whole_sha2_digests(
    hash_name: str, imprint: bytes, *, is_accepted: bool
) -> None:
    """Hash and size belong together."""
    data = world.Stamper(hash_name=hash_name).response(imprint)

    if is_accepted:
        read = parse_timestamp(data)
        assert (read.imprint_algorithm, read.imprint) == (hash_name, imprint)
    else:
        assert refused(data) == "stamp.imprint"


def test_what_must_be_understood_is_refused() -> None:
    """Another version, a critical extension; an uncritical one is skipped."""

    def extension(*, critical: bool) -> object:
        return [{"extn_id": "2.999.1", "critical": critical, "extn_value": b"\x05\x00"}]

    assert refused(stamp(changes={"version": "v2"})) == "stamp.unknown"
    assert refused(stamp(changes={"extensions": extension(critical=True)})) == "stamp.unknown"
    assert parse_timestamp(stamp(changes={"extensions": extension(critical=False)}))


@pytest.mark.parametrize(
    ("nonce", "is_accepted"), [(0, True), (2**160 - 1, True), (-1, False), (2**160, False)]
)
def test_nonces_are_bounded(nonce: int, *, is_accepted: bool) -> None:
    """Not negative, and not endless."""
    if is_accepted:
        assert parse_timestamp(stamp(nonce=nonce)).nonce == nonce
    else:
        assert refused(stamp(nonce=nonce)) == "stamp.nonce"


@pytest.mark.parametrize(
    ("accuracy", "span"),
    [
        ({"seconds": 999_999}, timedelta(seconds=999_999)),
        ({"millis": 999}, timedelta(milliseconds=999)),
        ({"micros": 999}, timedelta(microseconds=999)),
        ({"seconds": 0}, timedelta()),
        ({"seconds": 10**6}, None),
        ({"seconds": -1}, None),
        ({"millis": 1000}, None),
        ({"millis": -1}, None),
        ({"micros": 1000}, None),
        ({"micros": -1}, None),
    ],
    ids=repr,
)
def test_accuracies_are_in_range(accuracy: object, span: object) -> None:
    """RFC 3161, 2.4.2."""
    if span is None:
        assert refused(stamp(accuracy=accuracy)) == "stamp.accuracy"
    else:
        assert parse_timestamp(stamp(accuracy=accuracy)).accuracy == span


def general(text: bytes) -> object:
    """Return a GeneralizedTime with these characters."""
    made = core.GeneralizedTime(world.NOW.moment)
    return core.GeneralizedTime.load(bytes([made.dump()[0], len(text)]) + text)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        (b"20261101120000Z", 0),
        (b"20261101120000.5Z", 500_000),
        (b"20261101120000.000001Z", 1),
        (b"20261101120000.1234567Z", 123_456),
        (b"20261101120000.50Z", None),
        (b"20261101120000.0Z", None),
        (b"20261101120000.Z", None),
        (b"202611011200Z", None),
        (b"20261101120000", None),
        (b"20261101120000+0100", None),
        (b"20261301120000Z", None),
        (b"20261101126000Z", None),
        (b"20261101120060Z", None),
        (b"20261101120000,5Z", None),
        (b"20261101120000Z\n", None),
        (b"2026110112000\xb2Z", None),
    ],
    ids=repr,
)
def test_times_have_one_form(text: str, micros: object) -> None:
    """UTC, seconds, a fraction without trailing zeros; no leap second, no offset."""
    data = stamp(changes={"gen_time": general(text)})

    if micros is None:
        assert refused(data) in {"stamp.time", "stamp.unreadable"}
    else:
        moment = dt.datetime(2026, 11, 1, 12, 0, 0, micros, tzinfo=dt.UTC)
        assert parse_timestamp(data).stamped_at == Instant(moment)


def replaced_content(data: bytes, content: bytes) -> bytes:
    """Return a response with other content inside the token, not signed again."""
    response = tsp.TimeStampResp.load(data)
    token = response["time_stamp_token"]
    token["content"]["encap_content_info"] = {"content_type": "tst_info", **content}
    return response.dump()


def test_a_token_without_content_is_malformed() -> None:
    """The stamped statement must be inside."""
    assert refused(replaced_content(stamp(), {})) == "stamp.unreadable"


def test_the_statement_itself_is_strict_der() -> None:
    """Its bytes are inside a string, where the walk over the token does not look."""
    info = world.Stamper(changes={"ordering": True}).info(IMPRINT)
    spoiled = info.replace(b"\x01\x01\xff", b"\x01\x01\x01")

    assert spoiled != info
    assert refused(stamp(changes={"ordering": True}).replace(info, spoiled)) == "der.value"


# --- judging ---------------------------------------------------------------------------------


def test_a_good_stamp_passes() -> None:
    """The time, the accuracy and whose clock it is."""
    found = check(stamp(accuracy={"seconds": 1}))

    assert said(found) == [
        ("time.package", "PASSED", "stamp.good"),
        ("time.package", "PASSED", "path.trusted"),
        ("time.package", "PASSED", "revocation.good"),
    ]
    assert (found.stamped_at, found.accuracy) == (world.NOW, timedelta(seconds=1))
    assert (found.authority, found.root) == (
        world.tsa().certificates[0],
        world.root("tsa").certificate,
    )
    assert dict(found.findings[0].facts) == {
        "at": str(world.NOW),
        "authority": world.tsa().certificates[0].subject,
    }
    assert {f.subject for f in found.findings} == {"x.tsr"}


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_each_accepted_imprint_is_compared_with_the_data(name: str) -> None:
    """The data is hashed as the stamp says."""
    imprint = hashlib.new(name, DATA).digest()
    data = world.Stamper(hash_name=name, digest_name=name).response(imprint)

    assert said(check(data))[0][2] == "stamp.good"
    assert said(check(data, b"other")) == [("time.package", "FAILED", "stamp.other-data")]


def test_findings_are_filed_where_the_caller_says() -> None:
    """All of them under one check."""
    found = check(stamp(), check="time.signature")

    assert {f.check for f in found.findings} == {"time.signature"}


def test_what_cannot_be_read_is_a_finding() -> None:
    """With the code of what was wrong."""
    found = check(b"")

    assert said(found) == [("time.package", "FAILED", "stamp.malformed")]
    assert dict(found.findings[0].facts) == {"code": "der.not-one-value"}
    assert (found.stamped_at, found.authority, found.root) == (None, None, None)
    assert found.findings[0].subject == "x.tsr"


def test_the_stamping_certificate_is_named_in_the_signed_part() -> None:
    """RFC 5816: else another certificate for the same key could be put in place."""
    found = check(stamp(signing_certificate=False))

    assert said(found) == [("time.package", "FAILED", "stamp.signer-not-named")]


def test_a_changed_statement_fails() -> None:
    """The imprint fits, the signature does not."""
    later = world.Stamper(at=world.days(1)).info(IMPRINT)
    data = replaced_content(stamp(), {"content": core.ParsableOctetString(later)})

    found = check(data)

    assert said(found) == [("time.package", "FAILED", "stamp.bad-signature")]
    assert found.stamped_at is None


def test_without_the_root_the_time_is_open() -> None:
    """INDETERMINATE, and no time is given on."""
    found = check(stamp(), anchors=Anchors(signers=world.anchors().signers))

    assert said(found) == [("time.package", "INDETERMINATE", "path.no-anchor")]
    assert (found.stamped_at, found.authority, found.root) == (None, None, None)


def test_without_revocation_data_the_time_is_given_with_a_doubt() -> None:
    """The signature holds under a known root."""
    found = check(stamp(), material=Material())

    assert [one[1:] for one in said(found)] == [
        ("PASSED", "stamp.good"),
        ("PASSED", "path.trusted"),
        ("INDETERMINATE", "revocation.missing"),
    ]
    assert found.stamped_at == world.NOW


def test_a_revoked_authority_gives_no_time() -> None:
    """FAILED, and no time is given on."""
    revoked = world.revoked(world.tsa().certificates[0], -3)
    crl = world.crl(world.root("tsa"), revoked)

    found = check(stamp(), material=Material(crls=(crl,)))

    assert said(found)[-1] == ("time.package", "FAILED", "revocation.revoked")
    assert found.stamped_at is None


def test_a_signer_cannot_stamp_time() -> None:
    """Its certificate is not for that."""
    found = check(stamp(by=world.signer()))

    assert said(found) == [("time.package", "FAILED", "path.usage")]


def test_authorities_below_another_authority_are_verified() -> None:
    """Certificates between come with the token."""
    key = world.ec_key("between", "P-384")
    between = issuing.issue_authority(
        key.public_key(),
        name=world.name("Between"),
        validity=world.validity(-250, 400),
        serial=99,
        issuer=world.root("tsa"),
    )
    issuer = issuing.Issuer(certificate=between, key=key)
    own = issuing.issue_time_authority(
        world.ec_key("deep").public_key(),
        name=world.name("Deep"),
        validity=world.validity(-100, 100),
        serial=100,
        issuer=issuer,
    )
    by = world.EcKeySigner(key=world.ec_key("deep"), certificates=(own,))
    crls = (world.crl(world.root("tsa")), world.crl(issuer))

    found = check(stamp(by=by, also=(between,)), material=Material(crls=crls))

    assert [f.outcome for f in found.findings] == [Outcome.PASSED] * 3


def test_verifications_do_not_share_certificates() -> None:
    """A first verification leaves nothing behind for the second (a list that builders share)."""
    assert check(stamp()).stamped_at == world.NOW
    assert check(stamp()).stamped_at == world.NOW
    assert check(stamp(), anchors=world.anchors("B")).stamped_at == world.NOW


def test_a_verifier_that_chokes_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever rfc3161-client makes of it."""

    def choke(_: object) -> object:
        raise ValueError

    monkeypatch.setattr(rfc3161_client, "decode_timestamp_response", choke)

    assert said(check(stamp())) == [("time.package", "FAILED", "stamp.bad-signature")]


def test_a_verifier_that_says_no_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare "no" is no."""
    monkeypatch.setattr(verify._Verifier, "verify", lambda *_: False)

    assert said(check(stamp())) == [("time.package", "FAILED", "stamp.bad-signature")]


def test_weak_tokens_are_malformed() -> None:
    """SHA-1 in the token's own signature is refused before anything else."""

    def weaken(response: object) -> object:
        info = response["time_stamp_token"]["content"]["signer_infos"][0]
        info["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": "sha1"})

    response = tsp.TimeStampResp.load(stamp())
    weaken(response)

    assert dict(check(response.dump()).findings[0].facts) == {"code": "cms.algorithm"}


def test_unsorted_certificates_in_a_token_are_refused() -> None:
    """They are a DER set too, and rfc3161-client would not read them."""
    data = stamp(also=(world.root("tsa").certificate,))
    parts = [
        one.dump()
        for one in tsp.TimeStampResp.load(data)["time_stamp_token"]["content"]["certificates"]
    ]
    swapped = data.replace(b"".join(parts), b"".join(reversed(parts)))

    assert swapped != data
    assert said(check(data))[0][2] == "stamp.good"
    assert refused(swapped) == "der.order"


# --- comparing -------------------------------------------------------------------------------


def at(seconds: float, *, accuracy: object = None, authority: str = "TSA") -> TimestampCheck:
    """Return a good stamp so many seconds after NOW."""
    return TimestampCheck(
        findings=(),
        stamped_at=world.NOW.plus(timedelta(seconds=seconds)),
        accuracy=accuracy,
        authority=world.tsa(authority).certificates[0],
    )


def judged(**given: object) -> list[tuple[str, str]]:
    """Return outcome and reason of each finding."""
    settings = {"claimed_at": None, "signature": None, "package": None, "subject": "x"}
    findings = judge_times(**{**settings, **given})
    assert {f.check for f in findings} <= {"time.order"}
    assert {f.subject for f in findings} <= {"x"}
    return [(f.outcome.name, f.reason) for f in findings]


@pytest.mark.parametrize(
    ("seconds", "authority", "expected"),
    [
        (5, "TSA", ("PASSED", "time.in-order")),
        (0, "TSA", ("PASSED", "time.in-order")),
        (-1, "TSA", ("PASSED", "time.in-order")),
        (-1.000001, "TSA", ("FAILED", "time.impossible")),
        (-1.000001, "Other", ("INDETERMINATE", "time.clocks-disagree")),
        (-120, "Other", ("INDETERMINATE", "time.clocks-disagree")),
        (-120.000001, "Other", ("FAILED", "time.impossible")),
        (86400, "Other", ("PASSED", "time.in-order")),
    ],
)
def test_the_package_stamp_is_not_older_than_the_signature_stamp(
    seconds: float, authority: str, expected: object
) -> None:
    """One clock cannot run backwards; two may differ a little."""
    assert judged(signature=at(0), package=at(seconds, authority=authority)) == [expected]


def test_stated_accuracies_add_up() -> None:
    """What both authorities allow for themselves is not a contradiction."""
    two = {"accuracy": timedelta(seconds=2)}

    assert judged(signature=at(0, **two), package=at(-4, **two))[0][0] == "PASSED"
    assert judged(signature=at(0, **two), package=at(-4.1, **two))[0][0] == "FAILED"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, ("PASSED", "time.claim-near")),
        (120, ("PASSED", "time.claim-near")),
        (-120, ("PASSED", "time.claim-near")),
        (120.000001, ("INDETERMINATE", "time.claim-off")),
        (-120.000001, ("INDETERMINATE", "time.claim-off")),
    ],
)
def test_a_claimed_time_far_from_the_stamp_is_flagged(seconds: float, expected: object) -> None:
    """In both directions, beyond 120 seconds."""
    claimed = world.NOW.plus(timedelta(seconds=seconds))

    assert judged(claimed_at=claimed, signature=at(0)) == [expected]


def test_the_facts_are_the_times() -> None:
    """Both findings tell what they compared."""
    order, claim = judge_times(claimed_at=world.days(1), signature=at(0), package=at(7), subject="")

    assert dict(order.facts) == {"signature": str(world.NOW), "package": str(at(7).stamped_at)}
    assert dict(claim.facts) == {"claimed": str(world.days(1)), "stamped": str(world.NOW)}


def test_only_proven_times_are_compared() -> None:
    """A stamp that proves no time is left out."""
    open_stamp = TimestampCheck(findings=())

    assert judged() == []
    assert judged(signature=at(0)) == []
    assert judged(package=at(0)) == []
    assert judged(claimed_at=world.NOW) == []
    assert judged(claimed_at=world.NOW, package=at(0)) == []
    assert judged(claimed_at=world.NOW, signature=open_stamp, package=at(0)) == []
    assert judged(signature=at(0), package=open_stamp) == []


def test_the_tolerance_is_two_minutes() -> None:
    """threats.md, T19."""
    assert timedelta(seconds=120) == MAX_SKEW


def test_tokens_of_other_content_are_refused() -> None:
    """A CMS signature about data is no time stamp."""
    token = cms.ContentInfo.load(parse_timestamp(stamp()).token)
    token["content"]["encap_content_info"]["content_type"] = "data"

    assert refused(token.dump()) == "cms.content-type"
    assert timestamps.MAX_NONCE == 2**160
