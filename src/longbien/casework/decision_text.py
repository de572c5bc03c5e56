"""The decision record for people and for programs: lines in plain words, and a JSON document."""

from collections.abc import Iterable, Iterator

from longbien.casework.case import Warned
from longbien.casework.decisions import DecisionRecord, Replayed
from longbien.casework.words import warning_text
from longbien.evidence.report_texts import Catalogue
from longbien.primitives.canonical import Json
from longbien.primitives.errors import LongBienError


def document_of(record: DecisionRecord) -> dict[str, Json]:
    """Return a decision as a JSON document."""
    footing = record.footing
    return {
        "at": str(record.at),
        "by": [str(one) for one in record.by],
        "edition": [
            {"digest": one.digest.hex, "id": one.id, "version": one.version}
            for one in (footing.edition if footing else ())
        ],
        "entry": record.entry,
        "package": str(record.package) if record.package else None,
        "reasons": record.reasons,
        "rules": _rules(record.rules),
        "text": record.text.hex,
        "what": record.what,
    }


def _rules(found: Iterable[Warned]) -> list[Json]:
    return [
        {"code": one.code, "confidence": one.confidence, "facts": dict(one.facts), "ref": one.ref}
        for one in found
    ]


def replay_document(found: Replayed | LongBienError) -> dict[str, Json]:
    """Return what the rules of that time say when they are asked again, as a JSON document."""
    if isinstance(found, LongBienError):
        return {"code": found.code, "same": None}
    return {"rules": _rules(found.again), "same": found.is_same}


def replay_lines(found: Replayed | LongBienError, words: Catalogue, *, kind: str) -> Iterator[str]:
    """Tell it: the same, or what they say now; or why they cannot be asked."""
    text = words.words
    if isinstance(found, LongBienError):
        yield f"     {text['decision.replay-none']}: {found}"
    elif found.is_same:
        yield f"     {text['decision.replay-same']}"
    else:
        yield f"     {text['decision.replay-other']}:"
        for rule in found.again:
            yield f"       {warning_text(words, kind, rule)} [{rule.code}]"


def lines_of(record: DecisionRecord, words: Catalogue, *, kind: str) -> Iterator[str]:
    """Give a decision as lines: what, who, on which text, under which rules, and what they said."""
    text = words.words
    what = text.get(f"decision.{record.what}", text.get(f"step.{record.what}", record.what))
    yield f"{record.entry:4} {record.at}  {what}"
    first, *others = record.by
    yield f"     {text['decision.by']}: {first}"
    for other in others:
        yield f"     {text['decision.second']}: {other}"
    if record.package:
        yield f"     {text['decision.package']}: {record.package}"
    yield f"     {text['decision.text']}: {record.text.hex}"
    if record.footing is not None:
        editions = ", ".join(str(one) for one in record.footing.edition)
        yield f"     {text['decision.edition']}: {editions}"
    for rule in record.rules:
        yield f"     {text['decision.rule']}: {warning_text(words, kind, rule)} [{rule.code}]"
    if record.reasons:
        yield f"     {text['decision.reasons']}: {record.reasons}"
