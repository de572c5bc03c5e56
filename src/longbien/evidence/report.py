"""What a verification says: numbered checks with their findings, and the facts for people.

How it is written as text, JSON or a page lives in ``report_text``, ``report_json`` and
``report_html``; the words live in ``report_texts``.
"""

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome, Verdict

MAX_LISTED = 500  # exhibits and notices named in a report; the counts are always whole


class Kind(StrEnum):
    """What was verified."""

    PACKAGE = "package"
    """A whole package, ``LB-<uuid>``."""

    DISCLOSURE = "disclosure"
    """A part of one, with the proof that it belongs to it: ``LBD-<uuid>``."""


class Mode(StrEnum):
    """How much was computed again."""

    FULL = "full"
    """Everything."""

    QUICK = "quick"
    """Each byte was hashed once: of a file above one block, not the SHA-256 of the whole file."""


@frozen(kw_only=True)
class PlannedStep:
    """One numbered step and the checks that must leave a finding in it."""

    code: str
    """``step.…``: its title stands in the catalogue."""

    required: tuple[str, ...]
    """Check codes: one that left no finding is INDETERMINATE ``check.not-run``."""

    optional: tuple[str, ...] = ()
    """Check codes that only some packages lead to."""


@frozen(kw_only=True)
class Step:
    """One numbered step of a report."""

    number: int
    code: str
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Return the worst finding of the step."""
        return Verdict(findings=self.findings).outcome


@frozen(kw_only=True)
class Clock:
    """One clock that says when a signature existed at the latest."""

    code: str
    """Which kind: ``clock.signature``, ``clock.package``, ``clock.witness``."""

    name: str
    """Whose clock: the subject of the time-stamp certificate, the witness's name."""

    at: Instant

    is_trusted: bool
    """True where the relying party itself named that clock (its roots, its policy)."""


@frozen(kw_only=True)
class Signer:
    """One set of signature files and who made it."""

    place: str
    """Where the signature stands in the package."""

    role: str
    """``role.sender``, ``role.receiver`` (a set added later), ``role.discloser``."""

    name: str
    """Subject of the signer's certificate; empty where no good signature was found."""

    root: str = ""
    """Subject of the root above it; empty where there is no proven path."""

    root_sha256: str = ""
    certificate_sha256: str = ""
    clocks: tuple[Clock, ...] = ()
    outcome: Outcome

    @property
    def latest_at(self) -> Instant | None:
        """Return when the signature existed at the latest, by the earliest trusted clock."""
        return min((clock.at for clock in self.clocks if clock.is_trusted), default=None)


@frozen(kw_only=True)
class ExhibitFacts:
    """One exhibit, counted."""

    name: str
    files: int
    size: int


@frozen(kw_only=True)
class LimitFacts:
    """One use limit, as the giving State wrote it."""

    kind: str
    text: str
    until: str = ""


@frozen(kw_only=True)
class Contents:
    """What the package says of itself.  ``is_proven`` tells if a good signature covers it."""

    is_proven: bool
    package_id: str
    request: str = ""
    legal_basis: tuple[str, ...] = ()
    created_at: str = ""
    created_by: str = ""
    exhibits: tuple[ExhibitFacts, ...] = ()
    """The first ``MAX_LISTED`` of them."""

    exhibit_count: int = 0
    files: int = 0
    size: int = 0
    """Bytes of all files."""

    recipients: tuple[str, ...] = ()
    use_limits: tuple[LimitFacts, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    """Code and original name of what was odd when the files were taken in: the first ones."""

    notice_count: int = 0
    exercise: bool = False
    suite: str = ""
    software: str = ""


@frozen(kw_only=True)
class Given:
    """One file of a disclosure: all of it or a range of bytes."""

    path: str
    original_name: str
    start: int
    end: int
    """The byte after the last one that is given."""

    size: int
    """Of the whole file."""

    @property
    def is_whole(self) -> bool:
        """Tell if nothing of the file is missing."""
        return self.start == 0 and self.end == self.size


@frozen(kw_only=True)
class Withheld:
    """What a disclosure leaves closed."""

    files: int
    """Proven by the size of the signed tree of exhibits."""

    reasons: tuple[tuple[str, int], ...] = ()
    """Coded reasons with how many files each; the word of whoever made the disclosure."""

    is_attested: bool = False
    """True where the discloser signed the reasons and the signature is good."""


@frozen(kw_only=True)
class Fingerprint:
    """A root or key that the relying party has not confirmed: compare it by telephone."""

    role: str
    """``anchor.signer``, ``anchor.time``, ``anchor.ledger``, ``anchor.witness``."""

    name: str
    sha256: str


@frozen(kw_only=True)
class Report:
    """The result of one verification."""

    kind: Kind
    mode: Mode = Mode.FULL
    steps: tuple[Step, ...]
    verified_at: Instant
    """By the clock of the computer that verified."""

    software: str
    signers: tuple[Signer, ...] = ()
    clocks: tuple[Clock, ...] = ()
    """Witnesses of the ledger: when the packing of these contents was on record at the latest."""

    contents: Contents | None = None
    is_complete: bool | None = None
    """True: every file of the package is here; None where that could not be told."""

    given: tuple[Given, ...] = ()
    withheld: Withheld | None = None
    fingerprints: tuple[Fingerprint, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Return the worst outcome of all steps; no step at all is INDETERMINATE."""
        return self.verdict.outcome

    @property
    def verdict(self) -> Verdict:
        """Return all findings, in the order of the steps."""
        return Verdict(findings=tuple(f for step in self.steps for f in step.findings))

    def find_step(self, code: str) -> Step | None:
        """Return the step of that code, or None."""
        return next((step for step in self.steps if step.code == code), None)


def lay_out(plan: tuple[PlannedStep, ...], findings: Iterable[Finding]) -> tuple[Step, ...]:
    """File the findings under the numbered steps of the plan.

    A required check without a finding becomes INDETERMINATE ``check.not-run``.  A check
    that no step names is a bug: KeyError.
    """
    place = {check: step.code for step in plan for check in (*step.required, *step.optional)}
    filed: dict[str, list[Finding]] = {step.code: [] for step in plan}
    for finding in findings:
        filed[place[finding.check]].append(finding)
    return tuple(
        Step(
            number=number,
            code=step.code,
            findings=Verdict.of(filed[step.code], required=step.required).findings,
        )
        for number, step in enumerate(plan, start=1)
    )
