"""What a State says about itself: its authorities, keys, endpoints, roots.

An entry is complete in itself; what was said in earlier ones is kept by ``book``.  Bytes are
``wire``'s, trust is ``trusted``'s.  Key windows are half open: from ``not_before`` on, and up to
but not including ``not_after`` or ``revoked_at``.
"""

import re
from collections.abc import Hashable, Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import AuthorityId, KeyId, StateCode
from longbien.primitives.instants import Instant
from longbien.trust.age.recipients import HybridRecipient
from longbien.trust.certificates import parse_certificate
from longbien.trust.dsse import HybridKey

MAX_VERSION: Final = 999_999  # an entry a minute for two years: more is an attack
MAX_LIFETIME: Final = timedelta(days=100)  # how long a frozen entry can deceive anybody
MAX_HOLDERS: Final = 16
MAX_AUTHORITIES: Final = 32
MAX_KEYS: Final = 16  # of one authority, of each kind
MAX_ENDPOINTS: Final = 8
MAX_PINS: Final = 4
MAX_CERTIFICATE: Final = 4096  # bytes; one of a P-384 key with long names has about 900
MAX_VKEYS: Final = 16
MAX_VKEY: Final = 4096  # bytes, as C2SP signed-note is read in the ledger
MAX_LIST: Final = 64  # competences, languages, declarations, contact points
MAX_NAME: Final = 200  # characters

_SUITE = re.compile(r"LB([1-9][0-9]{0,2})", re.ASCII)


class RevocationReason(StrEnum):
    """Why a key ended before its time; words of RFC 5280, 5.3.1."""

    KEY_COMPROMISE = "key-compromise"
    SUPERSEDED = "superseded"
    CESSATION = "cessation-of-operation"


class ContactKind(StrEnum):
    """How people reach people."""

    TELEPHONE = "telephone"
    EMAIL = "email"
    FAX = "fax"
    MESSAGING = "messaging"


class DeclarationKind(StrEnum):
    """What a State has declared to the depositary."""

    DECLARATION = "declaration"
    RESERVATION = "reservation"
    NOTIFICATION = "notification"


@frozen(kw_only=True)
class SigningKey:
    """A key pair with which an authority signs, and from when until when."""

    keys: HybridKey
    not_before: Instant
    not_after: Instant

    revoked_at: Instant | None = None
    """What was signed before this instant stays valid; nothing from it on."""

    reason: RevocationReason | None = None

    def __attrs_post_init__(self) -> None:
        """Malformed ``directory.window``: ends before it begins, or half a revocation."""
        _require_window(self.not_before, self.not_after)
        if (self.revoked_at is None) != (self.reason is None):
            raise Malformed("directory.window", "a revocation has an instant and a reason")

    @property
    def ends_at(self) -> Instant:
        """Return the first instant at which it is no longer good."""
        return min(self.not_after, self.revoked_at or self.not_after)

    def is_valid(self, at: Instant) -> bool:
        """Tell whether what was signed at that instant counts."""
        return self.not_before <= at < self.ends_at


@frozen(kw_only=True)
class SealingKey:
    """An age recipient that others seal for; always the post-quantum hybrid kind."""

    recipient: HybridRecipient = field(repr=False)
    not_before: Instant
    not_after: Instant

    def __attrs_post_init__(self) -> None:
        """Malformed ``directory.window``: it ends before it begins."""
        _require_window(self.not_before, self.not_after)

    def is_valid(self, at: Instant) -> bool:
        """Tell whether something may be sealed for it at that instant."""
        return self.not_before <= at < self.not_after


@frozen(kw_only=True)
class KeyCommitment:
    """A key pair that is announced by its digests and not shown yet."""

    ec: KeyId
    mldsa: KeyId

    @property
    def ids(self) -> tuple[KeyId, KeyId]:
        """Return both key ids, the elliptic curve's first."""
        return self.ec, self.mldsa


@frozen(kw_only=True)
class OfficeHours:
    """When an office is staffed, in its own time zone."""

    days: tuple[int, ...]
    """ISO 8601 weekdays, Monday 1 to Sunday 7, ascending."""

    opens: str
    """``HH:MM``."""

    closes: str
    """``HH:MM``; ``24:00`` is the end of the day."""


@frozen(kw_only=True)
class ContactPoint:
    """A number or address for people; messages of this channel never go there."""

    kind: ContactKind
    value: str
    purpose: str
    """A coded word: ``duty``, ``call-back``, ``office``."""


@frozen(kw_only=True)
class Declaration:
    """A declaration, reservation or notification, as coded data."""

    kind: DeclarationKind
    basis: str
    """The instrument, coded: ``UNCC``, ``Budapest``."""

    article: str
    """As it is cited: ``42(5)``."""

    code: str
    values: tuple[str, ...] = ()


@frozen(kw_only=True)
class LocalName:
    """A name in one language."""

    language: str
    text: str


@frozen(kw_only=True)
class Authority:
    """An authority of the State and how to reach, believe and seal for it."""

    id: AuthorityId
    names: tuple[LocalName, ...]
    competences: tuple[str, ...]
    """Coded words: ``contact-point``, ``central-authority``, kinds of request."""

    languages: tuple[str, ...]
    """In which a request may be written, preferred first (BCP 47)."""

    time_zone: str
    """IANA name: ``Asia/Ho_Chi_Minh``."""

    office_hours: tuple[OfficeHours, ...]
    contact_points: tuple[ContactPoint, ...]
    signing_keys: tuple[SigningKey, ...]
    next_keys: tuple[KeyCommitment, ...]
    sealing_keys: tuple[SealingKey, ...]


@frozen(kw_only=True)
class Endpoint:
    """Where the node is reached, and the TLS keys that it shows there and as a client."""

    host: str
    port: int
    pins: tuple[Digest, ...]
    """SHA-256 of the SubjectPublicKeyInfo, one of them in use."""

    next_pins: tuple[Digest, ...] = ()
    """Accepted as well: the key that will be used next."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    """X.509 certificates (DER) that the node signs for itself, for keys of ``pins`` and
    ``next_pins``: a TLS library can only be told of whole certificates."""


@frozen(kw_only=True)
class Roots:
    """The State's offline roots: ``threshold`` of the holders must sign each entry.

    A holder has an ECDSA and an ML-DSA key and counts only when both have signed.
    """

    threshold: int
    holders: tuple[HybridKey, ...]

    def __attrs_post_init__(self) -> None:
        """Malformed ``directory.roots``: no holder, too many, or a threshold out of reach."""
        if not 1 <= self.threshold <= len(self.holders) <= MAX_HOLDERS:
            raise Malformed(
                "directory.roots",
                "roots are {threshold} of {count}",
                threshold=self.threshold,
                count=len(self.holders),
            )


@frozen(kw_only=True)
class Minimum:
    """The least that this State speaks; it only goes up."""

    protocol: int
    suite: str

    def __attrs_post_init__(self) -> None:
        """Malformed ``directory.minimum``: not a protocol number from 1, or not ``LB<n>``."""
        if self.protocol < 1 or not _SUITE.fullmatch(self.suite):
            raise Malformed("directory.minimum", "a minimum is a protocol number and a suite LB<n>")

    @property
    def suite_number(self) -> int:
        """Return the suite's rank: a higher one is never weaker."""
        return int(self.suite[2:])

    def allows(self, lower: "Minimum") -> bool:
        """Tell whether this one is nowhere below ``lower``."""
        return self.protocol >= lower.protocol and self.suite_number >= lower.suite_number


@frozen(kw_only=True)
class StateEntry:
    """One version of a State's entry."""

    state: StateCode
    exercise: bool
    version: int

    previous: Digest | None
    """SHA-256 of the payload of the version before; None in version 1 only."""

    issued_at: Instant
    expires_at: Instant
    roots: Roots
    authorities: tuple[Authority, ...]
    endpoints: tuple[Endpoint, ...]

    ledger_keys: tuple[str, ...]
    """C2SP verifier keys of the node's ledger, all under one origin."""

    witness_keys: tuple[str, ...]
    """C2SP verifier keys with which this State cosigns the ledgers of others."""

    package_roots: tuple[Digest, ...]
    """SHA-256 of the root certificates (DER) under which its packages are signed."""

    time_roots: tuple[Digest, ...] = ()
    """The same of the time-stamp authorities that its packages are stamped by."""

    declarations: tuple[Declaration, ...]
    minimum: Minimum

    def __attrs_post_init__(self) -> None:
        """Malformed ``directory.*``: what no entry may say, whoever signed it."""
        _check_times(self)
        _check_names(self)
        _check_keys(self)

    def find_authority(self, authority: AuthorityId) -> Authority | None:
        """Return an authority of this entry."""
        return next((one for one in self.authorities if one.id == authority), None)


def suite_number(suite: str) -> int:
    """Return the rank of a suite; Malformed ``directory.minimum`` where it is not one."""
    return Minimum(protocol=1, suite=suite).suite_number


def _require_window(begin: Instant, end: Instant) -> None:
    if not begin < end:
        raise Malformed("directory.window", "a key's window ends before it begins")


def _check_times(entry: StateEntry) -> None:
    lifetime = entry.expires_at.moment - entry.issued_at.moment
    if not timedelta(0) < lifetime <= MAX_LIFETIME:
        raise Malformed(
            "directory.lifetime",
            "an entry is valid for at most {days} days",
            days=MAX_LIFETIME.days,
        )
    if not 1 <= entry.version <= MAX_VERSION or (entry.previous is None) != (entry.version == 1):
        raise Malformed(
            "directory.version",
            "versions count from 1 to {limit}, and each but the first names the one before it",
            limit=MAX_VERSION,
        )
    for key in _signing_keys(entry):
        if key.revoked_at is not None and key.revoked_at > entry.issued_at:
            raise Malformed("directory.window", "a key cannot be revoked ahead of time")


def _check_names(entry: StateEntry) -> None:
    ids = [one.id.text for one in entry.authorities]
    if ids != sorted(set(ids)) or not ids:
        raise Malformed(
            "directory.authorities", "authorities stand in the order of their ids, each once"
        )
    if any(one.id.state != entry.state for one in entry.authorities):
        raise Malformed(
            "directory.foreign-authority",
            "the entry of {state} speaks for an authority of another State",
            state=entry.state,
        )


def _check_keys(entry: StateEntry) -> None:
    """No key has two uses: whoever holds one must not be two signers."""
    shown = [holder.ids for holder in entry.roots.holders]
    shown += [key.keys.ids for key in _signing_keys(entry)]
    announced = [one.ids for authority in entry.authorities for one in authority.next_keys]
    recipients = [one.recipient for each in entry.authorities for one in each.sealing_keys]
    pins = [pin for endpoint in entry.endpoints for pin in endpoint.pins + endpoint.next_pins]
    _require_once(key for pair in shown + announced for key in pair)
    _require_once(recipients)
    _require_once((*entry.ledger_keys, *entry.witness_keys))
    _require_once(entry.package_roots)
    _require_once(entry.time_roots)
    for endpoint in entry.endpoints:
        _check_pins(endpoint)
    # one TLS key may serve several addresses, but a signing key is never a TLS key
    _require_apart({key.text.removeprefix("sha256:") for pair in shown for key in pair}, pins)


def _check_pins(endpoint: Endpoint) -> None:
    pins = endpoint.pins + endpoint.next_pins
    _require_once(pins)
    # a certificate of any other key would let in whoever holds that key
    if any(Digest.of(parse_certificate(der).spki) not in pins for der in endpoint.certificates):
        raise Malformed(
            "directory.certificate",
            "a TLS certificate in an entry is for a key that is pinned there",
        )


def _require_once(things: Iterable[Hashable]) -> None:
    found = list(things)
    if len(set(found)) != len(found):
        raise _twice()


def _require_apart(keys: set[str], pins: Iterable[Digest]) -> None:
    if any(pin.hex in keys for pin in pins):
        raise _twice()


def _twice() -> Malformed:
    return Malformed("directory.key-twice", "one key has two uses in an entry")


def _signing_keys(entry: StateEntry) -> list[SigningKey]:
    return [key for authority in entry.authorities for key in authority.signing_keys]
