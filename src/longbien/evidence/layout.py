"""Where everything stands in a bag of LB-Bag 1, and who covers it: names only, no bytes.

The table is section 2 of ``spec/package.md``.
"""

import re
from enum import StrEnum

from attrs import frozen

from longbien.primitives.errors import Malformed
from longbien.primitives.ids import PackageId

BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
PAYLOAD = "data"
PAYLOAD_MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"

DESCRIPTION = "evidence/package.json"
CASE = "evidence/case.jsonld"
LEAVES = "evidence/leaves"

EVENTS = "custody/events.jsonl"
POLICY = "custody/policy.txt"
WITNESS_KEYS = "custody/witness.vkeys"

RECORD = "evidence/record.json"
RECORD_TEXT = "RECORD.txt"

TRUST = "trust"
VERIFY_TEXT = "VERIFY.txt"
VERIFY_SCRIPT = "verify.sh"
SIGNATURES = "signatures"

# a partial disclosure has these beside the signed files of the package
DISCLOSURE = "disclosure.json"
DISCLOSURE_TEXT = "DISCLOSURE.txt"
DISCLOSER = "discloser"

# Every bag has these, covered by the tag manifest.  (The tag manifest cannot cover itself.)
REQUIRED_TAGS = (
    BAGIT,
    BAG_INFO,
    PAYLOAD_MANIFEST,
    DESCRIPTION,
    CASE,
    EVENTS,
    POLICY,
    WITNESS_KEYS,
    VERIFY_TEXT,
    VERIFY_SCRIPT,
)

OPTIONAL_TAGS = (RECORD, RECORD_TEXT)
"""A bag may have these: safeguards, use limits and decisions of the giving State."""

MAX_PROOFS = 9999  # custody events of one package: four digits in the name
MAX_SIGNERS = 16  # sets of signature files: the sender, the receiver, some on the way
MAX_PATH = 255  # characters; tar's ustar header holds as many, Windows 260 with the folder

_FOLDER = re.compile(r"LB-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)
_LEAVES = re.compile(r"evidence/leaves/([1-9][0-9]{0,6})\.bin", re.ASCII)
_PROOF = re.compile(r"custody/([0-9]{4})\.tlog-proof", re.ASCII)
_TRUST = re.compile(r"trust/[a-z0-9][a-z0-9_.-]{0,90}\.(?:pem|crl|ocsp)", re.ASCII)
_SIGNATURE = re.compile(
    r"signatures/tagmanifest-sha256\.txt(?:\.([1-9][0-9]?))?\.(p7s\.tsr|p7s|mldsa65)", re.ASCII
)


class Role(StrEnum):
    """What a file of the bag is for."""

    PAYLOAD = "payload"
    TAG = "tag"
    """Fixed by name: the members of ``REQUIRED_TAGS`` and ``OPTIONAL_TAGS``."""

    LEAVES = "leaves"
    PROOF = "proof"
    TRUST = "trust"
    TAG_MANIFEST = "tag-manifest"
    SIGNATURE = "signature"

    @property
    def is_tag(self) -> bool:
        """Tell whether the tag manifest must cover the file."""
        return self in {Role.TAG, Role.LEAVES, Role.PROOF, Role.TRUST}


@frozen(kw_only=True)
class SignaturePaths:
    """Where one signer's set of files stands."""

    cades: str
    timestamp: str
    post_quantum: str


def bag_folder(package_id: PackageId) -> str:
    """Return the name of the bag's own folder."""
    return f"LB-{package_id}"


def parse_bag_folder(name: str) -> PackageId:
    """Read the package id out of the folder's name; Malformed ``layout.folder``."""
    found = _FOLDER.fullmatch(name)
    if not found:
        raise Malformed("layout.folder", "the bag's folder is not named LB-<uuid>")
    return PackageId(found[1])


def leaves_path(index: int) -> str:
    """Return where the leaf hashes of the ``index``-th file of package.json stand, from 1.

    Only a file with more than one leaf has them: the root of a shorter tree says as much.
    """
    return f"{LEAVES}/{index}.bin"


def find_leaves_index(path: str) -> int | None:
    """Return the number of the file that a leaves file belongs to, None for any other path."""
    found = _LEAVES.fullmatch(path)
    return int(found[1]) if found else None


def proof_path(index: int) -> str:
    """Return where the proof of the ``index``-th custody event stands, from 1."""
    if not 1 <= index <= MAX_PROOFS:
        msg = f"a package has 1 to {MAX_PROOFS} custody events, not {index}"
        raise ValueError(msg)
    return f"custody/{index:04}.tlog-proof"


def is_proof(path: str) -> bool:
    """Tell whether the path is the place of a custody proof."""
    found = _PROOF.fullmatch(path)
    return found is not None and found[1] != "0000"


def is_trust(path: str) -> bool:
    """Tell whether the path may hold a certificate, a revocation list or an OCSP answer."""
    return bool(_TRUST.fullmatch(path))


def is_discloser_trust(path: str) -> bool:
    """Tell if the path may hold a certificate, revocation list or OCSP answer of the discloser."""
    return path.startswith(f"{DISCLOSER}/") and is_trust(path.removeprefix(f"{DISCLOSER}/"))


def signature_paths(number: int) -> SignaturePaths:
    """Return the places of the ``number``-th signer's files, from 1: the sender has the first."""
    if not 1 <= number <= MAX_SIGNERS:
        msg = f"a package has 1 to {MAX_SIGNERS} signers, not {number}"
        raise ValueError(msg)
    stem = f"{SIGNATURES}/{TAG_MANIFEST}" + (f".{number}" if number > 1 else "")
    return SignaturePaths(
        cades=f"{stem}.p7s", timestamp=f"{stem}.p7s.tsr", post_quantum=f"{stem}.mldsa65"
    )


def find_signer_number(path: str) -> int | None:
    """Return whose signature file this is, from 1, None for any other path."""
    found = _SIGNATURE.fullmatch(path)
    if not found:
        return None
    number = int(found[1] or 1)
    # the first signer's files have no number, so that no file has two names
    return number if number <= MAX_SIGNERS and found[1] != "1" else None


def find_role(path: str) -> Role | None:
    """Return what a file is for; None is a file that has no place in a bag."""
    if path.startswith(f"{PAYLOAD}/"):
        return Role.PAYLOAD
    if path in REQUIRED_TAGS or path in OPTIONAL_TAGS:
        return Role.TAG
    if path == TAG_MANIFEST:
        return Role.TAG_MANIFEST
    if find_signer_number(path):
        return Role.SIGNATURE
    return _role_by_form(path)


def _role_by_form(path: str) -> Role | None:
    if find_leaves_index(path):
        return Role.LEAVES
    if is_proof(path):
        return Role.PROOF
    return Role.TRUST if is_trust(path) else None
