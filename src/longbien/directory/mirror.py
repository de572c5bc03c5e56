"""Entries from a mirror: a signed set says which versions belong together.

A mirror (a hub, or a State that passes entries on) can change no entry, for each is signed by its
own roots.  It could still hand out old ones beside new ones, or hold some back.  So whoever
takes entries from it asks for its set first: The Update Framework, sections 5.4 and 5.5.  Two
States that exchange entries by hand need no set.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from attrs import field, frozen

from longbien.directory._fields import (
    read_boolean,
    read_digest,
    read_instant,
    read_list,
    read_number,
    read_object,
    read_text,
)
from longbien.directory.book import Book
from longbien.directory.entry import MAX_VERSION
from longbien.directory.trusted import MAX_SKEW, Update
from longbien.directory.wire import SignedEntry
from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant
from longbien.trust.dsse import (
    Envelope,
    HybridKey,
    RawSigner,
    encode_envelope,
    parse_envelope,
    require_hybrid,
    sign_envelope,
)

PAYLOAD_TYPE: Final = "application/vnd.longbien.directory-set+json"
FORMAT: Final = "longbien:directory.set/1"
MAX_STATES: Final = 26 * 26
MAX_PAYLOAD: Final = 256 * 1024  # bytes; 676 rows of about 130
MAX_LIFETIME: Final = timedelta(days=8)  # a mirror signs weekly at least
MAX_STEP: Final = 1000  # versions that a mirror may be ahead of what we saw last

_SET = frozenset({"entries", "exercise", "expires_at", "format", "issued_at", "version"})
_LISTED = frozenset({"sha256", "state", "version"})
_STATE = re.compile(r"[A-Z]{2}", re.ASCII)


@frozen(kw_only=True)
class Listed:
    """The newest version of one State's entry that a mirror knows."""

    state: StateCode
    version: int
    sha256: Digest
    """Of the payload."""


@frozen(kw_only=True)
class DirectorySet:
    """All entries of a mirror at one time."""

    exercise: bool
    version: int
    issued_at: Instant
    expires_at: Instant
    entries: tuple[Listed, ...]
    """In the order of the States' codes."""

    def __attrs_post_init__(self) -> None:
        """Malformed ``directory.set``: out of order, or valid for too long."""
        codes = [one.state.text for one in self.entries]
        lifetime = self.expires_at.moment - self.issued_at.moment
        if codes != sorted(set(codes)) or not timedelta(0) < lifetime <= MAX_LIFETIME:
            raise Malformed(
                "directory.set",
                "a set lists each State once, in order, and is valid for at most {days} days",
                days=MAX_LIFETIME.days,
            )

    def find(self, state: StateCode) -> Listed | None:
        """Return what is listed of a State."""
        return next((one for one in self.entries if one.state == state), None)


@frozen(kw_only=True)
class SignedSet:
    """A set with its signatures."""

    listing: DirectorySet
    envelope: Envelope = field(repr=False)

    @property
    def data(self) -> bytes:
        """Return its bytes, as they were received."""
        return encode_envelope(self.envelope)


def list_entries(
    newest: Sequence[SignedEntry],
    *,
    exercise: bool,
    version: int,
    now: Instant,
    lifetime: timedelta = MAX_LIFETIME,
) -> DirectorySet:
    """Return the set over these entries, one a State."""
    listed = [
        Listed(state=one.entry.state, version=one.entry.version, sha256=one.sha256)
        for one in newest
    ]
    return DirectorySet(
        exercise=exercise,
        version=version,
        issued_at=now,
        expires_at=now.plus(lifetime),
        entries=tuple(sorted(listed, key=lambda one: one.state.text)),
    )


def sign_set(listing: DirectorySet, *, signers: Sequence[RawSigner]) -> SignedSet:
    """Sign a set with both keys of the mirror."""
    envelope = sign_envelope(encode_set(listing), payload_type=PAYLOAD_TYPE, signers=signers)
    return SignedSet(listing=listing, envelope=envelope)


def encode_set(listing: DirectorySet) -> bytes:
    """Write the canonical bytes of a set."""
    return encode_json(
        {
            "entries": [
                {"sha256": one.sha256.hex, "state": one.state.text, "version": one.version}
                for one in listing.entries
            ],
            "exercise": listing.exercise,
            "expires_at": str(listing.expires_at),
            "format": FORMAT,
            "issued_at": str(listing.issued_at),
            "version": listing.version,
        }
    )


def parse_signed_set(data: bytes) -> SignedSet:
    """Read a set in its envelope.  Raises Malformed only; verifies nothing."""
    envelope = parse_envelope(data, payload_type=PAYLOAD_TYPE, max_payload=MAX_PAYLOAD)
    value = parse_canonical(envelope.payload, max_size=MAX_PAYLOAD, max_depth=4)
    found = read_object(value, _SET, field="set")
    if found["format"] != FORMAT:
        raise Malformed("directory.format", "this is not a directory entry of format 1")
    listing = DirectorySet(
        exercise=read_boolean(found["exercise"], field="exercise"),
        version=read_number(found["version"], field="version", least=1, most=MAX_VERSION),
        issued_at=read_instant(found["issued_at"], field="issued_at"),
        expires_at=read_instant(found["expires_at"], field="expires_at"),
        entries=read_list(found["entries"], _read_listed, field="entries", most=MAX_STATES),
    )
    return SignedSet(listing=listing, envelope=envelope)


def _read_listed(value: Json) -> Listed:
    found = read_object(value, _LISTED, field="entries")
    return Listed(
        state=StateCode(read_text(found["state"], _STATE, field="state")),
        version=read_number(found["version"], field="version", least=1, most=MAX_VERSION),
        sha256=read_digest(found["sha256"], field="sha256"),
    )


# --- which sets are believed -------------------------------------------------------------------


def decide_set(
    held: SignedSet | None, data: bytes, *, mirror: HybridKey, exercise: bool, now: Instant
) -> SignedSet:
    """Decide whether a set follows the one that is held; the caller keeps it before it is used.

    ``mirror`` is the key of the mirror, which somebody has configured.  With another key a
    mirror begins anew (``held`` None): so a stolen key that has run ahead is overcome.

    Raises Malformed; Refused ``dsse.not-signed``, ``directory.exercise``,
    ``directory.set-rollback``, ``directory.set-fast-forward``, ``directory.set-lowered``,
    ``directory.set-expired``.
    """
    signed = parse_signed_set(data)
    require_hybrid(signed.envelope, [mirror])
    listing = signed.listing
    if listing.exercise != exercise:
        raise Refused("directory.exercise", "entries of an exercise and real ones are never mixed")
    if held is not None:
        _require_follows(held, signed)
    if listing.version > (held.listing.version if held else 0) + MAX_STEP:
        raise Refused(
            "directory.set-fast-forward",
            "the mirror's set jumps to version {version}: its key may be stolen",
            version=listing.version,
        )
    if not now < listing.expires_at or listing.issued_at > now.plus(MAX_SKEW):
        raise Refused(
            "directory.set-expired",
            "the mirror's set is of {issued}, valid until {expires}: it may be frozen",
            issued=listing.issued_at,
            expires=listing.expires_at,
        )
    return signed


def _require_follows(held: SignedSet, signed: SignedSet) -> None:
    old, new = held.listing, signed.listing
    is_same = held.envelope.payload == signed.envelope.payload
    if new.version < old.version or (new.version == old.version and not is_same):
        raise Refused(
            "directory.set-rollback",
            "the mirror's set {version} does not follow set {held} that we hold",
            version=new.version,
            held=old.version,
        )
    for before in old.entries:
        after = new.find(before.state)
        if after is None or after.version < before.version or _differs(before, after):
            raise Refused(
                "directory.set-lowered",
                "the mirror's set takes back version {version} of {state}",
                version=before.version,
                state=before.state,
            )


def _differs(before: Listed, after: Listed) -> bool:
    return before.version == after.version and before.sha256 != after.sha256


def require_listed(listing: DirectorySet, update: Update) -> None:
    """Raise Refused ``directory.not-in-set`` unless the newest accepted version is the listed one.

    An update that brings nothing new needs no place in the set.
    """
    for one in update.accepted[-1:]:
        listed = listing.find(update.state)
        if listed is None or (listed.version, listed.sha256) != (one.entry.version, one.sha256):
            raise Refused(
                "directory.not-in-set",
                "version {version} of {state} is not the one in the mirror's set",
                version=one.entry.version,
                state=update.state,
            )


def find_behind(book: Book, listing: DirectorySet) -> tuple[StateCode, ...]:
    """Return the States of which the set lists a newer version than the book holds.

    What a mirror lists and does not hand out shows here.
    """
    held = {state: book.history(state)[-1].entry.version for state in book.states()}
    return tuple(one.state for one in listing.entries if one.version > held.get(one.state, 0))
