import pytest
from attrs import evolve, field, frozen

from longbien.primitives.changing import changed


@frozen(kw_only=True)
class _Pair:
    first: int
    _second: str = field(default="b")
    third: int = field(init=False, default=3)


@frozen
class _One:
    only: int = field(validator=lambda _self, _field, value: _positive(value))


def _positive(value: int) -> None:
    if value < 0:
        raise ValueError(value)


def test_a_changed_copy_is_what_attrs_makes() -> None:
    """Private names, fields that nobody gives, and a class of one field: all as in attrs."""
    pair = _Pair(first=1, second="x")
    assert changed(pair, first=2) == evolve(pair, first=2)
    assert changed(pair, second="y") == evolve(pair, second="y")
    assert changed(_One(1), only=2) == _One(2)
    assert changed(_One(1)) == _One(1)


def test_a_changed_copy_is_judged_like_a_new_one() -> None:
    """A value that the class refuses is refused, and a name that it has not."""
    with pytest.raises(ValueError, match="-1"):
        changed(_One(1), only=-1)
    with pytest.raises(TypeError):
        changed(_One(1), other=1)
