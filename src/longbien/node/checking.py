"""Checking and rebuilding a node: the store's own checks, told what a case is and what is held."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from longbien.adapters.vault import digests_of, scrub
from longbien.casework.life import replay
from longbien.casework.likeness import tokens_of_case
from longbien.casework.summaries import summary_of
from longbien.casework.wire import parse_event
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import StoredEvent
from longbien.desk.records import RECORD_KINDS
from longbien.node.running import Node
from longbien.primitives.errors import Integrity, LongBienError
from longbien.primitives.ids import CaseId
from longbien.primitives.verdict import Finding, Outcome, Verdict

if TYPE_CHECKING:
    from longbien.node.store.lists import Listed

OFFICERS: Final = "store.officers"
PARTS: Final = "store.parts"
_WHOLE: Final = 2**62  # bytes: all that there is


def check_node(node: Node, *, reads_vault: bool) -> Verdict:
    """Check everything stored; with ``reads_vault`` every part of the vault is hashed as well."""
    from longbien.node.store.check import check_store  # noqa: PLC0415 - Django is set up

    verdict = check_store(
        node.store.keys,
        summarise=lambda case, events: summarise(node, case, events),
        holds_object=lambda sealed: holds(node, sealed),
    )
    more = [_check_officers(node), *(_read_vault(node) if reads_vault else ())]
    return Verdict.of([*verdict.findings, *more])


def _check_officers(node: Node) -> Finding:
    """Who may act, and by which tokens, is what this node itself has entered."""
    from longbien.node.store.officers import Officers  # noqa: PLC0415 - Django is set up

    officers = Officers.of(node.store)
    try:
        officers.all()
        officers.tokens()
    except Integrity as error:
        return Finding(check=OFFICERS, outcome=Outcome.FAILED, reason=error.code)
    return Finding(check=OFFICERS, outcome=Outcome.PASSED, reason="store.sound")


def _read_vault(node: Node) -> list[Finding]:
    from longbien.node.store.objects import objects_of  # noqa: PLC0415 - Django is set up

    objects = objects_of(node.store)
    try:
        done = scrub(node.vault, objects, now=node.office.clock(), budget=_WHOLE)
    except Integrity as error:  # the journal's word on what is held
        return [Finding(check=PARTS, outcome=Outcome.FAILED, reason=error.code)]
    if not done.damages:
        return [Finding(check=PARTS, outcome=Outcome.PASSED, reason="store.sound")]
    return [
        Finding(check=PARTS, outcome=Outcome.FAILED, reason=one.code, subject=one.part.hex)
        for one in done.damages
    ]


def rebuild_lists(node: Node) -> int:
    """Make the lists again; return how many cases they show."""
    from longbien.node.store.lists import rebuild  # noqa: PLC0415 - Django is set up

    return rebuild(
        node.store.keys.using,
        lambda case, events: summarise(node, case, events),
        run=node.store.committer.run,
    )


def summarise(node: Node, _case: CaseId, events: Sequence[StoredEvent]) -> "Listed | None":
    """Return what lists hold of a case; None for books that are no case."""
    from longbien.node.store.lists import Listed  # noqa: PLC0415 - Django is set up

    if any(one.kind in RECORD_KINDS for one in events):
        return None
    case = replay([parse_event(one.kind, one.body) for one in events])
    return Listed(summary=summary_of(case, node.office.policy), tokens=tokens_of_case(case))


def holds(node: Node, sealed: SealedObject) -> bool:
    """Tell whether the vault holds an object with its header, its list and all its parts."""
    try:
        return not node.vault.missing(list(digests_of(node.vault, sealed)))
    except LongBienError:
        return False
