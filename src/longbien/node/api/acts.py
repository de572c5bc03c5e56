"""Acts: every verb of the desk in a case that is open, each with a body of its own."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Router

from longbien.desk.acting import act
from longbien.desk.reading import get_summary
from longbien.node.api import answers
from longbien.node.api.bodies import ACTS
from longbien.node.api.body import Body
from longbien.node.api.cases import CasePath, Key
from longbien.node.api.visits import (
    Needs,
    call_of,
    case_of,
    etag_of,
    version_of,
    visit_of,
)
from longbien.node.store.officers import Scope

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="the ETag of the case as the officer has seen it"),
]

router = Router(tags=["acts"])


def _add(verb: str, kind: type[Body]) -> None:
    def act_on_case(
        request: HttpRequest,
        case: CasePath,
        body: Any,  # noqa: ANN401 - the class of this verb, below
        key: Key,
        response: HttpResponse,
        if_match: IfMatch = None,
    ) -> answers.DoneAnswer:
        visit = visit_of(request)
        # first of all: nobody learns of a case of another authority by what is refused
        known = get_summary(visit.office, visit.who.officer, case_of(request, case))
        done = act(
            visit.office,
            known.case_id,
            kind.command(**body.told()),
            by=visit.who.officer,
            call=call_of(request, key, asked=request.body),
            seen=version_of(if_match),
        )
        response["ETag"] = etag_of(done.version)
        return answers.done_of(done)

    act_on_case.__annotations__["body"] = kind
    router.post(
        f"/cases/{{case}}/acts/{verb}",
        response=answers.DoneAnswer,
        auth=Needs(Scope.ACT),
        operation_id=f"act_{verb.replace('-', '_')}",
        summary=verb.replace("-", " ").capitalize(),
        description=kind.__doc__,
        url_name=f"act-{verb}",
    )(act_on_case)


for _verb, _kind in ACTS.items():
    _add(_verb, _kind)
