import json

import pytest
from attrs import evolve

from longbien.evidence import custody
from longbien.evidence.custody import (
    DisclosedEvent,
    EventKind,
    Packed,
    TakenIn,
    encode_event,
    encode_events,
    parse_events,
)
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import PackageId, RequestUrn
from longbien.primitives.instants import Instant

COMMON = {
    "package_id": PackageId("0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f"),
    "request": RequestUrn("urn:example:xa:7"),
    "at": Instant.parse("2026-11-21T09:30:00Z"),
    "by": "Laboratory",
    "exhibits": 1,
    "files": 2,
    "bytes": 3,
}
TAKEN = TakenIn(**COMMON)
PACKED = Packed(
    **COMMON, payload_manifest_sha256=Digest.of(b"m"), description_sha256=Digest.of(b"d")
)
LINES = (
    DisclosedEvent(event=TAKEN, salt=b"\x01" * 32, proof="custody/0001.tlog-proof"),
    DisclosedEvent(event=PACKED, salt=b"\x02" * 32, proof="custody/0002.tlog-proof"),
)


def test_what_is_written_is_read_again() -> None:
    """Each event with its salt and the place of its proof."""
    assert parse_events(encode_events(LINES)) == LINES
    assert [line.kind for line in LINES] == [EventKind.TAKEN_IN, EventKind.PACKED]


def test_an_event_says_what_the_ledger_commits_to() -> None:
    """The very bytes stand in the line, so that a shell can cut them out."""
    event = encode_event(TAKEN)

    assert event == (
        b'{"at":"2026-11-21T09:30:00Z","by":"Laboratory","bytes":3,"exhibits":1,"files":2,'
        b'"kind":"taken-in","package_id":"0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f",'
        b'"request":"urn:example:xa:7"}'
    )
    assert LINES[0].event_bytes == event
    assert encode_events(LINES[:1]) == (
        b'{"event":' + event + b',"proof":"custody/0001.tlog-proof","salt":"' + b"01" * 32 + b'"}\n'
    )


def line(**changes: object) -> bytes:
    """Return the second line after changes to it or to its event."""
    value = json.loads(encode_events(LINES).split(b"\n")[1])
    value["proof"] = "custody/0001.tlog-proof"
    for name, new in changes.items():
        target = value if name in value else value["event"]
        if new is None:
            del target[name]
        else:
            target[name] = new
    return encode_json(value) + b"\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "custody.text"),
        (b"{}", "custody.text"),
        (b"\n", "json.syntax"),
        (b"{}\n", "custody.field"),
        (b"[]\n", "custody.field"),
        (line(salt=None), "custody.field"),
        (line(salt="00"), "digest.text"),
        (line(salt=1), "custody.field"),
        (line(proof="custody/0002.tlog-proof"), "custody.foreign-proof"),
        (line(event=[]), "custody.kind"),
        (line(kind="destroyed"), "custody.kind"),
        (line(kind=None), "custody.kind"),
        (line(kind="taken-in"), "custody.field"),
        (line(more=1), "custody.field"),
        (line(at="2026-11-21T09:30:00.0Z"), "custody.field"),
        (line(at="x"), "instant.text"),
        (line(by=""), "custody.field"),
        (line(by="x" * 4001), "custody.field"),
        (line(files=-1), "custody.field"),
        (line(files=True), "custody.field"),
        (line(files="1"), "custody.field"),
        (line(bytes=None), "custody.field"),
        (line(package_id="x"), "id.form"),
        (line(request="x"), "id.form"),
        (line(description_sha256="x"), "digest.text"),
        (line(payload_manifest_sha256="x"), "digest.text"),
        (line().replace(b'{"event"', b'{ "event"'), "json.not-canonical"),
    ],
)
def test_another_file_is_refused(data: bytes, code: str) -> None:
    """Each line has its form, its fields and its proof."""
    with pytest.raises(Malformed) as caught:
        parse_events(data)

    assert caught.value.code == code


def test_the_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and count are looked at before any line."""
    monkeypatch.setattr(custody, "MAX_EVENTS_FILE", 10)
    with pytest.raises(Malformed) as caught:
        parse_events(b"x" * 11)
    assert caught.value.code == "custody.size"
    with pytest.raises(Malformed) as caught:
        parse_events(b"x" * 10)
    assert caught.value.code == "custody.text"

    monkeypatch.setattr(custody, "MAX_PROOFS", 2)
    with pytest.raises(Malformed) as caught:
        parse_events(b"\n" * 3)
    assert caught.value.code == "custody.size"


def test_a_line_is_bounded() -> None:
    """One event is no place for a book."""
    long = encode_events([evolve(LINES[0], event=evolve(TAKEN, by="\x01" * 4000))])

    with pytest.raises(Malformed) as caught:
        parse_events(long)

    assert caught.value.code == "json.size"
