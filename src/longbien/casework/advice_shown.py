"""Advice as text for an officer, and as one document for a case system."""

from collections.abc import Iterable, Iterator

from longbien.casework import law_shown
from longbien.casework.advice import Advice
from longbien.casework.telling import Teller
from longbien.primitives.canonical import Json
from longbien.treaty import law_json
from longbien.treaty.remarks import Remark


def advice_json(advice: Advice) -> dict[str, Json]:
    """Return advice as a document."""
    return {
        "on": advice.on.isoformat(),
        "requesting": advice.requesting,
        "requested": advice.requested,
        "named": [law_json.remark_json(one) for one in advice.named],
        "bases": [law_json.basis_json(one) for one in advice.bases],
        "scope": law_json.scope_json(advice.scope),
        "comparisons": [law_json.comparison_json(one) for one in advice.comparisons],
        "remarks": [law_json.remark_json(one) for one in advice.remarks],
    }


def advice_lines(advice: Advice, teller: Teller) -> Iterator[str]:
    """Yield advice line by line, in four parts."""
    yield teller.line(
        "advice-on", requesting=advice.requesting, requested=advice.requested, day=advice.on
    )
    yield teller.label("advice-data")
    yield from _part("rests-on", advice.named, teller)
    yield ""
    yield teller.label("bases-between")
    yield from law_shown.basis_lines(advice.bases, teller)
    yield ""
    yield from law_shown.scope_lines(advice.scope, teller)
    yield from _part("dual", advice.remarks, teller)
    for one in advice.comparisons:
        yield ""
        yield from law_shown.comparison_lines(one, teller)


def _part(title: str, remarks: Iterable[Remark], teller: Teller) -> Iterator[str]:
    lines = list(law_shown.remark_lines(remarks, teller))
    if lines:
        yield from ("", teller.label(title), *lines)
