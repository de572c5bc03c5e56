"""What a package says of its safeguards, its labels and its decisions: JSON, and a text.

Officers have no names in it: who is the same person shows, who it is, the State can tell.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from longbien.casework.decision_text import document_of
from longbien.casework.decisions import DecisionRecord, decisions_of
from longbien.casework.safeguards import Safeguards
from longbien.casework.state import Case, Release
from longbien.casework.statements import RequestMade
from longbien.casework.wire import SAFEGUARDS
from longbien.casework.words import english
from longbien.evidence.checks_record import FORMAT
from longbien.evidence.layout import RECORD, RECORD_TEXT
from longbien.evidence.report_texts import Catalogue
from longbien.primitives.canonical import Json, encode_json
from longbien.primitives.ids import OfficerId
from longbien.primitives.visible import spell_unseen

_HEAD: Final = "Safeguards, use limits and decisions of package {package}\n"


def record_files(case: Case, release: Release) -> dict[str, bytes]:
    """Return the files of the record, by their places in the package.

    The decisions are those up to the approval of the release: the same at each attempt to pack.
    """
    decisions = _until_release(decisions_of(case), release)
    people = _people(decisions)
    documents = [_coded(one, people) for one in decisions]
    document: dict[str, Json] = {
        "decisions": [*documents],
        "format": FORMAT,
        "package": str(release.package),
        "safeguards": {
            side: SAFEGUARDS.write(record) if record is not None else None
            for side, record in _records(case, release)
        },
        "use_limits": [
            {"kind": limit.kind.value, "text": limit.text,
             "until": str(limit.until) if limit.until else None}
            for limit in release.use_limits
        ],
    }  # fmt: skip
    text = "".join(f"{spell_unseen(line)}\n" for line in _lines(case, release, documents))
    return {RECORD: encode_json(document), RECORD_TEXT: text.encode("utf-8")}


def _until_release(
    decisions: tuple[DecisionRecord, ...], release: Release
) -> tuple[DecisionRecord, ...]:
    last = max(one.entry for one in decisions if one.package == release.package)
    return tuple(one for one in decisions if one.entry <= last)


def _records(case: Case, release: Release) -> tuple[tuple[str, Safeguards | None], ...]:
    asked = case.request.safeguards if isinstance(case.request, RequestMade) else None
    return (("requested", release.safeguards), ("requesting", asked))


def _people(decisions: tuple[DecisionRecord, ...]) -> Mapping[OfficerId, str]:
    known = dict.fromkeys(officer for one in decisions for officer in one.by)
    return {officer: f"officer {number}" for number, officer in enumerate(known, 1)}


def _coded(record: DecisionRecord, people: Mapping[OfficerId, str]) -> dict[str, Json]:
    return {**document_of(record), "by": [people[one] for one in record.by]}


# --- for people ---------------------------------------------------------------------------------


def _lines(case: Case, release: Release, documents: list[dict[str, Json]]) -> Iterator[str]:
    words = english().words
    yield from _HEAD.format(package=release.package).split("\n")
    for side, record in _records(case, release):
        if record is not None:
            yield words[f"side.{side}"]
            yield from _safeguard_lines(record)
            yield ""
    for limit in release.use_limits:
        until = f" ({limit.until})" if limit.until else ""
        yield f"  [{limit.kind.value}]{until} {_one_line(limit.text)}"
    for one in documents:
        what = str(one["what"])
        name = words.get(f"decision.{what}", words.get(f"step.{what}", what))
        by = one["by"]
        who = ", ".join(map(str, by)) if isinstance(by, list) else ""
        yield f"{one['at']}  {name}  ({who})  {one['text']}"
        if one["reasons"]:
            yield f"  {words['decision.reasons']}: {_one_line(str(one['reasons']))}"


def _safeguard_lines(record: Safeguards) -> Iterator[str]:
    words = english()
    rows, checks = safeguard_rows(record, words)
    yield from (f"  {label}: {_one_line(text)}" for label, text in rows)
    yield f"  {words.word('record.checks')}:"
    yield from (f"    {question} {_one_line(answer)}" for question, answer in checks)


Rows: TypeAlias = tuple[tuple[str, str], ...]
"""Labels of the catalogue, and what stands beside each."""


def safeguard_rows(record: Safeguards, words: Catalogue) -> tuple[Rows, Rows]:
    """Return a safeguard record for people: its statements, and the answers to the stop list."""
    statements = tuple(
        (words.word(f"record.{name}"), str(getattr(record, name)))
        for name in SAFEGUARDS.fields
        if name != "checks"
    )
    checks = tuple(
        (
            words.word(f"concern.{check.concern}"),
            words.word(f"answer.{check.answer}") + (f" - {check.text}" if check.text else ""),
        )
        for check in record.checks
    )
    return statements, checks


def _one_line(text: str) -> str:
    return " / ".join(text.split("\n"))
