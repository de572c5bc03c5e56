import pickle

import pytest

from longbien.primitives.errors import Integrity, LongBienError, Malformed, Refused, Unavailable


def test_an_error_carries_its_code_and_fills_its_text() -> None:
    """The code is for machines, the text for people, the facts for translators."""
    error = Refused("pack.too-many", "{count} files are more than {limit}", count=3, limit=2)

    assert (error.code, str(error)) == ("pack.too-many", "3 files are more than 2")
    assert error.facts == {"count": 3, "limit": 2}
    assert error.text == "{count} files are more than {limit}"


def test_unavailable_says_if_another_try_may_help() -> None:
    """The worker reads one bit; silence means no."""
    assert Unavailable("a.b", "gone").retry is False
    assert Unavailable("a.b", "later", retry=True).retry is True


@pytest.mark.parametrize(
    "error",
    [
        Refused("a.b", "no {why}", why="reason"),
        Malformed("a.c", "no"),
        Integrity("a.d", "stop"),
        Unavailable("a.e", "{host} is silent", host="tsa", retry=True),
    ],
)
def test_an_error_survives_the_way_between_two_processes(error: LongBienError) -> None:
    """A worker process may raise it and its parent still knows everything."""
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert type(twin) is type(error)
    assert (twin.code, str(twin), twin.facts) == (error.code, str(error), error.facts)
    assert getattr(twin, "retry", None) == getattr(error, "retry", None)


def test_all_four_are_one_family() -> None:
    """A door may catch the family; nothing else belongs to it."""
    assert {cls.__name__ for cls in LongBienError.__subclasses__()} == {
        "Refused",
        "Malformed",
        "Unavailable",
        "Integrity",
    }
