"""A witness in a folder: what it has cosigned, kept so that it can never contradict itself.

One file a log, named by the SHA-256 of the origin: ``logs/<hash>.vkeys`` (whom it trusts for
that log) and ``heads/<hash>`` (the last head that it cosigned).  The head is on the disk
before the cosignature exists.  What this store is trusted for: who can put back an old head
can make this witness sign two histories; so its folder never comes from a backup.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from attrs import field, frozen

from longbien.adapters.files import make_folders
from longbien.adapters.ledger_disk import Disk, disk_errors, lock_folder, replace_file
from longbien.adapters.ledger_store import LedgerStore
from longbien.ledger.checkpoints import Head, SignedCheckpoint, encode_head, parse_checkpoint
from longbien.ledger.cosignatures import Cosigner
from longbien.ledger.log import Witnessed
from longbien.ledger.notes import VerifierKey, parse_signature_line, parse_vkey
from longbien.ledger.witness import (
    AddCheckpoint,
    Decision,
    Status,
    answer,
    decide_add_checkpoint,
    encode_add_checkpoint,
    parse_add_checkpoint,
)
from longbien.primitives.errors import Integrity, Malformed, Refused
from longbien.primitives.instants import Instant

MAX_KEPT: Final = 100  # refused requests kept as evidence; a flood must not fill the disk
_MAX_SMALL: Final = 2**16  # bytes of a head or a list of keys


@frozen(kw_only=True)
class WitnessAnswer:
    """What goes back to the log."""

    decision: Decision

    body: bytes = field(repr=False)
    """Cosignature lines for a 200; the recorded size for a 409; a code otherwise."""


class WitnessStore:
    """One open witness.  Only one program at a time holds it; only one thread may use it."""

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        """Open the folder; make it where it is not there.

        Raises Refused ``ledger.busy``; Unavailable ``ledger.disk``.
        """
        self.folder = folder
        self._disk = disk or Disk()
        with disk_errors(folder):
            for name in ("logs", "heads", "refused"):
                make_folders(folder / name, mode=0o700)
            self._lock = lock_folder(folder / "lock")

    def __enter__(self) -> Self:
        """Use it in a with block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go for another program."""
        os.close(self._lock)

    def trust_log(self, keys: Sequence[VerifierKey]) -> None:
        """Believe these keys for the log that they name; once, and not changed afterwards.

        Raises Refused ``witness.log-keys`` where other keys are believed already, or the keys
        do not all bear one name.
        """
        names = {key.name for key in keys}
        known = self.log_keys(min(names)) if len(names) == 1 else ()
        if len(names) != 1 or (known and set(known) != set(keys)):
            raise Refused(
                "witness.log-keys",
                "the keys are of several logs, or not those that this witness believes already",
            )
        if not known:
            data = "".join(f"{key.text}\n" for key in keys).encode()
            with disk_errors(self.folder):
                replace_file(self._disk, self._path("logs", min(names), ".vkeys"), data)

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return whom this witness believes for a log; none if it does not know the log."""
        data = self._find(self._path("logs", origin, ".vkeys"))
        try:
            return tuple(parse_vkey(line) for line in (data or b"").splitlines())
        except Malformed:
            raise self._damaged(origin) from None

    def recorded(self, origin: str) -> Head | None:
        """Return the last head that was cosigned for a log.  Raises Integrity ``witness.state``."""
        data = self._find(self._path("heads", origin, ""))
        if data is None:
            return None
        text, check = data[:-65], data[-65:]
        try:
            head = parse_checkpoint(text).head
        except Malformed:
            raise self._damaged(origin) from None
        if check != _check_line(text) or head.origin != origin:
            raise self._damaged(origin)
        return head

    def add_checkpoint(
        self, data: bytes, *, cosigners: Sequence[Cosigner], now: Instant
    ) -> WitnessAnswer:
        """Answer a request: check, make the new head durable, and only then sign.

        Raises Malformed for a request that cannot be read (the door says 400); Unavailable
        ``ledger.disk`` where the head could not be recorded: then nothing was signed.
        """
        request = parse_add_checkpoint(data)
        origin = request.signed.checkpoint.head.origin
        with disk_errors(self.folder):
            decision = decide_add_checkpoint(
                self.recorded(origin),
                request,
                log_keys=self.log_keys(origin),
                own_keys=[cosigner.key for cosigner in cosigners],
            )
            if decision.head is not None:
                text = encode_head(decision.head)
                path = self._path("heads", origin, "")
                replace_file(self._disk, path, text + _check_line(text))
            elif decision.status is Status.UNPROCESSABLE:
                self._keep(request)
        body = answer(decision, request, cosigners=cosigners, now=now)
        return WitnessAnswer(decision=decision, body=body)

    def cosign(
        self, store: LedgerStore, *, cosigners: Sequence[Cosigner], now: Instant
    ) -> SignedCheckpoint:
        """Witness a ledger on the same machine and put the cosignatures under its checkpoint.

        The ledger remembers what this witness has seen, before and after.  Raises Refused
        ``ledger.behind-witness``, ``ledger.no-checkpoint``, ``witness.refused``; Integrity
        ``witness.state``; Unavailable.
        """
        recorded = self.recorded(store.origin)
        names = {cosigner.key.name for cosigner in cosigners}
        store.remember(self._seen(names, recorded))
        request = store.request_for(recorded.size if recorded else 0)
        given = self.add_checkpoint(encode_add_checkpoint(request), cosigners=cosigners, now=now)
        if given.decision.status is not Status.COSIGNED:
            raise Refused(
                "witness.refused",
                "the witness does not cosign {origin}: {reason}",
                origin=store.origin,
                reason=given.decision.reason,
            )
        lines = [parse_signature_line(row) for row in given.body.splitlines()]
        store.add_cosignatures(lines, keys=[cosigner.key for cosigner in cosigners])
        store.remember(self._seen(names, given.decision.head))
        return store.get_published()

    def _seen(self, names: Iterable[str], head: Head | None) -> tuple[Witnessed, ...]:
        if head is None:
            return ()
        return tuple(Witnessed(witness=name, size=head.size, root=head.root) for name in names)

    def _keep(self, request: AddCheckpoint) -> None:
        # signed by the log and inconsistent with what it signed before: a third party can judge
        data = encode_add_checkpoint(request)
        path = self.folder / "refused" / hashlib.sha256(data).hexdigest()
        if not path.exists() and len(list(path.parent.iterdir())) < MAX_KEPT:
            replace_file(self._disk, path, data)

    def _path(self, kind: str, origin: str, ending: str) -> Path:
        # an origin may hold slashes and dots: it never becomes a path
        return self.folder / kind / (hashlib.sha256(origin.encode()).hexdigest() + ending)

    def _find(self, path: Path) -> bytes | None:
        with disk_errors(self.folder):
            try:
                with path.open("rb") as file:
                    return file.read(_MAX_SMALL)
            except FileNotFoundError:
                return None

    def _damaged(self, origin: str) -> Integrity:
        return Integrity(
            "witness.state",
            "{folder} holds no sound record of {origin}; this witness must not sign for it again "
            "before a person has compared it with the log and the other witnesses",
            folder=self.folder,
            origin=origin,
        )


def _check_line(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode() + b"\n"
