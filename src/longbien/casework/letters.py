"""A request as a letter in plain text: every field with its paragraph, safeguards, deadlines."""

from collections.abc import Iterator

from attrs import frozen

from longbien.casework.package_record import safeguard_lines
from longbien.casework.statements import RequestMade
from longbien.casework.words import english
from longbien.primitives.ids import AuthorityId, CaseId
from longbien.treaty.contents import load


@frozen(kw_only=True)
class Letter:
    """What a letter is made of, besides the request."""

    case: CaseId
    kind: str
    sender: AuthorityId
    recipient: AuthorityId
    exercise: bool
    clocks: tuple[tuple[str, str, str], ...] = ()
    """Code, time and rule of each clock that runs."""


def letter_lines(letter: Letter, request: RequestMade) -> Iterator[str]:
    """Give a request as lines."""
    words = english().words
    if letter.exercise:
        yield words["letter.exercise"]
    yield f"{words['letter.from']}: {letter.sender}"
    yield f"{words['letter.to']}: {letter.recipient}"
    yield f"{words['letter.case']}: {letter.case}"
    yield ""
    yield words[f"kind.{letter.kind}"]
    yield ""
    for basis in request.legal_basis:
        yield f"{words['letter.basis']}: {basis}"
    yield from _deadlines(letter, request)
    yield from _fields(letter.kind, request)
    if request.safeguards is not None:
        yield ""
        yield words["letter.safeguards"]
        yield from safeguard_lines(request.safeguards)


def _deadlines(letter: Letter, request: RequestMade) -> Iterator[str]:
    words = english().words
    if request.is_emergency:
        yield f"{words['letter.emergency']}: {request.emergency}"
    if request.reply_by is not None:
        yield f"{words['letter.reply-by']}: {request.reply_by} ({request.reply_reason})"
    for code, at, rule in letter.clocks:
        yield f"{words.get(f'clock.{code}', code)}: {at} ({rule})"


def _fields(kind: str, request: RequestMade) -> Iterator[str]:
    form = load().find_form(kind)
    known = {one.id: one for one in form.fields} if form is not None else {}
    given = dict(request.contents)
    for name in (*(one for one in known if one in given), *sorted(given.keys() - known.keys())):
        field = known.get(name)
        yield ""
        yield f"{field.label} ({field.ref})" if field is not None else name
        yield from (f"  {line}" for line in given[name].split("\n"))
