"""Short ways to write findings, and a cap on how many of a kind a report repeats."""

from collections import Counter
from collections.abc import Iterable, Iterator

from longbien.primitives.errors import LongBienError
from longbien.primitives.verdict import Finding, Outcome

MAX_ALIKE = 50  # findings of one check and reason: nobody reads more, and a report stays small


def passed(check: str, reason: str, subject: str = "", /, **facts: object) -> Finding:
    """Return a finding that says: in order."""
    return _finding(check, Outcome.PASSED, reason, subject, facts)


def undecided(check: str, reason: str, subject: str = "", /, **facts: object) -> Finding:
    """Return a finding that says: it could not be told."""
    return _finding(check, Outcome.INDETERMINATE, reason, subject, facts)


def failed(check: str, reason: str, subject: str = "", /, **facts: object) -> Finding:
    """Return a finding that says: not in order."""
    return _finding(check, Outcome.FAILED, reason, subject, facts)


def unreadable(check: str, reason: str, subject: str, error: LongBienError) -> Finding:
    """Return the finding for bytes that their parser refused: ``why`` and ``code`` as facts."""
    return failed(check, reason, subject, why=str(error), code=error.code)


def capped(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Let the first ``MAX_ALIKE`` findings of a check and reason through, then count the rest.

    The rest becomes one finding ``check.more`` of the same outcome, behind the others.
    """
    seen: Counter[tuple[str, str, Outcome]] = Counter()
    for finding in findings:
        kind = (finding.check, finding.reason, finding.outcome)
        seen[kind] += 1
        if seen[kind] <= MAX_ALIKE:
            yield finding
    for (check, reason, outcome), count in seen.items():
        if count > MAX_ALIKE:
            facts = {"reason": reason, "count": count - MAX_ALIKE}
            yield _finding(check, outcome, "check.more", "", facts)


def _finding(
    check: str, outcome: Outcome, reason: str, subject: str, facts: dict[str, object]
) -> Finding:
    told = tuple((name, str(value)) for name, value in facts.items())
    return Finding(check=check, outcome=outcome, reason=reason, subject=subject, facts=told)
