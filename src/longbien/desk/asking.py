"""Before a request leaves: what is known around it, and the check that stores nothing."""

from typing import Final

from longbien.casework import commands as c
from longbien.casework.case import CaseSummary, Officer, Warned
from longbien.casework.catalogue import get_kind
from longbien.casework.completeness.asked import NOTHING, Alike, Asked, Surroundings
from longbien.casework.completeness.gate import check_request, tokens_of
from longbien.casework.safeguarding import remarks_on_record
from longbien.casework.state import Case
from longbien.casework.statements import RequestMade
from longbien.casework.steps import State
from longbien.desk.office import Office
from longbien.directory.entry import StateEntry
from longbien.primitives.ids import AuthorityId, CaseId, StateCode
from longbien.treaty.bases import treaties_between
from longbien.treaty.contents import load
from longbien.treaty.states import CONVENTION

_MOST_ALIKE: Final = 10
"""Other cases that are told of: who has more looks them up in the list."""

_GIVEN: Final = "spontaneous_information"


def check(office: Office, officer: Officer, command: c.OpeningCommand) -> tuple[Warned, ...]:
    """Return what speaks against a request, as it would be told when it is sent.

    First why it would not be sent at all: a safeguard record that is missing or not whole.

    Nothing is stored.  Raises Refused ``desk.not-our-authority``, ``directory.unknown-state``,
    ``directory.unknown-authority``, ``case.kind``.
    """
    office.seat_of(officer.authority)
    office.book().get_authority(command.peer)
    if isinstance(command, c.CallDrill):
        return ()
    asked, now = _opening(command), office.clock()
    owed = remarks_on_record(get_kind(asked.kind), command.safeguards, now)
    around = _around(office, asked, own=officer.authority, peer=command.peer, but=None)
    return (*owed, *check_request(asked, law=load(), now=now, around=around))


def surroundings_of(
    office: Office, officer: Officer | None, case: Case | None, command: c.Command
) -> Surroundings:
    """Return what is known around the request that a command makes; nothing for any other."""
    if officer is None:
        return NOTHING
    if isinstance(command, c.Ask | c.GiveInformation):
        asked = _opening(command)
        return _around(office, asked, own=officer.authority, peer=command.peer, but=None)
    if case is None:
        return NOTHING
    asked_again = _again(case, command)
    if asked_again is None:
        return NOTHING
    return _around(office, asked_again, own=case.own, peer=case.peer, but=case.id)


def _opening(command: c.Ask | c.GiveInformation) -> Asked:
    if isinstance(command, c.GiveInformation):
        return Asked(kind=_GIVEN, contents=command.contents, legal_basis=command.legal_basis)
    return Asked(
        kind=command.kind,
        contents=command.contents,
        legal_basis=command.legal_basis,
        is_emergency=command.is_emergency,
        emergency=command.emergency,
        reply_by=command.reply_by,
        reply_reason=command.reply_reason,
        preservation=command.preservation,
    )


def _again(case: Case, command: c.Command) -> Asked | None:
    if isinstance(command, c.Amend | c.Revise):
        return Asked(kind=case.kind, contents=command.contents)
    if not isinstance(command, c.Approve):
        return None
    proposal = case.find_proposal(command.proposal)
    said = proposal.statement if proposal is not None else None
    return Asked(kind=case.kind, contents=said.contents) if isinstance(said, RequestMade) else None


def _around(
    office: Office, asked: Asked, *, own: AuthorityId, peer: AuthorityId, but: CaseId | None
) -> Surroundings:
    entry = office.book().find_entry(peer.state)
    tokens = tokens_of(asked)
    alike = office.register.alike(tokens, limit=_MOST_ALIKE + 1) if tokens else ()
    in_force, not_in_force = _treaties(office, peer.state)
    others = [one for one in alike if one.case_id != but and one.exercise == office.exercise]
    return Surroundings(
        own=own,
        peer=peer.state,
        languages=_languages(office, entry, peer),
        in_force=in_force,
        not_in_force=not_in_force,
        alike=tuple(map(_alike, others[:_MOST_ALIKE])),
        is_exercise=office.exercise,
        locate=office.locate,
    )


def _treaties(office: Office, peer: StateCode) -> tuple[tuple[str, ...], tuple[str, ...]]:
    today = office.clock().moment.date()
    binding, not_binding = treaties_between(office.states, office.state.text, peer.text, on=today)
    # an exercise is played as if the Convention were in force, which it is for nobody yet
    left = {CONVENTION} if office.exercise else set()
    return binding, tuple(one for one in not_binding if one not in left)


def _languages(office: Office, entry: StateEntry | None, peer: AuthorityId) -> tuple[str, ...]:
    """Return what the State itself says (40(14)), and else what its authority works in."""
    profile = office.states.find_profile(peer.state.text)
    if profile is not None and profile.languages:
        return profile.languages
    found = entry.find_authority(peer) if entry is not None else None
    return found.languages if found is not None else ()


def _alike(summary: CaseSummary) -> Alike:
    return Alike(
        case=summary.case_id,
        kind=summary.kind,
        own=summary.own,
        peer=summary.peer.state,
        is_over=State(summary.state) in get_kind(summary.kind).decided,
    )
