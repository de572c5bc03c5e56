"""Tell a peer what we have seen of the ledgers, and learn from what it tells us.

Order is the protection: what was seen is durable before it is cosigned, and a ledger of ours
that is behind stops before anything else is done.

What a busy exchange is spared, and what it never is.  One word serves all messages to a State
for ``Settings.gossip_every`` by the office's clock; whoever hears it again takes it for what it
is, the same bytes, and neither verifies nor writes anything a second time.  A word of other
bytes is judged at once and in full, however many there are, so that two histories are found in
the exchange that shows the second one; and each word that shows a head of ours is held against
our own tree, heard before or not, so that a ledger that was put back stops at the first one.
"""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from attrs import evolve, frozen

from longbien.channel.gossip import (
    MAX_ASKED,
    Standing,
    View,
    ViewDecision,
    compose_gossip,
    decide_view,
    is_refusing,
    judge_answer,
    judge_seen,
)
from longbien.channel.split_view import SplitView, encode_split_view
from longbien.channel.wire import MAX_OTHERS, Consistency, Gossip
from longbien.desk.office import Office, Said
from longbien.desk.ports import Question
from longbien.desk.records import Alarm, note_alarm
from longbien.ledger.checkpoints import Head, SignedCheckpoint, parse_signed_checkpoint
from longbien.ledger.notes import NoteSignature, VerifierKey, encode_note
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant

SPLIT_VIEW: Final = "ledger.split-view"
PROOF_REFUSED: Final = "view.proof-refused"

_ATTEMPTS = 8  # each lost race means that somebody recorded a newer head
_GOOD = frozenset({View.FIRST, View.GROWN, View.SAME})  # of the history that is recorded


@frozen(kw_only=True)
class Learnt:
    """What came of another State's gossip."""

    alarms: tuple[Alarm, ...] = ()
    """New ones; all of them stand in the alarm book."""

    told: Head | None = None
    """The head of our own ledger that the peer holds, where it is one of our history."""


# --- telling -----------------------------------------------------------------------------------


def tell(office: Office, peer: StateCode, *, told: Head | None = None) -> Gossip:
    """Compose our gossip for one exchange with a peer.

    ``told`` is the head of ours that the peer has just shown; without it the one that it is
    known to have cosigned.  What was said a moment ago is said again (``Settings.gossip_every``)
    unless it proves from another head.  Raises Unavailable ``ledger.behind-witness``.
    """
    gossip = _said(office, peer, told)
    if gossip is None:
        with office.alone(("tell", peer)):
            gossip = _said(office, peer, told) or _say(office, peer, told)
    return gossip


def _said(office: Office, peer: StateCode, told: Head | None) -> Gossip | None:
    now, said = office.clock(), office.said.get(peer)
    if said is None or told not in {None, said.told}:
        return None
    age = now.moment - said.gossip.at.moment
    is_fresh = timedelta(0) <= age < office.settings.gossip_every
    return evolve(said.gossip, at=now) if is_fresh else None


def _say(office: Office, peer: StateCode, told: Head | None) -> Gossip:
    gossip = _compose(office, peer, told, office.clock())
    if office.settings.gossip_every:
        office.said[peer] = Said(gossip=gossip, told=told)
    return gossip


def _compose(office: Office, peer: StateCode, told: Head | None, now: Instant) -> Gossip:
    own = office.ledger.newest()
    seen = _seen_of(office, peer)
    return compose_gossip(
        at=now,
        own=own,
        consistency=_consistency(office, told or _cosigned_by(office, peer), own),
        seen=seen,
        cosignatures=_cosign(office, seen) if seen else (),
        others=_others(office, peer),
    )


def _cosigned_by(office: Office, peer: StateCode) -> Head | None:
    names = {key.name for key in office.witness_keys(peer)}
    heads = (office.ledger.cosigned_by(name) for name in names)
    return max((head for head in heads if head), key=lambda head: head.size, default=None)


def _consistency(office: Office, old: Head | None, own: SignedCheckpoint) -> Consistency | None:
    size = own.checkpoint.head.size
    if old is None or not 0 < old.size <= size:
        return None
    return Consistency(
        old_size=old.size,
        old_root=office.ledger.root_at(old.size),
        proof=office.ledger.consistency(old_size=old.size, new_size=size),
    )


def _seen_of(office: Office, peer: StateCode) -> SignedCheckpoint | None:
    # an open question goes first: the answer to it is what we wait for
    for origin in _origins(office.ledger_keys(peer)):
        question = office.witnessings.question(origin)
        note = question.note if question else office.witnessings.recorded_note(origin)
        if note:
            return parse_signed_checkpoint(note)
    return None


def _cosign(office: Office, seen: SignedCheckpoint) -> tuple[NoteSignature, ...]:
    head = seen.checkpoint.head
    # only what is recorded durably is ever cosigned, and nothing of a ledger with two histories
    if office.witnessings.recorded(head.origin) != head or is_split(office, head.origin):
        return ()
    return office.cosign(seen.checkpoint)


def _others(office: Office, peer: StateCode) -> tuple[SignedCheckpoint, ...]:
    origins = [
        origin
        for state in office.peers()
        if state != peer
        for origin in _origins(office.ledger_keys(state))
    ]
    # everybody has their turn: another beginning in each minute
    turn = office.clock().unix // 60 % len(origins) if len(origins) > MAX_OTHERS else 0
    notes = map(office.witnessings.recorded_note, (*origins[turn:], *origins[:turn]))
    found = [parse_signed_checkpoint(note) for note in notes if note]
    return tuple(found[:MAX_OTHERS])


# --- learning ----------------------------------------------------------------------------------


def learn(
    office: Office,
    peer: StateCode,
    gossip: Gossip,
    *,
    shown: Head | None = None,
    waits: bool = True,
) -> Learnt:
    """Take a peer's gossip in: durable when this returns.

    ``shown`` is the head of the peer's ledger that our own frame carried, where the gossip answers
    it; None where it came with a message of theirs.  Whoever has nothing to say in answer need not
    wait (``waits``) while another thread judges the very same word: that thread tells what comes
    of it, and if it fails the word comes again with the next exchange.

    1. What the peer has seen of our ledger.  Behind or forked: our ledger stops, durably, and
       Unavailable ``ledger.behind-witness`` is raised.
    2. What the peer's own ledger says now: recorded if it is proved to continue what we have
       seen of it, asked about if not; two histories are kept as evidence and told.
    3. What the peer has seen of third States' ledgers: the same, and they are asked themselves.
    """
    told = _learn_own(office, peer, gossip.seen, waits=waits) if gossip.seen else None  # 1
    alarms = _learn_view(  # 2
        office, peer, gossip.checkpoint, gossip.consistency, shown=shown, waits=waits
    )
    for other in gossip.others:  # 3
        alarms += _learn_other(office, peer, other)
    return Learnt(alarms=alarms, told=told)


def learn_checkpoint(
    office: Office, state: StateCode, received: SignedCheckpoint
) -> tuple[Alarm, ...]:
    """Take in a checkpoint that a State's own ledger has shown outside of gossip."""
    return _learn_view(office, state, received, None)


def recall(office: Office, peer: StateCode) -> bytes:
    """Return the newest checkpoint of a State's own ledger that is recorded here; else nothing.

    A node that was put back from an old copy learns by it what it had signed.
    """
    for origin in _origins(office.ledger_keys(peer)):
        note = office.witnessings.recorded_note(origin)
        if note:
            return note
    return b""


def learn_recalled(office: Office, peer: StateCode, note: bytes) -> None:
    """Take in what a peer has recorded of our own ledger.

    Only what we have signed ourselves can stop us.  Raises Malformed ``ledger.…``; Unavailable
    ``ledger.behind-witness`` where our ledger holds less, or another history.
    """
    _learn_own(office, peer, parse_signed_checkpoint(note))


@contextmanager
def _judging(office: Office, what: Hashable, word: tuple[Hashable, ...]) -> Iterator[None]:
    office.judging.add(word)
    try:
        with office.alone(what):
            yield
    finally:
        office.judging.discard(word)


def _learn_own(
    office: Office, peer: StateCode, seen: SignedCheckpoint, *, waits: bool = True
) -> Head | None:
    head = seen.checkpoint.head
    keys = (office.ledger_keys(office.state), office.witness_keys(peer))
    word = (peer, encode_note(seen.note), keys)
    if _is_still_ours(office, word, head):
        return head
    if not waits and word in office.judging:
        return None
    with _judging(office, ("own", peer), word):
        return head if _is_still_ours(office, word, head) else _judge_own(office, peer, seen, word)


def _is_still_ours(office: Office, word: tuple[Hashable, ...], head: Head) -> bool:
    is_known = word in office.heard and head.size <= office.ledger.size()
    return is_known and office.ledger.root_at(head.size) == head.root


def _judge_own(
    office: Office, peer: StateCode, seen: SignedCheckpoint, word: tuple[Hashable, ...]
) -> Head | None:
    head = seen.checkpoint.head
    view = judge_seen(
        seen,
        own_keys=office.ledger_keys(office.state),
        own_size=office.ledger.size(),
        root_at=office.ledger.root_at,
        witness_keys=office.witness_keys(peer),
    )
    if view.standing in {Standing.BEHIND, Standing.FORKED}:
        office.said.clear()
        office.ledger.behind(str(peer), head)  # and nothing is written: it would fork the log
        raise _stopped(peer)
    if view.standing is Standing.NOT_OURS:
        return None
    if view.cosignatures:
        office.ledger.add_cosignatures(head, view.cosignatures)
    office.remember(word, head)
    return head


def _stopped(peer: StateCode) -> Unavailable:
    return Unavailable(
        "ledger.behind-witness",
        "{peer} has seen more of our ledger than it holds, or another history of it: this node "
        "was restored from an old copy and must catch up before it goes on",
        retry=True,
        peer=peer,
    )


def _learn_other(office: Office, peer: StateCode, other: SignedCheckpoint) -> tuple[Alarm, ...]:
    origin = other.checkpoint.head.origin
    for state in office.peers():
        if state != peer and origin in _origins(office.ledger_keys(state)):
            return _learn_view(office, state, other, None, is_hearsay=True)
    return ()


def _learn_view(
    office: Office,
    state: StateCode,
    received: SignedCheckpoint,
    consistency: Consistency | None,
    *,
    shown: Head | None = None,
    is_hearsay: bool = False,
    waits: bool = True,
) -> tuple[Alarm, ...]:
    told = _Told(checkpoint=received, consistency=consistency, shown=shown, is_hearsay=is_hearsay)
    keys = tuple(key for key in office.ledger_keys(state) if key.name == told.origin)
    word = (encode_note(received.note), consistency, keys)
    if _is_heard(office, word, told.origin) or (not waits and word in office.judging):
        return ()
    with _judging(office, ("view", state), word):
        return () if _is_heard(office, word, told.origin) else _judge(office, state, told, word)


def _is_heard(office: Office, word: tuple[Hashable, ...], origin: str) -> bool:
    return word in office.heard and office.witnessings.question(origin) is None


def _judge(
    office: Office, state: StateCode, told: "_Told", word: tuple[Hashable, ...]
) -> tuple[Alarm, ...]:
    origin, received = told.origin, told.checkpoint
    keys = tuple(key for key in office.ledger_keys(state) if key.name == origin)
    for _ in range(_ATTEMPTS):
        note = office.witnessings.recorded_note(origin)
        recorded = parse_signed_checkpoint(note) if note else None
        decision = decide_view(
            recorded,
            received,
            consistency=told.consistency,
            log_keys=keys,
            is_hearsay=told.is_hearsay,
        )
        is_taken = decision.record is None or _record(office, decision.record, recorded)
        if is_taken:
            break
    if decision.view is View.UNSIGNED:
        return ()
    if decision.split:
        return _keep_split(office, state, decision.split)
    if is_taken and decision.view in _GOOD:
        office.remember(word, received.checkpoint.head)
    return _ask(office, state, told, decision)


def _record(office: Office, new: SignedCheckpoint, old: SignedCheckpoint | None) -> bool:
    head = new.checkpoint.head
    expected = old.checkpoint.head if old else None
    note = encode_note(new.note)
    return office.witnessings.record(head.origin, head, expected=expected, note=note)


def _keep_split(office: Office, state: StateCode, split: SplitView) -> tuple[Alarm, ...]:
    origin = split.first.checkpoint.head.origin
    office.said.clear()  # what was cosigned of it a moment ago is not told again
    if not is_split(office, origin):  # one proof is enough, and a log could make a million
        office.witnessings.keep_evidence(origin, encode_split_view(split))
    return _told(office, Alarm(code=SPLIT_VIEW, subject=origin, facts=(("state", str(state)),)))


def is_split(office: Office, origin: str) -> bool:
    """Tell whether a ledger is known to have signed two histories: nothing of it is cosigned."""
    return any(named == origin for named, _ in office.witnessings.evidence())


def _told(office: Office, alarm: Alarm) -> tuple[Alarm, ...]:
    return (alarm,) if note_alarm(office, alarm) else ()


@frozen(kw_only=True)
class _Told:
    """What somebody has told of a ledger, and what we had shown of it in the same exchange."""

    checkpoint: SignedCheckpoint
    consistency: Consistency | None
    shown: Head | None
    is_hearsay: bool

    @property
    def origin(self) -> str:
        """Return which ledger it is about."""
        return self.checkpoint.checkpoint.head.origin


# --- questions ---------------------------------------------------------------------------------


def _ask(
    office: Office,
    state: StateCode,
    told: _Told,
    decision: ViewDecision,
) -> tuple[Alarm, ...]:
    origin = told.origin
    open_one = office.witnessings.question(origin)
    if open_one and not told.is_hearsay:
        asked_about = parse_signed_checkpoint(open_one.note)
        answer = judge_answer(asked_about, told.checkpoint, consistency=told.consistency)
        if answer.split:
            return _keep_split(office, state, answer.split)
        if answer.view is View.UNPROVEN:
            # what crossed our question on its way is no answer to it, and no refusal
            was_asked = told.shown == asked_about.checkpoint.head
            return _left_open(office, origin, open_one) if was_asked else ()
        office.witnessings.put_question(origin, None)
        open_one = None
    if decision.ask and not open_one:
        note = encode_note(decision.ask.note)
        office.witnessings.put_question(origin, Question(note=note, asked=0))
    return ()


def _left_open(office: Office, origin: str, question: Question) -> tuple[Alarm, ...]:
    asked = min(question.asked + 1, MAX_ASKED)
    office.witnessings.put_question(origin, Question(note=question.note, asked=asked))
    if not is_refusing(asked):
        return ()
    return _told(office, Alarm(code=PROOF_REFUSED, subject=origin))


def _origins(keys: Sequence[VerifierKey]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key.name for key in keys))
