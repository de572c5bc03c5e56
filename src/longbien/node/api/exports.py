"""Packages out of the node, for a court or the defence: as a tar, or sealed for others."""

from typing import Annotated, Final

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from longbien.adapters.export_streams import Stream, sealed_stream, tar_stream
from longbien.casework.state import Package
from longbien.casework.use_limits import Purpose, Recipient, Use
from longbien.desk.reading import get_summary, read_package, require_exporting
from longbien.node.api import values as v
from longbien.node.api.cases import CasePath, Reason
from longbien.node.api.visits import Needs, case_of, visit_of, words_of
from longbien.node.case_identity import case_identity
from longbien.node.store.officers import Scope
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import CaseId, PackageId
from longbien.trust.age.recipients import parse_recipient

TAR: Final = "application/x-tar"
SEALED: Final = "application/vnd.age"
MAX_RECIPIENTS: Final = 16  # of one export; a court, both parties, an expert each

_OPENAPI: Final = {
    "responses": {
        200: {
            "description": "the package; with recipients as one age file, else as the bag's tar",
            "content": {
                TAR: {"schema": {"type": "string", "format": "binary"}},
                SEALED: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }
}
PackagePath = Annotated[str, Path(pattern=v.UUID)]


class AskedUse(BaseModel):
    """For what, and for whom."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    purpose: Purpose
    to: Recipient
    name: Annotated[str, Field(max_length=100, description="who that is, in words")] = ""
    number: Annotated[
        int, Field(ge=0, description="of the further use that was asked for and granted")
    ] = 0

    def told(self) -> Use:
        """Return it as the casework has it."""
        return Use(purpose=self.purpose, to=self.to, name=self.name, number=self.number)


router = Router(tags=["packages"])


@router.get(
    "/cases/{case}/packages/{package}/export",
    response={200: None},
    auth=Needs(Scope.EXPORT),
    openapi_extra=_OPENAPI,
)
def export_package(
    request: HttpRequest,
    case: CasePath,
    package: PackagePath,
    reason: Reason,
    asked: Annotated[AskedUse, Query()],
    recipient: Annotated[
        list[Annotated[str, v.Field(pattern="^age1[a-z0-9]{20,2200}$")]],
        Query(max_length=MAX_RECIPIENTS, description="age recipients; none: the plain tar"),
    ] = [],  # noqa: B006 - ninja copies it
) -> StreamingHttpResponse:
    """Take a package that has arrived out of the node; who does it, and why, is noted first.

    What the labels of the package do not cover is refused (``export.…``).

    ``Longbien-Outcome`` tells what the node found when it verified the package.  What is received
    is verified once more, by ``longbien verify``: it proves itself.
    """
    visit = visit_of(request)
    get_summary(visit.office, visit.who.officer, case_of(request, case))
    require_exporting(visit.who.officer)
    recipients = tuple(parse_recipient(text) for text in recipient)
    found = read_package(
        visit.office,
        visit.who.officer,
        CaseId.parse(case),
        _package(package),
        use=asked.told(),
        reason=words_of(reason, header="Longbien-Reason"),
    )
    identities = (
        case_identity(visit.house.node.store.keys, CaseId.parse(case)),
        *visit.office.identities,
    )
    sealed, vault = found.announced.sealed, visit.house.node.vault
    if not recipients:
        stream = tar_stream(sealed, vault, identities=identities)
        return _answer(found, stream, kind=TAR, end="tar")
    stream = sealed_stream(
        sealed,
        vault,
        identities=identities,
        recipients=recipients,
        random_bytes=visit.office.random_bytes,
    )
    return _answer(found, stream, kind=SEALED, end="tar.age")


def _package(text: str) -> PackageId:
    try:
        return PackageId.parse(text)
    except Malformed:
        raise Malformed("api.package", "this is not the id of a package") from None


def _answer(package: Package, stream: Stream, *, kind: str, end: str) -> StreamingHttpResponse:
    name = f"LB-{package.announced.package}.{end}"
    outcome = package.verified.outcome.name.lower() if package.verified else "unchecked"
    return StreamingHttpResponse(
        stream.chunks,
        content_type=kind,
        headers={
            "Content-Length": str(stream.size),
            "Content-Disposition": f'attachment; filename="{name}"',
            "Longbien-Outcome": outcome,
        },
    )
