"""What a package says of itself: the signed description ``evidence/package.json``, as objects.

How it is written in bytes lives in ``wire``; where the files stand in ``layout``.
"""

from enum import StrEnum

from attrs import field, frozen
from attrs.validators import ge

from longbien.evidence import hashing
from longbien.primitives.digest import Digest
from longbien.primitives.ids import KeyId, PackageId, RequestUrn
from longbien.primitives.instants import Instant

FORMAT = "LB-Bag 1"
SUITE = "LB1"
TREE_ALGORITHM = "rfc6962-sha256"
LEAF_SIZE = hashing.LEAF_SIZE
MAX_FILES = 1_000_000  # payload files of one package; more is what disk images and archives are for


@frozen(kw_only=True)
class Tree:
    """The RFC 6962 tree over a file's blocks of ``leaf`` bytes; an empty file has the empty one."""

    leaf: int = LEAF_SIZE
    root: Digest


@frozen(kw_only=True)
class PayloadFile:
    """One file under ``data/``, untouched."""

    path: str
    """Its place in the bag, ``data/<exhibit>/…``, of portable ASCII names only."""

    original_name: str
    """Its path in the examiner's folder, as found, ``/`` between the parts."""

    size: int = field(validator=ge(0))
    sha256: Digest
    tree: Tree

    original_name_hex: str = ""
    """The raw bytes of that path in hexadecimal, where they are not UTF-8; else empty."""

    @property
    def exhibit(self) -> str:
        """Return the exhibit that the file is part of."""
        return self.path.split("/", 2)[1]


class UseLimitKind(StrEnum):
    """Why the receiver may not do everything with what it got (convention.md, article 40)."""

    SPECIALTY = "specialty"
    """Only for the investigation or proceedings named in the request: article 40(19)."""

    CONFIDENTIALITY = "confidentiality"
    """Article 40(20)."""

    PERSONAL_DATA = "personal-data"
    """Article 36."""

    ONWARD_TRANSFER = "onward-transfer"
    """Not to a third State or organisation without consent: article 36(3)."""

    RETENTION = "retention"
    """To be destroyed when ``until`` is over."""

    OTHER = "other"


@frozen(kw_only=True)
class UseLimit:
    """One condition that the giving State put on the use of the evidence."""

    kind: UseLimitKind
    text: str
    until: Instant | None = None


@frozen(kw_only=True)
class IngestNotice:
    """Something odd that was met while the files were taken in, and what was done about it."""

    code: str
    """A documented code, ``ingest.…``."""

    name: str
    """The original name that it is about."""


@frozen(kw_only=True)
class Package:
    """The signed description of one package."""

    package_id: PackageId
    request: RequestUrn
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...]

    recipients: tuple[KeyId, ...]
    """Whom it is addressed to.  A receiver refuses a package that does not name its key:
    sealing does not authenticate the sender, so a signed package could be sealed again
    for somebody else (surreptitious forwarding)."""

    created_at: Instant
    created_by: str
    """The authority or laboratory, never a person's name unless the law asks for it."""

    files: tuple[PayloadFile, ...]
    """Sorted by path."""

    salt: bytes = field(repr=False)
    """32 random bytes from which each file's disclosure salt is derived (``disclosure``)."""

    notices: tuple[IngestNotice, ...] = ()

    exercise: bool = False
    """True marks training material: a verifier says so first."""

    software: str
    suite: str = SUITE

    @property
    def exhibits(self) -> tuple[str, ...]:
        """Return the exhibits, each once, in order."""
        return tuple(dict.fromkeys(file.exhibit for file in self.files))

    @property
    def payload_bytes(self) -> int:
        """Return the total size of all payload files."""
        return sum(file.size for file in self.files)
