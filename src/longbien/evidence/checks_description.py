"""Step 5: the signed description is readable and says what the manifests and bag-info say."""

from collections.abc import Iterator

from attrs import frozen

from longbien.evidence._findings import failed, passed, unreadable
from longbien.evidence.layout import BAG_INFO, DESCRIPTION
from longbien.evidence.manifests import BagInfo, ManifestLine, parse_bag_info
from longbien.evidence.package import Package
from longbien.evidence.records import exhibit_tree, head_commitment
from longbien.evidence.wire import parse_package
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding

DESCRIPTION_CHECK = "package.description"


@frozen(kw_only=True)
class DescriptionCheck:
    """What the description was worth."""

    findings: tuple[Finding, ...]
    package: Package | None = None
    """None where it could not be read."""


def check_description(
    description: bytes, bag_info: bytes, lines: tuple[ManifestLine, ...] | None
) -> DescriptionCheck:
    """Read package.json and bag-info.txt and compare them with each other; never raises.

    1. Both have exactly the form that their writer gives them (canonical JSON; fixed labels).
    2. The description's files and digests are those of the payload manifest.
    3. bag-info repeats the id, the request, the counts, the exercise mark and the software.
    4. The exhibit tree's root and the head's commitment follow from the description.
    """
    package, info, findings = None, None, []
    try:
        package = parse_package(description)
    except Malformed as error:
        findings.append(unreadable(DESCRIPTION_CHECK, "description.unreadable", DESCRIPTION, error))
    try:
        info = parse_bag_info(bag_info)
    except Malformed as error:
        findings.append(unreadable(DESCRIPTION_CHECK, "description.unreadable", BAG_INFO, error))
    if package is not None:
        findings += _against_manifest(package, lines)
    if package is not None and info is not None:
        findings += _against_bag_info(package, info)
    if not findings and package is not None:
        findings.append(
            passed(
                DESCRIPTION_CHECK,
                "description.consistent",
                exhibits=len(package.exhibits),
                files=len(package.files),
                bytes=package.payload_bytes,
            )
        )
    return DescriptionCheck(findings=tuple(findings), package=package)


def _against_manifest(
    package: Package, lines: tuple[ManifestLine, ...] | None
) -> Iterator[Finding]:
    if lines is None:
        return
    described = tuple((file.path, file.sha256) for file in package.files)
    if described != tuple((line.path, line.sha256) for line in lines):
        yield failed(DESCRIPTION_CHECK, "description.other-files", DESCRIPTION)


def _against_bag_info(package: Package, info: BagInfo) -> Iterator[Finding]:
    tree = exhibit_tree(package)
    pairs = (
        ("Internal-Sender-Identifier", package.package_id, info.package_id),
        ("External-Identifier", package.request, info.request),
        ("Bag-Software-Agent", package.software, info.software),
        ("LB-Exercise", package.exercise, info.exercise),
        ("Payload-Oxum", package.payload_bytes, info.payload_bytes),
        ("Payload-Oxum", len(package.files), info.payload_files),
        ("LB-Exhibit-Tree", tree, info.exhibit_tree),
        ("LB-Package-Head", head_commitment(package), info.head),
    )
    for label, described, noted in pairs:
        if described != noted:
            yield failed(DESCRIPTION_CHECK, "description.other-bag-info", BAG_INFO, label=label)
