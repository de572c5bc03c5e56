"""The officers of a node and the tokens by which their systems come in.

A token is ``lbt_<id>_<secret>``: the id is public and stands in logs, the secret is 32 random
bytes, shown once and kept as a SHA-256.  Every row bears the mark of the node's key, so that
whoever can write to the database alone makes nobody an officer.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from longbien.casework.case import Duty, Officer
from longbien.node.store import rows
from longbien.node.store.committing import Committer
from longbien.node.store.health import Health
from longbien.node.store.officer_tables import OfficerRow, TokenRow
from longbien.node.store.opening import Store
from longbien.node.store.turn import StoreKeys, Turn
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, OfficerId
from longbien.primitives.instants import Instant

MAX_DAYS: Final = 366  # a token that nobody renews for a year belongs to nobody any more
_ID_BYTES: Final = 8
_SECRET_BYTES: Final = 32
_TOKEN = re.compile(r"lbt_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOBODY: Final = bytes(_SECRET_BYTES)


class Scope(StrEnum):
    """What a token may be used for, within its officer's duties."""

    READ = "read"
    ACT = "act"
    INGEST = "ingest"
    EXPORT = "export"
    ADMIN = "admin"


@frozen(kw_only=True)
class Token:
    """A token as the node knows it; its secret is not here."""

    id: str
    officer: OfficerId
    scopes: frozenset[Scope]
    issued_at: Instant
    expires_at: Instant
    revoked_at: Instant | None

    def is_good(self, now: Instant) -> bool:
        """Tell whether it still opens the door."""
        return self.revoked_at is None and now < self.expires_at


@frozen(kw_only=True)
class Issued:
    """A new token.  The text is shown to its owner once and kept nowhere."""

    token: Token
    text: str = field(repr=False)


@frozen(kw_only=True)
class Bearer:
    """Who has come in, and with what."""

    officer: Officer
    token: Token


class Officers:
    """The tables of officers and tokens of one store."""

    def __init__(self, keys: StoreKeys, committer: Committer, health: Health) -> None:
        self._keys = keys
        self._committer = committer
        self._health = health

    @classmethod
    def of(cls, store: Store) -> "Officers":
        """Return the officers of an open store."""
        return cls(store.keys, store.committer, store.health)

    # --- looking --------------------------------------------------------------------------------

    def find(self, officer: OfficerId) -> Officer | None:
        """Return an officer.  Raises Integrity ``journal.damaged``."""
        with self._health.reading() as using:
            row = OfficerRow.objects.using(using).filter(officer=officer.text).first()
        return self._officer(row) if row else None

    def all(self) -> tuple[Officer, ...]:
        """Return all officers, by their ids.  Raises Integrity ``journal.damaged``."""
        with self._health.reading() as using:
            found = tuple(OfficerRow.objects.using(using).order_by("officer"))
        return tuple(self._officer(row) for row in found)

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens, oldest first.  Raises Integrity ``journal.damaged``."""
        with self._health.reading() as using:
            found = tuple(TokenRow.objects.using(using).order_by("issued_at", "token"))
        return tuple(self._token(row) for row in found)

    def find_bearer(self, text: str) -> Bearer | None:
        """Return who bears this token; None for one that is unknown, revoked or has expired.

        The comparison takes the same time whatever differs.  Raises Integrity
        ``journal.damaged``.
        """
        form = _TOKEN.fullmatch(text)
        name = form[1] if form else ""
        with self._health.reading() as using:
            row = TokenRow.objects.using(using).filter(token=name).first()
        kept = bytes(row.sha256) if row else _NOBODY
        is_same = hmac.compare_digest(
            hashlib.sha256(text.encode("utf-8", "replace")).digest(), kept
        )
        if row is None or not is_same:
            return None
        token = self._token(row)
        officer = self.find(token.officer)
        if officer is None or not token.is_good(self._keys.clock()):
            return None
        return Bearer(officer=officer, token=token)

    # --- changing -------------------------------------------------------------------------------

    def add(self, officer: Officer) -> None:
        """Enter an officer, or entrust a known one with other duties; durable on return.

        Raises Refused ``officers.no-duty``, and ``officers.authority`` where a known one belongs
        to another authority.
        """
        if not officer.duties:
            raise Refused("officers.no-duty", "an officer is entrusted with at least one duty")
        known = self.find(officer.id)
        if known is not None and known.authority != officer.authority:
            raise Refused(
                "officers.authority",
                "{officer} is an officer of {authority} already; enter this one by another id",
                officer=officer.id,
                authority=known.authority,
            )
        row = OfficerRow(
            officer=officer.id.text,
            authority=officer.authority.text,
            duties=_words(officer.duties),
            added_at=rows.micros(self._keys.clock()),
        )
        row.mark = rows.officer_mark(self._keys.master, row)
        self._save(row)

    def issue(self, officer: OfficerId, *, scopes: Iterable[Scope], days: int) -> Issued:
        """Give an officer a new token; durable on return.

        Raises Refused ``officers.unknown``, ``officers.no-scope``, ``officers.days``.
        """
        wanted = frozenset(scopes)
        if self.find(officer) is None:
            raise _unknown(officer.text)
        if not wanted:
            raise Refused("officers.no-scope", "a token is good for at least one thing")
        if not 0 < days <= MAX_DAYS:
            raise Refused("officers.days", "a token lives for 1 to {limit} days", limit=MAX_DAYS)
        text, name = self._draw()
        now = self._keys.clock()
        row = TokenRow(
            token=name,
            officer=officer.text,
            sha256=hashlib.sha256(text.encode()).digest(),
            scopes=_words(wanted),
            issued_at=rows.micros(now),
            expires_at=rows.micros(now.plus(timedelta(days=days))),
            revoked_at=None,
        )
        row.mark = rows.token_mark(self._keys.master, row)
        self._save(row)
        return Issued(token=self._token(row), text=text)

    def revoke(self, token: str) -> Token:
        """Let a token open nothing any more; durable on return.

        Again is no error.  Raises Refused ``officers.no-such-token``.
        """
        with self._health.reading() as using:
            row = TokenRow.objects.using(using).filter(token=token).first()
        if row is None:
            raise Refused("officers.no-such-token", "there is no such token")
        known = self._token(row)
        if known.revoked_at is None:
            row.revoked_at = rows.micros(self._keys.clock())
            row.mark = rows.token_mark(self._keys.master, row)
            self._save(row)
        return self._token(row)

    def revoke_all(self, officer: OfficerId) -> tuple[Token, ...]:
        """Let no token of an officer open anything any more; return those that did.

        Raises Refused ``officers.unknown``.
        """
        if self.find(officer) is None:
            raise _unknown(officer.text)
        now = self._keys.clock()
        good = [one for one in self.tokens() if one.officer == officer and one.is_good(now)]
        return tuple(self.revoke(one.id) for one in good)

    def _draw(self) -> tuple[str, str]:
        name = self._keys.random_bytes(_ID_BYTES).hex()
        secret = base64.urlsafe_b64encode(self._keys.random_bytes(_SECRET_BYTES)).decode()
        return f"lbt_{name}_{secret.rstrip('=')}", name

    def _save(self, row: "OfficerRow | TokenRow") -> None:
        table = "officer" if isinstance(row, OfficerRow) else "token"

        def save(turn: Turn) -> None:
            known = type(row).objects.using(turn.using).filter(pk=row.pk).first()
            if known is not None:
                self._read(known)
                turn.count_out(table, bytes(known.mark))
            turn.count_in(table, row.mark)
            row.save(using=turn.using)

        self._committer.run(save)

    # --- rows -----------------------------------------------------------------------------------

    def _read(self, row: "OfficerRow | TokenRow") -> "Officer | Token":
        return self._officer(row) if isinstance(row, OfficerRow) else self._token(row)

    def _officer(self, row: OfficerRow) -> Officer:
        if not hmac.compare_digest(bytes(row.mark), rows.officer_mark(self._keys.master, row)):
            raise rows.damaged("officer", row.officer)
        return Officer(
            id=OfficerId.parse(row.officer),
            authority=AuthorityId.parse(row.authority),
            duties=frozenset(Duty(word) for word in row.duties.split()),
        )

    def _token(self, row: TokenRow) -> Token:
        if not hmac.compare_digest(bytes(row.mark), rows.token_mark(self._keys.master, row)):
            raise rows.damaged("token", row.token)
        revoked = row.revoked_at
        return Token(
            id=row.token,
            officer=OfficerId.parse(row.officer),
            scopes=frozenset(Scope(word) for word in row.scopes.split()),
            issued_at=rows.instant_of(row.issued_at),
            expires_at=rows.instant_of(row.expires_at),
            revoked_at=None if revoked is None else rows.instant_of(revoked),
        )


def _words(members: Iterable[StrEnum]) -> str:
    return " ".join(sorted(member.value for member in members))


def _unknown(officer: str) -> Refused:
    return Refused(
        "officers.unknown",
        "there is no officer {officer}; enter one with: longbien officer NODE add",
        officer=officer,
    )
