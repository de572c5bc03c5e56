"""What a failure of the database means: which of its many errors stop the node, and why."""

import errno
import sqlite3
from enum import StrEnum
from typing import Final

from django.db import Error as DatabaseProblem
from django.db import InterfaceError, OperationalError

from longbien.primitives.errors import Integrity, LongBienError, Unavailable


class Fault(StrEnum):
    """Why a store has stopped."""

    NO_SPACE = "no-space"
    """The disk is full; it goes on by itself once a write succeeds again."""

    DISK = "disk"
    """The disk failed: nothing is known of what is on it until it was read again."""

    UNREACHABLE = "unreachable"
    """The database server is gone; it goes on by itself once it is back."""

    DAMAGED = "damaged"
    """The store disagrees with itself: a person must look."""


_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# SQLite's primary result codes (https://sqlite.org/rescode.html)
_OF_SQLITE: Final = {
    sqlite3.SQLITE_FULL: Fault.NO_SPACE,
    sqlite3.SQLITE_IOERR: Fault.DISK,
    sqlite3.SQLITE_READONLY: Fault.DISK,
    sqlite3.SQLITE_CANTOPEN: Fault.DISK,
    sqlite3.SQLITE_PERM: Fault.DISK,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
}
_NO_TEXT: Final = "Could not decode to UTF-8"
_SQLITE_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

# PostgreSQL's SQLSTATE (its manual, appendix A)
_OF_SQLSTATE: Final = {
    "53100": Fault.NO_SPACE,
    "58030": Fault.DISK,
    "58P01": Fault.DISK,
    "XX001": Fault.DAMAGED,
    "XX002": Fault.DAMAGED,
}
_SQLSTATE_BUSY: Final = ("55P03", "40P01", "40001", "53000", "53200", "53300", "57014")
_SQLSTATE_GONE: Final = ("08", "57")  # connection exceptions; the server is stopping or starting


def fault_of(error: BaseException) -> Fault | None:
    """Return the fault that an error shows, None where it shows none of the store's."""
    if isinstance(error, Integrity):
        return Fault.DAMAGED
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        return Fault.NO_SPACE if error.errno in _NO_SPACE else Fault.DISK
    return _of_database(error) if isinstance(error, DatabaseProblem) else None


def _of_database(error: BaseException) -> Fault | None:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    if code is not None:
        return _OF_SQLITE.get(code & 0xFF)
    if _NO_TEXT in str(error):  # the driver says it without any code
        return Fault.DAMAGED
    state = getattr(error.__cause__, "sqlstate", None)
    if state is None:  # the connection broke before the server could say anything
        is_gone = isinstance(error, OperationalError | InterfaceError)
        return Fault.UNREACHABLE if is_gone else None
    if state.startswith(_SQLSTATE_GONE) and state not in _SQLSTATE_BUSY:
        return Fault.UNREACHABLE
    return _OF_SQLSTATE.get(state)


def is_busy(error: BaseException) -> bool:
    """Tell whether others hold what was asked for: the same may succeed later."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    state = getattr(error.__cause__, "sqlstate", None)
    return (code is not None and code & 0xFF in _SQLITE_BUSY) or state in _SQLSTATE_BUSY


def busy() -> LongBienError:
    """Return the error of a database that others hold."""
    return Unavailable(
        "store.busy", "the database is held by others; nothing was changed", retry=True
    )
