"""What a node is told: ``node.toml`` in its folder, and the environment over it.

Every key of ``NodeSettings`` may stand in the file, or in the environment as
``LONGBIEN_NODE_<KEY>``; a secret is named by the file that holds it.  An unknown key stops the
program: a misspelt safety setting must not be silently without effect.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import Attribute, field, fields, frozen

from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import StateCode

FILE: Final = "node.toml"
PREFIX: Final = "LONGBIEN_NODE_"
_MAX_FILE: Final = 2**16  # bytes
_HOST_PORT = re.compile(r"(?:\[[0-9a-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):[0-9]{1,5}", re.ASCII)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _state(value: object) -> StateCode:
    return StateCode.parse(_text(value))


def _folder_path(value: object) -> Path:
    text = _text(value)
    if not text:
        raise ValueError
    return Path(text)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):  # from the environment
        return tuple(value.split())
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(one) for one in value)


def _is_on(value: object) -> bool:
    if value in ("true", "false"):  # from the environment: nothing else is a yes or a no
        return value == "true"
    if not isinstance(value, bool):
        raise TypeError
    return value


def _count(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise TypeError
    return number


def _address(value: object) -> str:
    text = _text(value)
    if not _HOST_PORT.fullmatch(text):
        raise ValueError
    return text


def _database(value: object) -> str:
    text = _text(value)
    if text != "sqlite" and not text.startswith("postgresql://"):
        raise ValueError
    return text


@frozen(kw_only=True)
class NodeSettings:
    """One node, as it was told to be.  Relative paths lie below ``folder``."""

    folder: Path
    """The node's folder: the only thing that a command is told."""

    state: StateCode = field(metadata={"read": _state})
    """The State whose node this is."""

    database: str = field(metadata={"read": _database}, default="sqlite")
    """``sqlite`` (a file in the folder) or ``postgresql://user@host/name``."""

    database_password_file: Path | None = field(metadata={"read": _folder_path}, default=None)
    """Where PostgreSQL's password is, if it asks for one."""

    master_key_file: Path = field(
        metadata={"read": _folder_path}, default=Path("secrets/master.key")
    )
    """The key over the keys of all cases."""

    master_key_module: Path | None = field(metadata={"read": _folder_path}, default=None)
    """The PKCS#11 library of the security module that has sealed the master key, if one has."""

    master_key_token: str = field(metadata={"read": _text}, default="")
    """The label of its token."""

    master_key_label: str = field(metadata={"read": _text}, default="")
    """The label of the AES key in it."""

    master_key_pin_file: Path | None = field(metadata={"read": _folder_path}, default=None)
    """The file with its PIN; without one the variable LONGBIEN_HSM_PIN is asked."""

    session_key_file: Path = field(
        metadata={"read": _folder_path}, default=Path("secrets/session.key")
    )
    """What signs the officers' sessions."""

    keys: Path = field(metadata={"read": _folder_path}, default=Path("keys"))
    """The folder of the authorities', the ledger's and the witness's keys."""

    registries: Path = field(metadata={"read": _folder_path}, default=Path("registries"))
    """The folder with files of the regional registries, put there by the operator."""

    vault: str = field(metadata={"read": _text}, default="vault")
    """A folder, or an object store's address."""

    peer_listen: str = field(metadata={"read": _address}, default="127.0.0.1:7420")
    """Where other States' nodes reach this one."""

    api_listen: str = field(metadata={"read": _address}, default="127.0.0.1:7421")
    """Where the State's own systems and officers reach it."""

    allowed_hosts: tuple[str, ...] = field(
        metadata={"read": _words}, default=("localhost", "127.0.0.1", "[::1]"), converter=tuple
    )
    """Names under which the API answers."""

    exercise: bool = field(metadata={"read": _is_on}, default=False)
    """The whole node is for exercises: all that it sends is marked so."""

    tsa_url: str = field(metadata={"read": _text}, default="")
    """The time-stamp authority (RFC 3161); an exercise without one stamps by itself."""

    tsa_material: tuple[str, ...] = field(metadata={"read": _words}, default=(), converter=tuple)
    """Files with its certificates and revocation lists, PEM."""

    peer_messages: int = field(metadata={"read": _count}, default=100)
    """Messages a second that one peer may send in each lane, over time; bursts of ten times."""

    peer_mib: int = field(metadata={"read": _count}, default=256)
    """MiB of evidence a second that one peer may send, over time."""

    witness_quorum: int = field(metadata={"read": _count}, default=1)
    """How many other States must have cosigned the ledger before a package is signed."""

    s3_endpoint: str = field(metadata={"read": _text}, default="")
    """Where the object store of a vault ``s3://bucket/prefix`` is; empty for Amazon's own."""

    s3_region: str = field(metadata={"read": _text}, default="us-east-1")
    """Its region."""

    s3_access_key: str = field(metadata={"read": _text}, default="")
    """Who this node is there."""

    s3_secret_key_file: Path | None = field(metadata={"read": _folder_path}, default=None)
    """The secret that belongs to it."""

    free_bytes: int = field(metadata={"read": _count}, default=64 * 2**20)
    """Below this much free space on its disk the node stops accepting."""

    def path_of(self, path: Path | str) -> Path:
        """Return where a path of these settings is."""
        return self.folder / path


def read_settings(folder: Path, *, environ: Mapping[str, str]) -> NodeSettings:
    """Read the settings of the node in ``folder``.

    Raises Refused ``node.absent``, ``node.settings-syntax``, ``node.setting-unknown``,
    ``node.setting-missing``, ``node.setting-value``, each with what to do.
    """
    given = {**_from_file(folder), **_from_environment(environ)}
    known = {one.name: one for one in fields(NodeSettings) if one.name != "folder"}
    for name in given:
        if name not in known:
            raise Refused(
                "node.setting-unknown",
                "{folder}/{file}: there is no setting {name}; see docs/settings.md, correct it and "
                "start again",
                folder=folder,
                file=FILE,
                name=name,
            )
    if "state" not in given:
        raise Refused(
            "node.setting-missing",
            '{folder}/{file} does not say whose node it is; add the line: state = "XX"',
            folder=folder,
            file=FILE,
        )
    values = {name: _read(known[name], value, folder) for name, value in given.items()}
    return NodeSettings(folder=folder, **values)


def _read(setting: "Attribute[Any]", value: object, folder: Path) -> Any:  # noqa: ANN401 - each setting has its type
    try:
        return setting.metadata["read"](value)
    except (TypeError, ValueError, Malformed):
        raise Refused(
            "node.setting-value",
            "{folder}/{file}: the value of {name} is not in its form; see docs/settings.md, "
            "correct it and start again",
            folder=folder,
            file=FILE,
            name=setting.name,
        ) from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }


def _from_file(folder: Path) -> dict[str, object]:
    try:
        with (folder / FILE).open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise Refused(
            "node.absent",
            "{folder} holds no node; make one with: longbien init {folder}",
            folder=folder,
        ) from None
    try:
        return tomllib.loads(data.decode() if len(data) <= _MAX_FILE else "too large")
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError
        raise Refused(
            "node.settings-syntax",
            "{folder}/{file} cannot be read ({why}); correct it and start again",
            folder=folder,
            file=FILE,
            why=error,
        ) from None
