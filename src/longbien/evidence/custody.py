"""``custody/events.jsonl``: what happened to the package, one disclosed event a line.

The ledger itself holds only a salted commitment to each event (``spec/ledger.md``); here stand
the event, the salt that opens the commitment, and where the proof lies.  An event never names a
file and holds no digest of a single one: such a digest would confirm the content to anybody who
guesses it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypedDict

from attrs import field, frozen
from attrs.validators import ge

from longbien.evidence.layout import MAX_PROOFS, proof_path
from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import PackageId, RequestUrn
from longbien.primitives.instants import Instant

MAX_EVENTS_FILE = 16 * 2**20  # bytes
MAX_EVENT_LINE = 16 * 2**10  # bytes
MAX_BY = 4000  # characters

_LINE_FIELDS = frozenset({"event", "proof", "salt"})
_EVENT_FIELDS = frozenset(
    {"at", "by", "bytes", "exhibits", "files", "kind", "package_id", "request"}
)
_PACKED_FIELDS = _EVENT_FIELDS | {"description_sha256", "payload_manifest_sha256"}


class EventKind(StrEnum):
    """What happened."""

    TAKEN_IN = "taken-in"
    """The exhibits were copied from the examiner's folder and measured."""

    PACKED = "packed"
    """The package's description and manifest were fixed; its signature follows."""


@frozen(kw_only=True)
class CustodyEvent:
    """The facts that each kind of event has."""

    package_id: PackageId
    request: RequestUrn
    at: Instant
    by: str
    """The authority or laboratory, as in the description's ``created_by``."""

    exhibits: int = field(validator=ge(0))
    files: int = field(validator=ge(0))
    bytes: int = field(validator=ge(0))


@frozen(kw_only=True)
class TakenIn(CustodyEvent):
    """The exhibits were taken in."""


@frozen(kw_only=True)
class Packed(CustodyEvent):
    """The package was put together."""

    payload_manifest_sha256: Digest
    description_sha256: Digest


@frozen(kw_only=True)
class DisclosedEvent:
    """One line of the file: an event with what opens its commitment in the ledger."""

    event: TakenIn | Packed
    salt: bytes = field(repr=False)
    proof: str
    """The path of its ``.tlog-proof`` in the bag."""

    @property
    def kind(self) -> EventKind:
        """Return what happened."""
        return kind_of(self.event)

    @property
    def event_bytes(self) -> bytes:
        """Return the event as the ledger's commitment has it."""
        return encode_event(self.event)


def kind_of(event: TakenIn | Packed) -> EventKind:
    """Return the kind of an event."""
    return EventKind.PACKED if isinstance(event, Packed) else EventKind.TAKEN_IN


def encode_event(event: TakenIn | Packed) -> bytes:
    """Return the canonical bytes of the event alone: what the ledger commits to."""
    return encode_json(_event_record(event))


def parse_event(data: bytes) -> TakenIn | Packed:
    """Read one event alone, as ``encode_event`` writes it.

    Raises Malformed: ``json.…``, ``custody.field``, ``custody.kind``, and what its values raise.
    """
    return _parse_event(parse_canonical(data, max_size=MAX_EVENT_LINE))


def _event_record(event: TakenIn | Packed) -> dict[str, Json]:
    record: dict[str, Json] = {
        "at": str(event.at),
        "by": event.by,
        "bytes": event.bytes,
        "exhibits": event.exhibits,
        "files": event.files,
        "kind": kind_of(event).value,
        "package_id": str(event.package_id),
        "request": str(event.request),
    }
    if isinstance(event, Packed):
        record["payload_manifest_sha256"] = event.payload_manifest_sha256.hex
        record["description_sha256"] = event.description_sha256.hex
    return record


def encode_events(events: Iterable[DisclosedEvent]) -> bytes:
    """Write ``custody/events.jsonl``: one canonical object and a line feed for each event."""
    return b"".join(
        encode_json(
            {
                "event": _event_record(line.event),
                "proof": line.proof,
                "salt": line.salt.hex(),
            }
        )
        + b"\n"
        for line in events
    )


def parse_events(data: bytes) -> tuple[DisclosedEvent, ...]:
    """Read ``custody/events.jsonl``; the n-th line belongs to the n-th proof.

    Raises Malformed: ``custody.size``, ``custody.text``, ``custody.field``, ``custody.kind``,
    ``custody.foreign-proof``, and what its values raise.
    """
    if len(data) > MAX_EVENTS_FILE:
        raise Malformed("custody.size", "more than {limit} bytes", limit=MAX_EVENTS_FILE)
    *lines, rest = data.split(b"\n")
    if rest or not lines:
        raise Malformed("custody.text", "each event ends with a line feed, and there is one")
    if len(lines) > MAX_PROOFS:
        raise Malformed("custody.size", "more than {limit} events", limit=MAX_PROOFS)
    return tuple(_parse_line(number, line) for number, line in enumerate(lines, 1))


def _parse_line(number: int, line: bytes) -> DisclosedEvent:
    record = _fields(parse_canonical(line, max_size=MAX_EVENT_LINE), _LINE_FIELDS)
    if record["proof"] != proof_path(number):
        raise Malformed(
            "custody.foreign-proof", "event {number} names a foreign proof", number=number
        )
    return DisclosedEvent(
        event=_parse_event(record["event"]),
        salt=Digest.parse(_text(record["salt"])).raw,
        proof=proof_path(number),
    )


def _parse_event(value: Json) -> TakenIn | Packed:
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == EventKind.TAKEN_IN:
        return TakenIn(**_common(_fields(value, _EVENT_FIELDS)))
    if kind == EventKind.PACKED:
        record = _fields(value, _PACKED_FIELDS)
        return Packed(
            **_common(record),
            payload_manifest_sha256=Digest.parse(_text(record["payload_manifest_sha256"])),
            description_sha256=Digest.parse(_text(record["description_sha256"])),
        )
    raise Malformed("custody.kind", "an event of a kind that LB-Bag 1 has not")


def _common(record: Mapping[str, Json]) -> "_Common":
    at = _text(record["at"])
    instant = Instant.parse(at)
    if str(instant) != at:
        raise Malformed("custody.field", "a time is not written as it must be")
    return {
        "at": instant,
        "by": _text(record["by"]),
        "bytes": _number(record["bytes"]),
        "exhibits": _number(record["exhibits"]),
        "files": _number(record["files"]),
        "package_id": PackageId.parse(_text(record["package_id"])),
        "request": RequestUrn.parse(_text(record["request"])),
    }


class _Common(TypedDict):
    at: Instant
    by: str
    bytes: int
    exhibits: int
    files: int
    package_id: PackageId
    request: RequestUrn


def _fields(value: Json, names: frozenset[str]) -> Mapping[str, Json]:
    if not isinstance(value, dict) or value.keys() != names:
        raise Malformed("custody.field", "an event has missing or unknown fields")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_BY:
        raise Malformed("custody.field", "a text is missing, empty or too long")
    return value


def _number(value: Json) -> int:
    if type(value) is not int or value < 0:  # bool is a subclass of int
        raise Malformed("custody.field", "a whole number is missing")
    return value
