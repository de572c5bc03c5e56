"""The office: all that a verb needs, bundled once when a node starts.

Nothing in it decides anything.  Clock, randomness, keys and storage come in here and nowhere
else; a test or the simulator builds an office of its own.
"""

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from attrs import field, frozen
from attrs.validators import ge, gt

from longbien.casework.calendars import Calendar
from longbien.casework.completeness.asked import Indication, nowhere
from longbien.casework.policy import STANDARD, Policy
from longbien.channel.drill import CHALLENGES
from longbien.channel.transfer import SealedObject
from longbien.channel.wire import Gossip
from longbien.desk.ports import Clock, Journal, Ledger, Register, Vault, Witnessings, WorkQueue
from longbien.directory.book import Book
from longbien.ledger.checkpoints import Checkpoint, Head
from longbien.ledger.cosignatures import Cosigner
from longbien.ledger.notes import NoteSignature, VerifierKey, parse_vkey
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, CaseId, PackageId, StateCode, TransferId
from longbien.treaty.states import States, load_states
from longbien.trust.age.identities import Identity
from longbien.trust.dsse import RawSigner

_KEPT_LINES: Final = 512  # two a State and exchange; the worst that happens is signing again
_KEPT_WORDS: Final = 1024  # two a State and exchange; the worst that happens is judging again

RandomBytes: TypeAlias = Callable[[int], bytes]
"""Return that many bytes which nobody can predict."""


@frozen(kw_only=True)
class Seat:
    """One of the own authorities with its keys."""

    authority: AuthorityId
    signers: tuple[RawSigner, RawSigner]
    """The ECDSA P-256 key and the ML-DSA-65 key that sign its messages and receipts."""

    identities: tuple[Identity, ...] = field(repr=False)
    """What opens frames that were sealed for it: the current key first, then older ones."""


@frozen(kw_only=True)
class Settings:
    """What the operator may set.  Every limit has a safe value."""

    restore_reach: timedelta = timedelta(days=90)
    """How old a backup may be that is put back: so long a receipt is kept after expiry."""

    attempts: int = field(default=8, validator=gt(0))
    """How often a decision is taken anew because somebody else was quicker."""

    vault_reserve: int = field(default=2**30, validator=ge(0))
    """Bytes that a transfer must leave free."""

    gossip_every: timedelta = timedelta(0)
    """So long one gossip serves all messages to a State: a word on every one of hundreds a second
    would cost each side signatures and a commit, and tell nothing more.  0: each has its own."""


@frozen(kw_only=True)
class Said:
    """What a State was told last."""

    gossip: Gossip
    told: Head | None
    """The head of ours from which it proves, if the peer had just shown one."""


@frozen(kw_only=True)
class Office:
    """The bundle."""

    state: StateCode
    seats: Mapping[AuthorityId, Seat]
    exercise: bool
    journal: Journal
    register: Register
    queue: WorkQueue
    ledger: Ledger
    witnessings: Witnessings
    vault: Vault
    book: Callable[[], Book]
    """The newest directory, the own State's entry included.  Asked for each decision."""

    cosigners: tuple[Cosigner, ...]
    """The keys with which this node witnesses the ledgers of others."""

    clock: Clock
    random_bytes: RandomBytes = field(repr=False)
    locate: Callable[[str], Indication | None] = field(default=nowhere, repr=False)
    """Where an address was registered, as far as the operator has given the files for it."""

    policy: Policy = STANDARD
    calendar: Callable[[AuthorityId], Calendar | None] = field(default=lambda _: None, repr=False)
    """The calendar of an authority of the directory; None where it is not known."""

    states: States = field(factory=load_states, repr=False)
    """What is known of States, for advice: the tables of the program, and own profiles."""

    settings: Settings = Settings()

    alone: Callable[[Hashable], AbstractContextManager[object]] = field(
        default=lambda _what: nullcontext(), repr=False, eq=False
    )
    """Lets one thread at a time do what a name stands for.  Eight answers that bring one new word
    would else be judged eight times, and eight words composed where one is enough."""

    _lines: dict[bytes, tuple[NoteSignature, ...]] = field(
        factory=dict, init=False, repr=False, eq=False
    )
    """Cosignatures given lately, by checkpoint: telling them again costs no signature."""

    said: dict[StateCode, Said] = field(factory=dict, init=False, repr=False, eq=False)
    """The last word to each State, while it may be said again (``gossip.tell``)."""

    heard: dict[tuple[Hashable, ...], Head] = field(factory=dict, init=False, repr=False, eq=False)
    """Words that were judged and found good lately: judging them again would change nothing."""

    judging: set[tuple[Hashable, ...]] = field(factory=set, init=False, repr=False, eq=False)
    """Words that some thread is judging now (``gossip.learn``)."""

    written_to: dict[StateCode, AuthorityId] = field(factory=dict, init=False, repr=False, eq=False)
    """Which own authority a State has written to last: a wrong key is tried at some cost."""

    lists: dict[SealedObject, bytes] = field(factory=dict, init=False, repr=False, eq=False)
    """Lists of parts of the transfers that are under way, as they lie in the vault."""

    def seat_of(self, authority: AuthorityId) -> Seat:
        """Return an own authority's seat.  Raises Refused ``desk.not-our-authority``."""
        seat = self.seats.get(authority)
        if seat is None:
            raise Refused(
                "desk.not-our-authority",
                "{authority} is not served by this node",
                authority=authority,
            )
        return seat

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Return everything that may open a frame for one of the own authorities."""
        return tuple(one for seat in self.seats.values() for one in seat.identities)

    def identities_for(self, peer: StateCode) -> tuple[Identity, ...]:
        """Return everything that may open a frame, first what has opened a State's last one."""
        last = self.written_to.get(peer)
        seats = sorted(self.seats.values(), key=lambda seat: seat.authority != last)
        return tuple(one for seat in seats for one in seat.identities)

    def calendars(self, *authorities: AuthorityId) -> tuple[Calendar, ...]:
        """Return the calendars of authorities that are known."""
        found = (self.calendar(one) for one in authorities)
        return tuple(one for one in found if one is not None)

    def new_case_id(self) -> CaseId:
        """Draw the id of a case that is about to be opened."""
        return CaseId.from_random(self.random_bytes(16))

    def new_package_id(self) -> PackageId:
        """Draw the id of a package that is about to be released."""
        return PackageId.from_random(self.random_bytes(16))

    def new_transfer_id(self) -> TransferId:
        """Draw the id of a transfer that is about to be announced."""
        return TransferId.from_random(self.random_bytes(16))

    def new_challenge(self) -> int:
        """Draw the number that a person must read and send back in a drill."""
        # eight bytes over a million: no number is likelier by more than one in 10^13
        return int.from_bytes(self.random_bytes(8), "big") % CHALLENGES

    def ledger_keys(self, state: StateCode) -> tuple[VerifierKey, ...]:
        """Return the keys with which a State's ledger signs."""
        return _keys(self.book().ledger_keys(state))

    def witness_keys(self, state: StateCode) -> tuple[VerifierKey, ...]:
        """Return the keys with which a State cosigns."""
        return _keys(self.book().witness_keys(state))

    def cosign(self, checkpoint: Checkpoint, /) -> tuple[NoteSignature, ...]:
        """Sign a head that is durably recorded; the same head gets the same lines again."""
        lines = self._lines.get(checkpoint.text)
        if lines is None:
            now = self.clock()
            lines = tuple(one.sign(checkpoint.text, now=now) for one in self.cosigners)
            if len(self._lines) >= _KEPT_LINES:
                self._lines.clear()
            self._lines[checkpoint.text] = lines
        return lines

    def remember(self, word: tuple[Hashable, ...], head: Head) -> None:
        """Remember that a word was judged, is good, and is durably taken in."""
        if len(self.heard) >= _KEPT_WORDS:
            self.heard.clear()
        self.heard[word] = head

    def peers(self) -> tuple[StateCode, ...]:
        """Return all other States in the directory."""
        return tuple(state for state in self.book().states() if state != self.state)


@lru_cache(maxsize=1024)  # one State's newest keys each; reading one costs a curve operation
def _keys(texts: tuple[str, ...]) -> tuple[VerifierKey, ...]:
    return tuple(parse_vkey(text.encode()) for text in texts)
