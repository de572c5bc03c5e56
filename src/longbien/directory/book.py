"""The book of States: what is believed of each, now and at any instant before.

A book is a value.  The adapters keep it; the rooms above ask it whom to believe.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import TypeAlias

from attrs import define, evolve, field

from longbien.directory.entry import Authority, Endpoint, Minimum, StateEntry
from longbien.directory.fingerprint import Fingerprint
from longbien.directory.trusted import (
    Terms,
    Update,
    decide_update,
    find_terms,
    require_unexpired,
    state_of,
)
from longbien.directory.wire import SignedEntry
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, KeyId, StateCode
from longbien.primitives.instants import Instant
from longbien.trust.age.recipients import HybridRecipient
from longbien.trust.dsse import HybridKey

History: TypeAlias = tuple[SignedEntry, ...]


def _sealed(histories: Mapping[StateCode, History]) -> Mapping[StateCode, History]:
    return MappingProxyType(dict(histories))


@define(kw_only=True, frozen=True, slots=False)
class Book:
    """The accepted entries of every State, oldest first."""

    exercise: bool
    """A book holds entries of exercises or real ones, never both."""

    histories: Mapping[StateCode, History] = field(
        factory=lambda: MappingProxyType({}), converter=_sealed
    )

    # --- entries ---

    def states(self) -> tuple[StateCode, ...]:
        """Return the States in the book, in the order of their codes."""
        return tuple(sorted(self.histories, key=str))

    def history(self, state: StateCode) -> History:
        """Return all accepted versions of a State's entry, oldest first; none if unknown."""
        return self.histories.get(state, ())

    def find_entry(self, state: StateCode) -> StateEntry | None:
        """Return the newest entry of a State, even where it has expired."""
        found = self.history(state)
        return found[-1].entry if found else None

    def get_entry(self, state: StateCode) -> StateEntry:
        """Return the newest entry.  Raises Refused ``directory.unknown-state``."""
        found = self.find_entry(state)
        if found is None:
            raise Refused("directory.unknown-state", "no entry of {state} is known", state=state)
        return found

    def require_current(self, state: StateCode, now: Instant) -> StateEntry:
        """Return the newest entry if it may be relied on today.

        Raises Refused ``directory.unknown-state`` and ``directory.expired``.
        """
        entry = self.get_entry(state)
        require_unexpired(entry, now)
        return entry

    def find_authority(self, authority: AuthorityId) -> Authority | None:
        """Return an authority as its State's newest entry describes it."""
        entry = self.find_entry(authority.state)
        return entry.find_authority(authority) if entry else None

    def get_authority(self, authority: AuthorityId) -> Authority:
        """Return an authority.

        Raises Refused ``directory.unknown-state`` and ``directory.unknown-authority``.
        """
        found = self.get_entry(authority.state).find_authority(authority)
        if found is None:
            raise Refused(
                "directory.unknown-authority", "{authority} is in no entry", authority=authority
            )
        return found

    # --- keys ---

    def find_signing_keys(self, authority: AuthorityId, at: Instant) -> tuple[HybridKey, ...]:
        """Return the pairs whose signatures of that instant count, revocations seen since included.

        Expiry of the entry is another question: ``require_current``.
        """
        terms = self._terms.get(authority, ())
        return tuple(one.keys for one in terms if one.is_valid(at))

    def find_signer(self, key: KeyId) -> Terms | None:
        """Return whose a signing key is or was, by either key id of the pair."""
        return self._signers.get(key)

    def find_recipients(self, authority: AuthorityId, at: Instant) -> tuple[HybridRecipient, ...]:
        """Return the age recipients to seal for at that instant; none if the State names none."""
        found = self.find_authority(authority)
        keys = found.sealing_keys if found else ()
        return tuple(one.recipient for one in keys if one.is_valid(at))

    def endpoints(self, state: StateCode) -> tuple[Endpoint, ...]:
        """Return where a State's node is reached, preferred first."""
        entry = self.find_entry(state)
        return entry.endpoints if entry else ()

    def pins(self, state: StateCode) -> frozenset[Digest]:
        """Return the TLS keys (SHA-256 of the SPKI) that a State may show, current and next."""
        return frozenset(_pins(self.find_entry(state)))

    def find_state_by_pin(self, pin: Digest) -> StateCode | None:
        """Return the State whose node shows this TLS key."""
        return self._by_pin.get(pin)

    def ledger_keys(self, state: StateCode) -> tuple[str, ...]:
        """Return the C2SP verifier keys of a State's ledger."""
        entry = self.find_entry(state)
        return entry.ledger_keys if entry else ()

    def witness_keys(self, state: StateCode) -> tuple[str, ...]:
        """Return the C2SP verifier keys with which a State cosigns."""
        entry = self.find_entry(state)
        return entry.witness_keys if entry else ()

    def package_roots(self, state: StateCode) -> tuple[Digest, ...]:
        """Return the digests of the root certificates that the State's packages may stand under.

        All that were ever named: a package is judged long after it was made.
        """
        named = chain.from_iterable(one.entry.package_roots for one in self.history(state))
        return tuple(dict.fromkeys(named))

    def time_roots(self, state: StateCode) -> tuple[Digest, ...]:
        """Return the roots of the time-stamp authorities that a State ever named."""
        named = chain.from_iterable(one.entry.time_roots for one in self.history(state))
        return tuple(dict.fromkeys(named))

    def minimum(self, state: StateCode) -> Minimum:
        """Return the least that a State speaks.  Raises Refused ``directory.unknown-state``."""
        return self.get_entry(state).minimum

    @cached_property
    def _terms(self) -> Mapping[AuthorityId, tuple[Terms, ...]]:
        found: dict[AuthorityId, list[Terms]] = {}
        for history in self.histories.values():
            for one in find_terms(history).values():
                found.setdefault(one.authority, []).append(one)
        return {authority: tuple(terms) for authority, terms in found.items()}

    @cached_property
    def _signers(self) -> Mapping[KeyId, Terms]:
        every = chain.from_iterable(self._terms.values())
        return {key: one for one in every for key in one.keys.ids}

    @cached_property
    def _by_pin(self) -> Mapping[Digest, StateCode]:
        return {pin: state for state in self.histories for pin in self.pins(state)}

    # --- changes ---

    def decide(
        self,
        candidates: Sequence[bytes],
        *,
        now: Instant,
        state: StateCode | None = None,
        confirmed: Fingerprint | None = None,
    ) -> Update:
        """Decide on new versions of one State's entry: ``decide_update`` and what the book knows.

        ``state`` is whose entry was asked for; None takes the one that the bytes name, for a
        person who imports a file and compares the fingerprint.

        Raises Malformed; Refused ``directory.*``.
        """
        asked = state or state_of(candidates)
        update = decide_update(
            self.history(asked),
            candidates,
            state=asked,
            exercise=self.exercise,
            now=now,
            confirmed=confirmed,
        )
        for one in update.accepted:
            self._require_apart(one.entry)
        return update

    def with_update(self, update: Update) -> "Book":
        """Return the book with accepted versions added.  The caller has made them durable."""
        grown = (*self.history(update.state), *update.accepted)
        return evolve(self, histories={**self.histories, update.state: grown})

    def _require_apart(self, entry: StateEntry) -> None:
        """Refuse an entry that claims a key of another State."""
        others = [self.history(state) for state in self.histories if state != entry.state]
        for history in others:
            taken = set(chain.from_iterable(_claims(one.entry) for one in history))
            if not taken.isdisjoint(_claims(entry)):
                raise Refused(
                    "directory.key-of-another",
                    "the entry of {state} shows a key that {other} has shown",
                    state=entry.state,
                    other=history[-1].entry.state,
                )


def _pins(entry: StateEntry | None) -> Iterator[Digest]:
    for endpoint in entry.endpoints if entry else ():
        yield from endpoint.pins
        yield from endpoint.next_pins


def _claims(entry: StateEntry) -> Iterator[Hashable]:
    # announced keys too, or a third State could show them before their owner does
    for holder in entry.roots.holders:
        yield from holder.ids
    for authority in entry.authorities:
        for key in authority.signing_keys:
            yield from key.keys.ids
        for announced in authority.next_keys:
            yield from announced.ids
        yield from (one.recipient for one in authority.sealing_keys)
    yield from _pins(entry)
    for vkey in (*entry.ledger_keys, *entry.witness_keys):
        yield vkey.partition("+")[0]  # the name: its keys may change, whose it is may not
    yield from entry.package_roots
