"""Which new versions of an entry are believed: the rules of TUF's root role, State by State.

The Update Framework, section 5.3: one version after the other, each signed by a threshold of
the roots before it and of its own, expiry judged once for the newest against one fixed time.
Whoever calls makes the result durable before anything in it is used.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from attrs import evolve, frozen

from longbien.directory.entry import Roots, SigningKey, StateEntry
from longbien.directory.fingerprint import Fingerprint, entry_fingerprint, roots_fingerprint
from longbien.directory.wire import SignedEntry, parse_signed_entry
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, KeyId, StateCode
from longbien.primitives.instants import Instant
from longbien.trust.dsse import Envelope, HybridKey, find_hybrid

MAX_CHAIN: Final = 256  # versions in one update; more is fetched in several
MAX_SKEW: Final = timedelta(seconds=120)  # how far another State's clock may be ahead of ours


@frozen(kw_only=True)
class Update:
    """What a decision adds to a State's history; empty where nothing is new."""

    state: StateCode

    accepted: tuple[SignedEntry, ...]
    """In ascending order of their versions."""


def decide_update(
    history: Sequence[SignedEntry],
    candidates: Sequence[bytes],
    *,
    state: StateCode,
    exercise: bool,
    now: Instant,
    confirmed: Fingerprint | None = None,
) -> Update:
    """Decide what of ``candidates`` continues ``history`` (both in ascending versions).

    ``now`` is the fixed start time of the whole update.  ``confirmed`` is what a person has
    compared by telephone: at first contact the fingerprint of the roots or of the newest entry;
    the latter also lets pass a signing key that was never announced.

    Raises Malformed for bytes that cannot be read, and Refused ``directory.*``.
    """
    chain = _parse_chain(candidates)
    newest = chain[-1]
    _require_belongs(chain, state=state, exercise=exercise)
    is_confirmed = confirmed is not None and confirmed == entry_fingerprint(newest.entry)
    if history:
        accepted = _continue(tuple(history), chain, is_confirmed=is_confirmed)
    else:
        accepted = _begin(chain, confirmed, is_confirmed=is_confirmed)
    _require_current(newest.entry, now)
    return Update(state=state, accepted=accepted)


def state_of(candidates: Sequence[bytes]) -> StateCode:
    """Return whose entry the newest candidate says it is.  Raises as ``decide_update`` does."""
    return _parse_chain(candidates)[-1].entry.state


def _parse_chain(candidates: Sequence[bytes]) -> tuple[SignedEntry, ...]:
    if not 1 <= len(candidates) <= MAX_CHAIN:
        raise Refused(
            "directory.chain", "an update holds 1 to {limit} versions of one entry", limit=MAX_CHAIN
        )
    chain = tuple(parse_signed_entry(data) for data in candidates)
    first = chain[0].entry.version
    if any(one.entry.version != first + at for at, one in enumerate(chain)):
        raise Refused("directory.chain", "the versions in an update follow each other")
    return chain


def _require_belongs(chain: tuple[SignedEntry, ...], *, state: StateCode, exercise: bool) -> None:
    for one in chain:
        if one.entry.state != state:
            raise Refused(
                "directory.other-state",
                "this is the entry of {found}, not of {state}",
                found=one.entry.state,
                state=state,
            )
        if one.entry.exercise != exercise:
            raise Refused(
                "directory.exercise", "entries of an exercise and real ones are never mixed"
            )


def _require_current(entry: StateEntry, now: Instant) -> None:
    if entry.issued_at > now.plus(MAX_SKEW):
        raise Refused(
            "directory.not-yet",
            "the entry of {state} is dated {issued}, ahead of our clock",
            state=entry.state,
            issued=entry.issued_at,
        )
    require_unexpired(entry, now)


def require_unexpired(entry: StateEntry, now: Instant) -> None:
    """Raise Refused ``directory.expired`` where an entry is no longer to be relied on."""
    if not now < entry.expires_at:
        raise Refused(
            "directory.expired",
            "the entry of {state} expired at {expires}: get its newest version",
            state=entry.state,
            expires=entry.expires_at,
        )


# --- from one version to the next ------------------------------------------------------------


def _begin(
    chain: tuple[SignedEntry, ...], confirmed: Fingerprint | None, *, is_confirmed: bool
) -> tuple[SignedEntry, ...]:
    expected = roots_fingerprint(chain[-1].entry)
    if confirmed is None:
        raise Refused(
            "directory.unconfirmed",
            "the roots of {state} are not known here; compare this fingerprint by telephone: "
            "{fingerprint}",
            state=chain[-1].entry.state,
            fingerprint=expected,
        )
    if not is_confirmed and confirmed != expected:
        raise Refused(
            "directory.other-fingerprint",
            "the fingerprint that was compared is not that of this entry of {state}: "
            "call again by a number that you know, and do not use this file",
            state=chain[-1].entry.state,
        )
    _require_own_roots(chain[0])
    # nothing was announced to somebody who is only now getting to know them
    _require_steps(chain[:1], chain[1:], is_confirmed=True)
    return chain


def _continue(
    history: tuple[SignedEntry, ...], chain: tuple[SignedEntry, ...], *, is_confirmed: bool
) -> tuple[SignedEntry, ...]:
    held = history[-1].entry.version
    if chain[-1].entry.version < held:
        raise Refused(
            "directory.rollback",
            "version {version} of the entry of {state} is older than version {held} that we hold",
            version=chain[-1].entry.version,
            state=chain[-1].entry.state,
            held=held,
        )
    _require_same(history, chain)
    fresh = tuple(one for one in chain if one.entry.version > held)
    _require_steps(history, fresh, is_confirmed=is_confirmed)
    return fresh


def _require_same(history: tuple[SignedEntry, ...], chain: tuple[SignedEntry, ...]) -> None:
    known = {one.entry.version: one.sha256 for one in history}
    for one in chain:
        if known.get(one.entry.version, one.sha256) != one.sha256:
            raise _fork(one.entry)


def _require_steps(
    history: Sequence[SignedEntry], fresh: Sequence[SignedEntry], *, is_confirmed: bool
) -> None:
    before, known = history[-1], find_terms(history)
    for after in fresh:
        _require_step(before, after)
        _require_key_rules(before.entry, after.entry, known, is_confirmed=is_confirmed)
        before, known = after, _next_terms(known, after.entry)


def _require_step(before: SignedEntry, after: SignedEntry) -> None:
    old, new = before.entry, after.entry
    if new.version != old.version + 1:
        raise Refused(
            "directory.gap",
            "version {version} does not follow version {held}: get the versions between them",
            version=new.version,
            held=old.version,
        )
    _require_threshold(old.roots, after)
    _require_own_roots(after)
    if new.previous != before.sha256:
        raise _fork(new)
    _require_forward(old, new)


def _fork(entry: StateEntry) -> Refused:
    return Refused(
        "directory.fork",
        "{state} has signed two different histories of its entry (at version {version}): "
        "call the other State, and keep both files",
        state=entry.state,
        version=entry.version,
    )


# --- signatures ------------------------------------------------------------------------------


def count_holders(roots: Roots, envelope: Envelope) -> int:
    """Count the root holders both of whose keys signed.  Never raises."""
    return len(find_hybrid(envelope, roots.holders))


def _require_threshold(roots: Roots, after: SignedEntry) -> None:
    signed = count_holders(roots, after.envelope)
    if signed < roots.threshold:
        raise Refused(
            "directory.old-roots",
            "{signed} of the known root holders signed with both keys, {threshold} must",
            signed=signed,
            threshold=roots.threshold,
        )


def _require_own_roots(signed: SignedEntry) -> None:
    roots = signed.entry.roots
    count = count_holders(roots, signed.envelope)
    if count < roots.threshold:
        raise Refused(
            "directory.new-roots",
            "{signed} of the root holders named in the entry signed with both keys, "
            "{threshold} must",
            signed=count,
            threshold=roots.threshold,
        )


# --- what may never go back ------------------------------------------------------------------


def _require_forward(old: StateEntry, new: StateEntry) -> None:
    if new.issued_at < old.issued_at:
        raise Refused("directory.time-goes-back", "a newer version is dated before an older one")
    if not new.minimum.allows(old.minimum):
        raise Refused(
            "directory.minimum-lowered",
            "the entry lowers the minimum to protocol {protocol}, suite {suite}",
            protocol=new.minimum.protocol,
            suite=new.minimum.suite,
        )


def _require_key_rules(
    old: StateEntry, new: StateEntry, known: "KnownKeys", *, is_confirmed: bool
) -> None:
    for authority in new.authorities:
        announced = _announced(old, authority.id)
        for key in authority.signing_keys:
            ids = key.keys.ids
            if ids in known:
                _require_not_widened(known[ids], key, authority.id)
            elif announced is not None and ids not in announced and not is_confirmed:
                raise Refused(
                    "directory.unannounced-key",
                    "{authority} shows a signing key that was not announced; compare the "
                    "fingerprint of this version by telephone",
                    authority=authority.id,
                )


def _announced(entry: StateEntry, authority: AuthorityId) -> set[tuple[KeyId, KeyId]] | None:
    """Return the pairs announced by an authority; None for one that was not there yet."""
    found = entry.find_authority(authority)
    return None if found is None else {one.ids for one in found.next_keys}


def _require_not_widened(known: "Terms", key: SigningKey, authority: AuthorityId) -> None:
    if known.authority != authority or key.not_before != known.not_before:
        raise _widened(authority)
    if known.revoked_at is not None and (
        key.revoked_at is None or key.revoked_at > known.revoked_at
    ):
        raise Refused(
            "directory.revocation-undone",
            "{authority} takes back the revocation of a signing key",
            authority=authority,
        )
    if key.ends_at > known.ends_at:
        raise _widened(authority)


def _widened(authority: AuthorityId) -> Refused:
    return Refused(
        "directory.window-widened",
        "{authority} makes a signing key valid for longer than it was said before",
        authority=authority,
    )


@frozen(kw_only=True)
class Terms:
    """What all versions so far say of one key pair, the narrowest of each."""

    authority: AuthorityId
    keys: HybridKey
    not_before: Instant
    """As every version says it."""

    begins_at: Instant
    """Not before the version that first showed it: a new key signs nothing for the past."""

    ends_at: Instant
    revoked_at: Instant | None

    def is_valid(self, at: Instant) -> bool:
        """Tell whether what was signed at that instant counts."""
        return self.begins_at <= at < self.ends_at


KnownKeys: TypeAlias = dict[tuple[KeyId, KeyId], Terms]


def find_terms(history: Iterable[SignedEntry]) -> KnownKeys:
    """Return the terms of every signing key of a history.

    A key that a version no longer shows ended when that version was issued, if not before.
    """
    known: KnownKeys | None = None
    for one in history:
        known = _next_terms(known, one.entry)
    return known or {}


def _next_terms(known: KnownKeys | None, entry: StateEntry) -> KnownKeys:
    """Return the terms after one more version; None before the first that we have.

    What the first one shows may have been in use before we knew the State.
    """
    shown = {
        key.keys.ids: _narrowed((known or {}).get(key.keys.ids), authority.id, key)
        for authority in entry.authorities
        for key in authority.signing_keys
    }
    if known is None:
        return shown
    shown |= {
        ids: evolve(terms, begins_at=max(terms.begins_at, entry.issued_at))
        for ids, terms in shown.items()
        if ids not in known
    }
    ended = {
        ids: evolve(terms, ends_at=min(terms.ends_at, entry.issued_at))
        for ids, terms in known.items()
        if ids not in shown
    }
    return ended | shown


def _narrowed(known: Terms | None, authority: AuthorityId, key: SigningKey) -> Terms:
    if known is None:
        return Terms(
            authority=authority,
            keys=key.keys,
            not_before=key.not_before,
            begins_at=key.not_before,
            ends_at=key.ends_at,
            revoked_at=key.revoked_at,
        )
    ends_at = min(key.ends_at, known.ends_at)
    return evolve(known, ends_at=ends_at, revoked_at=key.revoked_at or known.revoked_at)


def require_chain(history: Sequence[SignedEntry]) -> None:
    """Check a history that was kept: each version continues the one before it.

    Raises Refused ``directory.*`` as ``decide_update`` does; what a person has once confirmed is
    believed, and expiry is not asked about.
    """
    entries = tuple(history)
    _require_own_roots(entries[0])
    _require_steps(entries[:1], entries[1:], is_confirmed=True)
