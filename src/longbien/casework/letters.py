"""A request as a letter: every field with its paragraph, safeguards, deadlines; as plain text.

``letter_page`` makes a page of the same parts.
"""

from collections.abc import Iterator

from attrs import frozen

from longbien.casework.package_record import safeguard_rows
from longbien.casework.statements import RequestMade
from longbien.casework.texts import legible
from longbien.evidence.report_text import time_text
from longbien.evidence.report_texts import Catalogue
from longbien.primitives.ids import AuthorityId, CaseId
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load


@frozen(kw_only=True)
class Letter:
    """What a letter is made of, besides the request."""

    case: CaseId
    kind: str
    sender: AuthorityId
    recipient: AuthorityId
    exercise: bool
    clocks: tuple[tuple[str, Instant, str], ...] = ()
    """Code, time and rule of each clock that runs."""


@frozen(kw_only=True)
class Row:
    """A label of the catalogue, and what stands under it in the words of whoever wrote it."""

    label: str
    text: str
    ref: str = ""
    """The paragraph that asks for it."""


def head_rows(letter: Letter, words: Catalogue) -> Iterator[Row]:
    """Give from whom to whom, and in which case."""
    yield Row(label=words.word("letter.from"), text=str(letter.sender))
    yield Row(label=words.word("letter.to"), text=str(letter.recipient))
    yield Row(label=words.word("letter.case"), text=str(letter.case))


def footing_rows(letter: Letter, request: RequestMade, words: Catalogue) -> Iterator[Row]:
    """Give what the request rests on, what it follows, and by when it is to be answered."""
    for basis in request.legal_basis:
        yield Row(label=words.word("letter.basis"), text=basis)
    if request.preservation is not None:
        yield Row(label=words.word("letter.preservation"), text=str(request.preservation))
    if request.is_emergency:
        yield Row(label=words.word("letter.emergency"), text=request.emergency)
    if request.reply_by is not None:
        text = f"{time_text(request.reply_by)} ({request.reply_reason})"
        yield Row(label=words.word("letter.reply-by"), text=text)
    for code, at, rule in letter.clocks:
        label = words.words.get(f"clock.{code}", code)
        yield Row(label=label, text=f"{time_text(at)} ({rule})")


def field_rows(kind: str, request: RequestMade, words: Catalogue) -> Iterator[Row]:
    """Give every field that was filled in: those of the form in its order, then all others."""
    form = load().find_form(kind)
    known = {one.id: one for one in form.fields} if form is not None else {}
    given = dict(request.contents)
    for name in (*(one for one in known if one in given), *sorted(given.keys() - known.keys())):
        ref = known[name].ref if name in known else ""
        label = words.words.get(f"field.{kind}.{name}", name)
        yield Row(label=label, text=given[name], ref=ref)


def letter_lines(letter: Letter, request: RequestMade, words: Catalogue) -> Iterator[str]:
    """Give a request as lines that may be shown as they are."""
    if letter.exercise:
        yield words.word("letter.exercise")
    for row in head_rows(letter, words):
        yield _line(row, words)
    yield from ("", words.word(f"kind.{letter.kind}"), "")
    for row in footing_rows(letter, request, words):
        yield _line(row, words)
    for row in field_rows(letter.kind, request, words):
        yield ""
        yield f"{legible(row.label)} ({row.ref})" if row.ref else legible(row.label)
        yield from (f"  {line}" for line in legible(row.text).split("\n"))
    if request.safeguards is not None:
        record, checks = safeguard_rows(request.safeguards, words)
        yield from ("", words.word("letter.safeguards"))
        for label, text in record:
            yield f"  {_line(Row(label=label, text=text), words)}"
        yield f"  {words.word('record.checks')}:"
        for label, text in checks:
            yield f"    {label} {legible(' / '.join(text.split(chr(10))))}"


def _line(row: Row, words: Catalogue) -> str:
    text = " / ".join(legible(row.text).split("\n"))
    if words.direction == "rtl":
        text = f"\u2068{text}\u2069"
    return f"{row.label}: {text}"
