"""A client of a node's officers' API, for a State's own case system: typed, without dependencies.

    client = ApiClient(http_exchange("http://127.0.0.1:7421"), token=token)
    asked = client.ask(kind="preservation", peer=peer, contents={...}, legal_basis=["UNCC"])

Every change carries an idempotency key, so a call that got no answer is made again and takes
effect once.  What the node refuses is raised as the house's own errors, under the node's codes.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from attrs import define, field, frozen

from longbien.adapters.api_exchange import ApiCall, ApiReply, Exchange, FileBody, error_of
from longbien.adapters.files import write_all
from longbien.adapters.partial_files import new_file, write_errors
from longbien.casework.use_limits import Use
from longbien.evidence.package import UseLimit
from longbien.primitives.canonical import Json, encode_json, parse_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed, Unavailable
from longbien.primitives.ids import AuthorityId, CaseId, MessageId, PackageId
from longbien.primitives.instants import Instant

PREFIX: Final = "/api/v1"
ATTEMPTS: Final = 5
_MAX_DOCUMENT: Final = 32 * 2**20  # bytes of one answer: a case with its whole journal

T = TypeVar("T")


@frozen(kw_only=True)
class RuleWarning:
    """An unverified rule that speaks against what was done."""

    code: str
    ref: str
    confidence: str
    severity: str
    facts: Mapping[str, str]
    sentence: str


@frozen(kw_only=True)
class ApiDone:
    """What a verb has done."""

    case: CaseId
    version: int
    messages: tuple[MessageId, ...]
    warnings: tuple[RuleWarning, ...]
    is_repeated: bool


@frozen(kw_only=True)
class TakenExhibit:
    """An exhibit that the node has taken in, with the digests that it computed."""

    id: str
    original_name: str
    size: int
    sha256: Digest
    tree: Digest
    version: int


@frozen(kw_only=True)
class ListedCase:
    """A case as a list shows it."""

    case: CaseId
    kind: str
    side: str
    own: AuthorityId
    peer: AuthorityId
    state: str
    lane: str
    exercise: bool
    version: int
    changed_at: Instant
    due_at: Instant | None
    due_clock: str


@frozen(kw_only=True)
class FullCase:
    """A case with its content."""

    line: ListedCase
    document: Mapping[str, Any] = field(repr=False)
    """All that the API says of it (schema ``CaseAnswer``)."""

    @property
    def state(self) -> str:
        """Return its state."""
        return self.line.state

    @property
    def version(self) -> int:
        """Return its version."""
        return self.line.version

    @property
    def packages(self) -> Sequence[Mapping[str, Any]]:
        """Return the announced packages."""
        found: Sequence[Mapping[str, Any]] = self.document["packages"]
        return found


@define(kw_only=True)
class ApiClient:
    """One officer's way into a node."""

    exchange: Exchange
    token: str = field(repr=False)
    random_bytes: Callable[[int], bytes] = os.urandom
    pause: Callable[[float], object] = time.sleep
    """Waits between two attempts."""

    attempts: int = ATTEMPTS

    # --- verbs ----------------------------------------------------------------------------------

    def ask(
        self,
        *,
        kind: str,
        peer: AuthorityId,
        contents: Mapping[str, str],
        legal_basis: Sequence[str],
        key: str | None = None,
        **fields: object,
    ) -> ApiDone:
        """Ask another State; the node draws the id of the case."""
        told = {"kind": kind, "peer": peer, "contents": contents, "legal_basis": legal_basis}
        return self.open_case("ask", key=key, **told, **fields)

    def check(self, **fields: object) -> tuple[RuleWarning, ...]:
        """Return what is missing, wrong or risky in a request, worst first; nothing is stored.

        ``fields`` are those of ``ask``, or of ``open_case`` with its ``verb``.
        """
        body = encode_json(_written({"verb": "ask", **fields}))
        headers = {**self._headers(), "Content-Type": "application/json"}
        call = ApiCall(method="POST", path=f"{PREFIX}/requests/check", headers=headers, body=body)
        document = _object(self._repeatedly(lambda: call))
        return tuple(RuleWarning(**one) for one in document["warnings"])

    def open_case(self, verb: str, *, key: str | None = None, **fields: object) -> ApiDone:
        """Open a case by ``ask``, ``give-information`` or ``call-drill``."""
        body = {"verb": verb, **fields}
        return _done(self._change(f"{PREFIX}/cases", body, key=key))

    def act(
        self,
        case: CaseId,
        verb: str,
        *,
        key: str | None = None,
        seen: int | None = None,
        **fields: object,
    ) -> ApiDone:
        """Put any verb into effect; ``seen`` is the version that the officer decided on.

        Raises Refused, Malformed, Unavailable, Integrity under the node's codes; Unavailable
        ``api-client.no-answer`` where nobody answers.
        """
        headers = {} if seen is None else {"If-Match": f'"{seen}"'}
        path = f"{PREFIX}/cases/{case}/acts/{quote(verb, safe='')}"
        return _done(self._change(path, fields, key=key, headers=headers))

    def acknowledge(self, case: CaseId, *, reference: str = "", text: str = "") -> ApiDone:
        """Say that an officer has taken it up."""
        return self.act(case, "acknowledge", reference=reference, text=text)

    def confirm_preservation(
        self, case: CaseId, *, effective_at: Instant, until: Instant | None = None, text: str = ""
    ) -> ApiDone:
        """Confirm that the data are preserved."""
        return self.act(
            case, "confirm-preservation", effective_at=effective_at, until=until, text=text
        )

    def accept(
        self, case: CaseId, *, conditions: Sequence[UseLimit] = (), text: str = ""
    ) -> ApiDone:
        """Say that it will be carried out."""
        return self.act(case, "accept", conditions=conditions, text=text)

    def propose_release(
        self,
        case: CaseId,
        *,
        exhibits: Sequence[str],
        legal_basis: Sequence[str],
        safeguards: Mapping[str, object],
        use_limits: Sequence[UseLimit] = (),
    ) -> PackageId:
        """Ask a second officer to let exhibits leave; return the package's id, drawn here.

        ``safeguards`` is a record as ``casework.wire.SAFEGUARDS`` writes it.
        """
        package = PackageId.from_random(self.random_bytes(16))
        self.act(
            case,
            "propose-release",
            package=package,
            exhibits=exhibits,
            legal_basis=legal_basis,
            safeguards=safeguards,
            use_limits=use_limits,
        )
        return package

    def approve_release(self, case: CaseId, package: PackageId, *, reasons: str) -> ApiDone:
        """Let them go, as the second officer, and say why."""
        return self.act(case, "approve-release", package=package, reasons=reasons)

    # --- evidence -------------------------------------------------------------------------------

    def upload_exhibit(
        self,
        case: CaseId,
        exhibit: str,
        path: Path,
        *,
        note: str = "",
        progress: Callable[[int], object] = lambda _octets: None,
        key: str | None = None,
    ) -> TakenExhibit:
        """Send a file of any size into the vault; its digest is computed on both sides.

        ``progress`` is told the bytes of each piece.  Raises as ``act``; Unavailable ``disk.…``
        ends as the operating system says it; Integrity ``api-client.digest`` where the node has
        taken in something else.
        """
        digest = hashlib.sha256()

        def call() -> ApiCall:
            nonlocal digest
            digest = hashlib.sha256()
            return ApiCall(
                method="PUT",
                path=f"{PREFIX}/cases/{case}/exhibits/{quote(exhibit, safe='')}",
                headers={
                    **self._headers(key=drawn),
                    "Content-Type": "application/octet-stream",
                    "Longbien-Name": quote(path.name, safe=""),
                    "Longbien-Note": quote(note, safe=""),
                },
                body=FileBody(path=path, told=progress, digest=digest),
            )

        drawn = key or self._new_key()
        document = _object(self._repeatedly(call))
        found = document["exhibit"]
        taken = TakenExhibit(
            id=found["id"],
            original_name=found["original_name"],
            size=found["size"],
            sha256=Digest.parse(found["sha256"]),
            tree=Digest.parse(found["tree"]),
            version=document["done"]["version"],
        )
        is_read = document["done"]["repeated"] is False
        if is_read and Digest(digest.digest()) != taken.sha256:
            raise Integrity("api-client.digest", "the node has taken in something else")
        return taken

    def export_package(
        self,
        case: CaseId,
        package: PackageId,
        out: Path,
        *,
        reason: str,
        use: Use,
        recipients: Sequence[str] = (),
    ) -> str:
        """Write a received package to a new file; return what the node found when it verified it.

        A tar, or with ``recipients`` one age file.  It appears whole or not at all.  Raises as
        ``act``, Unavailable ``api-client.no-answer`` where the stream was cut.
        """
        asked = [("purpose", use.purpose), ("to", use.to), ("name", use.name)]
        asked += [("number", str(use.number)), *(("recipient", one) for one in recipients)]
        query = urlencode(asked)
        path = f"{PREFIX}/cases/{case}/packages/{package}/export"
        call = ApiCall(
            method="GET",
            path=f"{path}?{query}",
            headers={**self._headers(), "Longbien-Reason": quote(reason, safe="")},
        )
        with self.exchange(call) as reply:
            self._require_done(reply)
            with new_file(out, replace=False) as fd:
                at = 0
                for piece in reply.pieces():
                    with write_errors(out):
                        write_all(fd, piece, at)
                    at += len(piece)
            return reply.header("Longbien-Outcome")

    # --- reading --------------------------------------------------------------------------------

    def list_cases(
        self,
        *,
        state: str | None = None,
        kind: str | None = None,
        peer: str | None = None,
        page_size: int = 100,
    ) -> Iterator[ListedCase]:
        """Give all cases of the authority, most pressing first, page by page."""
        wanted = {"state": state, "kind": kind, "peer": peer, "limit": str(page_size)}
        given = {name: value for name, value in wanted.items() if value is not None}
        after: str | None = None
        while True:
            query = urlencode({**given, "after": after} if after else given)
            page = self._get(f"{PREFIX}/cases?{query}")
            yield from map(_line, page["cases"])
            after = page["next"]
            if after is None:
                return

    def summary(self, case: CaseId) -> ListedCase:
        """Return what lists say of a case; nothing of its content."""
        return _line(self._get(f"{PREFIX}/cases/{case}/summary"))

    def read_case(self, case: CaseId, *, reason: str) -> FullCase:
        """Return a case with its content; the node notes who has read it, and why."""
        document = self._get(f"{PREFIX}/cases/{case}", reason=reason)
        return FullCase(line=_line(document), document=document)

    def read_events(self, case: CaseId, *, reason: str) -> Sequence[Mapping[str, Any]]:
        """Return the journal of a case, oldest first."""
        found: Sequence[Mapping[str, Any]] = self._get(
            f"{PREFIX}/cases/{case}/events", reason=reason
        )["events"]
        return found

    def read_advice(
        self, case: CaseId, *, reason: str, compare: bool | None = None
    ) -> Mapping[str, Any]:
        """Return what the law as data says of a case (schema ``AdviceAnswer``)."""
        asked = "" if compare is None else f"?compare={str(compare).lower()}"
        return self._get(f"{PREFIX}/cases/{case}/advice{asked}", reason=reason)

    def read_receipts(self, case: CaseId, *, reason: str) -> Mapping[str, Any]:
        """Return the signed receipts and the documents on silence (schema ``ReceiptsAnswer``)."""
        return self._get(f"{PREFIX}/cases/{case}/receipts", reason=reason)

    def directory(self) -> Mapping[str, Any]:
        """Return the States and authorities that can be written to."""
        return self._get(f"{PREFIX}/directory")

    def alarms(self) -> Mapping[str, Any]:
        """Return what people must be told now."""
        return self._get(f"{PREFIX}/alarms")

    def wait_for(
        self,
        case: CaseId,
        states: Iterable[str],
        *,
        wait: Callable[[], bool],
    ) -> ListedCase:
        """Look until a case is in one of the states; ``wait`` lets time pass between two looks.

        Raises Unavailable ``api-client.not-yet`` when ``wait`` says that it is enough (False).
        """
        wanted = frozenset(states)
        while True:
            found = self.summary(case)
            if found.state in wanted:
                return found
            if not wait():
                raise Unavailable(
                    "api-client.not-yet", "the case is {state} still", retry=True, state=found.state
                )

    # --- one request ----------------------------------------------------------------------------

    def _get(self, path: str, *, reason: str = "") -> dict[str, Any]:
        headers = self._headers()
        if reason:
            headers["Longbien-Reason"] = quote(reason, safe="")
        return _object(self._once(ApiCall(method="GET", path=path, headers=headers)))

    def _change(
        self,
        path: str,
        fields: Mapping[str, object],
        *,
        key: str | None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        call = ApiCall(
            method="POST",
            path=path,
            headers={
                **self._headers(key=key or self._new_key()),
                "Content-Type": "application/json",
                **(headers or {}),
            },
            body=encode_json(_written(fields)),
        )
        return _object(self._repeatedly(lambda: call))

    def _headers(self, *, key: str = "") -> dict[str, str]:
        found = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        return {**found, "Idempotency-Key": key} if key else found

    def _new_key(self) -> str:
        return self.random_bytes(16).hex()

    def _repeatedly(self, call: Callable[[], ApiCall]) -> bytes:
        """Make a call that has a key until it was answered, a bounded number of times."""
        for attempt in range(1, self.attempts):
            try:
                return self._once(call())
            except Unavailable as error:
                if not error.retry:
                    raise
                seconds = error.facts.get("retry_after")
                self.pause(float(seconds) if isinstance(seconds, int) else float(2**attempt))
        return self._once(call())

    def _once(self, call: ApiCall) -> bytes:
        with self.exchange(call) as reply:
            self._require_done(reply)
            return reply.read(_MAX_DOCUMENT)

    def _require_done(self, reply: ApiReply) -> None:
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise error_of(reply)


# --- documents ----------------------------------------------------------------------------------


def _written(value: object) -> Json:
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, UseLimit):
        return _written({"kind": value.kind.value, "text": value.text, "until": value.until})
    if isinstance(value, Mapping):
        return {str(name): _written(member) for name, member in value.items()}
    if isinstance(value, Sequence):
        return [_written(member) for member in value]
    return str(value)


def _object(data: bytes) -> dict[str, Any]:
    found = parse_json(data, max_size=_MAX_DOCUMENT)
    if not isinstance(found, dict):
        raise Malformed("api-client.answer", "the node's answer cannot be read")
    return found


def _done(document: Mapping[str, Any]) -> ApiDone:
    return ApiDone(
        case=CaseId(document["case"]),
        version=document["version"],
        messages=tuple(MessageId(text) for text in document["messages"]),
        warnings=tuple(RuleWarning(**one) for one in document["warnings"]),
        is_repeated=document["repeated"],
    )


def _line(document: Mapping[str, Any]) -> ListedCase:
    due = document["next_due"]
    return ListedCase(
        case=CaseId(document["case"]),
        kind=document["kind"],
        side=document["side"],
        own=AuthorityId(document["own"]),
        peer=AuthorityId(document["peer"]),
        state=document["state"],
        lane=document["lane"],
        exercise=document["exercise"],
        version=document["version"],
        changed_at=Instant.parse(document["changed_at"]),
        due_at=Instant.parse(due["at"]) if due else None,
        due_clock=due["clock"] if due else "",
    )
