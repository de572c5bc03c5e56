"""One way to act on a case: load, decide, commit; again if somebody else was quicker.

``verbs`` names every officer's verb; all of them, and the machine's notes, come through here.
"""

from collections.abc import Callable
from typing import TypeVar

from attrs import evolve, frozen

from longbien.casework.case import Decision, Officer
from longbien.casework.commands import Ask, CallDrill, Command, GiveInformation, OpeningCommand
from longbien.casework.life import decide
from longbien.channel.transfer import SealedObject
from longbien.desk.asking import surroundings_of
from longbien.desk.calls import Call, Done, answer_of, find_done
from longbien.desk.changes import File, change_of, load_file
from longbien.desk.office import Office
from longbien.desk.ports import Change
from longbien.desk.records import require_case_id, too_busy
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import CaseId

T = TypeVar("T")

_RACES = frozenset({"journal.conflict", "answered.again", "inbox.duplicate"})


def open_case(
    office: Office, officer: Officer, command: OpeningCommand, *, call: Call | None = None
) -> Done:
    """Open a case: ask, give information, call a drill.

    An office of exercises opens exercises and nothing else, whatever the command says.  Raises
    what ``act`` raises, Refused ``directory.unknown-state``, ``directory.unknown-authority``
    for a peer that nobody can write to, and ``case.exists``.
    """
    done = find_done(office, call)
    if done:
        return done
    office.seat_of(officer.authority)
    office.book().get_authority(command.peer)
    require_case_id(command.case_id)
    if office.journal.load(command.case_id):
        raise Refused("case.exists", "there is a case of that id already")
    return act(
        office, command.case_id, evolve(command, exercise=office.exercise), by=officer, call=call
    )


def act(
    office: Office,
    case: CaseId,
    command: Command,
    *,
    by: Officer | None,
    call: Call | None = None,
    objects: tuple[SealedObject, ...] = (),
    removed: tuple[Digest, ...] = (),
    seen: int | None = None,
) -> Done:
    """Put a command into effect; durable when this returns.

    ``by`` is None for the machine's own notes; ``objects`` is what the vault holds for the case
    because of it, besides what the command itself names, ``removed`` the lists of parts of what
    it no longer holds; ``seen`` is the version of the case
    that the officer has looked at, if it must still be that one.  Raises Refused with the reason
    of ``casework``, ``desk.no-such-case``, ``desk.moved-on``, ``case.erased``; Unavailable
    ``store.stopped``, ``desk.too-busy``, ``ledger.behind-witness``, and where a signing key
    cannot be reached.
    """
    asked = _Act(
        case=case, command=command, by=by, call=call, objects=objects, removed=removed, seen=seen
    )
    return retried(office, lambda: _act_once(office, asked))


@frozen(kw_only=True)
class _Act:
    case: CaseId
    command: Command
    by: Officer | None
    call: Call | None
    objects: tuple[SealedObject, ...]
    removed: tuple[Digest, ...]
    seen: int | None


def _act_once(office: Office, asked: _Act) -> Done:
    done = find_done(office, asked.call)
    if done:
        return done
    file = load_file(office, asked.case)
    _require_known(file, asked.command)
    if asked.seen not in {None, file.version}:
        raise Refused("desk.moved-on", "the case has moved on since it was looked at; look again")
    now = office.clock()
    around = surroundings_of(office, asked.by, file.case, asked.command)
    decision = decide(
        file.case, asked.command, officer=asked.by, now=now, policy=office.policy, around=around
    )
    change = change_of(office, file, decision, now=now)
    done = done_by(file, change, decision)
    if change.events:
        answered = answer_of(asked.call, done)
        objects = (*change.objects, *asked.objects)
        whole = evolve(change, answered=answered, objects=objects, removed=asked.removed)
        office.journal.commit(whole)
    return done


def _require_known(file: File, command: Command) -> None:
    if file.case is None and not isinstance(command, Ask | GiveInformation | CallDrill):
        raise Refused("desk.no-such-case", "there is no such case")


def done_by(file: File, change: Change, decision: Decision) -> Done:
    """Return what a change does, once it is committed."""
    return Done(
        case=file.id,
        version=file.version + len(change.events),
        messages=tuple(message.id for message in change.outgoing),
        warnings=decision.warnings,
    )


def retried(office: Office, once: Callable[[], T]) -> T:
    """Do it again where somebody else was quicker, a bounded number of times.

    Raises Unavailable ``desk.too-busy``.
    """
    for _ in range(office.settings.attempts):
        try:
            return once()
        except Refused as error:
            if error.code not in _RACES:
                raise
    raise too_busy()
