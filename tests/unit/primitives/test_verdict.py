import pytest

from longbien.primitives.verdict import Finding, Outcome, Verdict


def finding(outcome: Outcome, check: str = "a.check") -> Finding:
    """Return a finding with nothing special."""
    return Finding(check=check, outcome=outcome, reason="a.reason")


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        ([], Outcome.INDETERMINATE),
        ([Outcome.PASSED], Outcome.PASSED),
        ([Outcome.PASSED, Outcome.INDETERMINATE], Outcome.INDETERMINATE),
        ([Outcome.FAILED, Outcome.INDETERMINATE, Outcome.PASSED], Outcome.FAILED),
    ],
)
def test_the_worst_finding_wins_and_silence_is_no_pass(
    outcomes: list[Outcome], worst: Outcome
) -> None:
    """PASSED < INDETERMINATE < FAILED, and nothing found is INDETERMINATE."""
    assert Verdict.of(finding(outcome) for outcome in outcomes).outcome is worst


def test_a_required_check_that_did_not_run_is_indeterminate() -> None:
    """A check that was forgotten beside others that passed cannot hide."""
    verdict = Verdict.of([finding(Outcome.PASSED)], required=["a.check", "b.check"])

    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.findings[1] == Finding(
        check="b.check", outcome=Outcome.INDETERMINATE, reason="check.not-run"
    )
    assert len(verdict.findings) == 2


def test_the_findings_of_one_check_can_be_taken_out() -> None:
    """A report shows each check with its own findings and outcome."""
    verdict = Verdict.of([finding(Outcome.PASSED), finding(Outcome.FAILED, "b.check")])

    assert verdict.of_check("a.check").outcome is Outcome.PASSED
    assert verdict.of_check("b.check").findings == (finding(Outcome.FAILED, "b.check"),)
    assert verdict.of_check("c.check").outcome is Outcome.INDETERMINATE


def test_facts_are_kept_in_one_order() -> None:
    """Two findings with the same facts are equal, in whatever order they were told."""
    one = Finding(check="c", outcome=Outcome.PASSED, reason="r", facts=(("b", "2"), ("a", "1")))
    two = Finding(check="c", outcome=Outcome.PASSED, reason="r", facts=(("a", "1"), ("b", "2")))

    assert one == two
    assert one.facts == (("a", "1"), ("b", "2"))
