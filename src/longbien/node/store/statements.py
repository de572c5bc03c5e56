"""The few statements that every commit runs, made once from the models.

Django builds the SQL of a query anew each time, which took more of a commit than the database
did.  Names come from the models alone, values are always bound; both databases take the same
text, and values of these tables are what both drivers take as they are.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar, cast

from attrs import frozen
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Field
from django.db.models.base import ModelState

from longbien.node.store.models import Event, Log, Row

R = TypeVar("R", bound=Row)
_Values: TypeAlias = Callable[[Row], Any]


@frozen
class _Insert:
    """How rows of one table go in."""

    sql: str
    values: _Values


def insert(using: str, rows: Sequence[Row]) -> None:
    """Put new rows of one table in; a key that the database draws stays unknown."""
    _write(using, _inserting(type(rows[0])), rows)


def replace(using: str, rows: Sequence[Row]) -> None:
    """Put rows of one table in, in place of those with the same key."""
    _write(using, _replacing(type(rows[0])), rows)


def rows_in(using: str, model: type[R], column: str, values: Collection[str]) -> list[R]:
    """Return the rows of a table with one of these values in a column."""
    if not values:
        return []
    names, table = reading(model)
    places = ", ".join(["%s"] * len(values))
    sql = f'SELECT {names} FROM "{table}" WHERE "{column}" IN ({places})'  # noqa: S608 - names of our own models
    return read(using, model, sql, tuple(values))


def delete_in(using: str, model: type[Row], column: str, values: Collection[str]) -> None:
    """Remove the rows of a table with one of these values in a column."""
    if values:
        _, table = reading(model)
        places = ", ".join(["%s"] * len(values))
        execute(using, f'DELETE FROM "{table}" WHERE "{column}" IN ({places})', tuple(values))  # noqa: S608 - names of our own models


def rows_by(using: str, model: type[R], **values: Any) -> list[R]:  # noqa: ANN401 - what columns hold
    """Return the rows of a table in which every named column has that value."""
    return read(using, model, _selecting(model, tuple(values)), tuple(values.values()))


def largest(using: str, model: type[Row], of: str, **values: Any) -> int | None:  # noqa: ANN401 - what columns hold
    """Return the largest ``of`` among the rows in which every named column has that value."""
    ((found,),) = execute(using, _largest(model, of, tuple(values)), tuple(values.values()))
    return cast("int | None", found)


def update(using: str, row: Row, columns: tuple[str, ...]) -> None:
    """Write some columns of a row that is there."""
    sql, values = _updating(type(row), columns)
    execute(using, sql, values(row))


def entries_of(using: str, first: int, end: int) -> list[tuple[int, bytes]]:
    """Return leaves and ledger entries from one leaf up to another, in their order."""
    _, table = reading(Event)
    found = execute(
        using,
        f'SELECT "leaf", "entry" FROM "{table}" '  # noqa: S608 - names of our own models
        'WHERE "leaf" >= %s AND "leaf" < %s ORDER BY "leaf"',
        (first, end),
    )
    return [(leaf, bytes(entry)) for leaf, entry in found]


def maxima(
    using: str,
    model: type[Row],
    *,
    of: str,
    by: tuple[str, ...],
    among: Collection[str],
) -> list[tuple[Any, ...]]:
    """Return the largest ``of`` of each group ``by``, the first of which is one of ``among``."""
    if not among:
        return []
    _, table = reading(model)
    groups = ", ".join(f'"{one}"' for one in by)
    places = ", ".join(["%s"] * len(among))
    return execute(
        using,
        f'SELECT {groups}, MAX("{of}") FROM "{table}" '  # noqa: S608 - names of our own models
        f'WHERE "{by[0]}" IN ({places}) GROUP BY {groups}',
        tuple(among),
    )


def find_log(using: str, *, lock: bool) -> Log | None:
    """Return the one row of the ledger's head, locked against every other writer or not."""
    names, table = reading(Log)
    # SQLite has locked the whole database by then
    suffix = " FOR UPDATE" if lock and connections[using].vendor == "postgresql" else ""
    sql = f'SELECT {names} FROM "{table}" WHERE "id" = %s{suffix}'  # noqa: S608 - names of our own models
    return next(iter(read(using, Log, sql, (1,))), None)


def read(using: str, model: type[R], sql: str, values: tuple[Any, ...]) -> list[R]:
    """Return the rows that a statement over ``reading``'s columns finds."""
    columns = _columns(model)
    return [_made(using, model, columns, found) for found in execute(using, sql, values)]


def execute(using: str, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement with ``%s`` for each value; return what it finds.

    On the driver's own cursor, under Django's transactions and with Django's errors: its cursors
    took as long again as these statements.
    """
    connection = _connected(using)
    with connection.wrap_database_errors:
        cursor = connection.connection.cursor()
        cursor.execute(_worded(sql, connection.vendor), values)
        return cursor.fetchall() if cursor.description else []


def _write(using: str, statement: _Insert, rows: Sequence[Row]) -> None:
    connection = _connected(using)
    with connection.wrap_database_errors:
        cursor = connection.connection.cursor()
        cursor.executemany(
            _worded(statement.sql, connection.vendor), [statement.values(row) for row in rows]
        )


def _connected(using: str) -> BaseDatabaseWrapper:
    connection = connections[using]
    if connection.connection is None:  # asked first: Django asks whether a loop runs, each time
        connection.ensure_connection()
    return connection


def _made(using: str, model: type[R], columns: tuple[str, ...], values: tuple[Any, ...]) -> R:
    # what Model.from_db does for all columns, without asking each field and every signal
    row = model.__new__(model)
    row.__dict__.update(zip(columns, values, strict=True))
    row._state = ModelState()  # noqa: SLF001 - Django's documented model API
    row._state.adding, row._state.db = False, using  # noqa: SLF001 - the same
    return row


# --- made once ----------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _worded(sql: str, vendor: str) -> str:
    return sql.replace("%s", "?") if vendor == "sqlite" else sql


@cache
def _fields(model: type[Row]) -> "tuple[Field[Any, Any], ...]":
    return tuple(model._meta.concrete_fields)  # noqa: SLF001 - Django's documented model API


@cache
def _columns(model: type[Row]) -> tuple[str, ...]:
    return tuple(one.attname for one in _fields(model))


@cache
def reading(model: type[Row]) -> tuple[str, str]:
    """Return the columns of a table, as a statement names them, and the table's name."""
    names = ", ".join(f'"{one.column}"' for one in _fields(model))
    return names, model._meta.db_table  # noqa: SLF001 - Django's documented model API


@cache
def _selecting(model: type[Row], columns: tuple[str, ...]) -> str:
    names, table = reading(model)
    return f'SELECT {names} FROM "{table}"{_where(columns)}'  # noqa: S608 - names of our own models


@cache
def _largest(model: type[Row], of: str, columns: tuple[str, ...]) -> str:
    _, table = reading(model)
    return f'SELECT MAX("{of}") FROM "{table}"{_where(columns)}'  # noqa: S608 - names of our own models


def _where(columns: tuple[str, ...]) -> str:
    asked = " AND ".join(f'"{one}" = %s' for one in columns)
    return f" WHERE {asked}" if asked else ""


@cache
def _updating(model: type[Row], columns: tuple[str, ...]) -> tuple[str, _Values]:
    _, table = reading(model)
    (key,) = (one for one in _fields(model) if one.primary_key)
    given = ", ".join(f'"{one}" = %s' for one in columns)
    return (
        f'UPDATE "{table}" SET {given} WHERE "{key.column}" = %s',  # noqa: S608 - names of our own models
        attrgetter(*columns, key.attname),
    )


@cache
def _inserting(model: type[Row]) -> _Insert:
    given = [one for one in _fields(model) if not isinstance(one, AutoField)]
    columns = ", ".join(f'"{one.column}"' for one in given)
    places = ", ".join(["%s"] * len(given))
    _, table = reading(model)
    return _Insert(
        f'INSERT INTO "{table}" ({columns}) VALUES ({places})',  # noqa: S608 - names of our own models
        attrgetter(*(one.attname for one in given)),
    )


@cache
def _replacing(model: type[Row]) -> _Insert:
    inserting = _inserting(model)
    (key,) = (one.column for one in _fields(model) if one.primary_key)
    others = ", ".join(
        f'"{one.column}" = excluded."{one.column}"' for one in _fields(model) if not one.primary_key
    )
    return _Insert(
        f'{inserting.sql} ON CONFLICT ("{key}") DO UPDATE SET {others}', inserting.values
    )
