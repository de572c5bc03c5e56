"""A vault in an object store: S3 of any maker, through obstore.

A part is one object ``<prefix><first two digits>/<digest>``.  A store's answer to a put means
that it holds the part: what that is worth is the store's promise (Amazon S3 and Swift give it
for every put), and its name carries the digest, so every reading proves it.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import obstore
from attrs import field, frozen
from obstore.exceptions import BaseError
from obstore.store import S3Store

from longbien.adapters.vault import MAX_PART, as_bytes, checked, lost
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused, Unavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Config

_AT_ONCE: Final = 16  # questions to the store at a time: each waits for the network, not for us
_LISTED: Final = 1000  # names of one answer: what S3 gives at most
_NAME: Final = 64  # characters of a digest


@frozen(kw_only=True)
class S3Settings:
    """Where the store is and who we are there."""

    bucket: str
    endpoint: str = ""
    """``https://s3.example``; empty for Amazon's own."""

    region: str
    access_key: str
    secret_key: str = field(repr=False)
    prefix: str = ""
    """Put before every name, with its slash: ``vault/``."""

    allow_http: bool = False
    """For a store on this machine alone: the parts are ciphertext, our key for the store is not."""

    patience: timedelta = timedelta(seconds=60)
    """For one request; each is tried three times."""


def open_s3(settings: S3Settings) -> "RemoteVault":
    """Return the vault in a bucket; Refused ``vault.settings`` for settings that say nothing.

    The bucket is not asked: the first use tells whether it is there.
    """
    config: S3Config = {
        "region": settings.region,
        "access_key_id": settings.access_key,
        "secret_access_key": settings.secret_key,
    }
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    try:
        store = S3Store(
            settings.bucket,
            prefix=settings.prefix.rstrip("/") or None,
            config=config,
            client_options={
                "allow_http": settings.allow_http,
                "timeout": settings.patience,
                "connect_timeout": timedelta(seconds=10),
            },
            retry_config={"max_retries": 2, "retry_timeout": 3 * settings.patience},
        )
    except (BaseError, ValueError) as error:
        raise Refused("vault.settings", "the settings of the object store: {why}", why=error) from (
            error
        )
    return RemoteVault(store)


class RemoteVault:
    """The port ``Vault`` over a store of obstore's."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    def put(self, sha256: Digest, part: bytes | memoryview, /) -> None:
        """Keep a part; the store holds it on return.  The caller has hashed it.

        One that is there is left as it is.  Raises Unavailable ``vault.write-failed``.
        """
        if len(part) > MAX_PART:
            msg = "a part has at most MAX_PART bytes"
            raise ValueError(msg)
        if self._size_of(sha256) == len(part):
            return
        try:
            obstore.put(self._store, _place(sha256), as_bytes(part), use_multipart=False)
        except (BaseError, OSError) as error:
            raise Unavailable(
                "vault.write-failed",
                "the vault cannot be written: {why}",
                retry=True,
                why=_first_line(error),
            ) from error

    def get(self, sha256: Digest, /) -> bytes:
        """Return a part, its digest checked.

        Raises Integrity ``vault.changed``, ``vault.missing``; Unavailable ``vault.read-failed``.
        """
        try:
            found = obstore.get(self._store, _place(sha256))
            if found.meta["size"] > MAX_PART:
                return checked(sha256, b"")
            return checked(sha256, bytes(found.bytes()))
        except FileNotFoundError:
            raise lost(sha256) from None
        except (BaseError, OSError) as error:
            raise _unreadable(error) from error

    def missing(self, digests: Sequence[Digest], /) -> Sequence[int]:
        """Return the positions of those that the vault does not hold, unread."""
        with ThreadPoolExecutor(_AT_ONCE, "missing") as pool:
            sizes = pool.map(self._size_of, digests)
            return [at for at, size in enumerate(sizes) if size is None]

    def free_bytes(self) -> int | None:
        """Return None: an object store does not say."""
        return None

    def held(self) -> Iterator[Digest]:
        """Name every part that is there, unread."""
        try:
            for names in obstore.list(self._store, chunk_size=_LISTED):
                for found in names:
                    yield Digest.parse(found["path"][-_NAME:])
        except (BaseError, OSError) as error:
            raise _unreadable(error) from error

    def discard(self, digests: Iterable[Digest], /) -> int:
        """Remove parts for good."""
        count = 0
        for digest in digests:
            if self._size_of(digest) is None:
                continue
            try:
                obstore.delete(self._store, _place(digest))
            except (BaseError, OSError) as error:
                raise _unreadable(error) from error
            count += 1
        return count

    def _size_of(self, sha256: Digest) -> int | None:
        try:
            return obstore.head(self._store, _place(sha256))["size"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _unreadable(error) from error


def _place(sha256: Digest) -> str:
    name = sha256.hex
    return f"{name[:2]}/{name}"


def _first_line(error: Exception) -> str:
    # obstore's errors go on with the internals of the request
    return str(error).partition("\n")[0][:300]


def _unreadable(error: Exception) -> Unavailable:
    return Unavailable(
        "vault.read-failed",
        "the vault cannot be read: {why}",
        retry=True,
        why=_first_line(error),
    )
