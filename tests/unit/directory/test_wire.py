import copy
import json
from collections.abc import Callable

import pytest
from attrs import evolve

from longbien.directory import wire
from longbien.directory.entry import RevocationReason
from longbien.exercise.states import NOW, make_state, signing_key
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import LongBienError, Malformed
from longbien.trust.age.identities import new_classical_identity, recipient_of
from longbien.trust.age.recipients import encode_recipient
from longbien.trust.dsse import sign_envelope

IL = make_state("IL")
ENTRY = IL.entry
PLAIN = json.loads(wire.encode_entry(ENTRY))


def code_of(change: Callable[[dict], object]) -> str:
    """Return the code with which an entry is refused after a change of its JSON."""
    plain = copy.deepcopy(PLAIN)
    change(plain)
    with pytest.raises(Malformed) as caught:
        wire.parse_entry(encode_json(plain))
    return caught.value.code


def put(path: str, value: object) -> Callable[[dict], object]:
    """Return a change that puts a value at a path of keys and indexes."""

    def change(plain: dict) -> None:
        *way, last = [int(part) if part.isdecimal() else part for part in path.split("/")]
        for part in way:
            plain = plain[part]
        plain[last] = value

    return change


def test_written_and_read() -> None:
    """An entry is read as it was written, and its bytes are canonical."""
    data = wire.encode_entry(ENTRY)
    assert wire.parse_entry(data) == ENTRY
    assert encode_json(json.loads(data)) == data
    assert wire.encode_entry(wire.parse_entry(data)) == data


def test_a_revocation_is_written_and_read() -> None:
    """Instant and reason of a revocation survive."""
    key = evolve(
        signing_key(IL.contact_point.signers),
        revoked_at=NOW,
        reason=RevocationReason.KEY_COMPROMISE,
    )
    changed = evolve(
        ENTRY,
        authorities=(ENTRY.authorities[0], evolve(ENTRY.authorities[1], signing_keys=(key,))),
    )
    data = wire.encode_entry(changed)
    assert wire.parse_entry(data) == changed
    revoked = json.loads(data)["authorities"][1]["signing_keys"][0]["revoked"]
    assert revoked == {"at": "2026-11-01T12:00:00Z", "reason": "key-compromise"}


def test_a_later_version_names_the_one_before() -> None:
    """The digest in ``previous`` is that of the payload before, as sha256sum prints it."""
    later = IL.renewed()
    assert json.loads(wire.encode_entry(later.entry))["previous"] == IL.signed.sha256.hex
    assert wire.parse_entry(wire.encode_entry(later.entry)) == later.entry


def test_signed_and_read() -> None:
    """The envelope's payload is the entry; its bytes come back as they were."""
    signed = wire.parse_signed_entry(IL.data)
    assert signed == IL.signed
    assert signed.data == IL.data
    assert signed.envelope.payload == wire.encode_entry(ENTRY)
    assert signed.envelope.payload_type == "application/vnd.longbien.entry+json"


def test_the_digest_is_of_what_is_said() -> None:
    """More signatures make no other version."""
    again = wire.sign_entry(ENTRY, signers=IL.contact_point.signers.both)
    assert again.sha256 == IL.signed.sha256
    assert again.data != IL.data


FIELDS = [
    ("format", "longbien:directory.entry/2", "directory.format"),
    ("format", None, "directory.format"),
    ("more", 1, "directory.form"),
    ("state", "il", "id.form"),
    ("state", 7, "id.form"),
    ("exercise", 1, "directory.form"),
    ("version", True, "directory.form"),
    ("version", 0, "directory.form"),
    ("version", 10**6, "directory.form"),
    ("version", "1", "directory.form"),
    ("previous", 1, "directory.form"),
    ("previous", "AB" * 32, "digest.text"),
    ("issued_at", None, "instant.text"),
    ("issued_at", "2026-11-01T12:00:00+00:00", "directory.form"),
    ("issued_at", "2026-11-01T12:00:00.0Z", "directory.form"),
    ("issued_at", "2" * 33, "directory.form"),
    ("expires_at", "2027-13-01T12:00:00Z", "instant.text"),
    ("roots", [], "directory.form"),
    ("roots/threshold", 17, "directory.form"),
    ("roots/threshold", 2, "directory.roots"),
    ("roots/holders", {}, "directory.form"),
    ("roots/holders", [], "directory.roots"),
    ("roots/holders/0", {"ec": ""}, "directory.form"),
    ("roots/holders/0/ec", "", "key.encoding"),
    ("roots/holders/0/ec", "QQ", "directory.form"),
    ("roots/holders/0/ec", "QR==", "directory.form"),
    ("roots/holders/0/ec", "é", "directory.form"),
    ("roots/holders/0/ec", None, "directory.form"),
    ("roots/holders/0/ec", "A" * 3492, "directory.form"),
    ("roots/holders/0/ec", "A" * 3488, "key.encoding"),
    ("roots/holders/0/mldsa", PLAIN["roots"]["holders"][0]["ec"], "dsse.pair"),
    ("authorities", [], "directory.authorities"),
    ("authorities/0/id", "IL/Police", "id.form"),
    ("authorities/0/names", [], "directory.form"),
    ("authorities/0/names/0/text", "", "directory.form"),
    ("authorities/0/names/0/text", "x" * 201, "directory.form"),
    ("authorities/0/names/0/text", "a\u202eb", "directory.form"),
    ("authorities/0/names/0/text", 1, "directory.form"),
    ("authorities/0/names/0/language", "EN", "directory.form"),
    ("authorities/0/competences/0", "a b", "directory.form"),
    ("authorities/0/competences", ["a"] * 65, "directory.form"),
    ("authorities/0/languages/0", "english", "directory.form"),
    ("authorities/0/time_zone", "../etc", "directory.form"),
    ("authorities/0/office_hours/0/days", [], "directory.form"),
    ("authorities/0/office_hours/0/days", [0], "directory.form"),
    ("authorities/0/office_hours/0/days", [8], "directory.form"),
    ("authorities/0/office_hours/0/days", [2, 1], "directory.form"),
    ("authorities/0/office_hours/0/days", [1, 1], "directory.form"),
    ("authorities/0/office_hours/0/opens", "17:00", "directory.form"),
    ("authorities/0/office_hours/0/opens", "8:00", "directory.form"),
    ("authorities/0/office_hours/0/closes", "24:01", "directory.form"),
    ("authorities/0/contact_points/0/kind", "pigeon", "directory.form"),
    ("authorities/0/contact_points/0/value", "a\nb", "directory.form"),
    ("authorities/0/contact_points/0/value", "", "directory.form"),
    ("authorities/0/contact_points/0/purpose", "on duty", "directory.form"),
    ("authorities/0/signing_keys/0/revoked", [], "directory.form"),
    ("authorities/0/signing_keys/0/revoked", {"at": "2026-11-01T12:00:00Z"}, "directory.form"),
    (
        "authorities/0/signing_keys/0/revoked",
        {"at": "2026-11-01T12:00:00Z", "reason": "holiday"},
        "directory.form",
    ),
    ("authorities/0/signing_keys/0/not_after", "2000-01-01T00:00:00Z", "directory.window"),
    ("authorities/0/signing_keys", [1], "directory.form"),
    ("authorities/0/next_keys/0/ec", "md5:00", "id.form"),
    ("authorities/0/next_keys/0", {}, "directory.form"),
    ("authorities/0/sealing_keys/0", None, "directory.form"),
    ("authorities/0/sealing_keys/0/recipient", "age1", "age.bech32.form"),
    ("declarations", [[]], "directory.form"),
    ("declarations/0/kind", "wish", "directory.form"),
    ("declarations/0/article", "", "directory.form"),
    ("declarations/0/values", ["x" * 65], "directory.form"),
    ("endpoints", [1] * 9, "directory.form"),
    ("endpoints/0/host", "Host", "directory.form"),
    ("endpoints/0/host", "a b", "directory.form"),
    ("endpoints/0/port", 0, "directory.form"),
    ("endpoints/0/port", 65536, "directory.form"),
    ("endpoints/0/pins", [], "directory.form"),
    ("endpoints/0/pins", ["00" * 32] * 5, "directory.form"),
    ("endpoints/0/certificates", [""] * 5, "directory.form"),
    ("endpoints/0/certificates", ["A" * 5468], "directory.form"),
    ("endpoints/0/certificates", [7], "directory.form"),
    ("time_roots", ["00" * 32] * 17, "directory.form"),
    ("time_roots", None, "directory.form"),
    ("ledger_keys/0", "no vkey", "directory.form"),
    ("ledger_keys", ["a"] * 17, "directory.form"),
    ("witness_keys", None, "directory.form"),
    ("package_roots", ["zz"], "digest.text"),
    ("minimum", None, "directory.form"),
    ("minimum/protocol", 0, "directory.minimum"),
    ("minimum/suite", "none", "directory.form"),
    ("minimum/suite", "RSA", "directory.minimum"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "code"), FIELDS)
def test_every_field_is_bounded(path: str, value: object, code: str) -> None:
    """A field that is not as it should be refuses the entry with its code."""
    assert code_of(put(path, value)) == code


ALLOWED = [
    ("authorities/0/names/0/text", "Ủy ban, cơ quan trung ương"),
    ("authorities/0/names/0/text", "x" * 200),
    ("authorities/0/languages", []),
    ("authorities/0/languages/0", "zh-Hans-CN"),
    ("authorities/0/time_zone", "America/Argentina/Buenos_Aires"),
    ("authorities/0/time_zone", "Etc/GMT+5"),
    ("authorities/0/office_hours/0/closes", "24:00"),
    ("authorities/0/office_hours/0/days", [1, 2, 3, 4, 5, 6, 7]),
    ("authorities/0/competences", []),
    ("authorities/0/competences/0", "x"),
    ("authorities/0/competences/0", "x" * 64),
    ("endpoints/0/host", "2001:db8::1"),
    ("endpoints/0/host", "node.example"),
    ("endpoints/0/port", 1),
    ("endpoints/0/port", 65535),
    ("endpoints", []),
    ("endpoints/0/certificates", []),
    ("time_roots", [f"{n:064x}" for n in range(16)]),
    ("declarations", []),
    ("ledger_keys", []),
]


@pytest.mark.parametrize(("path", "value"), ALLOWED)
def test_what_a_field_may_say(path: str, value: object) -> None:
    """Values at the edge of what is allowed are read, and written again as they were."""
    plain = copy.deepcopy(PLAIN)
    put(path, value)(plain)
    data = encode_json(plain)
    assert wire.encode_entry(wire.parse_entry(data)) == data


@pytest.mark.parametrize("field", sorted(PLAIN))
def test_no_field_may_be_missing(field: str) -> None:
    """Every field is explicit."""
    expected = "directory.format" if field == "format" else "directory.form"
    assert code_of(lambda plain: plain.pop(field)) == expected


def test_a_classical_recipient_is_refused() -> None:
    """What is sealed today must not be opened by tomorrow's computers."""
    text = encode_recipient(recipient_of(new_classical_identity(lambda size: b"\x07" * size)))
    change = put("authorities/0/sealing_keys/0/recipient", text)
    assert code_of(change) == "directory.classical-recipient"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", "directory.form"),
        (b'"x"', "directory.form"),
        (wire.encode_entry(ENTRY) + b" ", "json.not-canonical"),
        (b'{"format":1,"format":1}', "json.duplicate-key"),
        (b"[" * 9 + b"]" * 9, "json.depth"),
        (b" " * (512 * 1024 + 1), "json.size"),
    ],
)
def test_other_documents(data: bytes, code: str) -> None:
    """What is not an entry at all has its code too."""
    with pytest.raises(Malformed) as caught:
        wire.parse_entry(data)
    assert caught.value.code == code


def test_an_envelope_of_another_kind() -> None:
    """A signed message is not an entry, whatever it holds."""
    payload = wire.encode_entry(ENTRY)
    kind = "application/vnd.longbien.message+json"
    other = sign_envelope(payload, payload_type=kind, signers=IL.holders[0].both)
    with pytest.raises(LongBienError) as caught:
        wire.parse_signed_entry(wire.SignedEntry(entry=ENTRY, envelope=other).data)
    assert caught.value.code == "dsse.payload-type"
