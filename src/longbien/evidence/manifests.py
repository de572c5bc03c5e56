"""The text files of BagIt 1.0 (RFC 8493), in the one form that ``sha256sum -c`` reads as well.

A parser here accepts exactly what its encoder writes: two readers never see two bags.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date

from attrs import field, frozen
from attrs.validators import ge

from longbien.evidence.layout import find_role
from longbien.evidence.names import is_payload_path
from longbien.evidence.package import TREE_ALGORITHM
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import PackageId, RequestUrn

BAGIT_TXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PROFILE = "urn:longbien:profile:lb-bag-1"
MAX_MANIFEST = 400 * 2**20  # bytes: a million lines of the longest path, and some room
MAX_BAG_INFO = 16 * 2**10  # bytes
MAX_SOFTWARE = 200  # characters

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]{1,255})", re.ASCII)
_SOFTWARE = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_FIELDS = (
    "Bag-Software-Agent",
    "BagIt-Profile-Identifier",
    "Bagging-Date",
    "External-Identifier",
    "Internal-Sender-Identifier",
    "LB-Exercise",
    "LB-Exhibit-Tree",
    "LB-Package-Head",
    "Payload-Oxum",
)


@frozen(kw_only=True)
class ManifestLine:
    """One file and its digest."""

    path: str
    sha256: Digest


@frozen(kw_only=True)
class ExhibitTree:
    """What ``LB-Exhibit-Tree`` says: the tree over the payload files' records (``records``)."""

    count: int = field(validator=ge(0))
    root: Digest


@frozen(kw_only=True)
class BagInfo:
    """What ``bag-info.txt`` says."""

    software: str
    bagged_on: date
    request: RequestUrn
    package_id: PackageId
    exercise: bool
    exhibit_tree: ExhibitTree
    head: Digest
    """The commitment to package.json without its files, notices and salt (``records``)."""

    payload_bytes: int = field(validator=ge(0))
    payload_files: int = field(validator=ge(0))


def encode_manifest(lines: Iterable[ManifestLine]) -> bytes:
    """Write a manifest, sorted by path."""
    ordered = sorted((line.path, line.sha256.hex) for line in lines)
    return "".join(f"{sha256}  {path}\n" for path, sha256 in ordered).encode("ascii")


def parse_payload_manifest(data: bytes) -> tuple[ManifestLine, ...]:
    """Read ``manifest-sha256.txt``.

    Raises Malformed: ``manifest.size``, ``manifest.text``, ``manifest.line``, ``manifest.path``,
    ``manifest.order``.
    """
    return _parse_manifest(data, belongs=is_payload_path)


def parse_tag_manifest(data: bytes) -> tuple[ManifestLine, ...]:
    """Read ``tagmanifest-sha256.txt``; raises Malformed as ``parse_payload_manifest`` does."""
    return _parse_manifest(data, belongs=is_tag_path)


def is_tag_path(path: str) -> bool:
    """Tell whether the tag manifest may, and so must, name the path."""
    role = find_role(path)
    return role is not None and role.is_tag


def _parse_manifest(data: bytes, *, belongs: Callable[[str], bool]) -> tuple[ManifestLine, ...]:
    if len(data) > MAX_MANIFEST:
        raise Malformed(
            "manifest.size", "a manifest of more than {limit} bytes", limit=MAX_MANIFEST
        )
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("manifest.text", "a manifest holds ASCII only") from None
    if text and not text.endswith("\n"):
        raise Malformed("manifest.text", "a manifest ends with a line feed")
    lines = tuple(map(_parse_line, text.split("\n")[:-1]))
    before = ""
    for number, line in enumerate(lines, 1):
        if not belongs(line.path):
            raise Malformed(
                "manifest.path", "line {number} names no file of its kind", number=number
            )
        if line.path <= before:
            raise Malformed("manifest.order", "line {number} is not in order", number=number)
        before = line.path
    return lines


def _parse_line(line: str) -> ManifestLine:
    found = _LINE.fullmatch(line)
    if not found:
        raise Malformed("manifest.line", "a line is not <64 hexadecimal digits>  <path>")
    return ManifestLine(path=found[2], sha256=Digest(bytes.fromhex(found[1])))


def require_bagit_txt(data: bytes) -> None:
    """Raise Malformed ``bag.declaration`` unless ``bagit.txt`` says what it must."""
    if data != BAGIT_TXT:
        raise Malformed("bag.declaration", "bagit.txt does not declare BagIt 1.0 in UTF-8")


def encode_bag_info(info: BagInfo) -> bytes:
    """Write ``bag-info.txt``: each label once, in order, nothing folded."""
    values = (
        info.software,
        PROFILE,
        info.bagged_on.isoformat(),
        str(info.request),
        f"LB-{info.package_id}",
        "yes" if info.exercise else "no",
        f"{TREE_ALGORITHM} {info.exhibit_tree.count} {info.exhibit_tree.root}",
        f"sha256 {info.head}",
        f"{info.payload_bytes}.{info.payload_files}",
    )
    lines = (f"{label}: {value}\n" for label, value in zip(_FIELDS, values, strict=True))
    return "".join(lines).encode("ascii")


def parse_bag_info(data: bytes) -> BagInfo:
    """Read ``bag-info.txt``; raises Malformed ``bag-info.size``, ``.text``, ``.value``."""
    values = _bag_info_values(data)
    try:
        info = _bag_info(values)
    except (Malformed, ValueError):
        raise Malformed("bag-info.value", "a value of bag-info.txt has not its form") from None
    if encode_bag_info(info) != data:
        raise Malformed("bag-info.value", "a value of bag-info.txt is not written as it must be")
    return info


def _bag_info_values(data: bytes) -> dict[str, str]:
    if len(data) > MAX_BAG_INFO:
        raise Malformed("bag-info.size", "more than {limit} bytes", limit=MAX_BAG_INFO)
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("bag-info.text", "bag-info.txt holds ASCII only") from None
    pairs = [line.partition(": ")[::2] for line in lines[:-1]]
    if lines[-1] or tuple(label for label, _ in pairs) != _FIELDS:
        raise Malformed("bag-info.text", "bag-info.txt has not its labels, each once, in order")
    return dict(pairs)


def _bag_info(values: dict[str, str]) -> BagInfo:
    algorithm, count, root = values["LB-Exhibit-Tree"].split(" ")
    kind, head = values["LB-Package-Head"].split(" ")
    octets, files = values["Payload-Oxum"].split(".")
    software = values["Bag-Software-Agent"]
    if (algorithm, kind) != (TREE_ALGORITHM, "sha256") or not _SOFTWARE.fullmatch(software):
        raise ValueError
    return BagInfo(
        software=software,
        bagged_on=date.fromisoformat(values["Bagging-Date"]),
        request=RequestUrn.parse(values["External-Identifier"]),
        package_id=PackageId.parse(values["Internal-Sender-Identifier"].removeprefix("LB-")),
        exercise=values["LB-Exercise"] == "yes",
        exhibit_tree=ExhibitTree(count=_number(count), root=Digest.parse(root)),
        head=Digest.parse(head),
        payload_bytes=_number(octets),
        payload_files=_number(files),
    )


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return int(text)


def is_software(text: str) -> bool:
    """Tell whether the text can name the software: printable ASCII, one line, not too long."""
    return bool(_SOFTWARE.fullmatch(text))
