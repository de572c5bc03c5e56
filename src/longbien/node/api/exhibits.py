"""Exhibits: one stream into the vault, hashed and sealed as it comes; nobody types a digest."""

from typing import Annotated, Final

from attrs import frozen
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import Header, Path, Router
from ninja.responses import Status

from longbien.adapters.exhibits import Bench, ExhibitWriter, StoredExhibit, require_room
from longbien.casework.commands import TakeExhibit
from longbien.casework.events import Exhibit
from longbien.desk.acting import act
from longbien.desk.calls import Call, Done, find_done
from longbien.desk.intake import get_exhibit, require_intake
from longbien.desk.reading import get_summary
from longbien.evidence.names import is_portable_part
from longbien.node.api import answers
from longbien.node.api.cases import CasePath, Key
from longbien.node.api.visits import (
    Needs,
    Visit,
    call_of,
    case_of,
    etag_of,
    visit_of,
    words_of,
)
from longbien.node.case_identity import case_identity
from longbien.node.store.officers import Scope
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import Malformed, Unavailable
from longbien.primitives.ids import CaseId
from longbien.trust.age.identities import recipient_of

CHUNK: Final = 2**20  # bytes of one read; what an upload needs beside its parts
BUSY_SECONDS: Final = 10  # after which an upload that found no place may ask again

_OPENAPI: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Words = Annotated[
    str,
    Header(
        alias="Longbien-Note",
        max_length=24_000,
        pattern=r"^[\x20-\x7e]*$",
        description="the examiner's words, UTF-8 percent-encoded",
    ),
]
Name = Annotated[
    str,
    Header(
        alias="Longbien-Name",
        min_length=1,
        max_length=12_288,
        pattern=r"^[\x21-\x7e][\x20-\x7e]*$",
        description="the name that the file had, UTF-8 percent-encoded",
    ),
]
ExhibitPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

router = Router(tags=["exhibits"])


@frozen(kw_only=True)
class _Upload:
    case: CaseId
    exhibit: str
    name: str
    note: str
    size: int

    def asked(self) -> bytes:
        return encode_json(
            {"exhibit": self.exhibit, "name": self.name, "note": self.note, "size": self.size}
        )


@router.put(
    "/cases/{case}/exhibits/{exhibit}",
    response={201: answers.TakenAnswer},
    auth=Needs(Scope.INGEST),
    openapi_extra=_OPENAPI,
)
def take_exhibit(
    request: HttpRequest,
    case: CasePath,
    exhibit: ExhibitPath,
    key: Key,
    name: Name,
    response: HttpResponse,
    note: Words = "",
) -> Status[answers.TakenAnswer]:
    """Take an exhibit into the vault, of any size, and put it on record; answer with its digests.

    1. whether it can be put on record is asked before the first byte is read
    2. the bytes are hashed and sealed for the case as they come; plaintext touches no disk
    3. it is put on record
    """
    visit = visit_of(request)
    upload = _Upload(
        case=case_of(request, case),
        exhibit=_portable(exhibit),
        name=words_of(name, header="Longbien-Name"),
        note=words_of(note, header="Longbien-Note"),
        size=int(request.META["CONTENT_LENGTH"]),
    )
    get_summary(visit.office, visit.who.officer, upload.case)
    call = call_of(request, key, asked=_encoded(upload))
    done = find_done(visit.office, call)
    if done is None:
        _require_welcome(visit, upload)  # step 1
        stored = _stored(request, visit, upload)  # step 2
        done = _record(visit, upload, stored, call)  # step 3
    response["ETag"] = etag_of(done.version)
    found = get_exhibit(visit.office, upload.case, upload.exhibit)
    taken = answers.TakenAnswer(exhibit=answers.exhibit_of(found), done=answers.done_of(done))
    return Status(201, taken)


def _encoded(upload: _Upload) -> bytes:
    try:
        return upload.asked()
    except ValueError:  # lone surrogates
        raise Malformed("api.header", "a header holds what is not text") from None


def _portable(exhibit: str) -> str:
    if not is_portable_part(exhibit):
        raise Malformed("api.exhibit-name", "{name} cannot name an exhibit", name=exhibit)
    return exhibit


def _require_welcome(visit: Visit, upload: _Upload) -> None:
    require_intake(
        visit.office,
        visit.who.officer,
        upload.case,
        exhibit=upload.exhibit,
        name=upload.name,
        note=upload.note,
    )
    require_room(visit.house.node.vault, upload.size)


def _stored(request: HttpRequest, visit: Visit, upload: _Upload) -> StoredExhibit:
    house = visit.house
    recipient = recipient_of(case_identity(house.node.store.keys, upload.case))
    if not house.uploads.acquire(blocking=False):
        raise Unavailable(
            "api.uploads-busy",
            "as many exhibits are taken in as can be at a time; try again",
            retry=True,
            retry_after=BUSY_SECONDS,
        )
    try:
        with (
            Bench() as bench,
            ExhibitWriter(
                house.node.vault,
                recipients=(recipient,),
                bench=bench,
                random_bytes=visit.office.random_bytes,
            ) as writer,
        ):
            _receive(request, writer, upload.size)
            return writer.finish(upload.name.encode())
    finally:
        house.uploads.release()


def _receive(request: HttpRequest, writer: ExhibitWriter, size: int) -> None:
    try:
        while writer.size < size:
            chunk = request.read(min(CHUNK, size - writer.size))
            if not chunk:
                break
            writer.write(chunk)
    except (UnreadablePostError, OSError):
        raise _cut() from None
    if writer.size != size:
        raise _cut()


def _cut() -> Malformed:
    return Malformed("api.body-cut", "the upload ended before all of it was here")


def _record(visit: Visit, upload: _Upload, stored: StoredExhibit, call: Call) -> Done:
    exhibit = Exhibit(
        id=upload.exhibit,
        sealed=stored.sealed,
        sha256=stored.sha256,
        size=stored.size,
        tree=stored.tree,
        original_name=upload.name,
        note=upload.note,
    )
    return act(
        visit.office,
        upload.case,
        TakeExhibit(exhibit=exhibit),
        by=visit.who.officer,
        call=call,
    )
