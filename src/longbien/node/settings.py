"""Django, set up for a node out of its ``NodeSettings``, so that it fails safe.

Nothing here can be switched to debugging, and what was not said is closed.  Several databases
may be open in one process (tests run two nodes): each has an alias, a node's own is ``default``.
"""

from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS, connections

from longbien.adapters.addresses import is_loopback
from longbien.adapters.keystore import read_secret
from longbien.node.configuration import NodeSettings
from longbien.primitives.errors import Refused

SQLITE_FILE: Final = "store.sqlite3"
BUSY_SECONDS: Final = 20.0  # how long a writer waits for another process's commit

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"  # an acknowledgement means: on the disk
    "PRAGMA foreign_keys=ON;"
    "PRAGMA secure_delete=ON;"  # a destroyed key is overwritten, not only let go
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA cache_size=-65536;"  # KiB
    "PRAGMA temp_store=MEMORY;"  # nothing of a case in a temporary file
    "PRAGMA journal_size_limit=67108864;"
)


def setup_django(settings: NodeSettings) -> None:
    """Make Django ready for this node; each process of a node calls it once.

    Called again with other settings (as tests do) it only opens the other database under
    ``default``.  Raises what ``read_secret`` raises for a password file.
    """
    database = database_of(settings)
    if django_settings.configured:
        add_database(DEFAULT_DB_ALIAS, database)
        return
    django_settings.configure(**django_values(settings), DATABASES={DEFAULT_DB_ALIAS: database})
    django.setup()


def django_values(settings: NodeSettings) -> dict[str, Any]:
    """Return Django's settings but for its databases.

    Raises what ``read_secret`` raises where the session key cannot be read; a node without one
    (not yet initialised, or a worker alone) has no sessions.
    """
    path = settings.path_of(settings.session_key_file)
    secret = read_secret(path).strip().decode("ascii", "replace") if path.exists() else ""
    return {
        "DEBUG": False,
        "SECRET_KEY": secret,
        "ALLOWED_HOSTS": list(settings.allowed_hosts),
        "INSTALLED_APPS": ["longbien.node.store"],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LANGUAGE_CODE": "en",
        "LOGGING_CONFIG": None,  # structlog at the doors; nothing logs case content by default
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_NAME": "__Host-longbien",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_NAME": "__Host-longbien-csrf",
        "SECURE_SSL_REDIRECT": False,  # there is no listener without TLS that could redirect
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "no-referrer",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2**20,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 200,
        "FILE_UPLOAD_HANDLERS": [],  # evidence goes to the vault, never to a temporary file
    }


def add_database(alias: str, database: dict[str, Any]) -> None:
    """Know a database under an alias; one that was open under it is let go by each thread."""
    connections[DEFAULT_DB_ALIAS]  # Django fills in its own defaults only once it was asked
    known = connections.settings[DEFAULT_DB_ALIAS]
    blank = {"TEST": known["TEST"], "TIME_ZONE": None, "ATOMIC_REQUESTS": False}
    connections.settings[alias] = {**blank, **database}
    for open_one in connections.all(initialized_only=True):
        if open_one.alias == alias:
            open_one.close()
            del connections[alias]


def database_of(settings: NodeSettings) -> dict[str, Any]:
    """Return how Django reaches the node's database."""
    if settings.database == "sqlite":
        return sqlite_database(settings.folder / SQLITE_FILE)
    password = settings.database_password_file
    secret = read_secret(settings.path_of(password)).strip().decode() if password else ""
    return postgresql_database(settings.database, password=secret)


def sqlite_database(path: Path) -> dict[str, Any]:
    """Return an SQLite file, every commit of which is on the disk before it is acknowledged."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        # rw, not rwc: serving never creates a database, only init does
        "NAME": f"{path.absolute().as_uri()}?mode=rw",
        "AUTOCOMMIT": True,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "USER": "",
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
        "OPTIONS": {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": _PRAGMAS,
        },
    }


def postgresql_database(url: str, *, password: str = "") -> dict[str, Any]:
    """Return a PostgreSQL database by its address ``postgresql://user@host:port/name?...``.

    A folder of a Unix socket is given as ``?host=/run/postgresql``.  A server on another machine
    is reached over TLS, its certificate and name checked (``sslmode=verify-full``), or not at all.
    Raises Refused ``node.database-url`` and ``node.database-tls``.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    name = parts.path.removeprefix("/")
    if parts.scheme != "postgresql" or not name or parts.password:
        raise Refused(
            "node.database-url",
            "write the database as postgresql://user@host/name, the password in a file of its "
            "own (database_password_file)",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "USER": unquote(parts.username or ""),
        "PASSWORD": password,
        "HOST": host,
        "PORT": str(parts.port or ""),
        "AUTOCOMMIT": True,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        # whatever the server's default is: an acknowledgement means: on the disk
        "OPTIONS": {
            "options": "-c synchronous_commit=on -c lock_timeout=20s",
            **_over_tls(host, options),
        },
    }


def _over_tls(host: str, options: dict[str, str]) -> dict[str, str]:
    """Return the options with which nobody on the way reads or changes what is said."""
    hosts = [*host.split(","), *options.get("hostaddr", "").split(",")]
    if all(not one or one.startswith(("/", "@")) or is_loopback(one) for one in hosts):
        return options
    if options.setdefault("sslmode", "verify-full") not in {"verify-full", "verify-ca"}:
        raise Refused(
            "node.database-tls",
            "a database on another machine is reached over TLS with its certificate checked: "
            "leave sslmode out, or write sslmode=verify-full",
        )
    return options
