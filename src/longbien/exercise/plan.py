"""What officers do: each matter follows the whole life of its kind, and people stray from it.

The lives are those of ``lives``, one for each kind of request; the numbers and ids in them are
replaced by those of the case as it stands.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any, Final, TypeAlias, TypeVar, cast

from attrs import define, evolve, frozen

from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework.case import Side
from longbien.casework.policy import is_machine
from longbien.casework.state import Case
from longbien.casework.statements import DrillCalled, Topic
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIVES, OPENERS, Turn
from longbien.exercise.safeguard_records import WHY
from longbien.exercise.world import Node
from longbien.primitives.ids import CaseId, PackageId

FIRST, SECOND = "first", "second"
_STRAYS: Final = 0.12
"""How often somebody does something else than what comes next."""

_ALONE: Final = 0.08
"""How often an officer tries to approve what is their own."""

T = TypeVar("T")
Fields: TypeAlias = dict[str, Any]


@define(kw_only=True)
class Matter:
    """One case, as people at both ends see it."""

    case: CaseId
    kind: str
    asking: str
    """Codes of the two States."""

    asked: str
    turns: tuple[Turn, ...]
    at: int = 0
    """How many turns were taken."""

    def side_of(self, code: str) -> Side:
        """Return on which side a State is."""
        return Side.REQUESTING if code == self.asking else Side.REQUESTED

    @property
    def turn(self) -> Turn | None:
        """Return the next turn, if there is one."""
        return self.turns[self.at] if self.at < len(self.turns) else None

    @property
    def next_code(self) -> str:
        """Return the State whose turn it is."""
        turn = self.turn
        is_theirs = turn is not None and turn.by is Side.REQUESTED
        return self.asked if is_theirs else self.asking


@frozen(kw_only=True)
class Act:
    """Something that somebody is about to do."""

    command: c.OfficerCommand
    by: str
    is_turn: bool = False
    """It is the next one of the matter's life."""


def new_matter(rng: Random, asking: Node, asked: Node) -> tuple[Matter, c.OpeningCommand]:
    """Return a matter of any kind, and the command that opens it."""
    kind = rng.choice(sorted(OPENERS))
    case = asking.new_case_id()
    turns = tuple(turn for turn in LIVES[kind] if not is_machine(turn.command))
    matter = Matter(case=case, kind=kind, asking=asking.code, asked=asked.code, turns=turns)
    return matter, evolve(OPENERS[kind], case_id=case, peer=asked.authority)


def next_act(rng: Random, matter: Matter, node: Node, case: Case) -> Act | None:
    """Return what an officer of a node does in a case that is there."""
    if rng.random() < _STRAYS:
        return _stray(rng, matter, case)
    waiting = next((one.number for one in case.proposals if one.is_open), None)
    if waiting is not None:
        return Act(command=c.Approve(proposal=waiting, reasons=WHY), by=_second(rng))
    turn = matter.turn
    if turn is None or turn.by is not case.side:
        return None
    by = _second(rng) if isinstance(turn.command, c.ApproveRelease) else FIRST
    return Act(command=fitted(turn.command, node, case), by=by, is_turn=True)


def _second(rng: Random) -> str:
    # now and then the same officer tries, which must be refused
    return FIRST if rng.random() < _ALONE else SECOND


def fitted(command: c.Command, node: Node, case: Case) -> c.OfficerCommand:
    """Return the command of a life with the numbers of this case."""
    fit = _FITS.get(type(command))
    made = evolve(cast("Any", command), **fit(node, case)) if fit else command
    return cast("c.OfficerCommand", made)


# --- numbers and ids ---------------------------------------------------------------------------


def _last(numbers: tuple[T, ...], default: T) -> T:
    return numbers[-1] if numbers else default


def _question(_node: Node, case: Case) -> Fields:
    theirs = tuple(q.number for q in case.questions if q.asked_by is not case.side)
    return {"question": _last(theirs, 1)}


def _offer(_node: Node, case: Case) -> Fields:
    return {"offer": case.offer.number if case.offer else 1}


def _extension(_node: Node, case: Case) -> Fields:
    return {"extension": _last(case.extensions, 1)}


def _arrangement(_node: Node, case: Case) -> Fields:
    theirs = tuple(one.number for one in case.arrangements if one.proposed_by is not case.side)
    return {"arrangement": _last(theirs, 1)}


def _lifting(_node: Node, case: Case) -> Fields:
    return {"proposal": _last(tuple(one.number for one in case.liftings), 1)}


def _drill(_node: Node, case: Case) -> Fields:
    return {"challenge": case.request.challenge if isinstance(case.request, DrillCalled) else 0}


def _exhibit(node: Node, _case: Case) -> Fields:
    return {"exhibit": node.exhibit()}


def _proposed_package(node: Node, _case: Case) -> Fields:
    return {"package": PackageId.from_random(node.world.rng.randbytes(16))}


def _released_package(_node: Node, case: Case) -> Fields:
    return {"package": _last(tuple(r.package for r in case.releases), w.package_of(1))}


_FITS: Final[Mapping[type[c.Command], Callable[[Node, Case], Fields]]] = {
    c.AnswerQuestion: _question,
    c.AgreeToConditions: _offer,
    c.ExtendPreservation: _extension,
    dc.AgreeToArrangement: _arrangement,
    dc.AnswerLifting: _lifting,
    c.AnswerDrill: _drill,
    c.TakeExhibit: _exhibit,
    c.ProposeRelease: _proposed_package,
    c.ApproveRelease: _released_package,
}


# --- straying ----------------------------------------------------------------------------------


def _stray(rng: Random, matter: Matter, case: Case) -> Act:
    # what is forbidden must be refused, and what is allowed may come at any time
    number = rng.randrange(1, 4)
    released = _last(tuple(one.package for one in case.releases), w.package_of(1))
    turn = matter.turn
    strange: list[Act] = [
        Act(command=c.Approve(proposal=number, reasons=WHY), by=FIRST),
        Act(command=c.ApproveRelease(package=released, reasons=WHY), by=FIRST),
        Act(command=c.GiveStatus(text="as before"), by=FIRST),
        Act(command=c.AskQuestion(text="when?"), by=FIRST),
        Act(command=c.Consult(topic=Topic.OTHER, text="let us talk"), by=SECOND),
        Act(command=c.Accept(), by=FIRST),
        Act(command=dc.ProposeArrangement(text="at ten"), by=FIRST),
        Act(command=evolve(_INFORM, legal_basis=()), by=FIRST),
        Act(command=evolve(_INFORM, safeguards=None), by=FIRST),
        Act(command=evolve(_INFORM, safeguards=_ENDED), by=FIRST),
        Act(command=evolve(w.PROPOSE_RELEASE, legal_basis=()), by=FIRST),
        Act(command=evolve(w.PROPOSE_RELEASE, safeguards=None), by=FIRST),
        Act(command=evolve(w.PROPOSE_RELEASE, safeguards=_ENDED), by=FIRST),
        Act(command=_INFORM, by=FIRST),
        Act(command=c.Reject(proposal=number, reasons="no"), by=SECOND),
    ]
    if rng.random() < _ENDS:
        strange += [
            Act(command=c.Withdraw(reason="no longer needed"), by=FIRST),
            Act(command=c.Refuse(ground="40(21)(b)", reasons="no", consultation="held"), by=FIRST),
        ]
    if turn is not None and not isinstance(turn.command, c.TakeExhibit):
        # the right thing by the wrong State, or too early
        strange.append(Act(command=cast("c.OfficerCommand", turn.command), by=FIRST))
    return rng.choice(strange)


_ENDS: Final = 0.3
_ENDED: Final = evolve(w.SAFEGUARDS, ends_at=w.START.plus(timedelta(days=-1)))
"""An authorisation that is over."""

_INFORM: Final = dc.DiscloseInformation(
    text="it is kept in XX", legal_basis=("UNCC",), safeguards=w.SAFEGUARDS
)
