import json

import pytest

from casework_samples import STATEMENTS
from longbien.casework import events as e
from longbien.casework import wire
from longbien.casework.case import Event, Side, Warned
from longbien.casework.catalogue import KINDS
from longbien.casework.safeguards import Concern
from longbien.casework.statements import DestructionCause, Statement
from longbien.casework.steps import Step
from longbien.channel.message import MAX_CONTENT, Lane, ReceiptOutcome
from longbien.evidence.custody import Packed, TakenIn, encode_event
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIMIT
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import MessageId, RequestUrn

TAKEN_IN = TakenIn(
    package_id=w.package_of(1),
    request=RequestUrn("urn:uuid:" + w.uuid_of(1)),
    at=w.START,
    by="Forensic laboratory",
    exhibits=1,
    files=1,
    bytes=5000,
)
PACKED = Packed(
    package_id=w.package_of(1),
    request=RequestUrn("urn:uuid:" + w.uuid_of(1)),
    at=w.START,
    by="Forensic laboratory",
    exhibits=1,
    files=1,
    bytes=5000,
    payload_manifest_sha256=Digest.of(b"m"),
    description_sha256=Digest.of(b"d"),
)
BY = w.DANA.id
QUESTION = STATEMENTS[Step.QUESTION]
EVENTS: list[Event] = [
    e.CaseOpened(
        at=w.START,
        case_id=w.CASE,
        kind="preservation",
        side=Side.REQUESTED,
        own=w.VN,
        peer=w.IL,
        lane=Lane.URGENT,
        exercise=True,
    ),
    e.StatementProposed(at=w.START, proposal=1, by=BY, statement=QUESTION),
    e.ProposalRevised(at=w.START, proposal=1, by=BY, statement=QUESTION),
    e.ProposalRejected(at=w.START, proposal=1, by=BY, reasons="not needed"),
    e.ProposalTakenBack(at=w.START, proposal=1, by=BY),
    e.StatementSent(
        at=w.START, number=3, statement=QUESTION, by=BY, approved_by=w.NOA.id, proposal=1
    ),
    e.StatementSent(at=w.START, number=3, statement=QUESTION),
    e.StatementReceived(
        at=w.START,
        number=2,
        statement=QUESTION,
        message=MessageId(w.uuid_of(9)),
        said_at=w.START,
    ),
    e.ReceiptNoted(at=w.START, number=3, received_at=w.START, outcome=ReceiptOutcome.ACCEPTED),
    e.ReceiptNoted(
        at=w.START,
        number=3,
        received_at=w.START,
        outcome=ReceiptOutcome.REFUSED,
        code="message.expired",
    ),
    e.EmergencyStoodBehind(at=w.START, by=BY),
    e.GroundOverridden(at=w.START, by=BY, ground="40(24)", reasons="the court says so"),
    e.RulesWarned(
        at=w.START,
        warnings=(Warned(code="a.b", ref="42(8)", confidence="M", facts=(("days", "60"),)),),
    ),
    e.RequestLinked(at=w.START, case=w.PRESERVATION, is_decided=False),
    e.AlarmNoted(at=w.START, clock="preserved-until.alarm-14"),
    e.ExhibitTaken(at=w.START, by=BY, exhibit=w.EXHIBIT),
    e.CustodyNoted(custody=TAKEN_IN),
    e.CustodyNoted(custody=PACKED),
    e.ReleaseProposed(
        at=w.START,
        by=BY,
        package=w.package_of(1),
        exhibits=("E1", "E2"),
        use_limits=(LIMIT,),
        legal_basis=("UNCC 44",),
        safeguards=w.SAFEGUARDS,
        recipient=w.IL,
        withheld="E3",
    ),
    e.ReleaseApproved(at=w.START, by=BY, package=w.package_of(1), reasons="in order"),
    e.StopDecided(
        at=w.START,
        by=BY,
        package=w.package_of(1),
        text=Digest.of(b"text"),
        concerns=(Concern.MINOR, Concern.REFUGEE),
        goes_on=True,
        reasons="the minor is the victim",
    ),
    e.ReleaseRejected(at=w.START, by=BY, package=w.package_of(1), reasons="too much"),
    e.PackageArrived(at=w.START, transfer=w.transfer_of(1)),
    e.DestructionProposed(
        at=w.START, by=BY, package=w.package_of(1), cause=DestructionCause.NOT_COVERED
    ),
    e.DestructionApproved(at=w.START, by=BY, package=w.package_of(1)),
    e.DestructionRejected(at=w.START, by=BY, package=w.package_of(1), reasons="needed"),
]


def test_there_is_a_sample_of_every_step() -> None:
    """What is tested below is everything that can be said."""
    assert set(STATEMENTS) == set(Step) == set(wire.STATEMENTS)


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_is_read_as_it_was_written(statement: Statement) -> None:
    """Parsing what was encoded gives the same statement."""
    content = wire.content_of(statement)

    assert wire.parse_content(statement.step, content) == statement


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_has_its_fields_and_no_others(statement: Statement) -> None:
    """A field that is missing, unknown or of another type is Malformed."""
    content = wire.content_of(statement)

    with pytest.raises(Malformed):
        wire.parse_content(statement.step, {**content, "more": 1})
    for name in content:
        less = {key: value for key, value in content.items() if key != name}
        with pytest.raises(Malformed):
            wire.parse_content(statement.step, less)
        with pytest.raises(Malformed):
            wire.parse_content(statement.step, {**content, name: {"no": {"such": []}}})


@pytest.mark.parametrize("event", EVENTS, ids=[str(at) for at in range(len(EVENTS))])
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    """Parsing what was encoded gives the same event."""
    data = wire.encode_event(event)

    assert wire.parse_event(wire.kind_of(event), data) == event


def test_there_is_a_sample_of_every_event() -> None:
    """What is tested above is everything that a journal can hold."""
    assert {wire.kind_of(event) for event in EVENTS} == wire.EVENT_KINDS


def test_an_event_of_custody_has_the_bytes_of_the_package() -> None:
    """The ledger of the node is the ledger of custody: the very same leaf."""
    assert wire.encode_event(e.CustodyNoted(custody=PACKED)) == encode_event(PACKED)
    assert wire.kind_of(e.CustodyNoted(custody=PACKED)) == "custody.packed"
    assert wire.kind_of(e.CustodyNoted(custody=TAKEN_IN)) == "custody.taken-in"
    assert e.CustodyNoted(custody=PACKED).at == PACKED.at


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("nothing", b"{}", "case.event"),
        ("case-opened", b"{}", "case.field"),
        ("case-opened", b"[", "json.syntax"),
        ("case-opened", b"{ }", "json.not-canonical"),
        ("custody.packed", encode_event(TAKEN_IN), "case.event"),
        ("custody.taken-in", b"{}", "custody.kind"),
        ("statement-proposed", b'{"at":1,"by":"x","proposal":1,"statement":{}}', "instant.text"),
        (
            "statement-proposed",
            b'{"at":"2026-01-01T00:00:00Z","by":"x","proposal":1,"statement":{}}',
            "case.field",
        ),
        (
            "statement-proposed",
            b'{"at":"2026-01-01T00:00:00Z","by":"x","proposal":1,"statement":[]}',
            "case.field",
        ),
    ],
)
def test_other_bytes_are_malformed(kind: str, data: bytes, code: str) -> None:
    """A journal entry that cannot be read says so with a code."""
    with pytest.raises(Malformed) as found:
        wire.parse_event(kind, data)

    assert found.value.code == code


def test_a_journal_entry_is_bounded() -> None:
    """Twice a message's content is the most."""
    with pytest.raises(Malformed) as found:
        wire.parse_event("alarm-noted", b" " * (2 * MAX_CONTENT + 1))

    assert found.value.code == "json.size"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", Step)
def test_a_schema_names_its_step(kind: str, step: Step) -> None:
    """One schema, one step."""
    assert wire.step_of(kind, wire.schema_of(kind, step)) is step


def test_the_names_of_schemas() -> None:
    """A request has one for each kind, everything else one for all; drills are the channel's."""
    assert wire.schema_of("preservation", Step.REQUEST) == "longbien:preservation.request/1"
    assert wire.schema_of("preservation", Step.AMENDMENT) == "longbien:preservation.amendment/1"
    assert wire.schema_of("preservation", Step.REFUSAL) == "longbien:case.refusal/1"
    assert wire.schema_of("drill", Step.DRILL) == "longbien:drill/1"
    assert wire.schema_of("drill", Step.DRILL_ANSWER) == "longbien:drill.answer/1"


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "longbien:preservation.request/2",
        "longbien:mla_stored_data.request/1",
        "longbien:case.request/1",
        "other:preservation.request/1",
    ],
)
def test_an_unknown_schema_is_malformed(schema: str) -> None:
    """Another version, another kind, another house."""
    with pytest.raises(Malformed) as found:
        wire.step_of("preservation", schema)

    assert found.value.code == "case.schema"


def test_an_outcome_is_written_as_a_word() -> None:
    """A number would mean something else once there is a fourth outcome."""
    content = wire.content_of(STATEMENTS[Step.EVIDENCE_VERIFIED])

    assert content["outcome"] == "failed"
    for word in ("FAILED", "ok", 2, None):
        with pytest.raises(Malformed):
            wire.parse_content(Step.EVIDENCE_VERIFIED, {**content, "outcome": word})


def test_no_officer_is_named_to_the_other_state() -> None:
    """Whatever is sent names authorities at most."""
    for statement in STATEMENTS.values():
        text = json.dumps(wire.content_of(statement))
        assert '"by"' not in text
        assert "dana" not in text
