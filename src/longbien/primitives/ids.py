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


@frozen
class PackageId(_TextId):
    """A package: a lower-case UUID of any version; the bag's folder is ``LB-<uuid>``."""

    form = _UUID
    kind = "a package id (a lower-case UUID)"

    @classmethod
    def from_random(cls, sixteen: bytes) -> Self:
        """Make a version 4 UUID out of 16 random bytes."""
        return cls(str(uuid.UUID(bytes=sixteen, version=4)))


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
