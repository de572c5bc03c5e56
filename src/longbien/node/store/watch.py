"""Whether anything was committed since the last look: much cheaper than asking for work."""

from attrs import define, field
from django.db import connections

from longbien.node.store.health import Health


@define
class Watch:
    """Watches one database for one thread.

    SQLite tells in a few microseconds whether another connection has committed.  PostgreSQL has
    no such number; there every look finds a change.
    """

    _using: str
    _health: Health
    _version: int = field(default=-1, init=False)

    def has_changed(self) -> bool:
        """Tell if something was committed since the last call; the first call always does.

        Raises Unavailable ``store.stopped``.
        """
        with self._health.reading() as using:
            connection = connections[using]
            if connection.vendor != "sqlite":
                return True
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA data_version")
                version = int(cursor.fetchone()[0])
        changed = version != self._version
        self._version = version
        return changed
