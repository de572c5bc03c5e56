"""The house: whether the node is there, the phone book, what rings, who may come in."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router

from longbien.casework.case import Duty
from longbien.desk.records import alarms_of
from longbien.desk.ring import ringing
from longbien.node.api import answers
from longbien.node.api.cases import Key
from longbien.node.api.visits import Needs, Visit, visit_of
from longbien.node.store.officers import Scope, Token
from longbien.primitives.errors import Refused, Unavailable

router = Router(tags=["house"])


@router.get("/live", response=answers.ReadyAnswer, auth=None)
def live(request: HttpRequest) -> answers.ReadyAnswer:
    """Tell that this process answers; nothing else is asked."""
    visit_of(request)
    return answers.ReadyAnswer(ready=True)


@router.get("/ready", response=answers.ReadyAnswer, auth=None)
def ready(request: HttpRequest) -> answers.ReadyAnswer:
    """Tell whether the node accepts anything: what it would acknowledge is on the disk."""
    found = visit_of(request).house.node.store.health.ready()
    if not found.is_ready:
        raise _not_ready(found.code)
    return answers.ReadyAnswer(ready=True)


def _not_ready(code: str) -> Unavailable:
    return Unavailable("api.not-ready", "the node accepts nothing now: {code}", code=code)


@router.get("/directory", response=answers.DirectoryAnswer, auth=Needs(Scope.READ))
def read_directory(request: HttpRequest) -> answers.DirectoryAnswer:
    """List the States and authorities that can be written to."""
    office = visit_of(request).office
    return answers.directory_of(office.book(), own=office.state, now=office.clock())


@router.get("/alarms", response=answers.AlarmsAnswer, auth=Needs(Scope.READ))
def read_alarms(request: HttpRequest) -> answers.AlarmsAnswer:
    """Tell which clocks of the authority's cases have run out, and the alarms of the node."""
    visit = visit_of(request)
    own = visit.who.officer.authority
    rings = [one for one in ringing(visit.office) if one.own == own]
    return answers.alarms_of(rings, alarms_of(visit.office))


@router.get("/who", response=answers.WhoAnswer, auth=Needs(Scope.READ))
def who(request: HttpRequest) -> answers.WhoAnswer:
    """Tell whom this token speaks for."""
    return answers.who_of(visit_of(request).who)


# --- tokens -------------------------------------------------------------------------------------


@router.get("/tokens", response=answers.TokensAnswer, auth=Needs(Scope.ADMIN))
def list_tokens(request: HttpRequest) -> answers.TokensAnswer:
    """List the tokens of the officers of the administrator's authority."""
    found = _own_tokens(visit_of(request))
    return answers.TokensAnswer(tokens=[answers.token_of(one) for one in found])


@router.post("/tokens/{token}/revocation", response=answers.TokenAnswer, auth=Needs(Scope.ADMIN))
def revoke_token(
    request: HttpRequest,
    token: Annotated[str, Path(pattern="^[0-9a-f]{16}$")],
    key: Key,  # noqa: ARG001 - revoking twice is revoking once, whatever the key
) -> answers.TokenAnswer:
    """Let a token open nothing any more; again is no error."""
    visit = visit_of(request)
    if token not in {one.id for one in _own_tokens(visit)}:
        raise Refused("officers.no-such-token", "there is no such token")
    return answers.token_of(visit.house.officers.revoke(token))


def _own_tokens(visit: Visit) -> list[Token]:
    administrator, officers = visit.who.officer, visit.house.officers
    if Duty.ADMINISTRATOR not in administrator.duties:
        raise Refused("officer.duty", "this officer is not entrusted with that")
    own = {one.id for one in officers.all() if one.authority == administrator.authority}
    return [one for one in officers.tokens() if one.officer in own]
