"""Where a node has its master key from: a file, or a file that a security module has sealed."""

from collections.abc import Iterator
from contextlib import contextmanager

from longbien.adapters.at_rest import (
    KeyWrapper,
    MasterKey,
    RandomBytes,
    read_master_key,
    wrap_master_key,
)
from longbien.node.configuration import NodeSettings
from longbien.primitives.errors import Refused


def load_master_key(settings: NodeSettings, *, random_bytes: RandomBytes) -> MasterKey:
    """Read the master key of a node.

    Raises what ``read_master_key`` and the security module raise.
    """
    path = settings.path_of(settings.master_key_file)
    with _wrapper(settings, random_bytes) as wrapper:
        return read_master_key(path, wrapper=wrapper)


def seal_master_key(settings: NodeSettings, *, random_bytes: RandomBytes) -> None:
    """Put an open master key under the security module that the settings name.

    Raises Refused ``at-rest.no-module`` where they name none, and what ``wrap_master_key`` and
    the module raise.
    """
    with _wrapper(settings, random_bytes) as wrapper:
        if wrapper is None:
            raise Refused(
                "at-rest.no-module",
                "no security module is named; set master_key_module, master_key_token and "
                "master_key_label in node.toml",
            )
        wrap_master_key(settings.path_of(settings.master_key_file), wrapper=wrapper)


@contextmanager
def _wrapper(settings: NodeSettings, random_bytes: RandomBytes) -> Iterator[KeyWrapper | None]:
    if settings.master_key_module is None:
        yield None
        return
    from longbien.adapters.hsm_master_key import open_module_key  # noqa: PLC0415 - few have one
    from longbien.adapters.pkcs11 import Token, read_pin  # noqa: PLC0415 - the same

    pin_file = settings.master_key_pin_file
    token = Token(
        module=settings.path_of(settings.master_key_module),
        token=settings.master_key_token,
        key=settings.master_key_label,
    )
    pin = read_pin(settings.path_of(pin_file) if pin_file else None)
    with open_module_key(token, pin=pin, random_bytes=random_bytes) as key:
        yield key
