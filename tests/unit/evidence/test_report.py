import pytest

from longbien.evidence._findings import failed, passed
from longbien.evidence.report import (
    Clock,
    Given,
    Kind,
    PlannedStep,
    Report,
    Signer,
    lay_out,
)
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome

PLAN = (
    PlannedStep(code="step.one", required=("a.check",)),
    PlannedStep(code="step.two", required=("b.check", "c.check"), optional=("d.check",)),
)
EARLY = Instant.parse("2026-11-01T10:00:00Z")
LATE = Instant.parse("2026-11-01T11:00:00Z")


def test_findings_are_filed_under_their_numbered_steps() -> None:
    """Order within a step is that of the findings; numbers begin with 1."""
    found = [passed("c.check", "c.good"), passed("a.check", "a.good"), passed("b.check", "b.good")]

    one, two = lay_out(PLAN, found)

    assert (one.number, one.code, one.outcome) == (1, "step.one", Outcome.PASSED)
    assert (two.number, [f.reason for f in two.findings]) == (2, ["c.good", "b.good"])


def test_a_required_check_without_a_finding_did_not_run() -> None:
    """Silence is INDETERMINATE; an optional check may be silent."""
    _, two = lay_out(PLAN, [passed("a.check", "a.good"), passed("b.check", "b.good")])

    assert two.outcome is Outcome.INDETERMINATE
    assert two.findings[-1] == Finding(
        check="c.check", outcome=Outcome.INDETERMINATE, reason="check.not-run"
    )


def test_a_check_that_no_step_knows_is_a_bug() -> None:
    """A finding is never dropped in silence."""
    with pytest.raises(KeyError):
        lay_out(PLAN, [failed("z.check", "z.bad")])


def report(**changes: object) -> Report:
    """Return a report of two good steps."""
    steps = lay_out(PLAN, [passed(f"{name}.check", f"{name}.good") for name in "abc"])
    settings = {"kind": Kind.PACKAGE, "steps": steps, "verified_at": LATE, "software": "x"}
    return Report(**{**settings, **changes})


def test_the_worst_step_is_the_outcome() -> None:
    """One failed step fails the report; without any step nothing is proven."""
    bad = lay_out(PLAN, [failed("a.check", "a.bad"), passed("b.check", "b.good")])

    assert report().outcome is Outcome.PASSED
    assert report(steps=bad).outcome is Outcome.FAILED
    assert report(steps=()).outcome is Outcome.INDETERMINATE


def test_a_step_is_found_by_its_code() -> None:
    """A door looks a step up; an unknown one is None."""
    assert report().find_step("step.two") is report().steps[1] or report().find_step("step.two")
    assert report().find_step("step.three") is None


def test_only_trusted_clocks_say_when_it_was_signed_at_the_latest() -> None:
    """The earliest clock that the relying party itself named counts."""
    clocks = (
        Clock(code="clock.signature", name="a", at=LATE, is_trusted=True),
        Clock(code="clock.package", name="b", at=EARLY, is_trusted=False),
    )
    signer = Signer(place="x", role="role.sender", name="n", outcome=Outcome.PASSED, clocks=clocks)
    nobody = Signer(place="x", role="role.sender", name="n", outcome=Outcome.PASSED)

    assert signer.latest_at == LATE
    assert nobody.latest_at is None


@pytest.mark.parametrize(
    ("start", "end", "whole"), [(0, 10, True), (0, 9, False), (1, 10, False), (0, 0, False)]
)
def test_a_file_is_whole_from_its_first_to_its_last_byte(
    *, start: int, end: int, whole: bool
) -> None:
    """A missing byte at either end makes it a part."""
    given = Given(path="p", original_name="o", start=start, end=end, size=10)

    assert given.is_whole is whole
