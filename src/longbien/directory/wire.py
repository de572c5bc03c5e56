"""An entry as bytes: canonical JSON in a DSSE envelope, every field bounded, nothing unknown.

Rule for unknown fields: format 1 has none.  What a later format adds, a reader of format 1
refuses to trust, so that ignoring a field can never turn a revocation into a permission.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

from attrs import field, frozen

from longbien.directory._fields import (
    bad,
    read_base64,
    read_boolean,
    read_digest,
    read_instant,
    read_list,
    read_name,
    read_number,
    read_object,
    read_text,
    write_base64,
)
from longbien.directory.entry import (
    MAX_AUTHORITIES,
    MAX_CERTIFICATE,
    MAX_ENDPOINTS,
    MAX_HOLDERS,
    MAX_KEYS,
    MAX_LIST,
    MAX_NAME,
    MAX_PINS,
    MAX_VERSION,
    MAX_VKEY,
    MAX_VKEYS,
    Authority,
    ContactKind,
    ContactPoint,
    Declaration,
    DeclarationKind,
    Endpoint,
    KeyCommitment,
    LocalName,
    Minimum,
    OfficeHours,
    RevocationReason,
    Roots,
    SealingKey,
    SigningKey,
    StateEntry,
)
from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import AuthorityId, KeyId, StateCode
from longbien.trust.age.recipients import (
    HybridRecipient,
    Recipient,
    encode_recipient,
    parse_recipient,
)
from longbien.trust.dsse import (
    Envelope,
    HybridKey,
    RawSigner,
    encode_envelope,
    max_envelope,
    parse_envelope,
    sign_envelope,
)
from longbien.trust.keys import parse_public_key

PAYLOAD_TYPE: Final = "application/vnd.longbien.entry+json"
FORMAT: Final = "longbien:directory.entry/1"
MAX_PAYLOAD: Final = 512 * 1024  # bytes; 32 authorities with four post-quantum keys each fit
MAX_SIGNED: Final = max_envelope(MAX_PAYLOAD)

_MAX_SPKI = 2614  # bytes of an ML-DSA-87 key (RFC 9881)
_DEPTH = 8
_TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/()-]{0,62}[A-Za-z0-9)])?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)  # BCP 47, 2.1
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,32}){0,2}", re.ASCII)
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)
_CONTACT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?", re.ASCII)
# a DNS name, or an IPv4 or IPv6 address; names are compared, so they are lower case
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:]{2,39}", re.ASCII)
_VKEY = re.compile(rf"[^+\s]{{1,255}}\+[0-9a-f]{{8}}\+[A-Za-z0-9+/=]{{8,{MAX_VKEY}}}")
_SUITE = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)

_ENTRY = frozenset(
    {
        "authorities", "declarations", "endpoints", "exercise", "expires_at", "format",
        "issued_at", "ledger_keys", "minimum", "package_roots", "previous", "roots", "state",
        "time_roots", "version", "witness_keys",
    }
)  # fmt: skip
_AUTHORITY = frozenset(
    {
        "competences", "contact_points", "id", "languages", "names", "next_keys",
        "office_hours", "sealing_keys", "signing_keys", "time_zone",
    }
)  # fmt: skip
_PAIR = frozenset({"ec", "mldsa"})
_ROOTS = frozenset({"holders", "threshold"})
_SIGNING = _PAIR | {"not_after", "not_before", "revoked"}
_REVOKED = frozenset({"at", "reason"})
_SEALING = frozenset({"not_after", "not_before", "recipient"})
_HOURS = frozenset({"closes", "days", "opens"})
_CONTACT_POINT = frozenset({"kind", "purpose", "value"})
_NAME = frozenset({"language", "text"})
_DECLARATION = frozenset({"article", "basis", "code", "kind", "values"})
_ENDPOINT = frozenset({"certificates", "host", "next_pins", "pins", "port"})
_MINIMUM = frozenset({"protocol", "suite"})

E = TypeVar("E", bound=StrEnum)


@frozen(kw_only=True)
class SignedEntry:
    """An entry with its signatures.  Whether they are worth anything is ``trusted``'s."""

    entry: StateEntry
    envelope: Envelope = field(repr=False)

    @property
    def data(self) -> bytes:
        """Return its bytes, as they were received."""
        return encode_envelope(self.envelope)

    @property
    def sha256(self) -> Digest:
        """Return the digest of the payload: signatures may be added, what is said may not."""
        return Digest.of(self.envelope.payload)


def sign_entry(entry: StateEntry, *, signers: Iterable[RawSigner]) -> SignedEntry:
    """Sign an entry: both keys of each root holder who is there."""
    payload = encode_entry(entry)
    envelope = sign_envelope(payload, payload_type=PAYLOAD_TYPE, signers=signers)
    return SignedEntry(entry=entry, envelope=envelope)


def parse_signed_entry(data: bytes) -> SignedEntry:
    """Read an entry in its envelope.  Raises Malformed only; verifies nothing."""
    envelope = parse_envelope(data, payload_type=PAYLOAD_TYPE, max_payload=MAX_PAYLOAD)
    return SignedEntry(entry=parse_entry(envelope.payload), envelope=envelope)


# --- writing ---------------------------------------------------------------------------------


def encode_entry(entry: StateEntry) -> bytes:
    """Write the canonical bytes of an entry."""
    return encode_json(
        {
            "authorities": [_authority(one) for one in entry.authorities],
            "declarations": [_declaration(one) for one in entry.declarations],
            "endpoints": [_endpoint(one) for one in entry.endpoints],
            "exercise": entry.exercise,
            "expires_at": str(entry.expires_at),
            "format": FORMAT,
            "issued_at": str(entry.issued_at),
            "ledger_keys": list(entry.ledger_keys),
            "minimum": {"protocol": entry.minimum.protocol, "suite": entry.minimum.suite},
            "package_roots": [one.hex for one in entry.package_roots],
            "previous": entry.previous.hex if entry.previous else None,
            "roots": roots_to_json(entry.roots),
            "state": entry.state.text,
            "time_roots": [one.hex for one in entry.time_roots],
            "version": entry.version,
            "witness_keys": list(entry.witness_keys),
        }
    )


def roots_to_json(roots: Roots) -> Json:
    """Return the roots as they stand in an entry; the fingerprint is over them too."""
    return {"holders": [_pair(one) for one in roots.holders], "threshold": roots.threshold}


def _pair(keys: HybridKey) -> dict[str, Json]:
    return {"ec": write_base64(keys.ec.spki), "mldsa": write_base64(keys.mldsa.spki)}


def _authority(authority: Authority) -> Json:
    return {
        "competences": list(authority.competences),
        "contact_points": [
            {"kind": one.kind.value, "purpose": one.purpose, "value": one.value}
            for one in authority.contact_points
        ],
        "id": authority.id.text,
        "languages": list(authority.languages),
        "names": [{"language": one.language, "text": one.text} for one in authority.names],
        "next_keys": [{"ec": one.ec.text, "mldsa": one.mldsa.text} for one in authority.next_keys],
        "office_hours": [
            {"closes": one.closes, "days": list(one.days), "opens": one.opens}
            for one in authority.office_hours
        ],
        "sealing_keys": [_sealing_key(one) for one in authority.sealing_keys],
        "signing_keys": [_signing_key(one) for one in authority.signing_keys],
        "time_zone": authority.time_zone,
    }


def _signing_key(key: SigningKey) -> Json:
    revoked: Json = None
    if key.revoked_at is not None and key.reason is not None:
        revoked = {"at": str(key.revoked_at), "reason": key.reason.value}
    return {
        **_pair(key.keys),
        "not_after": str(key.not_after),
        "not_before": str(key.not_before),
        "revoked": revoked,
    }


def _sealing_key(key: SealingKey) -> Json:
    return {
        "not_after": str(key.not_after),
        "not_before": str(key.not_before),
        "recipient": encode_recipient(key.recipient),
    }


def _declaration(declaration: Declaration) -> Json:
    return {
        "article": declaration.article,
        "basis": declaration.basis,
        "code": declaration.code,
        "kind": declaration.kind.value,
        "values": list(declaration.values),
    }


def _endpoint(endpoint: Endpoint) -> Json:
    return {
        "certificates": [write_base64(one) for one in endpoint.certificates],
        "host": endpoint.host,
        "next_pins": [one.hex for one in endpoint.next_pins],
        "pins": [one.hex for one in endpoint.pins],
        "port": endpoint.port,
    }


# --- reading ---------------------------------------------------------------------------------


def parse_entry(data: bytes) -> StateEntry:
    """Read the payload.  Raises Malformed ``json.*``, ``directory.*`` and those of its parts."""
    value = parse_canonical(data, max_size=MAX_PAYLOAD, max_depth=_DEPTH)
    if isinstance(value, dict) and value.get("format") != FORMAT:
        raise Malformed("directory.format", "this is not a directory entry of format 1")
    found = read_object(value, _ENTRY, field="entry")
    previous = found["previous"]
    return StateEntry(
        state=StateCode(_string(found["state"])),
        exercise=read_boolean(found["exercise"], field="exercise"),
        version=read_number(found["version"], field="version", least=1, most=MAX_VERSION),
        previous=None if previous is None else read_digest(previous, field="previous"),
        issued_at=read_instant(found["issued_at"], field="issued_at"),
        expires_at=read_instant(found["expires_at"], field="expires_at"),
        roots=_read_roots(found["roots"]),
        authorities=read_list(
            found["authorities"], _read_authority, field="authorities", most=MAX_AUTHORITIES
        ),
        endpoints=read_list(
            found["endpoints"], _read_endpoint, field="endpoints", most=MAX_ENDPOINTS
        ),
        ledger_keys=_read_vkeys(found["ledger_keys"], field="ledger_keys"),
        witness_keys=_read_vkeys(found["witness_keys"], field="witness_keys"),
        package_roots=_read_digests(
            found["package_roots"], field="package_roots", most=2 * MAX_HOLDERS
        ),
        time_roots=_read_digests(found["time_roots"], field="time_roots", most=MAX_HOLDERS),
        declarations=read_list(
            found["declarations"], _read_declaration, field="declarations", most=MAX_LIST
        ),
        minimum=_read_minimum(found["minimum"]),
    )


def _read_roots(value: Json) -> Roots:
    found = read_object(value, _ROOTS, field="roots")
    return Roots(
        threshold=read_number(found["threshold"], field="threshold", most=MAX_HOLDERS),
        holders=read_list(found["holders"], _read_holder, field="holders", most=MAX_HOLDERS),
    )


def _read_holder(value: Json) -> HybridKey:
    found = read_object(value, _PAIR, field="holders")
    return _read_keys(found["ec"], found["mldsa"])


def _read_keys(ec: Json, mldsa: Json) -> HybridKey:
    return HybridKey(
        ec=parse_public_key(read_base64(ec, field="ec", most=_MAX_SPKI)),
        mldsa=parse_public_key(read_base64(mldsa, field="mldsa", most=_MAX_SPKI)),
    )


def _read_authority(value: Json) -> Authority:
    found = read_object(value, _AUTHORITY, field="authorities")
    return Authority(
        id=AuthorityId(_string(found["id"])),
        names=read_list(found["names"], _read_name, field="names", least=1, most=MAX_LIST),
        competences=_read_tokens(found["competences"], field="competences"),
        languages=read_list(found["languages"], _read_language, field="languages", most=MAX_LIST),
        time_zone=read_text(found["time_zone"], _ZONE, field="time_zone"),
        office_hours=read_list(
            found["office_hours"], _read_hours, field="office_hours", most=MAX_LIST
        ),
        contact_points=read_list(
            found["contact_points"], _read_contact, field="contact_points", most=MAX_LIST
        ),
        signing_keys=read_list(
            found["signing_keys"], _read_signing_key, field="signing_keys", most=MAX_KEYS
        ),
        next_keys=read_list(found["next_keys"], _read_commitment, field="next_keys", most=MAX_KEYS),
        sealing_keys=read_list(
            found["sealing_keys"], _read_sealing_key, field="sealing_keys", most=MAX_KEYS
        ),
    )


def _read_name(value: Json) -> LocalName:
    found = read_object(value, _NAME, field="names")
    return LocalName(
        language=_read_language(found["language"]),
        text=read_name(found["text"], field="names", most=MAX_NAME),
    )


def _read_language(value: Json) -> str:
    return read_text(value, _LANGUAGE, field="languages")


def _read_hours(value: Json) -> OfficeHours:
    found = read_object(value, _HOURS, field="office_hours")
    days = read_list(found["days"], _read_day, field="days", least=1, most=7)
    opens = read_text(found["opens"], _CLOCK, field="opens")
    closes = read_text(found["closes"], _CLOCK, field="closes")
    if list(days) != sorted(set(days)) or not opens < closes:
        raise bad("office_hours")
    return OfficeHours(days=days, opens=opens, closes=closes)


def _read_day(value: Json) -> int:
    return read_number(value, field="days", least=1, most=7)


def _read_contact(value: Json) -> ContactPoint:
    found = read_object(value, _CONTACT_POINT, field="contact_points")
    return ContactPoint(
        kind=_word(ContactKind, found["kind"]),
        value=read_text(found["value"], _CONTACT, field="contact_points"),
        purpose=read_text(found["purpose"], _TOKEN, field="purpose"),
    )


def _read_signing_key(value: Json) -> SigningKey:
    found = read_object(value, _SIGNING, field="signing_keys")
    revoked = found["revoked"]
    ended = None if revoked is None else read_object(revoked, _REVOKED, field="revoked")
    return SigningKey(
        keys=_read_keys(found["ec"], found["mldsa"]),
        not_before=read_instant(found["not_before"], field="not_before"),
        not_after=read_instant(found["not_after"], field="not_after"),
        revoked_at=None if ended is None else read_instant(ended["at"], field="revoked"),
        reason=None if ended is None else _word(RevocationReason, ended["reason"]),
    )


def _read_commitment(value: Json) -> KeyCommitment:
    found = read_object(value, _PAIR, field="next_keys")
    return KeyCommitment(ec=KeyId(_string(found["ec"])), mldsa=KeyId(_string(found["mldsa"])))


def _read_sealing_key(value: Json) -> SealingKey:
    found = read_object(value, _SEALING, field="sealing_keys")
    recipient = _recipient(_string(found["recipient"]))
    if not isinstance(recipient, HybridRecipient):
        raise Malformed(
            "directory.classical-recipient", "a sealing key is of the post-quantum kind, age1pq…"
        )
    return SealingKey(
        recipient=recipient,
        not_before=read_instant(found["not_before"], field="not_before"),
        not_after=read_instant(found["not_after"], field="not_after"),
    )


@lru_cache(maxsize=1024)
def _recipient(text: str) -> Recipient:
    # its checksum takes longer than all the rest of an entry, and versions repeat it
    return parse_recipient(text)


def _read_endpoint(value: Json) -> Endpoint:
    found = read_object(value, _ENDPOINT, field="endpoints")
    return Endpoint(
        host=read_text(found["host"], _HOST, field="host"),
        port=read_number(found["port"], field="port", least=1, most=65535),
        pins=_read_digests(found["pins"], field="pins", least=1, most=MAX_PINS),
        next_pins=_read_digests(found["next_pins"], field="next_pins", most=MAX_PINS),
        certificates=read_list(
            found["certificates"],
            lambda one: read_base64(one, field="certificates", most=MAX_CERTIFICATE),
            field="certificates",
            most=MAX_PINS,
        ),
    )


def _read_declaration(value: Json) -> Declaration:
    found = read_object(value, _DECLARATION, field="declarations")
    return Declaration(
        kind=_word(DeclarationKind, found["kind"]),
        basis=read_text(found["basis"], _TOKEN, field="basis"),
        article=read_text(found["article"], _TOKEN, field="article"),
        code=read_text(found["code"], _TOKEN, field="code"),
        values=_read_tokens(found["values"], field="values"),
    )


def _read_minimum(value: Json) -> Minimum:
    found = read_object(value, _MINIMUM, field="minimum")
    return Minimum(
        protocol=read_number(found["protocol"], field="protocol", most=MAX_VERSION),
        suite=read_text(found["suite"], _SUITE, field="suite"),
    )


def _read_vkeys(value: Json, *, field: str) -> tuple[str, ...]:
    # the ledger's room reads them in full where they are used
    return read_list(
        value, lambda one: read_text(one, _VKEY, field=field), field=field, most=MAX_VKEYS
    )


def _read_digests(value: Json, *, field: str, least: int = 0, most: int) -> tuple[Digest, ...]:
    return read_list(
        value, lambda one: read_digest(one, field=field), field=field, least=least, most=most
    )


def _read_tokens(value: Json, *, field: str) -> tuple[str, ...]:
    return read_list(
        value, lambda one: read_text(one, _TOKEN, field=field), field=field, most=MAX_LIST
    )


def _word(kind: type[E], value: Json) -> E:
    try:
        return kind(_string(value))
    except ValueError:
        raise bad(kind.__name__) from None


def _string(value: Json) -> str:
    return value if isinstance(value, str) else ""
