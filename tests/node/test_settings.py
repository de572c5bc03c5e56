"""Django as a node sets it up: what is not said is closed."""

from pathlib import Path

import pytest

import django_world  # noqa: F401 - the models need Django to be set up
from longbien.node import running
from longbien.node.configuration import NodeSettings
from longbien.node.settings import (
    database_of,
    django_values,
    postgresql_database,
    sqlite_database,
)
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode


def settings(folder: Path, **more: object) -> NodeSettings:
    """Return settings of a node in a folder."""
    return NodeSettings(folder=folder, state=StateCode("VN"), **more)  # type: ignore[arg-type]  # as the caller says


def test_nothing_can_be_switched_to_debugging(tmp_path: Path) -> None:
    """No setting reaches DEBUG, cookies travel over TLS alone, nothing may frame a page."""
    values = django_values(settings(tmp_path, exercise=True))

    assert values["DEBUG"] is False
    assert values["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert values["SESSION_COOKIE_SECURE"]
    assert values["SESSION_COOKIE_HTTPONLY"]
    assert values["CSRF_COOKIE_SECURE"]
    assert values["SECURE_CONTENT_TYPE_NOSNIFF"]
    assert values["SECURE_HSTS_SECONDS"] == 31_536_000
    assert values["X_FRAME_OPTIONS"] == "DENY"
    assert values["FILE_UPLOAD_HANDLERS"] == []


def test_the_session_key_is_in_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    """A key that everybody on the machine can read signs nothing."""
    path = tmp_path / "secrets" / "session.key"
    path.parent.mkdir()
    path.write_text("x" * 50 + "\n")
    path.chmod(0o600)
    assert django_values(settings(tmp_path))["SECRET_KEY"] == "x" * 50

    path.chmod(0o644)
    with pytest.raises(Refused) as caught:
        django_values(settings(tmp_path))
    assert caught.value.code == "keystore.open-to-others"


def test_sqlite_writes_through_and_is_never_created(tmp_path: Path) -> None:
    """WAL with FULL, transactions that lock at once, an existing file only."""
    found = database_of(settings(tmp_path))

    assert found == sqlite_database(tmp_path / "store.sqlite3")
    assert found["NAME"].endswith("/store.sqlite3?mode=rw")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in found["OPTIONS"]["init_command"]
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


def test_postgresql_is_one_setting_and_a_password_file(tmp_path: Path) -> None:
    """Address and password come together only in memory."""
    (tmp_path / "pw").write_text("pa ss\n")
    (tmp_path / "pw").chmod(0o600)

    found = database_of(
        settings(
            tmp_path,
            database="postgresql://lb@db.example:5433/long%20bien?sslmode=verify-full",
            database_password_file=Path("pw"),
        )
    )

    assert (found["USER"], found["HOST"], found["PORT"]) == ("lb", "db.example", "5433")
    assert (found["NAME"], found["PASSWORD"]) == ("long bien", "pa ss")
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    assert "synchronous_commit=on" in found["OPTIONS"]["options"]


def test_a_unix_socket_is_given_as_its_folder() -> None:
    """Then the address has no host."""
    found = postgresql_database("postgresql://lb@/node?host=/run/postgresql")

    assert (found["HOST"], found["NAME"], found["PORT"]) == ("/run/postgresql", "node", "")


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("lb@db.example/x", "verify-full"),
        ("lb@10.0.0.7:5433/x", "verify-full"),
        ("lb@db.example/x?sslmode=verify-ca", "verify-ca"),
        ("lb@localhost/x?hostaddr=10.0.0.7", "verify-full"),
        ("lb@127.0.0.1/x", None),
        ("lb@[::1]/x", None),
        ("lb@/x?host=/run/postgresql", None),
        ("lb@/x", None),
    ],
)
def test_a_database_elsewhere_is_reached_over_tls(address: str, mode: str | None) -> None:
    """Its certificate is checked without being asked for; on this machine nothing is imposed."""
    assert postgresql_database(f"postgresql://{address}")["OPTIONS"].get("sslmode") == mode


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_a_database_elsewhere_is_not_reached_in_clear_text(mode: str) -> None:
    """Neither without TLS nor with a certificate that nobody looks at."""
    with pytest.raises(Refused) as caught:
        postgresql_database(f"postgresql://lb@db.example/x?sslmode={mode}&x=y")

    assert caught.value.code == "node.database-tls"


def test_an_object_store_elsewhere_is_reached_over_tls(tmp_path: Path) -> None:
    """Plain HTTP is for a store on this machine, not for one whose name begins alike."""
    for endpoint, is_plain in [
        ("http://127.0.0.1:8080", True),
        ("http://127.0.0.1.store.example", False),
        ("http://store.example", False),
        ("https://127.0.0.1", False),
        ("", False),
    ]:
        found = running._s3(settings(tmp_path, vault="s3://b", s3_endpoint=endpoint))

        assert found.allow_http is is_plain


@pytest.mark.parametrize(
    "url", ["postgresql://lb:secret@db/x", "postgresql://lb@db", "postgresql://lb@db/", "x://a/b"]
)
def test_an_address_with_a_password_or_without_a_name_is_refused(url: str) -> None:
    """A password does not stand in a file that is shown around."""
    with pytest.raises(Refused) as caught:
        postgresql_database(url)

    assert caught.value.code == "node.database-url"
