"""The law of States as one JSON document, for a case system."""

from longbien.primitives.canonical import Json
from longbien.treaty.bases import BasisView
from longbien.treaty.comparison import Comparison, ElementSide, Gaps, LawSide
from longbien.treaty.named_offences import ConventionOffence, NamedOffence
from longbien.treaty.offences import Offence
from longbien.treaty.remarks import Remark, sentence_of
from longbien.treaty.scope import ScopeView


def remark_json(one: Remark) -> dict[str, Json]:
    """Return a remark with its sentence."""
    return {
        "code": one.code,
        "ref": one.ref,
        "confidence": one.confidence.value,
        "facts": dict(one.facts),
        "text": sentence_of(one),
    }


def basis_json(view: BasisView) -> dict[str, Json]:
    """Return a legal basis between two States."""
    return {
        "basis": view.basis.value,
        "title": view.title,
        "force": view.force.value,
        "remarks": [remark_json(one) for one in view.remarks],
    }


def scope_json(view: ScopeView) -> dict[str, Json]:
    """Return what the scope gate shows."""
    return {
        "scope": view.scope.value,
        "offences": [_offence_named(one) for one in view.offences],
        "maxima": [
            {
                "state": one.state,
                "cite": one.cite,
                "maximum": str(one.penalty),
                "status": "request" if one.status is None else one.status.value,
            }
            for one in view.maxima
        ],
        "remarks": [remark_json(one) for one in view.remarks],
    }


def comparison_json(found: Comparison) -> dict[str, Json]:
    """Return an offence in the law of two States."""
    return {
        **_offence(found.offence),
        "states": [_side(one) for one in found.sides],
        "remarks": [remark_json(one) for one in found.remarks],
    }


def gaps_json(found: Gaps) -> dict[str, Json]:
    """Return an offence in the law of one State."""
    return {
        **_offence(found.offence),
        **_side(found.side),
        "remarks": [remark_json(one) for one in found.remarks],
    }


def _offence_named(one: NamedOffence) -> dict[str, Json]:
    if isinstance(one, ConventionOffence):
        return {"article": one.article, "paragraph": one.paragraph, "part": one.part.value}
    return {"state": one.state.text, "cite": one.cite, "maximum": str(one.maximum)}


def _offence(offence: Offence) -> dict[str, Json]:
    return {
        "article": offence.article,
        "title": offence.title,
        "confidence": offence.confidence.value,
    }


def _side(side: LawSide) -> dict[str, Json]:
    provisions = side.cell.provisions if side.cell is not None else ()
    return {
        "state": side.state,
        "name": side.name,
        "example": side.is_example,
        "provisions": [
            {
                "cite": one.cite,
                "maximum": str(one.maximum),
                "status": one.status.value,
                "source": one.source,
                "note": one.note,
            }
            for one in provisions
        ],
        "elements": [
            {"element": element.id, "role": element.role.value, "ref": element.ref,
             "text": element.text, **_element(found)}
            for element, found in side.elements
        ],
    }  # fmt: skip


def _element(found: ElementSide) -> dict[str, Json]:
    return {
        "recorded": [
            {"holds": one.holds.value, "text": one.text, "cite": one.cite} for one in found.records
        ],
        "declared": [
            {"code": one.code, "text": one.text, "ref": one.ref} for one in found.declared
        ],
    }
