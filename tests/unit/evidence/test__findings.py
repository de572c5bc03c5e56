from longbien.evidence._findings import MAX_ALIKE, capped, failed, passed, undecided, unreadable
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding, Outcome


def test_each_word_makes_its_outcome() -> None:
    """A finding carries check, reason, subject and facts as text."""
    made = [
        passed("a.check", "a.good", "path", count=3),
        undecided("a.check", "a.open"),
        failed("a.check", "a.bad", "path"),
    ]

    assert made == [
        Finding(
            check="a.check",
            outcome=Outcome.PASSED,
            reason="a.good",
            subject="path",
            facts=(("count", "3"),),
        ),
        Finding(check="a.check", outcome=Outcome.INDETERMINATE, reason="a.open"),
        Finding(check="a.check", outcome=Outcome.FAILED, reason="a.bad", subject="path"),
    ]


def test_unreadable_bytes_say_why_and_by_which_code() -> None:
    """The parser's own code stays visible to machines, its text to people."""
    error = Malformed("x.size", "more than {n} bytes", n=9)

    found = unreadable("a.check", "a.unreadable", "file", error)

    assert found.outcome is Outcome.FAILED
    assert dict(found.facts) == {"why": "more than 9 bytes", "code": "x.size"}


def test_alike_findings_are_counted_after_the_first_ones() -> None:
    """A report of a million missing files stays readable, and no failure becomes a pass."""
    found = list(capped(failed("a.check", "a.bad", f"{n}") for n in range(MAX_ALIKE + 7)))

    assert len(found) == MAX_ALIKE + 1
    assert found[-1] == failed("a.check", "check.more", reason="a.bad", count=7)


def test_as_many_as_the_cap_need_no_count() -> None:
    """Exactly at the cap nothing is added."""
    found = list(capped(failed("a.check", "a.bad", f"{n}") for n in range(MAX_ALIKE)))

    assert [one.reason for one in found] == ["a.bad"] * MAX_ALIKE
