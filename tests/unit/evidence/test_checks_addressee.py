import memory_bag
from longbien.evidence._findings import failed, passed
from longbien.evidence.checks_addressee import (
    ADDRESSEE,
    EXERCISE,
    LIMITS,
    check_addressee,
    check_exercise,
    check_use_limits,
)
from longbien.primitives.ids import KeyId

PACKAGE = memory_bag.describe(memory_bag.Plan())


def test_the_readers_key_is_named_or_not() -> None:
    """Named passes, not named fails, no key only lists."""
    mine, other = memory_bag.RECIPIENT, KeyId("sha256:" + "0" * 64)

    assert list(check_addressee(PACKAGE, recipient=mine)) == [
        passed(ADDRESSEE, "addressee.named", str(mine))
    ]
    assert list(check_addressee(PACKAGE, recipient=other)) == [
        failed(ADDRESSEE, "addressee.not-named", str(other))
    ]
    assert list(check_addressee(PACKAGE, recipient=None)) == [
        passed(ADDRESSEE, "addressee.listed", count=1)
    ]


def test_use_limits_are_counted() -> None:
    """That they are kept is for people."""
    assert list(check_use_limits(PACKAGE)) == [passed(LIMITS, "limits.listed", count=1)]


def test_exercise_is_a_mark_that_an_exercise_key_demands() -> None:
    """Marked passes; an exercise key without the mark fails; else there is none."""
    answers = {
        (marked, by): next(check_exercise(is_marked=marked, by_exercise_key=by))
        for marked in (True, False)
        for by in (True, False)
    }

    assert answers == {
        (True, True): passed(EXERCISE, "exercise.marked"),
        (True, False): passed(EXERCISE, "exercise.marked"),
        (False, True): failed(EXERCISE, "exercise.not-marked"),
        (False, False): passed(EXERCISE, "exercise.none"),
    }
