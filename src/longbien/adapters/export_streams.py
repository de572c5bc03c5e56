"""A received package as a stream, for whoever may take it out: as the bag's tar, or sealed anew.

Nothing is written to a disk here, and no more than a few parts are held.  Whoever takes the
stream verifies what arrived: the package proves itself.
"""

import os
from collections.abc import Iterator, Sequence

from attrs import frozen

from longbien.adapters.sealed_objects import open_object
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import Vault
from longbien.primitives.digest import SIZE, Digest
from longbien.trust.age.envelope import encode_header
from longbien.trust.age.identities import Identity
from longbien.trust.age.recipients import RandomBytes, Recipient


@frozen(kw_only=True)
class Stream:
    """Bytes to be sent, and how many they are: a stream that ends before was cut."""

    size: int
    chunks: Iterator[bytes | memoryview]


def tar_stream(sealed: SealedObject, vault: Vault, *, identities: Sequence[Identity]) -> Stream:
    """Return the package as the tar of its bag, opened while it is sent.

    Raises, before the first byte, Malformed and Refused ``age.…``, Malformed ``object.shape``
    and what the vault raises; the vault's errors also in the midst of the stream.
    """
    reader = open_object(sealed, vault, identities)
    return Stream(size=reader.size, chunks=iter(reader.blocks()))


def sealed_stream(
    sealed: SealedObject,
    vault: Vault,
    *,
    identities: Sequence[Identity],
    recipients: Sequence[Recipient],
    random_bytes: RandomBytes = os.urandom,
) -> Stream:
    """Return the package as one sealed file for ``recipients`` alone: a new header, its parts.

    Raises as ``tar_stream``, and Refused ``age.…`` for recipients that do not go together.
    """
    reader = open_object(sealed, vault, identities)
    _ = reader.size  # an object that was cut is refused before anything is sent
    head = encode_header(reader.file_key, recipients, random_bytes) + reader.nonce
    return Stream(
        size=len(head) + sealed.size - sealed.header_size,
        chunks=_parts(head, vault, vault.get(sealed.parts_list)),
    )


def _parts(head: bytes, vault: Vault, row: bytes) -> Iterator[bytes]:
    yield head
    for at in range(0, len(row), SIZE):
        yield vault.get(Digest(row[at : at + SIZE]))
