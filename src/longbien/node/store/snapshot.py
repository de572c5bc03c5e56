"""One consistent view of a database that others go on writing to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def snapshot(using: str) -> Iterator[None]:
    """Read everything as it stands at the first read; writers are neither seen nor hindered."""
    connection = connections[using]
    begin = "BEGIN"  # SQLite: deferred, unlike the transactions that write
    if connection.vendor == "postgresql":
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
