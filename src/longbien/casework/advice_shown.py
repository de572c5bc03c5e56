"""Advice as text for an officer, and as one document for a case system."""

from collections.abc import Iterable, Iterator

from longbien.casework.advice import Advice
from longbien.primitives.canonical import Json
from longbien.treaty import law_json, law_text
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


def advice_lines(advice: Advice) -> Iterator[str]:
    """Yield advice line by line, in four parts."""
    yield f"Advice on a request of {advice.requesting} to {advice.requested}, {advice.on}"
    yield "No lawyer has checked the data behind it.  It informs; a person decides."
    yield from _part("What the request rests on", advice.named)
    yield ""
    yield "Legal bases between the two States"
    yield from law_text.basis_lines(advice.bases)
    yield ""
    yield from law_text.scope_lines(advice.scope)
    yield from _part("Dual criminality", advice.remarks)
    for one in advice.comparisons:
        yield ""
        yield from law_text.comparison_lines(one)


def _part(title: str, remarks: Iterable[Remark]) -> Iterator[str]:
    lines = list(law_text.remark_lines(remarks))
    if lines:
        yield from ("", title, *lines)
