"""Statistics for auditors: numbers over all cases of the State, never one case."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from longbien.casework.case import Duty
from longbien.casework.statistics.suppression import publishable
from longbien.casework.statistics.wire import to_json
from longbien.node.api import values as v
from longbien.node.api.answers import Answer
from longbien.node.api.case_answers import Document
from longbien.node.api.visits import Needs, visit_of
from longbien.node.counting import count_cases
from longbien.node.store.officers import Scope
from longbien.primitives.errors import Refused

router = Router(tags=["statistics"])


class LedgerHead(Answer):
    """The head of the ledger up to which the journal was read."""

    origin: str
    size: int
    root: str


class StatisticsAnswer(Answer):
    """Counts and response times (docs/statistics.md); null is a number that is held back."""

    format: str
    ledger: LedgerHead
    since: str | None
    until: str | None
    erased: int
    threshold: int
    percentiles: list[int]
    rows: list[Document]


@router.get("/statistics", response=StatisticsAnswer, auth=Needs(Scope.READ))
def read_statistics(
    request: HttpRequest,
    since: Annotated[v.Time | None, Query()] = None,
    until: Annotated[v.Time | None, Query()] = None,
    size: Annotated[int | None, Query(ge=0)] = None,
    *,
    publish: Annotated[bool, Query()] = True,
) -> StatisticsAnswer:
    """Count the cases that were opened in a period; unless asked otherwise, for publication."""
    visit = visit_of(request)
    if Duty.AUDITOR not in visit.who.officer.duties:
        raise Refused("statistics.auditor-only", "only an auditor asks for statistics")
    found = count_cases(visit.house.node, since=since, until=until, size=size)
    return StatisticsAnswer.model_validate(to_json(publishable(found) if publish else found))
