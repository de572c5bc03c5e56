"""A report as plain text for a terminal or a letter: verdict first, then why, then the rest.

Every fact from outside is made visible, so that no name can move the cursor or turn a line.
"""

import textwrap
from collections.abc import Iterable, Iterator

from longbien.evidence.report import Contents, Fingerprint, Report, Signer, Step
from longbien.evidence.report_texts import Catalogue, shown
from longbien.primitives.verdict import Finding, Outcome

_WIDTH = 96
_MARK = {Outcome.PASSED: "ok", Outcome.INDETERMINATE: "??", Outcome.FAILED: "XX"}
_GROUP = 4  # hexadecimal digits that a person reads out in one breath


def render_text(report: Report, *, catalogue: Catalogue) -> str:
    """Return the report as lines of at most about 96 characters, ending in a line feed."""
    return "\n".join(_lines(report, catalogue)) + "\n"


def fingerprint_text(sha256: str) -> str:
    """Return hexadecimal digits in groups of four, as they are read out by telephone."""
    return " ".join(sha256[place : place + _GROUP] for place in range(0, len(sha256), _GROUP))


def _lines(report: Report, words: Catalogue) -> Iterator[str]:
    outcome = report.outcome.name
    if report.contents is not None and report.contents.exercise:
        yield words.word("label.exercise")
    yield f"{words.word(f'verdict.{outcome}')}"
    yield from _wrapped(words.word(f"verdict.{report.kind}.{outcome}"))
    yield from _wanting(report, words)
    yield from _facts(report, words)
    yield from _given(report, words)
    yield from _compare(report.fingerprints, words)
    yield from _steps(report.steps, words)
    yield ""
    yield from _wrapped(words.word("label.meaning"))
    facts = (("at", str(report.verified_at)), ("software", report.software))
    yield from _wrapped(words.sentence("label.verified_at", facts))


def _wanting(report: Report, words: Catalogue) -> Iterator[str]:
    labels = (
        (Outcome.FAILED, "label.failed"),
        (Outcome.INDETERMINATE, "label.undecided"),
    )
    for outcome, label in labels:
        found = [
            (step, finding)
            for step in report.steps
            for finding in step.findings
            if finding.outcome is outcome
        ]
        if found:
            yield ""
            yield f"{words.word(label)}:"
        for step, finding in found:
            yield from _finding(finding, words, lead=f"{step.number}.")


def _finding(finding: Finding, words: Catalogue, *, lead: str) -> Iterator[str]:
    text = "".join(piece.text for piece in words.told(finding))
    yield from _wrapped(f"{text} [{finding.reason}]", first=f"  {lead:<4}", rest=" " * 6)


def _facts(report: Report, words: Catalogue) -> Iterator[str]:
    contents = report.contents
    if contents is not None:
        yield ""
        proven = "label.facts" if contents.is_proven else "label.facts.unproven"
        yield f"{words.word(proven)}:"
        rows = (
            ("label.package", contents.package_id),
            ("label.request", contents.request),
            ("label.basis", "; ".join(contents.legal_basis)),
            ("label.created", contents.created_at),
            ("label.by", contents.created_by),
            ("label.suite", contents.suite),
        )
        for label, value in rows:
            if value:
                yield from _row(words.word(label), shown(value))
        yield from _row(words.word("label.files"), str(contents.files))
        yield from _row(words.word("label.bytes"), str(contents.size))
        yield from _exhibits(contents, words)
    yield from _row(words.word("label.complete"), words.word(_completeness(report)))
    for signer in report.signers:
        yield from _signer(signer, words)
    for clock in report.clocks:
        yield from _row(words.word("label.witnesses"), f"{clock.at} {shown(clock.name)}")
    if contents is not None:
        for limit in contents.use_limits:
            until = f" ({words.word('label.until')} {shown(limit.until)})" if limit.until else ""
            kind = words.word(f"limit.{limit.kind}")
            yield from _row(words.word("label.limits"), f"{kind}: {shown(limit.text)}{until}")
        for recipient in contents.recipients:
            yield from _row(words.word("label.recipients"), shown(recipient))
        for code, name in contents.notices:
            facts = (("name", name),)
            yield from _row(words.word("label.notices"), words.sentence(code, facts))
        yield from _more(contents.notice_count - len(contents.notices), words)


def _exhibits(contents: Contents, words: Catalogue) -> Iterator[str]:
    files, size = words.word("label.files"), words.word("label.bytes")
    for one in contents.exhibits:
        counts = f"{files} {one.files}, {size} {one.size}"
        yield from _row(words.word("label.exhibit"), f"{shown(one.name)}: {counts}")
    yield from _more(contents.exhibit_count - len(contents.exhibits), words)


def _more(count: int, words: Catalogue) -> Iterator[str]:
    if count > 0:
        yield from _row("", words.sentence("label.more", (("count", str(count)),)))


def _signer(signer: Signer, words: Catalogue) -> Iterator[str]:
    who = f"{shown(signer.name) or '?'} ({words.word(signer.role)}, {shown(signer.place)}/)"
    yield from _row(words.word("label.signed_by"), who)
    if signer.root:
        yield from _row(words.word("label.root"), shown(signer.root))
    if signer.root_sha256:
        yield from _row("", fingerprint_text(signer.root_sha256))
    latest = signer.latest_at
    when = words.word("label.latest.unproven") if latest is None else str(latest)
    yield from _row(words.word("label.latest"), when)
    for clock in signer.clocks:
        trusted = words.word("label.yes" if clock.is_trusted else "label.no")
        told = f"{clock.at} {shown(clock.name)}, {words.word(clock.code)}"
        yield from _row(
            words.word("label.clock"), f"{told}; {words.word('label.trusted')}: {trusted}"
        )


def _completeness(report: Report) -> str:
    if report.is_complete is None:
        return "label.complete.unknown"
    return "label.complete.yes" if report.is_complete else "label.complete.no"


def _given(report: Report, words: Catalogue) -> Iterator[str]:
    for given in report.given:
        told = (
            f"{shown(given.original_name or given.path)}: {given.start}-{given.end} / {given.size}"
        )
        yield from _row(words.word("label.given"), told)
    if report.withheld is not None:
        yield from _row(words.word("label.withheld.files"), str(report.withheld.files))
        yield from _row("", words.word("label.withheld.proven"))
        for code, count in report.withheld.reasons:
            yield from _row(words.word("label.reason"), f"{words.word(code)}: {count}")
        if report.withheld.reasons:
            attested = "attested" if report.withheld.is_attested else "unattested"
            yield from _row("", words.word(f"label.withheld.{attested}"))


def _compare(fingerprints: tuple[Fingerprint, ...], words: Catalogue) -> Iterator[str]:
    if not fingerprints:
        return
    yield ""
    yield f"{words.word('label.compare')}:"
    yield from _wrapped(words.word("label.compare.how"), first="  ", rest="  ")
    for fingerprint in fingerprints:
        yield from _row(words.word(fingerprint.role), shown(fingerprint.name))
        yield from _row("", fingerprint_text(fingerprint.sha256))


def _steps(steps: Iterable[Step], words: Catalogue) -> Iterator[str]:
    yield ""
    yield f"{words.word('label.steps')}:"
    for step in steps:
        outcome = words.word(f"outcome.{step.outcome.name}")
        yield f"  [{_MARK[step.outcome]}] {step.number:>2}. {words.word(step.code)}: {outcome}"
        for finding in step.findings:
            yield from _finding(finding, words, lead=f"    [{_MARK[finding.outcome]}]")


def _row(label: str, value: str) -> Iterator[str]:
    yield from _wrapped(value, first=f"  {label:<22} ", rest=" " * 25)


def _wrapped(text: str, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]
