"""What a check found out, as data."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Self

from attrs import field, frozen


class Outcome(IntEnum):
    """Ordered so that the worst finding wins."""

    PASSED = 0
    INDETERMINATE = 1
    FAILED = 2


def _sorted_facts(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(facts))


@frozen(kw_only=True)
class Finding:
    """One check of one subject.

    ``check`` and ``reason`` are documented codes (``spec/codes.md``); ``subject``
    names what was looked at (a path, a key id); ``facts`` fill the reason's text.
    """

    check: str
    outcome: Outcome
    reason: str
    subject: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=(), converter=_sorted_facts)


@frozen(kw_only=True)
class Verdict:
    """The findings of one verification."""

    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, findings: Iterable[Finding], *, required: Iterable[str] = ()) -> Self:
        """Collect findings, in the order of the checks.

        A check named in ``required`` that left no finding did not run: it is added
        as INDETERMINATE with the reason ``check.not-run``.
        """
        found = tuple(findings)
        ran = {finding.check for finding in found}
        silent = (check for check in required if check not in ran)
        return cls(
            findings=(
                *found,
                *(
                    Finding(check=check, outcome=Outcome.INDETERMINATE, reason="check.not-run")
                    for check in silent
                ),
            )
        )

    @property
    def outcome(self) -> Outcome:
        """Return the worst outcome found."""
        # no evidence of a check is not evidence of a pass
        return max((f.outcome for f in self.findings), default=Outcome.INDETERMINATE)

    def of_check(self, check: str) -> Self:
        """Return the part of this verdict that speaks of one check."""
        return type(self)(findings=tuple(f for f in self.findings if f.check == check))
