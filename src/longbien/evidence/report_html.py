"""A report as ONE self-contained page: no script, no outside resource, verdict first.

Every value is escaped, made visible and isolated (``<bdi>``), so that no name can change
the page or turn a line around.  Meaning never rests on colour alone.
"""

from collections.abc import Iterable, Iterator
from html import escape

from longbien.evidence.page import page
from longbien.evidence.report import (
    Clock,
    Contents,
    Fingerprint,
    Given,
    Mode,
    Report,
    Signer,
    Step,
    Withheld,
)
from longbien.evidence.report_text import check_label, fingerprint_text, headline, time_text
from longbien.evidence.report_texts import Catalogue, Piece, shown
from longbien.primitives.verdict import Finding, Outcome

_TONE = {Outcome.PASSED: "good", Outcome.INDETERMINATE: "open", Outcome.FAILED: "bad"}
_MARK = {Outcome.PASSED: "✓", Outcome.INDETERMINATE: "?", Outcome.FAILED: "✕"}


def render_html(report: Report, *, catalogue: Catalogue) -> str:
    """Return the page."""
    return page(
        _sections(report, catalogue),
        title=f"{escape(headline(report, catalogue))} · {_title(report, catalogue)}",
        footer=_footer(report, catalogue),
        words=catalogue,
    )


def _sections(report: Report, words: Catalogue) -> Iterator[str]:
    if report.contents is not None and report.contents.exercise:
        yield f'<p class="exercise">{_word(words, "label.exercise")}</p>'
    yield _verdict(report, words)
    yield from _wanting(report, words)
    yield from _compare(report.fingerprints, words)
    if report.given or report.withheld:
        yield _disclosed(report.given, report.withheld, words)
    yield _facts(report, words)
    if report.contents is not None:
        yield from _conditions(report.contents, words)
    yield _section(
        "label.steps",
        f'<ol class="steps">{"".join(_step(step, words) for step in report.steps)}</ol>',
        words,
    )


def _verdict(report: Report, words: Catalogue) -> str:
    outcome = report.outcome
    strip = "".join(_pill(step, words) for step in report.steps)
    return (
        f'<header class="verdict {_TONE[outcome]}">'
        f'<p class="kicker">{_title(report, words)}</p>'
        f'<h1><span class="mark" aria-hidden="true">{_MARK[outcome]}</span>'
        f"{escape(headline(report, words))}</h1>"
        f'<p class="lead">{_word(words, f"verdict.{report.kind}.{outcome.name}")}</p>'
        f"{_quick(report, words)}"
        f'<ol class="strip" aria-label="{_word(words, "label.steps")}">{strip}</ol></header>'
    )


def _quick(report: Report, words: Catalogue) -> str:
    if report.mode is Mode.FULL:
        return ""
    return f'<p class="lead">{_word(words, "label.quick.meaning")}</p>'


def _title(report: Report, words: Catalogue) -> str:
    name = "" if report.contents is None else report.contents.package_id
    return f"{_word(words, f'label.title.{report.kind}')} {escape(shown(name))}".rstrip()


def _pill(step: Step, words: Catalogue) -> str:
    told = f"{_word(words, step.code)}: {_word(words, f'outcome.{step.outcome.name}')}"
    return (
        f'<li><a class="{_TONE[step.outcome]}" href="#step-{step.number}" title="{told}">'
        f'{step.number}<span aria-hidden="true">{_MARK[step.outcome]}</span>'
        f'<span class="hidden">{told}</span></a></li>'
    )


def _wanting(report: Report, words: Catalogue) -> Iterator[str]:
    for outcome, label in (
        (Outcome.FAILED, "label.failed"),
        (Outcome.INDETERMINATE, "label.undecided"),
    ):
        found = [
            _reason(step, finding, words)
            for step in report.steps
            for finding in step.findings
            if finding.outcome is outcome
        ]
        if found:
            body = "".join(dict.fromkeys(found))
            yield _section(label, f'<ul class="why">{body}</ul>', words)


def _reason(step: Step, finding: Finding, words: Catalogue) -> str:
    return (
        f'<li class="{_TONE[finding.outcome]}">'
        f'<span class="where">{step.number}. {_word(words, step.code)}</span>'
        f"{_sentence(finding, words)}</li>"
    )


def _sentence(finding: Finding, words: Catalogue) -> str:
    said = _isolated(words.told(finding))
    code = f'<code class="reason" dir="ltr">[{escape(finding.reason)}]</code>'
    return f'<span class="said">{said}</span> {code}'


def _isolated(pieces: Iterable[Piece]) -> str:
    return "".join(
        f"<bdi>{escape(piece.text)}</bdi>" if piece.is_fact else escape(piece.text)
        for piece in pieces
    )


def _told(words: Catalogue, code: str, facts: Iterable[tuple[str, str]]) -> str:
    return _isolated(words.pieces(code, facts))


def _more(count: int, words: Catalogue) -> str:
    if count <= 0:
        return ""
    return f'<p class="note">{_told(words, "label.more", (("count", str(count)),))}</p>'


def _facts(report: Report, words: Catalogue) -> str:
    contents = report.contents
    proven = contents is None or contents.is_proven
    rows = [] if contents is None else list(_contents_rows(contents))
    rows.append(("label.complete", [_word(words, _completeness(report))]))
    body = f"<dl>{_rows(rows, words)}</dl>"
    if contents is not None and contents.exhibits:
        body += _exhibits(contents, words)
    body += "".join(_signer(signer, words) for signer in report.signers)
    if report.clocks:
        body += _clocks(report.clocks, words, caption="label.witnesses")
    label = "label.facts" if proven else "label.facts.unproven"
    return _section(label, f'<div class="card">{body}</div>', words)


def _contents_rows(contents: Contents) -> Iterator[tuple[str, list[str]]]:
    yield "label.package", [_code(contents.package_id)]
    yield "label.request", [_code(contents.request)]
    yield "label.basis", [_fact(basis) for basis in contents.legal_basis]
    yield "label.created", [_fact(contents.created_at)]
    yield "label.by", [_fact(contents.created_by)]
    yield "label.suite", [_fact(contents.suite)]


def _completeness(report: Report) -> str:
    if report.is_complete is None:
        return "label.complete.unknown"
    return "label.complete.yes" if report.is_complete else "label.complete.no"


def _exhibits(contents: Contents, words: Catalogue) -> str:
    rows = (
        (_fact(exhibit.name), f"{exhibit.files}", f"{exhibit.size:,}".replace(",", "\u202f"))
        for exhibit in contents.exhibits
    )
    labels = ("label.exhibit", "label.files", "label.bytes")
    table = _table(labels, rows, words, caption="label.exhibits", numbers={1, 2})
    return table + _more(contents.exhibit_count - len(contents.exhibits), words)


def _signer(signer: Signer, words: Catalogue) -> str:
    latest = signer.latest_at
    when = (
        _word(words, "label.latest.unproven")
        if latest is None
        else f"<b>{_fact(time_text(latest))}</b>"
    )
    place = f"{_word(words, signer.role)}, {_code(signer.place)}"
    rows = [
        ("label.signed_by", [f"<b>{_fact(signer.name or '?')}</b>", place]),
        ("label.root", [_fact(signer.root), _finger(signer.root_sha256)]),
        ("label.latest", [when]),
    ]
    clocks = _clocks(signer.clocks, words, caption="label.clocks")
    return f'<dl class="gap">{_rows(rows, words)}</dl>{clocks}'


def _clocks(clocks: tuple[Clock, ...], words: Catalogue, *, caption: str) -> str:
    if not clocks:
        return ""
    rows = (
        (
            _fact(time_text(clock.at)),
            _fact(clock.name),
            _word(words, clock.code),
            _word(words, "label.yes" if clock.is_trusted else "label.no"),
        )
        for clock in clocks
    )
    labels = ("label.time", "label.clock", "label.kind", "label.trusted")
    return _table(labels, rows, words, caption=caption, numbers=set())


def _disclosed(given: tuple[Given, ...], withheld: Withheld | None, words: Catalogue) -> str:
    rows = (
        (
            _fact(part.original_name or part.path),
            _fact(f"{part.start} - {part.end} / {part.size}"),
        )
        for part in given
    )
    body = _table(("label.name", "label.range"), rows, words, caption="label.given", numbers={1})
    if withheld is not None:
        body += f'<dl class="gap">{_rows(_withheld_rows(withheld, words), words)}</dl>'
    return _section("label.withheld", f'<div class="card">{body}</div>', words)


def _withheld_rows(withheld: Withheld, words: Catalogue) -> Iterator[tuple[str, list[str]]]:
    yield (
        "label.withheld.files",
        [f"<b>{withheld.files}</b>", _word(words, "label.withheld.proven")],
    )
    if withheld.reasons:
        attested = "attested" if withheld.is_attested else "unattested"
        told = [f"{_word(words, code)}: {count}" for code, count in withheld.reasons]
        yield "label.reason", [*told, _word(words, f"label.withheld.{attested}")]


def _conditions(contents: Contents, words: Catalogue) -> Iterator[str]:
    if contents.use_limits:
        limits = "".join(
            f"<li><b>{_word(words, f'limit.{limit.kind}')}</b><br>{_fact(limit.text)}"
            + (f" ({_word(words, 'label.until')} {_fact(limit.until)})" if limit.until else "")
            + "</li>"
            for limit in contents.use_limits
        )
        yield _section(
            "label.limits", f'<div class="card"><ul class="plain">{limits}</ul></div>', words
        )
    if contents.recipients:
        keys = "".join(f"<li>{_code(recipient)}</li>" for recipient in contents.recipients)
        yield _section(
            "label.recipients", f'<div class="card"><ul class="plain">{keys}</ul></div>', words
        )
    if contents.notices:
        rest = _more(contents.notice_count - len(contents.notices), words)
        notices = "".join(
            f"<li>{_told(words, code, (('name', name),))}</li>" for code, name in contents.notices
        )
        body = f'<div class="card"><ul class="plain">{notices}</ul>{rest}</div>'
        yield _section("label.notices", body, words)


def _compare(fingerprints: tuple[Fingerprint, ...], words: Catalogue) -> Iterator[str]:
    if fingerprints:
        rows = (
            (
                _word(words, fingerprint.role),
                f"{_fact(fingerprint.name)}<br>{_finger(fingerprint.sha256)}",
            )
            for fingerprint in fingerprints
        )
        table = _table(("label.role", "label.fingerprint"), rows, words, caption="", numbers=set())
        how = f'<p class="note">{_word(words, "label.compare.how")}</p>'
        yield _section("label.compare", f'<div class="card">{how}{table}</div>', words)


def _step(step: Step, words: Catalogue) -> str:
    tone = _TONE[step.outcome]
    findings = "".join(
        f'<li class="{_TONE[finding.outcome]}"><span class="mark" aria-hidden="true">'
        f"{_MARK[finding.outcome]}</span><span>"
        f'<span class="hidden">{_word(words, f"outcome.{finding.outcome.name}")}: </span>'
        f"{_label(step, finding, words)}{_sentence(finding, words)}</span></li>"
        for finding in step.findings
    )
    return (
        f'<li class="step {tone}" id="step-{step.number}"><header>'
        f"<h3>{step.number}. {_word(words, step.code)}</h3>"
        f'<span class="badge {tone}"><span aria-hidden="true">{_MARK[step.outcome]} </span>'
        f"{_word(words, f'outcome.{step.outcome.name}')}</span></header>"
        f'<ul class="findings">{findings}</ul></li>'
    )


def _label(step: Step, finding: Finding, words: Catalogue) -> str:
    label = check_label(step, finding, words)
    return f'<span class="what">{escape(label)}</span>' if label else ""


def _footer(report: Report, words: Catalogue) -> tuple[str, ...]:
    facts = (("at", str(report.verified_at)), ("software", report.software))
    return (
        _word(words, "label.meaning"),
        _word(words, "label.independent"),
        _told(words, "label.verified_at", facts),
        _word(words, "label.codes"),
    )


def _section(label: str, body: str, words: Catalogue) -> str:
    return f"<section><h2>{_word(words, label)}</h2>{body}</section>"


def _rows(rows: Iterable[tuple[str, list[str]]], words: Catalogue) -> str:
    return "".join(
        f"<dt>{_word(words, label)}</dt>{''.join(f'<dd>{value}</dd>' for value in shown)}"
        for label, values in rows
        if (shown := [value for value in values if value])
    )


def _table(
    labels: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    words: Catalogue,
    *,
    caption: str,
    numbers: set[int],
) -> str:
    def kind(column: int) -> str:
        return ' class="number"' if column in numbers else ""

    head = "".join(
        f'<th scope="col"{kind(column)}>{_word(words, label)}</th>'
        for column, label in enumerate(labels)
    )
    body = "".join(
        f"<tr>{''.join(f'<td{kind(column)}>{cell}</td>' for column, cell in enumerate(row))}</tr>"
        for row in rows
    )
    title = f"<caption>{_word(words, caption)}</caption>" if caption else ""
    rows_html = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{title}{rows_html}</table></div>'


def _word(words: Catalogue, code: str) -> str:
    return escape(words.word(code), quote=True)


def _fact(text: str) -> str:
    return f"<bdi>{escape(shown(text), quote=True)}</bdi>" if text else ""


def _code(text: str) -> str:
    return f'<bdi dir="ltr"><code>{escape(shown(text), quote=True)}</code></bdi>' if text else ""


def _finger(sha256: str) -> str:
    if not sha256:
        return ""
    digits = escape(fingerprint_text(shown(sha256)), quote=True)
    return f'<bdi dir="ltr"><code class="finger">{digits}</code></bdi>'
