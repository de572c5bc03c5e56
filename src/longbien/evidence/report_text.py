"""A report as plain text for a terminal or a letter: verdict first, then why, then the rest.

Every fact from outside is made visible, so that no name can move the cursor or turn a line.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator

from longbien.evidence.report import Contents, Fingerprint, Mode, Report, Signer, Step
from longbien.evidence.report_texts import Catalogue, shown
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome

_WIDTH = 96
_MARK = {Outcome.PASSED: "ok", Outcome.INDETERMINATE: "??", Outcome.FAILED: "XX"}
_GROUP = 4  # hexadecimal digits that a person reads out in one breath


_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def render_text(report: Report, *, catalogue: Catalogue, details: bool = False) -> str:
    """Return the report as lines of at most about 96 characters, ending in a line feed.

    Without ``details`` a step that passed is one line; what did not pass is always told.
    """
    return "\n".join(_lines(report, catalogue, details=details)) + "\n"


def headline(report: Report, words: Catalogue) -> str:
    """Return the verdict as it is headed: ``PASSED``, ``PASSED (quick verification)``."""
    verdict = words.word(f"verdict.{report.outcome.name}")
    if report.mode is Mode.FULL:
        return verdict
    return f"{verdict} ({words.word('label.quick')})"


def name_text(subject: str) -> str:
    """Return a distinguished name (RFC 4514) as people say it: ``Authority (State, XA)``.

    A name of another form is returned as it is.
    """
    pairs = [part.partition("=") for part in _UNESCAPED_COMMA.split(subject)]
    known = {key: value for key, equals, value in pairs if equals}
    around = ", ".join(known[key] for key in ("O", "C") if key in known)
    if "CN" not in known or not around:
        return subject
    return f"{known['CN']} ({around})"


def fingerprint_text(sha256: str) -> str:
    """Return hexadecimal digits in groups of four, as they are read out by telephone."""
    return " ".join(sha256[place : place + _GROUP] for place in range(0, len(sha256), _GROUP))


def time_text(instant: Instant) -> str:
    """Return an instant as people read it: ``2026-11-21 09:30:00 UTC``."""
    return str(instant).replace("T", " ").replace("Z", " UTC")


def _lines(report: Report, words: Catalogue, *, details: bool) -> Iterator[str]:
    outcome = report.outcome.name
    if report.contents is not None and report.contents.exercise:
        yield words.word("label.exercise")
    yield headline(report, words)
    yield from _wrapped(words.word(f"verdict.{report.kind}.{outcome}"))
    if report.mode is Mode.QUICK:
        yield from _wrapped(words.word("label.quick.meaning"))
    yield from _wanting(report, words)
    yield from _facts(report, words)
    yield from _given(report, words)
    yield from _compare(report.fingerprints, words)
    yield from _steps(report.steps, words, details=details)
    yield ""
    yield from _wrapped(words.word("label.meaning"))
    facts = (("at", str(report.verified_at)), ("software", report.software))
    yield from _wrapped(words.sentence("label.verified_at", facts))
    yield ""
    # the last line is what is still on the screen when the reader looks up
    yield f"{words.word('label.verdict')}: {headline(report, words)}"


def _wanting(report: Report, words: Catalogue) -> Iterator[str]:
    labels = (
        (Outcome.FAILED, "label.failed"),
        (Outcome.INDETERMINATE, "label.undecided"),
    )
    for outcome, label in labels:
        found = dict.fromkeys(
            (f"{step.number}.", finding_text(finding, words))
            for step in report.steps
            for finding in step.findings
            if finding.outcome is outcome
        )
        if found:
            yield from _heading(label, words)
        for number, text in found:
            yield from _wrapped(text, first=f"  {number:<4}", rest=" " * 6)


def finding_text(finding: Finding, words: Catalogue) -> str:
    """Return the sentence of a finding with its code."""
    told = "".join(piece.text for piece in words.told(finding))
    return f"{told} [{finding.reason}]"


def _facts(report: Report, words: Catalogue) -> Iterator[str]:
    contents = report.contents
    proven = contents is None or contents.is_proven
    yield from _heading("label.facts" if proven else "label.facts.unproven", words)
    if contents is not None:
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
        yield from _exhibits(contents, words)
    yield from _row(words.word("label.complete"), words.word(_completeness(report)))
    for signer in report.signers:
        yield from _signer(signer, words)
    if report.clocks:
        yield from _heading("label.witnesses", words)
    for clock in report.clocks:
        yield from _item(f"{time_text(clock.at)}  {shown(clock.name)}")
    if contents is not None:
        yield from _conditions(contents, words)


def _exhibits(contents: Contents, words: Catalogue) -> Iterator[str]:
    files, size = words.word("label.files"), words.word("label.bytes")
    for one in contents.exhibits:
        counts = f"{files} {one.files}, {size} {one.size}"
        yield from _row(words.word("label.exhibit"), f"{shown(one.name)}: {counts}")
    yield from _more(contents.exhibit_count - len(contents.exhibits), words)


def _conditions(contents: Contents, words: Catalogue) -> Iterator[str]:
    if contents.use_limits:
        yield from _heading("label.limits", words)
    for limit in contents.use_limits:
        until = f" ({words.word('label.until')} {shown(limit.until)})" if limit.until else ""
        kind = words.word(f"limit.{limit.kind}")
        yield from _item(f"{kind}: {shown(limit.text)}{until}")
    if contents.recipients:
        yield from _heading("label.recipients", words)
    for recipient in contents.recipients:
        yield from _item(shown(recipient))
    if contents.notices:
        yield from _heading("label.notices", words)
    for code, name in contents.notices:
        yield from _item(words.sentence(code, (("name", name),)))
    yield from _more(contents.notice_count - len(contents.notices), words)


def _more(count: int, words: Catalogue) -> Iterator[str]:
    if count > 0:
        yield from _item(words.sentence("label.more", (("count", str(count)),)))


def _heading(label: str, words: Catalogue) -> Iterator[str]:
    yield ""
    yield f"{words.word(label)}:"


def _item(text: str) -> Iterator[str]:
    yield from _wrapped(text, first="  - ", rest="    ")


def _signer(signer: Signer, words: Catalogue) -> Iterator[str]:
    who = f"{name_text(shown(signer.name)) or '?'}: {words.word(signer.role)}"
    yield from _row(words.word("label.signed_by"), who)
    if signer.root:
        yield from _row(words.word("label.root"), name_text(shown(signer.root)))
    if signer.root_sha256:
        yield from _row("", fingerprint_text(signer.root_sha256))
    latest = signer.latest_at
    when = words.word("label.latest.unproven") if latest is None else time_text(latest)
    yield from _row(words.word("label.latest"), when)
    for clock in signer.clocks:
        trusted = words.word("label.yes" if clock.is_trusted else "label.no")
        told = f"{time_text(clock.at)} {name_text(shown(clock.name))}, {words.word(clock.code)}"
        yield from _row(
            words.word("label.clock"), f"{told}; {words.word('label.trusted')}: {trusted}"
        )


def _completeness(report: Report) -> str:
    if report.is_complete is None:
        return "label.complete.unknown"
    return "label.complete.yes" if report.is_complete else "label.complete.no"


def _given(report: Report, words: Catalogue) -> Iterator[str]:
    if report.given:
        yield from _heading("label.given", words)
    for given in report.given:
        part = f"{given.start} - {given.end} / {given.size}"
        yield from _item(f"{shown(given.original_name or given.path)}: {part}")
    if report.withheld is not None:
        yield from _heading("label.withheld", words)
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
    yield from _heading("label.compare", words)
    yield from _wrapped(words.word("label.compare.how"), first="  ", rest="  ")
    for fingerprint in fingerprints:
        yield from _row(words.word(fingerprint.role), shown(fingerprint.name))
        yield from _row("", fingerprint_text(fingerprint.sha256))


def trust_lines(package: str, words: Catalogue) -> Iterator[str]:
    """Give what to do with fingerprints that agreed: where the roots go, and the next command."""
    yield from _wrapped(words.word("label.compare.then"))
    yield ""
    for place in ("roots/", "tsa-roots/", "policy.txt"):
        code = place.removesuffix("/").removesuffix(".txt")
        yield from _row(f"DIR/{place}", words.word(f"label.compare.{code}"))
    yield ""
    yield f"  longbien verify --trust DIR {package}"


def _steps(steps: Iterable[Step], words: Catalogue, *, details: bool) -> Iterator[str]:
    yield from _heading("label.steps", words)
    for step in steps:
        outcome = words.word(f"outcome.{step.outcome.name}")
        yield f"  [{_MARK[step.outcome]}] {step.number:>2}. {words.word(step.code)}: {outcome}"
        for finding in step.findings if details else ():
            label = check_label(step, finding, words)
            text = f"[{_MARK[finding.outcome]}] {label}{finding_text(finding, words)}"
            yield from _wrapped(text, first=" " * 11, rest=" " * 16)


def check_label(step: Step, finding: Finding, words: Catalogue) -> str:
    """Return which check of a step a finding is about; empty where the step has only one."""
    if len({one.check for one in step.findings}) == 1:
        return ""
    return f"{words.word(finding.check)}: "


def _row(label: str, value: str) -> Iterator[str]:
    yield from _wrapped(value, first=f"  {label:<21} ", rest=" " * 24)


def _wrapped(text: str, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]
