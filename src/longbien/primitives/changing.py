"""A changed copy of a frozen object, for paths on which ``attrs.evolve`` is the largest cost.

``attrs.evolve`` asks each of a case's forty fields for its name and value one by one; here they
are asked all at once, by what was made for the class when it was first seen.
"""

from collections.abc import Callable, Hashable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast

from attrs import fields

T = TypeVar("T")


def changed(value: T, /, **changes: Any) -> T:  # noqa: ANN401 - what the fields hold
    """Return a copy of an attrs object with other values in some fields; validators run.

    TypeError: it has no such field.
    """
    cls: type[Any] = type(value)
    names, read = _reader(cast("Hashable", cls))  # mypy takes no class for hashable
    given = dict(zip(names, read(value), strict=True))
    given.update(changes)
    return cast("T", cls(**given))


@cache
def _reader(cls: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    given = [one for one in fields(cls) if one.init]
    read = attrgetter(*(one.name for one in given))
    if len(given) == 1:
        return (given[0].alias,), lambda value: (read(value),)
    return tuple(one.alias for one in given), read
