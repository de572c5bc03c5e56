"""The header at work: sealed for recipients, opened by an identity, extended by recipients.

The rule of our suites stands here: all recipients of a file are hybrid, or none is.  One
classical recipient would make the post-quantum part of all the others worthless.
"""

from collections.abc import Iterable, Sequence

from longbien.primitives.errors import Refused
from longbien.trust.age.header import (
    FILE_KEY_SIZE,
    MAX_STANZAS,
    FileKey,
    Header,
    Stanza,
    close_header,
    encode_stanzas,
    reopen_header,
    require_mac,
)
from longbien.trust.age.identities import Identity, find_file_key
from longbien.trust.age.recipients import (
    HybridRecipient,
    RandomBytes,
    Recipient,
    wrap_file_key,
)
from longbien.trust.age.wrapped import SCRYPT_KIND, HybridShare, Wrapped, parse_wrapped

MAX_RECIPIENTS = 32  # of one call; half of what we read, so that some can be added later


def new_file_key(random_bytes: RandomBytes) -> FileKey:
    """Make the key of one payload.  Never use it for a second one."""
    return FileKey(random_bytes(FILE_KEY_SIZE))


def encode_header(
    file_key: FileKey, recipients: Sequence[Recipient], random_bytes: RandomBytes
) -> bytes:
    """Write a header by which each of ``recipients`` finds ``file_key``.

    Raises Refused ``age.recipients.none``, ``age.recipients.too-many``,
    ``age.recipients.double`` and ``age.recipients.mixed``.
    """
    _require_suite(recipients, kinds=set())
    return close_header(_wrap(file_key, recipients, random_bytes), file_key=file_key)


def get_file_key(header: Header, identities: Iterable[Identity]) -> FileKey:
    """Unwrap the file key with the first identity that fits, and check the header's MAC.

    1. A passphrase stanza: Refused ``age.passphrase``.
    2. Every stanza of a known kind has its form: else Malformed ``age.header.recipient``,
       ``age.header.low-order``, ``age.header.base64``.
    3. One identity opens one stanza: else Refused ``age.no-match``.
    4. The MAC is right: else Malformed ``age.mac``.
    """
    known = _known(header)
    for identity in identities:
        for wrapped in known:
            file_key = find_file_key(identity, wrapped)
            if file_key:
                require_mac(header, file_key=file_key)
                return file_key
    raise Refused("age.no-match", "none of the given keys opens this file: it is for somebody else")


def add_recipients(
    header: Header,
    file_key: FileKey,
    recipients: Sequence[Recipient],
    random_bytes: RandomBytes,
) -> bytes:
    """Write the header anew with more recipients; the old stanzas stay as they are, in front.

    With the payload unchanged behind it this is a new sealed object, with a hash of its own.

    Raises what ``encode_header`` and ``get_file_key`` raise; the MAC must fit ``file_key``.
    """
    require_mac(header, file_key=file_key)
    kinds = {isinstance(wrapped, HybridShare) for wrapped in _known(header)}
    _require_suite(recipients, kinds=kinds)
    if len(header.stanzas) + len(recipients) > MAX_STANZAS:
        raise _too_many(MAX_STANZAS)
    added = _wrap(file_key, recipients, random_bytes)
    return close_header(reopen_header(header) + added, file_key=file_key)


def _known(header: Header) -> tuple[Wrapped, ...]:
    if any(stanza.kind == SCRYPT_KIND for stanza in header.stanzas):
        raise Refused("age.passphrase", "the file is sealed by a passphrase, which we do not use")
    found = (parse_wrapped(stanza) for stanza in header.stanzas)
    return tuple(wrapped for wrapped in found if wrapped)


def _require_suite(recipients: Sequence[Recipient], *, kinds: set[bool]) -> None:
    if not recipients:
        raise Refused("age.recipients.none", "a file is sealed for at least one recipient")
    if len(recipients) > MAX_RECIPIENTS:
        raise _too_many(MAX_RECIPIENTS)
    if len(set(recipients)) < len(recipients):
        raise Refused("age.recipients.double", "a recipient is named twice")
    is_hybrid = {isinstance(recipient, HybridRecipient) for recipient in recipients}
    if len(is_hybrid | kinds) > 1:
        raise Refused(
            "age.recipients.mixed",
            "one file is for post-quantum recipients (age1pq…) or for classical ones, not for both",
        )


def _too_many(limit: int) -> Refused:
    return Refused("age.recipients.too-many", "more than {limit} recipients", limit=limit)


def _wrap(file_key: FileKey, recipients: Sequence[Recipient], random_bytes: RandomBytes) -> bytes:
    stanzas: list[Stanza] = [
        wrap_file_key(recipient, file_key=file_key, random_bytes=random_bytes)
        for recipient in recipients
    ]
    return encode_stanzas(stanzas)
