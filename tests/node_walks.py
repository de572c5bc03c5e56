"""What officers of two States do through their nodes' APIs, until each kind of message was sent.

Six walks at the same time, each with its own case; a step waits until the other State's journal
has the statement.  ``compare`` then holds both journals side by side.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from longbien.adapters.api_client import ApiClient
from longbien.exercise.safeguard_records import RECORD, WHY
from longbien.node.running import now
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import CaseId, PackageId
from node_world import Pair, Station, until

REASON: Final = "a test"
CONTENTS: Final = {"offence_and_facts": "Exercise: a fraud, by mail", "data_sought": "box-7"}
BASIS: Final = ("UNCC",)


@frozen(kw_only=True)
class Desk:
    """Two officers of one node, as one walk uses them."""

    station: Station
    first: ApiClient
    second: ApiClient

    def events(self, case: CaseId, kind: str = "") -> list[dict[str, Any]]:
        """Return the entries of a case's journal, or those of one kind."""
        found = self.first.read_events(case, reason=REASON)
        return [dict(one) for one in found if kind in {"", one["kind"]}]

    def document(self, case: CaseId) -> dict[str, Any]:
        """Return a case with its content."""
        return dict(self.first.read_case(case, reason=REASON).document)

    def knows(self, case: CaseId) -> bool:
        """Tell whether the case has come here."""
        try:
            self.first.summary(case)
        except LongBienError as error:
            if error.code != "desk.no-such-case":
                raise
            return False
        return True

    def wait(self, case: CaseId, what: str, pick: Callable[["Desk"], Any]) -> Any:  # noqa: ANN401 - what is waited for
        """Wait until something is found in a case; it is read only when it has moved on."""
        seen = -1

        def look() -> Any:  # noqa: ANN401 - as above
            nonlocal seen
            version = self.first.summary(case).version
            if version == seen:
                return None
            seen = version
            return pick(self)

        return until(f"{self.station.code}: {what}", look)

    def heard(self, case: CaseId) -> int:
        """Return how many statements of the other State are in the journal."""
        return len(self.events(case, "statement-received"))


@frozen(kw_only=True)
class Desks:
    """Both desks of one walk."""

    il: Desk
    vn: Desk
    file: Path
    """An exhibit."""

    @classmethod
    def of(cls, pair: Pair, file: Path) -> "Desks":
        """Give both sides officers of their own."""
        il, vn = (
            Desk(station=one, first=one.officer("first"), second=one.officer("second"))
            for one in pair.stations
        )
        return cls(il=il, vn=vn, file=file)

    def say(
        self,
        speaker: Desk,
        case: CaseId,
        verb: str,
        *,
        approved: bool = False,
        **fields: object,
    ) -> None:
        """Do an act, and wait until the other State has heard of it."""
        hearer = self.vn if speaker is self.il else self.il
        before = hearer.heard(case)
        speaker.first.act(case, verb, **fields)
        if approved:
            _approve(speaker, case)
        hearer.wait(case, verb, lambda desk: desk.heard(case) > before)

    def ask(self, kind: str, **fields: object) -> CaseId:
        """Let IL ask VN."""
        peer = self.vn.station.authority
        if kind != "preservation":
            fields = {"safeguards": RECORD, **fields}
        done = self.il.first.ask(
            kind=kind, peer=peer, contents=CONTENTS, legal_basis=BASIS, **fields
        )
        return self.arrived(done.case)

    def arrived(self, case: CaseId) -> CaseId:
        """Let a second officer approve if one must, and wait until VN has the case."""
        if self.il.document(case)["proposals"]:
            _approve(self.il, case)
        until("VN has the case", lambda: self.vn.knows(case))
        return case


def _approve(desk: Desk, case: CaseId) -> None:
    number = desk.document(case)["proposals"][-1]["number"]
    desk.second.act(case, "approve", proposal=number, reasons=WHY)


# --- walks --------------------------------------------------------------------------------------


def preserve(desks: Desks) -> CaseId:
    """IL asks to preserve; questions, more time, a partial disclosure, the end."""
    il, vn = desks.il, desks.vn
    case = desks.ask("preservation")
    amended = {**CONTENTS, "offence_and_facts": "Exercise: a fraud, by mail and telephone"}
    desks.say(il, case, "amend", contents=amended, legal_basis=BASIS, reason="new facts")
    desks.say(vn, case, "acknowledge", reference="VN-7")
    desks.say(vn, case, "ask-question", text="Which time zone?")
    number = il.document(case)["questions"][0]["number"]
    desks.say(il, case, "answer-question", question=number, text="UTC")
    desks.say(vn, case, "give-status", text="the provider was asked")
    desks.say(vn, case, "confirm-preservation", effective_at=now())
    later = now().plus(timedelta(days=150))
    desks.say(il, case, "ask-extension", until=later, progress="the letter is on its way")
    asked = vn.document(case)["extensions"][0]
    desks.say(vn, case, "extend-preservation", until=later, extension=asked)
    desks.say(
        vn,
        case,
        "disclose-partly",
        approved=True,
        provider="a provider in a third State",
        path="two hops",
        legal_basis=BASIS,
        safeguards=RECORD,
    )
    desks.say(vn, case, "end-preservation", cause="disclosed")
    return case


def hand_over(desks: Desks) -> CaseId:
    """IL asks for data and gets them; a further use; use by the defence; destruction."""
    il, vn = desks.il, desks.vn
    case = desks.ask("mla_stored_data")
    desks.say(vn, case, "acknowledge")
    desks.say(vn, case, "accept")
    package = released(desks, case)
    vn.wait(case, "IL has verified", lambda desk: is_verified(desk, case))
    desks.say(vn, case, "declare-executed")
    desks.say(
        il, case, "ask-further-use", approved=True, package=package, use="another case of theirs"
    )
    number = vn.document(case)["uses"][0]["number"]
    desks.say(vn, case, "decide-further-use", approved=True, request=number, is_granted=True)
    desks.say(il, case, "notify-exculpatory-use", package=package, is_advance=True, text="page 3")
    before = vn.heard(case)
    il.first.act(case, "propose-destruction", package=package, cause="proceedings-ended")
    il.second.act(case, "approve-destruction", package=package)
    vn.wait(case, "it is destroyed", lambda desk: desk.heard(case) > before)
    return case


def released(desks: Desks, case: CaseId) -> PackageId:
    """VN takes an exhibit in, and two officers let it go."""
    vn = desks.vn
    vn.first.upload_exhibit(case, "E1", desks.file)
    package = vn.first.propose_release(case, exhibits=["E1"], legal_basis=BASIS, safeguards=RECORD)
    vn.second.approve_release(case, package, reasons=WHY)
    return package


def is_verified(desk: Desk, case: CaseId) -> bool:
    """Tell whether a package of a case was opened and found good."""
    packages = desk.document(case)["packages"]
    return any(one["verified"] and one["verified"]["outcome"] == "passed" for one in packages)


def refuse(desks: Desks) -> CaseId:
    """VN consults, hears IL and refuses."""
    il, vn = desks.il, desks.vn
    case = desks.ask("preservation")
    text = "our law knows no such offence"
    desks.say(vn, case, "consult", topic="refusal", ground="40(21)(b)", text=text)
    desks.say(il, case, "consult", topic="refusal", text="it is a fraud", about=1)
    desks.say(vn, case, "refuse", ground="40(21)(b)", reasons=text, consultation="on 1 November")
    return case


def postpone(desks: Desks) -> CaseId:
    """VN postpones, and IL withdraws."""
    case = desks.ask("preservation")
    review = now().plus(timedelta(days=30))
    desks.say(desks.vn, case, "postpone", reasons="a search is under way", review_at=review)
    desks.say(desks.il, case, "withdraw", reason="no longer needed")
    return case


def give(desks: Desks) -> CaseId:
    """IL gives information that nobody asked for."""
    opened = desks.il.first.open_case(
        "give-information",
        peer=desks.vn.station.authority,
        contents={"facts": "Exercise: a server in your capital"},
        legal_basis=BASIS,
        safeguards=RECORD,
    )
    return desks.arrived(opened.case)


def drill(desks: Desks) -> CaseId:
    """IL calls, and a person at VN answers with the number that they read."""
    opened = desks.il.first.open_case(
        "call-drill",
        peer=desks.vn.station.authority,
        answer_by=now().plus(timedelta(hours=1)),
    )
    case = desks.arrived(opened.case)
    challenge = desks.vn.document(case)["request"]["challenge"]
    desks.say(desks.vn, case, "answer-drill", challenge=challenge)
    return case


WALKS: Final = (preserve, hand_over, refuse, postpone, give, drill)


def walk_all(pair: Pair, file: Path) -> tuple[CaseId, ...]:
    """Walk all of them at the same time; return their cases."""
    file.write_bytes(bytes(range(256)) * 1500)
    with ThreadPoolExecutor(len(WALKS)) as pool:
        begun = [pool.submit(walk, Desks.of(pair, file)) for walk in WALKS]
        return tuple(one.result() for one in begun)


# --- the end ------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Ending:
    """How cases have ended: what must be the same, whatever happened on the way."""

    states: tuple[tuple[str, str], ...]
    """Of each case, at IL and at VN."""

    journals: tuple[tuple[str, ...], ...]
    """Kinds of the journal entries of each case on each side, sorted; without alarms.

    Whether a clock runs out on the way depends on how quick this machine is.
    """

    kinds: frozenset[str]
    """Of messages that the other State's node has signed for as accepted."""


_ALARM: Final = "alarm-noted"


def ending_of(pair: Pair, cases: tuple[CaseId, ...]) -> Ending:
    """Wait until all is quiet; return how the cases ended: each statement once on both sides."""
    pair.quiet()
    desks = Desks.of(pair, Path())
    for case in cases:
        assert _said(desks.il, case) == _heard(desks.vn, case)
        assert _said(desks.vn, case) == _heard(desks.il, case)
        assert _receipts(desks.il, case, "sent") == _receipts(desks.vn, case, "received")
        assert _receipts(desks.vn, case, "sent") == _receipts(desks.il, case, "received")
    sides = (desks.il, desks.vn)
    return Ending(
        states=tuple(
            (desks.il.first.summary(one).state, desks.vn.first.summary(one).state) for one in cases
        ),
        journals=tuple(
            tuple(sorted(one["kind"] for one in side.events(case) if one["kind"] != _ALARM))
            for case in cases
            for side in sides
        ),
        kinds=frozenset(kind for case in cases for side in sides for kind in _signed(side, case)),
    )


def _said(desk: Desk, case: CaseId) -> list[tuple[int, object]]:
    said = [one["body"] for one in desk.events(case, "statement-sent")]
    noted = [one["body"]["number"] for one in desk.events(case, "receipt-noted")]
    numbers = [one["number"] for one in said]
    assert sorted(noted) == numbers == list(range(1, len(numbers) + 1))
    return [(one["number"], one["statement"]) for one in said]


def _heard(desk: Desk, case: CaseId) -> list[tuple[int, object]]:
    heard = [one["body"] for one in desk.events(case, "statement-received")]
    return [(one["number"], one["statement"]) for one in heard]


def _receipts(desk: Desk, case: CaseId, direction: str) -> dict[str, str]:
    found = desk.first.read_receipts(case, reason=REASON)["receipts"]
    return {one["message"]: one["document"] for one in found if one["direction"] == direction}


def _signed(desk: Desk, case: CaseId) -> list[str]:
    receipts = desk.first.read_receipts(case, reason=REASON)["receipts"]
    assert {one["outcome"] for one in receipts} == {"accepted"}
    return [one["kind"] for one in receipts if one["direction"] == "sent"]
