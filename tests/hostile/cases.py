"""Acts in cases: other States' cases, words out of order, rights that nobody has given."""

from collections.abc import Callable
from datetime import timedelta

from attrs import evolve

from desk_stories import preservation
from hostile.registry import JUDGED, SIGNED, act, add
from hostile.stage import Stage
from longbien.casework import commands as c
from longbien.casework.statements import (
    ConditionsAgreed,
    DestructionCause,
    DestructionCertified,
    DrillAnswered,
    EvidenceAnnounced,
    EvidenceDelivered,
    EvidenceVerified,
    ExtensionAsked,
    FurtherUseAsked,
    FurtherUseDecided,
    PreservationConfirmed,
    QuestionAnswered,
    RequestAmended,
    RequestRefused,
    RequestWithdrawn,
    Statement,
    StatusGiven,
)
from longbien.channel.message import Lane, Message, MessageKind
from longbien.desk.records import access_file_of, alarm_book_of
from longbien.exercise.forge import ACKNOWLEDGED, QUESTION, REQUEST, taken, with_content
from longbien.exercise.parcels import put_object
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, PackageId, TransferId
from longbien.primitives.verdict import Outcome

AMENDED = RequestAmended(
    contents=(("offence_and_facts", "another"),), legal_basis=("UNCC",), reason="a slip"
)
PACKAGE = PackageId.from_random(bytes(16))
TRANSFER = TransferId.from_random(bytes(16))


def announced(stage: Stage, **changes: object) -> EvidenceAnnounced:
    """Return the announcement of a package."""
    said = EvidenceAnnounced(
        package=PACKAGE,
        transfer=TRANSFER,
        sealed=put_object(stage.my),
        exhibits=1,
        use_limits=(),
    )
    return evolve(said, **changes)


def verified() -> EvidenceVerified:
    """Return a verdict on a package."""
    return EvidenceVerified(package=PACKAGE, outcome=Outcome.PASSED, report=Digest.of(b"report"))


def said_in(stage: Stage, case: CaseId, statement: Statement, **changes: object) -> str:
    """Let MY say something in a case, in the next number of that thread."""
    number = stage.vn.machine.journal.numbers(case, stage.my.state.code).received + 1
    message = stage.message(statement, thread=case, sequence=number, **changes)
    return stage.send(message)


def opened(stage: Stage, kind: str = "preservation") -> CaseId:
    """Let MY ask VN for something, as an honest State would."""
    case = stage.my.ask(stage.vn, kind).case
    if stage.my.case(case).proposals:
        stage.my.act(case, c.Approve(proposal=1), "second")
    stage.world.quiet()
    assert stage.vn.case(case) is not None
    return case


def asked_of_my(stage: Stage, kind: str = "preservation") -> CaseId:
    """Let VN ask MY for something."""
    return asked_of(stage, "MY", kind)


def asked_of(stage: Stage, code: str, kind: str) -> CaseId:
    """Let VN ask a State for something."""
    case = stage.vn.ask(stage.world[code], kind).case
    if stage.vn.case(case).proposals:
        stage.vn.act(case, c.Approve(proposal=1), "second")
    stage.world.quiet()
    return case


# --- other States' cases --------------------------------------------------------------------------

FOREIGN: dict[str, tuple[str, Callable[[Stage], Statement], str]] = {
    "question": ("Ask a question", lambda _: QUESTION, "preservation"),
    "request": ("Open a case under its id", lambda _: REQUEST, "preservation"),
    "amendment": ("Amend the request", lambda _: AMENDED, "preservation"),
    "withdrawal": (
        "Withdraw the request",
        lambda _: RequestWithdrawn(reason="no longer needed"),
        "preservation",
    ),
    "confirmation": (
        "Confirm the preservation",
        lambda stage: PreservationConfirmed(
            effective_at=stage.world.now, until=stage.world.now.plus(timedelta(days=60))
        ),
        "preservation",
    ),
    "evidence": ("Announce evidence", announced, "mla_stored_data"),
    "destruction": (
        "Certify that what was given is destroyed",
        lambda stage: DestructionCertified(
            package=PACKAGE,
            cause=DestructionCause.PROCEEDINGS_ENDED,
            method="key-and-parts",
            destroyed_at=stage.world.now,
        ),
        "mla_stored_data",
    ),
}

for name, (tries, made, kind) in FOREIGN.items():

    def in_a_foreign_case(
        stage: Stage, made: Callable[[Stage], Statement] = made, kind: str = kind
    ) -> str:
        """Let IL and VN have a case, and MY speak in it."""
        case = preservation(stage.world)
        stage.protect(case)
        before = stage.vn.case(case)
        code = said_in(stage, case, made(stage), kind=kind)
        assert stage.vn.case(case) == before
        return code

    add(
        f"foreign-case.{name}",
        in_a_foreign_case,
        tries=f"{tries} in a case between two other States, whose id has leaked",
        threat="T1",
        code="case.foreign-peer",
        bound=JUDGED,
    )


# --- cases that there are not ---------------------------------------------------------------------

NEVER_ASKED: dict[str, tuple[str, Callable[[Stage], Statement], str]] = {
    "acknowledgement": ("Acknowledge", lambda _: ACKNOWLEDGED, "preservation"),
    "evidence": ("Announce evidence for", announced, "mla_stored_data"),
    "delivery": (
        "Deliver evidence for",
        lambda _: EvidenceDelivered(package=PACKAGE, transfer=TRANSFER),
        "mla_stored_data",
    ),
    "verdict": ("Send a verdict on evidence of", lambda _: verified(), "mla_stored_data"),
    "amendment": ("Amend", lambda _: AMENDED, "preservation"),
    "status": ("Tell how it stands with", lambda _: StatusGiven(text="soon"), "preservation"),
}

for name, (tries, made, kind) in NEVER_ASKED.items():
    add(
        f"never-asked.{name}",
        lambda stage, made=made, kind=kind: stage.send(stage.message(made(stage), kind=kind)),
        tries=f"{tries} a request that was never made",
        threat="T1",
        code="case.unknown",
        bound=JUDGED,
    )

BOOKS: dict[str, tuple[str, Callable[[Stage], CaseId]]] = {
    "accesses": (
        "Write into the book that tells who has read a case",
        lambda stage: access_file_of(next(iter(stage.protected))),
    ),
    "alarms": (
        "Write into the book of the node's alarms",
        lambda stage: alarm_book_of(stage.vn.office),
    ),
}
for name, (tries, book) in BOOKS.items():
    add(
        f"books.{name}",
        lambda stage, book=book: stage.send(stage.message(thread=book(stage))),
        tries=tries,
        threat="T8",
        code="desk.not-a-case",
        bound=evolve(SIGNED, signatures=12),
    )


# --- words that no form has -----------------------------------------------------------------------


def changed(**changes: object) -> Callable[[Stage], Message]:
    """Return a message of MY with changes."""
    return lambda stage: stage.message(**changes)


FORMS: dict[str, tuple[str, Callable[[Stage], Message], str]] = {
    "unknown-field": (
        "Add a field that no form has",
        lambda stage: with_content(stage.message(), also="this"),
        "case.field",
    ),
    "unknown-kind": (
        "Ask for what no treaty knows",
        changed(purpose="seizure-of-ships"),
        "case.kind",
    ),
    "other-schema": (
        "Send the content of one kind under the schema of another",
        changed(schema="longbien:mla_stored_data.request/1"),
        "case.schema",
    ),
    "other-message-kind": (
        "Send a request that calls itself an acknowledgement",
        changed(kind=MessageKind.ACKNOWLEDGEMENT),
        "case.kind",
    ),
    "no-content": ("Ask for nothing", changed(content={}), "case.field"),
    "wrong-type": (
        "Give a list where a text stands",
        lambda stage: with_content(stage.message(), contents=["x"]),
        "case.field",
    ),
    "false-emergency": (
        "Ring the officers' bell for what is no emergency",
        changed(lane=Lane.URGENT),
        "case.lane",
    ),
}
for name, (tries, made, code) in FORMS.items():
    add(
        f"form.{name}",
        lambda stage, made=made: stage.send(made(stage)),
        tries=tries,
        threat="T18" if name == "false-emergency" else "T24",
        code=code,
        bound=JUDGED,
    )


@act("form.urgent-status", threat="T18", code="message.lane-not-allowed", bound=JUDGED)
def urgent_status(stage: Stage) -> str:
    """Wake the officers by a report on how it stands."""
    case = opened(stage)
    return said_in(stage, case, StatusGiven(text="soon"), lane=Lane.URGENT)


# --- out of order ---------------------------------------------------------------------------------

OUT_OF_ORDER: dict[str, tuple[str, Callable[[Stage], Statement], str]] = {
    "request-again": ("Open a case twice", lambda _: REQUEST, "preservation"),
    "confirms-itself": (
        "Confirm, in the requested State's place, one's own request",
        lambda stage: PreservationConfirmed(
            effective_at=stage.world.now, until=stage.world.now.plus(timedelta(days=60))
        ),
        "preservation",
    ),
    "refuses-itself": (
        "Refuse, in the requested State's place, one's own request",
        lambda _: RequestRefused(ground="40(21)(b)", reasons="ordre public"),
        "preservation",
    ),
    "acknowledges-itself": (
        "Acknowledge, in the requested State's place, one's own request",
        lambda _: ACKNOWLEDGED,
        "preservation",
    ),
    "agrees-to-nothing": (
        "Agree to conditions that were never offered",
        lambda _: ConditionsAgreed(offer=9),
        "preservation",
    ),
    "answers-nothing": (
        "Answer a question that was never asked",
        lambda _: QuestionAnswered(question=99, text="yes"),
        "preservation",
    ),
    "verifies-nothing": (
        "Send a verdict on a package that was never given",
        lambda _: verified(),
        "preservation",
    ),
    "destroys-nothing": (
        "Certify the destruction of a package that was never given",
        lambda stage: DestructionCertified(
            package=PACKAGE,
            cause=DestructionCause.PROCEEDINGS_ENDED,
            method="key-and-parts",
            destroyed_at=stage.world.now,
        ),
        "preservation",
    ),
    "further-use-of-nothing": (
        "Ask to use a package further that was never given",
        lambda _: FurtherUseAsked(package=PACKAGE, use="tax"),
        "preservation",
    ),
    "grants-itself": (
        "Grant oneself the use for another purpose",
        lambda _: FurtherUseDecided(request=1, is_granted=True),
        "preservation",
    ),
    "drill-without-call": (
        "Answer a drill that nobody called",
        lambda stage: DrillAnswered(challenge=7, answered_at=stage.world.now),
        "preservation",
    ),
}
ORDER_CODES = {
    "answers-nothing": "case.reference",
    "further-use-of-nothing": "case.reference",
}

for name, (tries, made, kind) in OUT_OF_ORDER.items():
    add(
        f"order.{name}",
        lambda stage, made=made, kind=kind: said_in(stage, opened(stage), made(stage), kind=kind),
        tries=tries,
        threat="T24",
        code=ORDER_CODES.get(name, "transition.refused"),
        bound=JUDGED,
    )


@act("order.after-withdrawal", threat="T24", code="transition.refused", bound=JUDGED)
def after_withdrawal(stage: Stage) -> str:
    """Ask for longer preservation in a case that was withdrawn."""
    case = opened(stage)
    stage.my.act(case, c.Withdraw(reason="no longer needed"))
    stage.world.quiet()
    return said_in(stage, case, ExtensionAsked())


@act("order.answer-after-end", threat="T24", code="transition.refused", bound=JUDGED)
def answer_after_end(stage: Stage) -> str:
    """Confirm a preservation after it was refused, which ended the case."""
    case = asked_of_my(stage)
    refused = stage.message(RequestRefused(ground="40(21)(b)", reasons="ordre public"), thread=case)
    assert not taken(stage.my, stage.vn, refused).code
    until = stage.world.now.plus(timedelta(days=60))
    said = PreservationConfirmed(effective_at=stage.world.now, until=until)
    return said_in(stage, case, said)


@act("order.delivers-unannounced", threat="T1", code="transition.refused", bound=JUDGED)
def delivers_unannounced(stage: Stage) -> str:
    """Deliver a package that was never announced."""
    case = asked_of_my(stage, "mla_stored_data")
    said = EvidenceDelivered(package=PACKAGE, transfer=TRANSFER)
    return said_in(stage, case, said, kind="mla_stored_data")


@act("order.two-gives-of-one-package", threat="T2", code="case.reference", bound=JUDGED)
def two_gives(stage: Stage) -> str:
    """Announce another content under the number of a package that was announced."""
    case = asked_of_my(stage, "mla_stored_data")
    stage.my.act(case, c.Accept())
    stage.world.quiet()
    first = announced(stage)
    message = stage.message(first, kind="mla_stored_data", thread=case, sequence=2)
    assert not taken(stage.my, stage.vn, message).code
    again = announced(stage, transfer=TransferId.from_random(bytes([7] * 16)))
    return said_in(stage, case, again, kind="mla_stored_data")
