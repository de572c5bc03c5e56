"""Cases: opening, listing, reading.  Lists hold coded metadata; content is shown with a reason."""

from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
from ninja import Body, Header, Path, Query, Router
from ninja.responses import Status

from longbien.desk import reading
from longbien.desk.acting import open_case
from longbien.desk.asking import check
from longbien.desk.silence import silences_of
from longbien.node.api import answers, case_answers
from longbien.node.api import bodies as b
from longbien.node.api import values as v
from longbien.node.api.visits import (
    Needs,
    call_of,
    case_of,
    etag_of,
    visit_of,
    words_of,
)
from longbien.node.store.officers import Scope
from longbien.node.store.receipts import receipts_of
from longbien.primitives.errors import Malformed

CasePath = Annotated[str, Path(pattern=v.UUID)]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="1 to 128 visible ASCII characters; the same key gets the same answer",
    ),
]
Reason = Annotated[
    str,
    Header(
        alias="Longbien-Reason",
        min_length=1,
        max_length=2000,
        pattern=r"^[\x21-\x7e][\x20-\x7e]*$",
        description="why it is read, in a line of at most 200 characters, UTF-8 percent-encoded; "
        "it is noted before anything is shown",
    ),
]
_WORD: Final = r"^[a-z][a-z0-9_.-]{0,63}$"
_FILTERS: Final = frozenset({"state", "kind", "peer", "after", "limit"})

router = Router(tags=["cases"])


@router.post("/cases", response={201: answers.DoneAnswer}, auth=Needs(Scope.ACT))
def open_a_case(
    request: HttpRequest,
    body: Annotated[b.Opening, Body(...)],
    key: Key,
    response: HttpResponse,
) -> Status[answers.DoneAnswer]:
    """Open a case: ask, give information, call a drill.  The node draws its id."""
    visit = visit_of(request)
    call = call_of(request, key, asked=request.body)
    command = b.opening_command(body, visit.office)
    done = open_case(visit.office, visit.who.officer, command, call=call)
    visit.case = done.case.text
    response["Location"] = f"/api/v1/cases/{done.case}"
    response["ETag"] = etag_of(done.version)
    return Status(201, answers.done_of(done))


@router.post("/requests/check", response=answers.CheckAnswer, auth=Needs(Scope.ACT))
def check_a_request(
    request: HttpRequest, body: Annotated[b.Checked, Body(...)]
) -> answers.CheckAnswer:
    """Tell what is missing, wrong or risky in a request, without opening a case or storing it."""
    visit = visit_of(request)
    command = b.opening_command(body, visit.office)
    return answers.check_of(check(visit.office, visit.who.officer, command))


@router.get("/cases", response=answers.CasePage, auth=Needs(Scope.READ))
def list_cases(
    request: HttpRequest,
    state: Annotated[str | None, Query(pattern=_WORD)] = None,
    kind: Annotated[str | None, Query(pattern=_WORD)] = None,
    peer: Annotated[v.State | None, Query()] = None,
    after: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,128}$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> answers.CasePage:
    """List the cases of the officer's authority, most pressing first, page by page."""
    if not _FILTERS.issuperset(request.GET):
        raise Malformed("api.filter", "there is no such filter")
    visit = visit_of(request)
    found, following = reading.list_cases(
        visit.office,
        visit.who.officer,
        state=state,
        kind=kind,
        peer=peer,
        after=after,
        limit=limit,
    )
    return answers.CasePage(cases=[answers.line_of(one) for one in found], next=following)


@router.get("/cases/{case}", response=case_answers.CaseAnswer, auth=Needs(Scope.READ))
def read_a_case(
    request: HttpRequest,
    case: CasePath,
    reason: Reason,
    response: HttpResponse,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> case_answers.CaseAnswer | HttpResponse:
    """Read a case with its content.  Where it is as the caller knows it, nothing is shown."""
    visit = visit_of(request)
    known = reading.get_summary(visit.office, visit.who.officer, case_of(request, case))
    if if_none_match == etag_of(known.version):
        return HttpResponse(status=304, headers={"ETag": etag_of(known.version)})
    found = reading.read_case(
        visit.office, visit.who.officer, known.case_id, reason=_why(reason), what="case"
    )
    response["ETag"] = etag_of(found.version)
    calendars = visit.office.calendars(found.own, found.peer)
    return case_answers.case_of(found, visit.office.policy, calendars)


@router.get("/cases/{case}/summary", response=answers.CaseLine, auth=Needs(Scope.READ))
def summarise_a_case(
    request: HttpRequest, case: CasePath, response: HttpResponse
) -> answers.CaseLine:
    """Tell of a case what lists tell; nothing of its content, so no reason is asked for."""
    visit = visit_of(request)
    found = reading.get_summary(visit.office, visit.who.officer, case_of(request, case))
    response["ETag"] = etag_of(found.version)
    return answers.line_of(found)


@router.get("/cases/{case}/events", response=case_answers.EventsAnswer, auth=Needs(Scope.READ))
def read_events(request: HttpRequest, case: CasePath, reason: Reason) -> case_answers.EventsAnswer:
    """Read the journal of a case, oldest first."""
    visit = visit_of(request)
    found = reading.read_case(
        visit.office,
        visit.who.officer,
        case_of(request, case),
        reason=_why(reason),
        what="events",
    )
    return case_answers.events_of(found)


@router.get("/cases/{case}/advice", response=case_answers.AdviceAnswer, auth=Needs(Scope.READ))
def read_advice(
    request: HttpRequest,
    case: CasePath,
    reason: Reason,
    compare: Annotated[bool | None, Query()] = None,
) -> case_answers.AdviceAnswer:
    """Read what the law as data says of a case: legal bases, scope, conduct.  Advice, no decision.

    Conduct is compared unless the case is a preservation; ``compare`` says otherwise.
    """
    visit = visit_of(request)
    found = reading.read_advice(
        visit.office,
        visit.who.officer,
        case_of(request, case),
        reason=_why(reason),
        with_comparison=compare,
    )
    return case_answers.advice_of(found)


@router.get("/cases/{case}/receipts", response=case_answers.ReceiptsAnswer, auth=Needs(Scope.READ))
def read_receipts(
    request: HttpRequest, case: CasePath, reason: Reason
) -> case_answers.ReceiptsAnswer:
    """Read the signed receipts of both States, and our signed word on a peer's silence."""
    visit = visit_of(request)
    found = reading.read_case(
        visit.office,
        visit.who.officer,
        case_of(request, case),
        reason=_why(reason),
        what="receipts",
    )
    receipts = receipts_of(visit.house.node.store, found.id)
    return case_answers.receipts_of(receipts, silences_of(visit.office, found.id))


@router.get("/cases/{case}/accesses", response=case_answers.AccessesAnswer, auth=Needs(Scope.READ))
def read_accesses(request: HttpRequest, case: CasePath) -> case_answers.AccessesAnswer:
    """Tell the auditor who has read a case, and why."""
    visit = visit_of(request)
    found = reading.read_accesses(visit.office, visit.who.officer, case_of(request, case))
    return case_answers.accesses_of(found)


def _why(reason: str) -> str:
    return words_of(reason, header="Longbien-Reason")
