"""A report as one canonical JSON document, for machines (``spec/package.md``, "Report").

Names from outside are given in their visible form, so that the document may be shown on
a terminal; the exact bytes of a name stand in the package.
"""

from longbien.evidence.report import (
    Clock,
    Contents,
    Fingerprint,
    Given,
    Report,
    Signer,
    Step,
    Withheld,
)
from longbien.evidence.report_texts import Catalogue, shown
from longbien.primitives.canonical import Json, encode_json
from longbien.primitives.verdict import Finding

FORMAT = "LB-Report 1"


def encode_report(report: Report, *, catalogue: Catalogue) -> bytes:
    """Return the canonical bytes of the report; sentences are in the catalogue's language."""
    return encode_json(report_json(report, catalogue=catalogue))


def report_json(report: Report, *, catalogue: Catalogue) -> dict[str, Json]:
    """Return the report as a JSON value."""
    return {
        "format": FORMAT,
        "kind": report.kind.value,
        "mode": report.mode.value,
        "outcome": report.outcome.name,
        "complete": report.is_complete,
        "verified_at": str(report.verified_at),
        "software": shown(report.software),
        "language": catalogue.language,
        "steps": [_step(step, catalogue) for step in report.steps],
        "signers": [_signer(signer) for signer in report.signers],
        "witnesses": [_clock(clock) for clock in report.clocks],
        "contents": None if report.contents is None else contents_json(report.contents),
        "given": [_given(given) for given in report.given],
        "withheld": None if report.withheld is None else _withheld(report.withheld),
        "compare": [_fingerprint(fingerprint) for fingerprint in report.fingerprints],
    }


def _step(step: Step, catalogue: Catalogue) -> Json:
    return {
        "number": step.number,
        "code": step.code,
        "title": catalogue.word(step.code),
        "outcome": step.outcome.name,
        "findings": [_finding(finding, catalogue) for finding in step.findings],
    }


def _finding(finding: Finding, catalogue: Catalogue) -> Json:
    return {
        "check": finding.check,
        "outcome": finding.outcome.name,
        "reason": finding.reason,
        "subject": shown(finding.subject),
        "facts": {shown(name): shown(str(value)) for name, value in finding.facts},
        "text": "".join(piece.text for piece in catalogue.told(finding)),
    }


def _signer(signer: Signer) -> Json:
    latest = signer.latest_at
    return {
        "place": shown(signer.place),
        "role": signer.role,
        "name": shown(signer.name),
        "root": shown(signer.root),
        "root_sha256": signer.root_sha256,
        "certificate_sha256": signer.certificate_sha256,
        "outcome": signer.outcome.name,
        "latest_at": None if latest is None else str(latest),
        "clocks": [_clock(clock) for clock in signer.clocks],
    }


def _clock(clock: Clock) -> Json:
    return {
        "code": clock.code,
        "name": shown(clock.name),
        "at": str(clock.at),
        "trusted": clock.is_trusted,
    }


def contents_json(contents: Contents) -> dict[str, Json]:
    """Return what the package says of itself as a JSON value."""
    return {
        "proven": contents.is_proven,
        "package_id": shown(contents.package_id),
        "request": shown(contents.request),
        "legal_basis": [shown(basis) for basis in contents.legal_basis],
        "created_at": shown(contents.created_at),
        "created_by": shown(contents.created_by),
        "exhibits": [
            {"name": shown(exhibit.name), "files": exhibit.files, "size": _count(exhibit.size)}
            for exhibit in contents.exhibits
        ],
        "exhibit_count": contents.exhibit_count,
        "files": contents.files,
        "size": _count(contents.size),
        "recipients": [shown(recipient) for recipient in contents.recipients],
        "use_limits": [
            {"kind": limit.kind, "text": shown(limit.text), "until": limit.until}
            for limit in contents.use_limits
        ],
        "notices": [{"code": shown(code), "name": shown(name)} for code, name in contents.notices],
        "exercise": contents.exercise,
        "suite": shown(contents.suite),
        "software": shown(contents.software),
    }


def _given(given: Given) -> Json:
    return {
        "path": shown(given.path),
        "original_name": shown(given.original_name),
        "start": given.start,
        "end": given.end,
        "size": given.size,
        "whole": given.is_whole,
    }


def _withheld(withheld: Withheld) -> Json:
    return {
        "files": withheld.files,
        "attested": withheld.is_attested,
        "reasons": [{"code": shown(code), "files": count} for code, count in withheld.reasons],
    }


def _fingerprint(fingerprint: Fingerprint) -> Json:
    return {
        "role": fingerprint.role,
        "name": shown(fingerprint.name),
        "sha256": fingerprint.sha256,
    }


def _count(number: int) -> Json:
    # a forged description may claim sizes whose sum canonical JSON cannot carry
    return number if number < 2**53 else str(number)
