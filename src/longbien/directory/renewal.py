"""The next version of one's own entry: announce a key, bring it into use, revoke one.

Each function returns an unsigned entry; the root holders sign it (``wire.sign_entry``), and the
own node accepts it by the same rules as everybody else's.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from attrs import evolve

from longbien.directory.entry import (
    Authority,
    KeyCommitment,
    RevocationReason,
    SealingKey,
    SigningKey,
    StateEntry,
)
from longbien.directory.wire import MAX_PAYLOAD, SignedEntry, encode_entry, parse_entry
from longbien.primitives.canonical import encode_json, parse_json
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import AuthorityId, KeyId
from longbien.primitives.instants import Instant
from longbien.trust.dsse import HybridKey

_FIXED = frozenset(
    {"exercise", "expires_at", "format", "issued_at", "previous", "state", "version"}
)


def next_entry(current: SignedEntry, *, now: Instant, lifetime: timedelta) -> StateEntry:
    """Return the same content as the version after ``current``, valid from now on."""
    return evolve(
        current.entry,
        version=current.entry.version + 1,
        previous=current.sha256,
        issued_at=now,
        expires_at=now.plus(lifetime),
    )


def announce_key(entry: StateEntry, *, authority: AuthorityId, keys: HybridKey) -> StateEntry:
    """Announce the pair that an authority will use next, by its digests only."""
    ec, mldsa = keys.ids
    return _with(
        entry,
        authority,
        lambda old: evolve(old, next_keys=(*old.next_keys, KeyCommitment(ec=ec, mldsa=mldsa))),
    )


def rotate_key(entry: StateEntry, *, authority: AuthorityId, key: SigningKey) -> StateEntry:
    """Bring a pair into use that was announced; those in use stay as long as they were to.

    Raises Refused ``directory.unannounced-key``: others would refuse the entry.
    """
    ids = key.keys.ids
    if all(one.ids != ids for one in _get(entry, authority).next_keys):
        raise Refused(
            "directory.unannounced-key",
            "{authority} shows a signing key that was not announced; compare the "
            "fingerprint of this version by telephone",
            authority=authority,
        )
    return _with(
        entry,
        authority,
        lambda old: evolve(
            old,
            signing_keys=(*old.signing_keys, key),
            next_keys=tuple(one for one in old.next_keys if one.ids != ids),
        ),
    )


def revoke_key(
    entry: StateEntry, *, key: KeyId, at: Instant, reason: RevocationReason
) -> StateEntry:
    """Revoke a signing key by either of its ids: what it signed from ``at`` on does not count.

    Raises Refused ``directory.unknown-key``, and ``directory.revocation-undone`` where it is
    revoked from an earlier instant already.
    """
    owner = next((one for one in entry.authorities if _holds(one, key)), None)
    if owner is None:
        raise Refused("directory.unknown-key", "no authority of {state} shows this key",
                      state=entry.state)  # fmt: skip
    return _with(
        entry,
        owner.id,
        lambda old: evolve(
            old,
            signing_keys=tuple(
                _revoked(one, owner.id, at, reason) if key in one.keys.ids else one
                for one in old.signing_keys
            ),
        ),
    )


def drop_ended(entry: StateEntry, *, now: Instant) -> StateEntry:
    """Leave out keys whose time is over: the books of others remember them."""
    return evolve(
        entry,
        authorities=tuple(
            evolve(
                one,
                signing_keys=tuple(key for key in one.signing_keys if now < key.not_after),
                sealing_keys=tuple(key for key in one.sealing_keys if now < key.not_after),
            )
            for one in entry.authorities
        ),
    )


def change_fields(entry: StateEntry, data: bytes) -> StateEntry:
    """Replace whole fields of an entry by those in a JSON object of the entry's own form.

    What makes it the next version (state, version, previous, dates) is not to be changed.  Raises
    Refused ``directory.fixed-field``; Malformed as ``parse_entry`` does.
    """
    changes = parse_json(data, max_size=MAX_PAYLOAD)
    fields = parse_json(encode_entry(entry), max_size=MAX_PAYLOAD)
    if not isinstance(changes, dict) or not isinstance(fields, dict):
        raise Malformed("directory.form", "the field {field} is not as it should be", field="entry")
    fixed = sorted(_FIXED.intersection(changes))
    if fixed:
        raise Refused(
            "directory.fixed-field", "the field {field} is not to be changed", field=fixed[0]
        )
    return parse_entry(encode_json({**fields, **changes}))


def replace_sealing_keys(
    entry: StateEntry, *, authority: AuthorityId, keys: Iterable[SealingKey]
) -> StateEntry:
    """Name other recipients; what is on its way is still opened with the old identities."""
    sealing = tuple(keys)
    return _with(entry, authority, lambda old: evolve(old, sealing_keys=sealing))


def _holds(authority: Authority, key: KeyId) -> bool:
    return any(key in one.keys.ids for one in authority.signing_keys)


def _revoked(
    key: SigningKey, authority: AuthorityId, at: Instant, reason: RevocationReason
) -> SigningKey:
    if key.revoked_at is not None and key.revoked_at < at:
        raise Refused(
            "directory.revocation-undone",
            "{authority} takes back the revocation of a signing key",
            authority=authority,
        )
    return evolve(key, revoked_at=at, reason=reason)


def _get(entry: StateEntry, authority: AuthorityId) -> Authority:
    found = entry.find_authority(authority)
    if found is None:
        raise Refused(
            "directory.unknown-authority", "{authority} is in no entry", authority=authority
        )
    return found


def _with(
    entry: StateEntry, authority: AuthorityId, change: Callable[[Authority], Authority]
) -> StateEntry:
    changed = change(_get(entry, authority))
    return evolve(
        entry,
        authorities=tuple(changed if one.id == authority else one for one in entry.authorities),
    )
