"""A package for the court: out of the vault as a plain bag, and beside it whom this node believes.

The court verifies with its own trust; what lies beside the bag is this State's proposal, to be
compared with what other States publish.
"""

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from longbien.adapters.export import export_bag
from longbien.adapters.files import make_folders, write_durably
from longbien.adapters.sealed_objects import open_object
from longbien.casework.case import Officer
from longbien.casework.use_limits import Use
from longbien.desk.reading import read_package
from longbien.desk.work import get_case
from longbien.directory.book import Book
from longbien.evidence.report import Report
from longbien.evidence.source import BagSource
from longbien.node.case_identity import case_identity
from longbien.node.running import Node
from longbien.node.witness_policy import witness_policy
from longbien.node.worker.judging import Judge, anchors_of
from longbien.primitives.ids import CaseId, PackageId, StateCode
from longbien.trust.certificates import Anchors, encode_pem


@frozen(kw_only=True)
class ExportRequest:
    """Which package, and why."""

    case: CaseId
    package: PackageId
    use: Use
    reason: str


@frozen(kw_only=True)
class CourtExport:
    """What was written."""

    bag: Path
    trust: Path
    report: Report


def export_for_court(
    node: Node,
    officer: Officer,
    request: ExportRequest,
    out: Path,
    *,
    advance: Callable[[int], None] = lambda _count: None,
) -> CourtExport:
    """Write a package that has arrived below ``out``, judged after it was written.

    That it was exported, by whom and why, is noted first.  Raises what ``read_package`` and
    ``export_bag`` raise.
    """
    found = read_package(
        node.office, officer, request.case, request.package, use=request.use, reason=request.reason
    )
    giver = get_case(node.office, request.case).peer.state
    identities = (case_identity(node.store.keys, request.case), *node.office.identities)
    reader = open_object(found.announced.sealed, node.vault, identities)
    believed: list[Anchors] = []

    def judge(source: BagSource) -> Report:
        believed.append(anchors_of(node.office.book(), giver, source))
        return Judge(node=node).judge(source, giver=giver, recipient=None)

    make_folders(out)
    exported = export_bag(reader, out, judge=judge, keep_failed=True, advance=advance)
    trust = out / "trust"
    _write_trust(trust, believed[0], node.office.book(), giver, node.settings.witness_quorum)
    return CourtExport(bag=exported.folder, trust=trust, report=exported.report)


def _write_trust(trust: Path, anchors: Anchors, book: Book, giver: StateCode, quorum: int) -> None:
    for name, certificates in (("roots", anchors.signers), ("tsa-roots", anchors.time)):
        folder = trust / name
        make_folders(folder)
        for number, one in enumerate(certificates, 1):
            write_durably(folder / f"{number}.pem", encode_pem(one.der))
    write_durably(trust / "policy.txt", witness_policy(book, giver, quorum=quorum))
