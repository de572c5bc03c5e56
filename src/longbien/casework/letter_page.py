"""A request as a letter on one page: for a screen of any size, and for paper of the size A4.

The page is made like that of a report: self-contained, every text of an officer escaped and
isolated.  Whoever needs a PDF prints it into one.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from longbien.casework.letters import Letter, Row, field_rows, footing_rows, head_rows
from longbien.casework.package_record import safeguard_rows
from longbien.casework.statements import RequestMade
from longbien.casework.texts import legible
from longbien.evidence.page import page
from longbien.evidence.report_texts import Catalogue

_STYLE: Final = """\
@page{size:A4;margin:20mm 18mm}
.letter h1{font-size:clamp(1.4rem,5vw,1.9rem);line-height:1.25;margin-block:0 1rem}
.letter.plain-tone{border-block-start-color:var(--soft)}
.letter .kicker{font-weight:600}
.letter h1,.letter dd{color:var(--ink)}
.letter dl,.card dl{grid-template-columns:minmax(9rem,16rem) 1fr}
.asked{margin-block-start:.6rem}
.asked h3{margin-block-end:.3rem;overflow-wrap:anywhere}
.asked .ref{color:var(--soft);font-weight:400;white-space:nowrap}
.written{white-space:pre-line;overflow-wrap:anywhere;orphans:3;widows:3}
.card .checks dl{grid-template-columns:1fr minmax(6rem,16rem)}
.checks h3{margin-block-end:.5rem}
.checks dt{color:var(--ink)}
@media (max-width:36rem){.letter dl,.card dl,.card .checks dl{grid-template-columns:1fr}
.checks dd{font-weight:600}}
@media print{.letter,.card{border-inline:0;border-radius:0;padding-inline:0}
.letter{border-block-start-width:2pt;padding-block-end:.5rem}
.asked{break-inside:auto;border:0;padding-block:.2rem}h1,h3{break-after:avoid}
dl>dt,dl>dd{break-inside:avoid}}
"""


def letter_page(letter: Letter, request: RequestMade, words: Catalogue) -> str:
    """Return the page."""
    kind = _word(words, f"kind.{letter.kind}")
    return page(
        _parts(letter, request, words),
        title=f"{kind} · {escape(str(letter.case))}",
        footer=(_word(words, "letter.shows"),),
        words=words,
        style=_STYLE,
    )


def _parts(letter: Letter, request: RequestMade, words: Catalogue) -> Iterator[str]:
    if letter.exercise:
        yield f'<p class="exercise">{_word(words, "letter.exercise")}</p>'
    head = _rows(head_rows(letter, words))
    title = _word(words, f"kind.{letter.kind}")
    tone, what = ("bad", "letter.urgent") if request.is_emergency else ("plain-tone", "letter.is")
    kicker = f'<p class="kicker tone">{_word(words, what)}</p>'
    yield f'<header class="verdict letter {tone}">{kicker}<h1>{title}</h1>{head}</header>'
    yield _section("letter.footing", _card(_rows(footing_rows(letter, request, words))), words)
    asked = "".join(_field(row) for row in field_rows(letter.kind, request, words))
    yield _section("letter.asked", asked, words)
    if request.safeguards is not None:
        record, checks = safeguard_rows(request.safeguards, words)
        body = _rows(Row(label=label, text=text) for label, text in record)
        stops = _rows(Row(label=label, text=text) for label, text in checks)
        body += f'<div class="gap checks"><h3>{_word(words, "record.checks")}</h3>{stops}</div>'
        yield _section("letter.safeguards", _card(body), words)


def _section(label: str, body: str, words: Catalogue) -> str:
    return f"<section><h2>{_word(words, label)}</h2>{body}</section>"


def _card(body: str) -> str:
    return f'<div class="card">{body}</div>'


def _field(row: Row) -> str:
    ref = f' <span class="ref"><bdi dir="ltr">({escape(row.ref)})</bdi></span>' if row.ref else ""
    head = f"<h3>{escape(legible(row.label))}{ref}</h3>"
    # prose runs, and begins, as its own language does
    text = f'<p class="written" dir="auto">{escape(legible(row.text))}</p>'
    return f'<div class="card asked">{head}{text}</div>'


def _rows(rows: Iterable[Row]) -> str:
    body = "".join(
        f"<dt>{escape(row.label)}</dt>"
        f'<dd class="written"><bdi>{escape(legible(row.text))}</bdi></dd>'
        for row in rows
    )
    return f"<dl>{body}</dl>"


def _word(words: Catalogue, code: str) -> str:
    return escape(words.word(code))
