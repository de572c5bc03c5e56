"""Typed ids, so that a package is never taken for a request, nor a key for either.

Identity comes in as an argument: nothing here draws a random number.
"""

import re
import uuid
from typing import ClassVar, Self

from attrs import field, frozen

from longbien.primitives.errors import Malformed

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
# RFC 8141 without the r-, q- and f-components, which may not be part of an identity
_URN = re.compile(
    r"urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9]:[A-Za-z0-9()+,.:=@;$_!*'~/-]{1,200}", re.ASCII
)
_KEY_ID = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_STATE = re.compile(r"[A-Z]{2}", re.ASCII)
_AUTHORITY = re.compile(r"[A-Z]{2}/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_OFFICER = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)


@frozen
class _TextId:
    """An id that is text of one fixed form."""

    form: ClassVar[re.Pattern[str]]
    kind: ClassVar[str]
    text: str = field()

    @text.validator
    def _has_form(self, _attribute: object, value: str) -> None:
        if not self.form.fullmatch(value):
            raise Malformed("id.form", "this is not {kind}", kind=self.kind)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the id; another form is Malformed ``id.form``."""
        return cls(text)

    def __str__(self) -> str:
        """Return the id as it is written."""
        return self.text


class _UuidId(_TextId):
    """An id that is a lower-case UUID of any version."""

    form = _UUID

    @classmethod
    def from_random(cls, sixteen: bytes) -> Self:
        """Make a version 4 UUID out of 16 random bytes."""
        return cls(str(uuid.UUID(bytes=sixteen, version=4)))


@frozen
class PackageId(_UuidId):
    """A package; the bag's folder is ``LB-<uuid>``."""

    kind = "a package id (a lower-case UUID)"


@frozen
class CaseId(_UuidId):
    """A case: one request and all that follows from it, under the same id in both States.

    On the wire it is the thread of a message.  The requesting State draws it.
    """

    kind = "a case id (a lower-case UUID)"

    @property
    def urn(self) -> "RequestUrn":
        """Return the request URN that a package of this case carries (RFC 9562)."""
        return RequestUrn(f"urn:uuid:{self.text}")


@frozen
class MessageId(_UuidId):
    """A message between two States; its sender draws it, and a resend keeps it."""

    kind = "a message id (a lower-case UUID)"


@frozen
class EventId(_UuidId):
    """An event in a case's journal."""

    kind = "an event id (a lower-case UUID)"


@frozen
class TransferId(_UuidId):
    """A hand-over of one sealed package, part by part; the sender of the package draws it."""

    kind = "a transfer id (a lower-case UUID)"


@frozen
class StateCode(_TextId):
    """A State Party: ISO 3166-1 alpha-2, upper case."""

    form = _STATE
    kind = "the code of a State (two capital letters, ISO 3166-1)"


@frozen
class AuthorityId(_TextId):
    """An authority of a State: ``VN/contact-point``, ``IL/central-authority``."""

    form = _AUTHORITY
    kind = "an authority (a State's code, a slash, a short lower-case name)"

    @property
    def state(self) -> StateCode:
        """Return the State whose authority it is."""
        return StateCode(self.text[:2])


@frozen
class OfficerId(_TextId):
    """An officer, known within the own State's node only; it is never sent abroad."""

    form = _OFFICER
    kind = "an officer's id (lower-case letters, digits, dots)"


@frozen
class RequestUrn(_TextId):
    """The request that a package answers: a URN (RFC 8141)."""

    form = _URN
    kind = "a request URN (urn:<namespace>:<name>)"


@frozen
class KeyId(_TextId):
    """A key: ``sha256:`` and the digest of its public form, in hexadecimal."""

    form = _KEY_ID
    kind = "a key id (sha256:<64 hexadecimal digits>)"
