"""The main job, told in steps: ask, receive, acknowledge, preserve, hand over, verify, receipt.

Each step is what an officer does through the node's own interface, and each line says how long
it took until the other State's node had it, durably and with a signed receipt.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from longbien.adapters.api_client import ApiClient, ListedCase
from longbien.adapters.api_exchange import http_exchange
from longbien.casework.safeguards import Answer, Concern
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.node.demo.exhibits import make_exhibits
from longbien.node.demo.line import Line
from longbien.node.demo.stage import PATIENCE, Actor, free_port, run_longbien, wait_for
from longbien.node.running import now
from longbien.primitives.errors import LongBienError, Unavailable
from longbien.primitives.ids import AuthorityId, CaseId, PackageId

MIB: Final = 2**20
ROLES: Final = ("serve", "peer", "worker")
IL: Final = AuthorityId("IL/central-authority")
VN: Final = AuthorityId("VN/central-authority")
REASON: Final = "exercise"

CAST: Final = {
    "dana": (IL, ("case-officer", "duty-officer"), ("read", "act")),
    "noa": (IL, ("authoriser", "case-officer", "evidence-custodian"), ("read", "act", "export")),
    "linh": (VN, ("case-officer", "duty-officer"), ("read", "act")),
    "an": (VN, ("evidence-custodian",), ("read", "act", "ingest")),
    "binh": (VN, ("authoriser", "evidence-custodian"), ("read", "act")),
}
"""Roles of an exercise, not people: id, authority, duties, scopes of the token."""

PRESERVATION: Final = {
    "requesting_authority": "Exercise Central Authority of IL",
    "offence_and_facts": "Exercise: extortion by e-mail; the demand was sent on 3 June 2026",
    "data_and_relation": "Mailbox box-7 of the provider; the demand came from it",
    "custodian_or_location": "Exercise provider in VN",
    "necessity": "The provider deletes after 30 days",
    "intent_mla": "A request for the stored data follows",
    "no_user_notice": "The user must not be told",
}
STORED_DATA: Final = {
    "requesting_authority": "Exercise Central Authority of IL",
    "proceeding_subject_nature": "Exercise investigation of extortion",
    "conducting_authority": "Exercise prosecution service of IL",
    "facts_summary": "The demand came from mailbox box-7, which the provider preserves",
    "assistance_sought": "The mailbox and the image of the provider's disk",
    "persons_items_accounts": "Account box-7",
    "time_period": "2026-06-01T00:00:00+07:00 to 2026-06-30T23:59:59+07:00",
    "purpose": "Evidence in the investigation",
    "language": "en",
    "written_record_authenticity": "Signed electronically",
    "dual_criminality_basis": "Exercise penal code, extortion",
}


SAFEGUARDS: Final = {
    "necessity": "Exercise: no milder measure shows who sent the demand",
    "proportionality": "One mailbox and one month, for extortion",
    "scope": "Account box-7, June 2026",
    "authority": "Exercise court of first instance",
    "law": "Exercise code of criminal procedure, section 12",
    "grounds": "Reasonable suspicion of extortion",
    "review": "The exercise court has reviewed it beforehand",
    "remedy": "A complaint to the exercise court of appeal",
    "third_parties": "Correspondents of the account; what concerns them is kept apart",
    "checks": {concern.value: {"answer": Answer.NO.value} for concern in Concern},
}


def record() -> dict[str, object]:
    """Return the safeguard record of both States, authorised for a month from now."""
    return {**SAFEGUARDS, "ends_at": now().plus(timedelta(days=30))}


@frozen
class Timeline:
    """Prints what happens, with the time since the beginning and how long it took."""

    begun: float = field(factory=time.perf_counter)

    def say(self, text: str, *, took: float | None = None) -> None:
        """Print one line."""
        since = time.perf_counter() - self.begun
        duration = "" if took is None else f"  {_seconds(took)}"
        sys.stdout.write(f"{since:7.2f} s  {text}{duration}\n")
        sys.stdout.flush()

    def head(self, text: str) -> None:
        """Print a heading."""
        sys.stdout.write(f"\n{text}\n")
        sys.stdout.flush()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Say a step when it is done, and how long it took."""
        begun = time.perf_counter()
        yield
        self.say(text, took=time.perf_counter() - begun)


def _seconds(span: float) -> str:
    return f"[{1000 * span:.0f} ms]" if span < 1 else f"[{span:.2f} s]"


@define(kw_only=True)
class Side:
    """One State on the stage."""

    state: str
    folder: Path
    api_port: int
    actors: dict[str, Actor]
    officers: dict[str, ApiClient] = field(factory=dict, init=False)


@define(kw_only=True)
class Story:
    """The whole demonstration in one folder."""

    folder: Path
    mib: int
    line: Line = field(init=False)
    il: Side = field(init=False)
    vn: Side = field(init=False)
    time: Timeline = field(factory=Timeline, init=False)
    _sides: list[Side] = field(factory=list, init=False)
    """Those that were made so far."""

    def play(self) -> None:
        """Play it to the end.  Raises Unavailable ``demo.…`` where a step does not succeed."""
        self.time.head(f"EXERCISE: two nodes, IL and VN, below {self.folder}")
        self._make_nodes()
        self._start()
        case = self._preserve()
        request = self._ask_for_data(case)
        exhibits = self._ingest(request)
        package = self._release(request, exhibits)
        self._hand_over(request)
        self._verify_here(request)
        self._court(request, package)
        self._say_memory()

    def close(self) -> None:
        """Stop everything that runs."""
        for actor in self.actors():
            actor.stop()
        if hasattr(self, "line"):
            self.line.close()

    def pids(self) -> list[str]:
        """Return the numbers of all processes, and of this one, which carries the line."""
        return [*(str(actor.pid) for actor in self.actors()), str(os.getpid())]

    def wait(self) -> None:
        """Carry the line between the nodes until a signal comes."""
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()

    def actors(self) -> Iterator[Actor]:
        """Name all processes."""
        for side in self._sides:
            yield from side.actors.values()

    # --- 1. two nodes -----------------------------------------------------------------------------

    def _make_nodes(self) -> None:
        ports = {state: free_port() for state in ("IL", "VN")}
        self.line = Line(ports["IL"])  # what is sent to IL comes over this line
        with self.time.step("both nodes made: keys, directory entry, database, vault"):
            self.il = self._make("IL", peer_port=self.line.port, listen=ports["IL"])
            self.vn = self._make("VN", peer_port=ports["VN"], listen=ports["VN"])
        with self.time.step("directory entries exchanged by hand, fingerprints compared"):
            for here, there in ((self.il, self.vn), (self.vn, self.il)):
                entry = self.folder / f"{there.state}.entry"
                run_longbien("directory", "export", str(there.folder), "--out", str(entry))
                shown = run_longbien("directory", "fingerprint", str(there.folder), "--json")
                heard = json.loads(shown)["fingerprint"]
                run_longbien(
                    "directory", "import", str(here.folder), str(entry), "--fingerprint", heard
                )

    def _make(self, state: str, *, peer_port: int, listen: int) -> Side:
        folder, api_port = self.folder / state.lower(), free_port()
        run_longbien(
            *("init", str(folder), "--state", state, "--exercise"),
            *("--peer-port", str(peer_port), "--listen", f"127.0.0.1:{listen}"),
            *("--api-port", str(api_port)),
        )
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        actors = {role: Actor(role, folder, logs / f"{state}-{role}.log") for role in ROLES}
        side = Side(state=state, folder=folder, api_port=api_port, actors=actors)
        self._sides.append(side)
        return side

    def _start(self) -> None:
        with self.time.step("officers entered; six processes work"):
            for actor in self.actors():
                actor.start()
            for name, (authority, duties, scopes) in CAST.items():
                side = self.il if authority == IL else self.vn
                side.officers[name] = self._enter(side, name, authority, duties, scopes)
            for actor in self.actors():
                actor.wait_ready()

    def _enter(
        self,
        side: Side,
        name: str,
        authority: AuthorityId,
        duties: tuple[str, ...],
        scopes: tuple[str, ...],
    ) -> ApiClient:
        folder = str(side.folder)
        entrusted = [word for duty in duties for word in ("--duty", duty)]
        opened = [word for scope in scopes for word in ("--scope", scope)]
        run_longbien("officer", folder, "add", name, "--authority", str(authority), *entrusted)
        issued = json.loads(run_longbien("officer", folder, "token", name, *opened, "--json"))
        exchange = http_exchange(f"http://127.0.0.1:{side.api_port}")
        return ApiClient(exchange=exchange, token=issued["token"])

    # --- 2. preservation --------------------------------------------------------------------------

    def _preserve(self) -> CaseId:
        dana, linh = self.il.officers["dana"], self.vn.officers["linh"]
        self.time.head("Expedited preservation (article 42)")
        begun = time.perf_counter()
        case = dana.ask(
            kind="preservation", peer=VN, contents=PRESERVATION, legal_basis=("UNCC",)
        ).case
        self._wait("VN has it", lambda: _find(linh, case))
        self.time.say("IL asks; VN's node has it and has signed for it", took=_since(begun))
        begun = time.perf_counter()
        linh.acknowledge(case, reference="VN-EX-0001")
        self._reach(dana, case, "under-review")
        self.time.say("VN's officer acknowledges; IL sees it", took=_since(begun))
        begun, until = time.perf_counter(), now().plus(timedelta(days=90))
        linh.confirm_preservation(case, effective_at=now(), until=until)
        self._reach(dana, case, "preserving")
        self.time.say(f"VN confirms: preserved until {until.moment:%d %B %Y}", took=_since(begun))
        return case

    # --- 3. stored data ---------------------------------------------------------------------------

    def _ask_for_data(self, preservation: CaseId) -> CaseId:
        dana, noa, linh = (
            self.il.officers["dana"],
            self.il.officers["noa"],
            self.vn.officers["linh"],
        )
        self.time.head("Stored electronic data (article 44)")
        begun = time.perf_counter()
        case = dana.ask(
            kind="mla_stored_data",
            peer=VN,
            contents=STORED_DATA,
            legal_basis=("UNCC",),
            preservation=preservation,
            safeguards=record(),
        ).case
        if dana.summary(case).state == "drafted":
            noa.act(case, "approve", proposal=1)
        self._wait("VN has it", lambda: _find(linh, case))
        self.time.say("IL asks, two officers of IL have signed", took=_since(begun))
        begun = time.perf_counter()
        linh.acknowledge(case)
        linh.accept(case)
        self._reach(dana, case, "executing")
        self.time.say("VN acknowledges and accepts", took=_since(begun))
        return case

    def _ingest(self, case: CaseId) -> tuple[str, ...]:
        folder = self.folder / "exhibits"
        with self.time.step(f"exhibits made: an ext4 image and a mailbox export, {self.mib} MiB"):
            make_exhibits(folder, mib=self.mib)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in files)
        begun = time.perf_counter()
        for number, path in enumerate(files, 1):
            self.vn.officers["an"].upload_exhibit(case, f"E{number}", path)
        self._rate(
            f"VN takes in {len(files)} exhibits, hashed and sealed as they come", size, begun
        )
        shutil.rmtree(folder)
        return tuple(f"E{number}" for number in range(1, len(files) + 1))

    def _release(self, case: CaseId, exhibits: tuple[str, ...]) -> PackageId:
        an, binh = self.vn.officers["an"], self.vn.officers["binh"]
        with self.time.step("two officers of VN release them"):
            package = an.propose_release(
                case,
                exhibits=exhibits,
                legal_basis=("UNCC article 44",),
                safeguards=record(),
                use_limits=(
                    UseLimit(kind=UseLimitKind.SPECIALTY, text="Only for the investigation named"),
                ),
            )
            binh.approve_release(case, package, reasons="Within the order of the court")
        return package

    def _hand_over(self, case: CaseId) -> None:
        dana, vn = self.il.officers["dana"], self.vn
        self.time.head("Hand-over, with a cut and a kill")
        begun = time.perf_counter()
        size = self._wait(
            "IL has the announcement",
            _watching(dana, case, lambda one: one["size"]),
            patience=self._patience,
        )
        self._rate(
            "packed, custody cosigned by IL, signed, stamped, sealed, announced", size, begun
        )
        begun, carried = time.perf_counter(), self.line.carried
        self.line.cut_after = max(self.line.carried, carried + size // 3)
        self.line.hold_after = carried + 2 * size // 3
        self._wait("two thirds are over", self.line.held.is_set, patience=self._patience)
        self.time.say(f"the line was cut after a third: {self.line.cuts} time")
        vn.actors["worker"].kill()
        self.line.cut()
        self.time.say("VN's worker killed with SIGKILL after two thirds")
        vn.actors["worker"].start()
        vn.actors["worker"].wait_ready()
        self.line.release()
        self._wait(
            "all parts have arrived",
            _watching(dana, case, lambda one: one["has_arrived"]),
            patience=self._patience,
        )
        self._rate("all parts have arrived, the cut and the kill included", size, begun)
        again = max(0, self.line.carried - carried - size)
        self.time.say(f"sent again: {again / MIB:.1f} MiB of {size / MIB:.1f} MiB")

    def _verify_here(self, case: CaseId) -> None:
        linh, begun = self.vn.officers["linh"], time.perf_counter()
        verified = self._wait(
            "VN has IL's word",
            _watching(linh, case, lambda one: one["verified"]),
            patience=self._patience,
        )
        self.time.say(
            f"IL has verified at the door: {verified['outcome'].upper()}; VN has its signed word",
            took=_since(begun),
        )
        for side in (self.il, self.vn):
            shown = json.loads(run_longbien("status", str(side.folder), "--json"))["ledger"]
            self.time.say(
                f"{side.state}'s ledger: {shown['size']} entries, "
                + ", ".join(
                    f"{one['size']} cosigned by {one['state']}" for one in shown["witnessed"]
                )
            )

    # --- 4. the court -----------------------------------------------------------------------------

    def _court(self, case: CaseId, package: PackageId) -> None:
        self.time.head("The court, offline")
        court = self.folder / "court"
        with self.time.step("exported for the court"):
            run_longbien(
                *("case", str(self.il.folder), "export", str(case), str(package), str(court)),
                *("--officer", "noa", "--reason", REASON),
                *("--purpose", "request", "--to", "court", "--name", "Exercise court"),
            )
        bag = next(court.glob("LB-*"))
        begun = time.perf_counter()
        report = run_longbien("verify", str(bag), "--trust", str(court / "trust"))
        self.time.say(f"longbien verify: {_verdict_of(report)}", took=_since(begun))
        image = next(bag.glob("data/**/image.dd"))
        with image.open("r+b") as file:
            file.seek(MIB)
            old = file.read(1)
            file.seek(MIB)
            file.write(bytes([old[0] ^ 1]))
        report = run_longbien("verify", str(bag), "--trust", str(court / "trust"), expect=1)
        self.time.say(f"one bit changed, longbien verify: {_verdict_of(report)}")

    # --- waiting and telling ----------------------------------------------------------------------

    @property
    def _patience(self) -> float:
        return PATIENCE + self.mib / 4

    def _wait(
        self,
        what: str,
        found: Callable[[], Any],
        *,
        patience: float = PATIENCE,
    ) -> Any:  # noqa: ANN401 - what is waited for
        return wait_for(what, found, patience=patience)

    def _reach(self, officer: ApiClient, case: CaseId, state: str) -> None:
        self._wait(f"the case is {state}", lambda: officer.summary(case).state == state)

    def _rate(self, text: str, size: int, begun: float) -> None:
        took = _since(begun)
        self.time.say(f"{text}: {size / MIB / took:.0f} MiB/s", took=took)

    def _say_memory(self) -> None:
        self.time.head("Peak memory of each process")
        for side in (self.il, self.vn):
            for role, actor in side.actors.items():
                actor.measure()
                sys.stdout.write(f"  {side.state} {role:7} {actor.peak / MIB:6.0f} MiB\n")


def _since(begun: float) -> float:
    return time.perf_counter() - begun


def _find(officer: ApiClient, case: CaseId) -> ListedCase | None:
    try:
        return officer.summary(case)
    except LongBienError as error:
        if error.code == "desk.no-such-case":
            return None
        raise


def _watching(
    officer: ApiClient, case: CaseId, pick: Callable[[dict[str, Any]], Any]
) -> Callable[[], Any]:
    """Return what looks for something in a package of the case, whenever the case has moved on.

    Content is read only then: every reading is entered in the node's books.
    """
    seen = 0

    def look() -> Any:  # noqa: ANN401 - what is looked for
        nonlocal seen
        version = officer.summary(case).version
        if version == seen:
            return None
        seen = version
        packages = officer.read_case(case, reason=REASON).packages
        return next((found for one in packages if (found := pick(dict(one)))), None)

    return look


def _verdict_of(report: str) -> str:
    for word in ("FAILED", "INDETERMINATE", "PASSED"):
        if word in report:
            return word
    raise Unavailable("demo.command", "longbien {command} said nothing", command="verify")
