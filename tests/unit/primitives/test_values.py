from datetime import UTC, datetime, timedelta

import pytest

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import KeyId, PackageId, RequestUrn
from longbien.primitives.instants import Instant

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_digest_is_what_sha256sum_prints() -> None:
    """FIPS 180-4's digest of nothing, in and out."""
    assert Digest.of(b"").hex == EMPTY == str(Digest.parse(EMPTY))
    assert Digest.of(memoryview(b"")) == Digest.of(bytearray()) == Digest.parse(EMPTY)
    assert "b0c4" not in repr(Digest.of(b""))


@pytest.mark.parametrize(
    "text", ["", EMPTY[:-1], EMPTY + "0", EMPTY.upper(), EMPTY[:-1] + "\u0663"]
)
def test_no_other_text_is_a_digest(text: str) -> None:
    """One value, one spelling."""
    with pytest.raises(Malformed) as caught:
        Digest.parse(text)
    assert caught.value.code == "digest.text"


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33), "0" * 32])
def test_a_digest_has_32_bytes(raw: bytes) -> None:
    """A truncated digest cannot be built."""
    with pytest.raises((ValueError, TypeError)):
        Digest(raw)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00Z"),
        ("2026-11-21T09:30:00+00:00", "2026-11-21T09:30:00Z"),
        ("2026-11-21T09:30:00.25+07:00", "2026-11-21T02:30:00.250000Z"),
        ("2026-11-21T09:30:00-03:30", "2026-11-21T13:00:00Z"),
        ("2026-11-21T09:30:00.000001Z", "2026-11-21T09:30:00.000001Z"),
    ],
)
def test_an_instant_is_written_in_utc(text: str, written: str) -> None:
    """Whatever the zone it came in, it leaves in UTC and means the same moment."""
    assert str(Instant.parse(text)) == written
    assert Instant.parse(written) == Instant.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21",
        "2026-11-21T09:30:00",
        "2026-11-21 09:30:00Z",
        "2026-11-21t09:30:00z",
        "2026-13-21T09:30:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:59:60Z",
        "2026-11-21T09:30:00.1234567Z",
        "2026-11-21T09:30:00+24:00",
        "2026-11-21T09:30:00+00:60",
        "0001-01-01T00:00:00+01:00",
        "\u0662026-11-21T09:30:00Z",
    ],
)
def test_no_other_text_is_an_instant(text: str) -> None:
    """RFC 3339 with a zone, to the microsecond, or nothing."""
    with pytest.raises(Malformed) as caught:
        Instant.parse(text)
    assert caught.value.code == "instant.text"


def test_an_instant_needs_a_zone() -> None:
    """A time without a zone is a bug of the caller, never a guess."""
    with pytest.raises(ValueError, match="time zone"):
        Instant(datetime(2026, 11, 21))  # noqa: DTZ001 - the missing zone is the point


def test_instants_are_ordered_and_added_to() -> None:
    """Clocks are compared with each other."""
    start = Instant.from_unix(0)

    assert start.plus(timedelta(seconds=1)) == Instant.from_unix(1) > start
    assert Instant(datetime(1970, 1, 1, tzinfo=UTC)) == start
    assert Instant.parse("1970-01-01T00:00:01.999999Z").unix == 1
    assert Instant.parse("1969-12-31T23:59:59.500000Z").unix == -1


@pytest.mark.parametrize("seconds", [2**63, -(2**63), 10**18, 253402300800])
def test_a_time_outside_the_calendar_is_refused(seconds: int) -> None:
    """A peer's clock of year 10000 is malformed, not a crash."""
    with pytest.raises(Malformed) as caught:
        Instant.from_unix(seconds)
    assert caught.value.code == "instant.range"


UUID = "0b1a5f0e-5c1d-4c39-9f6e-2f1f6c6c7a01"


@pytest.mark.parametrize(
    "good",
    [
        PackageId(UUID),
        RequestUrn("urn:longbien:il:vn:2026:0042"),
        RequestUrn("urn:uuid:" + UUID),
        KeyId("sha256:" + EMPTY),
    ],
)
def test_an_id_is_read_and_written_alike(good: PackageId) -> None:
    """An id's text is its identity."""
    assert type(good).parse(str(good)) == good


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (PackageId, ""),
        (PackageId, UUID.upper()),
        (PackageId, UUID + "\n"),
        (PackageId, "{" + UUID + "}"),
        (RequestUrn, "urn:x:y"),
        (RequestUrn, "URN:longbien:1"),
        (RequestUrn, "urn:longbien:"),
        (RequestUrn, "urn:longbien:a b"),
        (RequestUrn, "urn:longbien:a?=b"),
        (RequestUrn, "urn:longbien:" + "a" * 201),
        (RequestUrn, "https://example.org/1"),
        (KeyId, EMPTY),
        (KeyId, "sha256:" + EMPTY[:-1]),
        (KeyId, "sha512:" + EMPTY),
    ],
)
def test_no_other_text_is_an_id(kind: type[PackageId], text: str) -> None:
    """A package is never taken for a request, nor a key for either."""
    with pytest.raises(Malformed) as caught:
        kind.parse(text)
    assert caught.value.code == "id.form"


def test_ids_of_two_kinds_are_never_equal() -> None:
    """The type is part of the identity."""
    assert PackageId(UUID) != RequestUrn("urn:uuid:" + UUID)


def test_a_new_package_id_is_a_version_4_uuid() -> None:
    """Sixteen random bytes come in; the version and variant bits are set."""
    assert str(PackageId.from_random(bytes(16))) == "00000000-0000-4000-8000-000000000000"
    assert str(PackageId.from_random(b"\xff" * 16)) == "ffffffff-ffff-4fff-bfff-ffffffffffff"
