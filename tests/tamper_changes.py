"""Structured changes to a node's database: what somebody who can write to it might do.

Each change is drawn by a seed, done inside a savepoint, and named.  A change that leaves
everything as it was is drawn again: nobody can find it.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from attrs import frozen

from tamper_world import REPLACEABLE, Bench, Column, Refused, columns

BOOKKEEPING: Final = ("store_probe",)
_CASES: Final = ("case", "thread")


@frozen(kw_only=True)
class Older:
    """What the database held at an earlier moment: each table with its rows."""

    tables: dict[str, list[tuple[Any, ...]]]

    @classmethod
    def of(cls, bench: Bench) -> "Older":
        """Remember every table."""
        names = {column.table for column in columns()}
        return cls(
            tables={name: bench.execute(f'SELECT rowid, * FROM "{name}"') for name in names}  # noqa: S608 - our own names
        )


class Tamperer:
    """Draws changes to one database, and does them."""

    def __init__(self, bench: Bench, rng: random.Random, older: Older) -> None:
        self.bench, self.rng, self.older = bench, rng, older
        self.columns = [
            column
            for column in columns()
            if column.is_evidence and column.table not in BOOKKEEPING and bench.rows(column.table)
        ]
        self.tables = sorted({column.table for column in self.columns})
        self.now = Older.of(bench).tables
        self.content = {table: bench.content(table) for table in self.tables}
        self.kinds: dict[str, Callable[[], str]] = {
            "swap values": self.swap_values,
            "swap rows": self.swap_rows,
            "delete row": self.delete,
            "copy row": self.copy,
            "roll back row": self.roll_back_row,
            "roll back table": self.roll_back_table,
            "roll back case": self.roll_back_case,
            "another value": self.another_value,
            "another time": self.another_time,
            "splice into another case": self.splice,
            "truncate": self.truncate,
            "extend": self.extend,
            "empty": self.empty,
            "another kind of value": self.another_kind,
            "reorder bytes": self.reorder,
            "renumber": self.renumber,
        }

    def change(self, kind: str) -> str:
        """Do one change of a kind; return the table, or nothing where nothing came of it."""
        table = self.kinds[kind]()
        return table if table and self.bench.content(table) != self.content[table] else ""

    # --- values ---------------------------------------------------------------------

    def _column(self, kinds: Sequence[str] = ("int", "text", "bytes")) -> Column:
        return self.rng.choice([column for column in self.columns if column.kind in kinds])

    def _place(self, column: Column) -> int:
        return self.rng.choice(self.bench.rows(column.table))

    def _put(self, column: Column, row: int, value: object) -> str:
        self.bench.put(column, row, value)
        return column.table

    def swap_values(self) -> str:
        """Let two rows exchange what they hold in one column."""
        column = self._column()
        one, two = self._place(column), self._place(column)
        first, second = self.bench.value(column, one), self.bench.value(column, two)
        if not column.is_key:
            self._put(column, one, second)
            self._put(column, two, first)
        return column.table

    def another_value(self) -> str:
        """Let a row say what another column of its kind says somewhere."""
        column = self._column()
        source = self._column((column.kind,))
        return self._put(column, self._place(column), self.bench.value(source, self._place(source)))

    def another_time(self) -> str:
        """Set an instant or a number forth or back."""
        column = self._column(("int",))
        row = self._place(column)
        step = self.rng.choice((1, 1_000_000, 3_600_000_000, 86_400_000_000)) * self.rng.choice(
            (1, -1)
        )
        return self._put(column, row, (self.bench.value(column, row) or 0) + step)

    def splice(self) -> str:
        """Put a row into another case."""
        cases = [column for column in self.columns if column.name in _CASES and not column.is_key]
        column = self.rng.choice(cases)
        other = self.rng.choice(self.bench.execute('SELECT DISTINCT "case" FROM store_event'))[0]
        return self._put(column, self._place(column), other)

    def truncate(self) -> str:
        """Cut the end of a value off."""
        column = self._column(("text", "bytes"))
        row = self._place(column)
        value = self.bench.value(column, row)
        return self._put(column, row, value[: self.rng.randrange(len(value))]) if value else ""

    def extend(self) -> str:
        """Put something behind a value."""
        column = self._column(("text", "bytes"))
        row = self._place(column)
        value = self.bench.value(column, row)
        more = " " if column.kind == "text" else self.rng.randbytes(self.rng.randrange(1, 9))
        return self._put(column, row, value + more) if value is not None else ""

    def empty(self) -> str:
        """Empty a value."""
        column = self._column(("text", "bytes"))
        return self._put(column, self._place(column), "" if column.kind == "text" else b"")

    def another_kind(self) -> str:
        """Put a text where bytes were, bytes where a text was, a text for a number."""
        column = self._column()
        row = self._place(column)
        value = self.bench.value(column, row)
        if value is None:
            return ""
        other = {"int": b"%a" % value, "text": str(value).encode()}.get(column.kind, "x")
        self.bench.execute(
            f'UPDATE "{column.table}" SET "{column.name}" = ? WHERE rowid = ?',  # noqa: S608 - our own names
            (other, row),
        )
        return column.table

    def reorder(self) -> str:
        """Put the bytes of a value into another order."""
        column = self._column(("bytes",))
        row = self._place(column)
        value = bytes(self.bench.value(column, row) or b"")
        at = self.rng.randrange(len(value) or 1)
        return self._put(column, row, value[at:] + value[:at])

    # --- rows -----------------------------------------------------------------------

    def _table(self) -> str:
        return self.rng.choice(self.tables)

    def delete(self) -> str:
        """Take a row away."""
        table = self.rng.choice([one for one in self.tables if one not in REPLACEABLE])
        row = self.rng.choice(self.bench.rows(table))
        self.bench.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (row,))  # noqa: S608 - our own names
        return table

    def copy(self) -> str:
        """Put a true row in once more, under another key."""
        # the same cosignature twice is one cosignature
        table = self.rng.choice([one for one in self.tables if one not in REPLACEABLE])
        mine = [column for column in columns() if column.table == table]
        row = self.rng.choice(self.bench.rows(table))
        values = [self.bench.value(column, row) for column in mine]
        fresh = [
            (value + 1000 if isinstance(value, int) else f"{value}"[:-1] + "x")
            if column.is_key
            else value
            for column, value in zip(mine, values, strict=True)
        ]
        names = ", ".join(f'"{column.name}"' for column in mine)
        places = ", ".join("?" for _ in mine)
        self.bench.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', fresh)  # noqa: S608 - our own names
        return table

    def swap_rows(self) -> str:
        """Let two rows exchange everything but their keys."""
        table = self._table()
        rows = self.bench.rows(table)
        one, two = self.rng.choice(rows), self.rng.choice(rows)
        for column in [each for each in columns() if each.table == table and not each.is_key]:
            first, second = self.bench.value(column, one), self.bench.value(column, two)
            with suppress(Refused):
                self.bench.put(column, one, second)
                self.bench.put(column, two, first)
        return table

    def renumber(self) -> str:
        """Give a row another key."""
        keys = [column for column in self.columns if column.is_key]
        column = self.rng.choice(keys)
        row = self._place(column)
        value = self.bench.value(column, row)
        other = value + self.rng.randrange(1, 500) if isinstance(value, int) else value[::-1]
        return self._put(column, row, other)

    # --- what was true once ---------------------------------------------------------

    def _old(self, table: str) -> list[tuple[Any, ...]]:
        return self.older.tables[table]

    def roll_back_row(self) -> str:
        """Put a row back as it was earlier, marks and all."""
        changed = [
            (table, row)
            for table in self.tables
            if table not in REPLACEABLE
            for row in self._old(table)
            if row not in self.now[table]
        ]
        table, row = self.rng.choice(changed)
        self._restore(table, [row])
        return table

    def roll_back_table(self) -> str:
        """Put a whole table back as it was earlier."""
        table = self._table()
        if table in REPLACEABLE:
            return ""
        self.bench.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names
        self._restore(table, self._old(table))
        return table

    def roll_back_case(self) -> str:
        """Put some tables back together, but not the head of the ledger."""
        several = self.rng.sample(self.tables, self.rng.randrange(2, 6))
        several = [one for one in several if one not in {"store_log", *REPLACEABLE}]
        for table in several:
            self.bench.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names
            self._restore(table, self._old(table))
        changed = [
            one
            for one in several
            if sorted(map(repr, self._old(one))) != sorted(map(repr, self.now[one]))
        ]
        return changed[0] if changed else ""

    def _restore(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        names = [name for _, name, *_ in self.bench.execute(f'PRAGMA table_info("{table}")')]
        quoted = ", ".join(f'"{name}"' for name in names)
        places = ", ".join("?" for _ in names)
        for _, *values in rows:
            self.bench.execute(
                f'INSERT OR REPLACE INTO "{table}" ({quoted}) VALUES ({places})',  # noqa: S608 - our own names
                values,
            )
