"""Two States with a case between them: officers, commands, messages on their way.

The messages wait in two queues, one a direction; a test says what arrives when.
"""

import itertools
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve

from longbien.casework import commands as c
from longbien.casework import life
from longbien.casework.case import Decision, Draft, Duty, Officer, Side
from longbien.casework.events import Exhibit
from longbien.casework.policy import STANDARD, Policy
from longbien.casework.safeguards import Answer, Check, Concern, Safeguards
from longbien.casework.state import Case
from longbien.casework.wire import encode_event, kind_of, parse_event
from longbien.channel.message import Message, ReceiptOutcome
from longbien.channel.transfer import PART_SIZE, SealedObject
from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    MessageId,
    OfficerId,
    PackageId,
    TransferId,
)
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome
from longbien.treaty.contents import load

if TYPE_CHECKING:
    from collections.abc import Mapping

IL = AuthorityId("IL/contact-point")
VN = AuthorityId("VN/contact-point")
START = Instant.parse("2026-11-21T03:00:00Z")

ALL_DUTIES = frozenset(Duty) - {Duty.AUDITOR, Duty.ADMINISTRATOR}


def uuid_of(number: int) -> str:
    """Return a version 4 UUID of a number."""
    return f"00000000-0000-4000-8000-{number:012x}"


CASE = CaseId(uuid_of(1))
PRESERVATION = CaseId(uuid_of(2))


def package_of(number: int) -> PackageId:
    """Return a package's id."""
    return PackageId(uuid_of(0x1000 + number))


def transfer_of(number: int) -> TransferId:
    """Return a transfer's id."""
    return TransferId(uuid_of(0x2000 + number))


def officer(name: str, authority: AuthorityId, *duties: Duty) -> Officer:
    """Return an officer; without duties: with all that act in a case."""
    return Officer(id=OfficerId(name), authority=authority, duties=frozenset(duties) or ALL_DUTIES)


DANA = officer("dana", IL)
NOA = officer("noa", IL)
LINH = officer("linh", VN)
MINH = officer("minh", VN)

SEALED = SealedObject(
    header=Digest.of(b"header"),
    header_size=200,
    parts_list=Digest.of(b"list"),
    part_count=2,
    part_size=PART_SIZE,
    size=200 + PART_SIZE + 1000,
)
EXHIBIT = Exhibit(
    id="E1",
    sealed=SEALED,
    sha256=Digest.of(b"disk"),
    size=5000,
    tree=Digest.of(b"tree"),
    original_name="disk image.ext4",
    note="taken from the seized server",
)
CALM = tuple(Check(concern=concern, answer=Answer.NO) for concern in Concern)
SAFEGUARDS = Safeguards(
    necessity="no milder measure shows who held the account",
    proportionality="one account, six weeks, a fraud of many victims",
    scope="account 7 at the provider, 1 January to 12 February 2026",
    ends_at=START.plus(timedelta(days=90)),
    authority="district court, chamber 3",
    law="Code of criminal procedure, section 88",
    grounds="reasonable suspicion of fraud",
    review="the court has reviewed it beforehand",
    remedy="a complaint to the court of appeal",
    third_parties="the data of the account's correspondents; kept apart",
    checks=CALM,
)
"""A safeguard record that nothing stops."""


def stopping(
    concern: Concern, answer: Answer = Answer.YES, record: Safeguards = SAFEGUARDS
) -> Safeguards:
    """Return a record in which one answer hits the stop list."""
    checks = tuple(
        Check(concern=concern, answer=answer, text="the holder says so")
        if check.concern is concern
        else check
        for check in record.checks
    )
    return evolve(record, checks=checks)


PRESERVATION_FORM = (
    ("requesting_authority", "Cybercrime unit, contact point"),
    ("offence_and_facts", "Fraud: fourteen buyers paid a seller for goods that never existed."),
    (
        "data_and_relation",
        "Subscriber data and access logs of the seller, 2026-11-01 to 2026-11-20:\nuser 4711-22",
    ),
    ("necessity", "The platform deletes its logs after thirty days, nobody else has them."),
    ("intent_mla", "A request under article 44 follows within thirty days."),
    ("custodian_or_location", "The operator of the market place."),
)
STORED_DATA_FORM = (
    ("requesting_authority", "State Attorney, department for cybercrime"),
    ("proceeding_subject_nature", "Criminal investigation of a fraud on a market place."),
    ("conducting_authority", "Cybercrime unit, head of investigations"),
    ("facts_summary", "Fourteen buyers paid a seller of the market place; no goods ever came."),
    ("assistance_sought", "Subscriber data and access logs of the account, from its operator."),
    ("purpose", "To find and charge whoever took the money."),
    ("language", "en"),
    ("written_record_authenticity", "Signed and sealed by this channel."),
    ("persons_items_accounts", "user 4711-22"),
    ("time_period", "2026-11-01T00:00:00+02:00/2026-11-20T23:59:59+02:00"),
)
ASK_PRESERVATION = c.Ask(
    case_id=CASE,
    kind="preservation",
    peer=VN,
    contents=PRESERVATION_FORM,
    legal_basis=("UNCC 42",),
)
ASK_STORED_DATA = c.Ask(
    case_id=CASE,
    kind="mla_stored_data",
    peer=VN,
    contents=STORED_DATA_FORM,
    legal_basis=("UNCC 44",),
    safeguards=SAFEGUARDS,
)


def ask(kind: str) -> c.Ask:
    """Return a request of any kind, with all fields that such a request always has."""
    form = load().forms[kind]
    contents = tuple((one.id, "as the case has it") for one in form.fields if one.is_due())
    return evolve(ASK_STORED_DATA, kind=kind, contents=contents, legal_basis=("UNCC",))


GIVE_INFORMATION = c.GiveInformation(
    case_id=CASE,
    peer=VN,
    contents=(("information", "an address"), ("why_useful", "it is yours")),
    legal_basis=("UNCC 40(4)",),
    safeguards=SAFEGUARDS,
)
CALL_DRILL = c.CallDrill(
    case_id=CASE, peer=VN, challenge=4711, answer_by=START.plus(timedelta(hours=1))
)


class Node:
    """One State's side of one case."""

    def __init__(self, own: AuthorityId, *, policy: Policy = STANDARD) -> None:
        self.own = own
        self.policy = policy
        self.case: Case | None = None
        self.now = START
        self.outbox: deque[Message] = deque()
        self.decisions: list[Decision] = []
        self.ids = itertools.count(0x100000 if own == IL else 0x200000)

    @property
    def held(self) -> Case:
        """Return the case; there is one."""
        if self.case is None:
            msg = "there is no case yet"
            raise LookupError(msg)
        return self.case

    def act(self, command: c.Command, by: Officer | None) -> Decision:
        """Decide on a command and put it into effect."""
        decision = life.decide(self.case, command, officer=by, now=self.now, policy=self.policy)
        self.apply(decision)
        return decision

    def apply(self, decision: Decision) -> None:
        """Put events into the journal, as bytes and back, and messages into the outbox."""
        first = 1 if self.case is None else self.case.sent + 1
        for event in decision.events:
            self.case = life.evolve(self.case, parse_event(kind_of(event), encode_event(event)))
        for number, draft in enumerate(decision.drafts, first):
            self.outbox.append(self.message(draft, number))
        self.decisions.append(decision)

    def message(self, draft: Draft, number: int) -> Message:
        """Return a draft as the message that the channel would carry."""
        content = cast("Mapping[str, Json]", parse_canonical(encode_json(draft.content)))
        return Message(
            id=MessageId(uuid_of(next(self.ids))),
            kind=draft.kind,
            thread=self.held.id,
            sequence=number,
            sender=self.held.own,
            recipient=self.held.peer,
            purpose=self.held.kind,
            created_at=self.now,
            expires_at=self.now.plus(timedelta(days=180)),
            schema=draft.schema,
            lane=draft.lane,
            exercise=self.held.exercise,
            in_reply_to=draft.in_reply_to,
            content=content,
        )

    def take(self, message: Message) -> Decision:
        """Receive a message."""
        decision = life.receive(self.case, message, own=self.own, now=self.now)
        self.apply(decision)
        return decision


class World:
    """Two nodes and what is between them."""

    def __init__(self, *, policy: Policy = STANDARD) -> None:
        self.il = Node(IL, policy=policy)
        self.vn = Node(VN, policy=policy)

    def side(self, side: Side) -> Node:
        """Return the node of one side: IL opens."""
        return self.il if side is Side.REQUESTING else self.vn

    def deliver(self, sender: Node) -> Message:
        """Let the oldest message of a sender arrive, and its receipt come back."""
        message = sender.outbox.popleft()
        receiver = self.vn if sender is self.il else self.il
        outcome, code = ReceiptOutcome.ACCEPTED, ""
        try:
            receiver.take(message)
        except (Refused, Malformed) as error:
            outcome, code = ReceiptOutcome.REFUSED, error.code
        sender.act(
            c.MachineNotesReceipt(
                number=message.sequence,
                received_at=receiver.now,
                outcome=outcome,
                code=code,
            ),
            None,
        )
        return message

    def settle(self) -> None:
        """Deliver everything, the requesting side's first."""
        for node in (self.il, self.vn, self.il, self.vn):
            while node.outbox:
                self.deliver(node)

    def il_does(self, *commands: c.Command, by: Officer = DANA) -> None:
        """Let IL act, and everything arrive."""
        for command in commands:
            self.il.act(command, by)
            self.settle()

    def vn_does(self, *commands: c.Command, by: Officer = LINH) -> None:
        """Let VN act, and everything arrive."""
        for command in commands:
            self.vn.act(command, by)
            self.settle()

    def pass_time(self, span: timedelta) -> None:
        """Let both clocks go on."""
        for node in (self.il, self.vn):
            node.now = node.now.plus(span)


def asked(command: c.OpeningCommand = ASK_PRESERVATION, *, policy: Policy = STANDARD) -> World:
    """Return a world in which a case was opened and has arrived, approved where need be."""
    world = World(policy=policy)
    world.il_does(command)
    if world.il.held.proposals:
        world.il_does(c.Approve(proposal=1, reasons="complete"), by=NOA)
    return world


def executing() -> World:
    """Return a world in which stored data are being collected, and one exhibit is there."""
    world = asked(ASK_STORED_DATA)
    world.vn_does(c.Accept(), c.TakeExhibit(exhibit=EXHIBIT))
    return world


PROPOSE_RELEASE = c.ProposeRelease(
    package=package_of(1),
    exhibits=("E1",),
    legal_basis=("UNCC 44", "Law 1, section 2"),
    safeguards=SAFEGUARDS,
)


APPROVE_RELEASE = c.ApproveRelease(package=package_of(1), reasons="within the order")


def announced() -> World:
    """Return a world in which a package was released, packed and announced."""
    world = executing()
    world.vn_does(PROPOSE_RELEASE)
    world.vn_does(APPROVE_RELEASE, by=MINH)
    world.vn.act(PACKED, None)
    world.settle()
    return world


PACKED = c.MachineNotesPacked(package=package_of(1), transfer=transfer_of(1), sealed=SEALED)

CHECKED = c.MachineNotesChecked(
    package=package_of(1), outcome=Outcome.PASSED, report=Digest.of(b"report")
)

SHARED = (
    "requesting",
    "requested",
    "request",
    "amendments",
    "is_emergency_confirmed",
    "questions",
    "warned",
    "consulted",
    "offer",
    "review_at",
    "ground",
    "confirmed",
    "preserved_until",
    "extensions",
    "has_disclosed",
    "uses",
    "exculpatory",
    "measure",
    "lifted_at",
    "liftings",
    "arrangements",
    "consent",
    "safe_conduct",
    "presence_ended_at",
    "handed_over_at",
    "handed_back_at",
)
"""What both sides must agree on."""


def shared(case: Case) -> dict[str, object]:
    """Return what both sides must agree on."""
    packages = tuple(
        (p.announced, p.number, p.is_delivered, p.verified, p.is_destroyed) for p in case.packages
    )
    return {name: getattr(case, name) for name in SHARED} | {"packages": packages}


def evolved(command: c.Ask, **changes: Any) -> c.Ask:  # noqa: ANN401 - fields of Ask
    """Return a request with other fields."""
    return evolve(command, **changes)
