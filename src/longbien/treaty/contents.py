"""What each kind of request must contain, and on which grounds it may be answered with no.

The data are ``request_contents.json``, as they came; every rule has a grade.  No lawyer has
verified them: what is built on a rule warns, and never refuses, blocks or expires anything.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

RESOURCE: Final = "request_contents.json"


class Confidence(StrEnum):
    """Where a rule comes from; the lower grade counts where there are two."""

    READ = "V"
    SUPPORTED = "P"
    RECALLED = "M"


class Required(StrEnum):
    """When a field must be there."""

    ALWAYS = "always"
    AS_APPLICABLE = "as_applicable"
    AS_APPROPRIATE = "as_appropriate"
    AS_DEMANDED = "as_demanded"
    TO_OBTAIN_ORDER = "for_50(1)(a)"
    TO_ENFORCE_ORDER = "for_50(1)(b)"
    TO_TRACE = "for_50(2)"
    TO_TRACE_IF_AVAILABLE = "for_50(2)_if_available"
    IF_ANY = "if_any"
    IF_ASKED = "if_asked"
    IF_AVAILABLE = "if_available"
    IF_CONDITIONS = "if_conditions"
    IF_ENFORCEMENT = "if_enforcement"
    IF_EXPEDITED = "if_expedited"
    IF_ORAL = "if_oral"
    IF_REFUSED = "if_refused"
    IF_REFUSED_OR_POSTPONED = "if_refused_or_postponed"
    IF_WISHED = "if_wished"
    OPTIONAL = "optional"
    RECOMMENDED = "recommended"
    SYSTEM_FIELD = "system_field"
    UNLESS_SERVICE = "unless_service_of_documents"
    WHERE_APPLICABLE = "where_applicable"
    WHERE_POSSIBLE = "where_possible_and_appropriate"


@frozen(kw_only=True)
class Field:
    """One field of a form."""

    id: str
    label: str
    ref: str
    """Article(paragraph)(letter), or ``practice``."""

    required: Required
    confidence: Confidence
    note: str = ""

    def is_due(self, *, is_service: bool = False) -> bool:
        """Tell if the field belongs in every form, whatever the case."""
        if self.required is Required.UNLESS_SERVICE:
            return not is_service
        return self.required in _DUE


_DUE: Final = frozenset(
    {
        Required.ALWAYS,
        Required.TO_OBTAIN_ORDER,
        Required.TO_ENFORCE_ORDER,
        Required.TO_TRACE,
    }
)


@frozen(kw_only=True)
class Rule:
    """One rule, where it stands, and how sure we are of it."""

    ref: str
    text: str
    confidence: Confidence
    verified_by: str = ""
    """The lawyer who compared it with the official text; empty: nobody, it may only warn."""

    @property
    def may_bind(self) -> bool:
        """Tell if something may be refused, blocked or expired because of it."""
        return bool(self.verified_by)


@frozen(kw_only=True)
class Form:
    """What one kind of request, notice or answer must contain."""

    kind: str
    article: str
    fields: tuple[Field, ...]
    rules: Mapping[str, Any] = field(factory=dict, repr=False)
    rules_confidence: Mapping[str, Confidence] = field(factory=dict, repr=False)

    def missing(self, given: frozenset[str], *, is_service: bool = False) -> tuple[Field, ...]:
        """Return the fields that every such form has and this one has not."""
        return tuple(
            one for one in self.fields if one.is_due(is_service=is_service) and one.id not in given
        )

    @property
    def closed_grounds(self) -> tuple[str, ...]:
        """Return the only grounds for a refusal; none: the list is not closed for this kind."""
        found = self.rules.get("refusal_grounds_closed", self.rules.get("withhold_only_on", ()))
        return tuple(found)


@frozen(kw_only=True)
class Preserving:
    """How long data are preserved: article 42(8)."""

    least_days: int
    ref: str
    confidence: Confidence


@frozen(kw_only=True)
class Catalogue:
    """All of it."""

    forms: Mapping[str, Form]
    grounds: Mapping[str, Rule]
    forbidden: Mapping[str, Rule]
    postponement: Mapping[str, Rule]

    def find_form(self, kind: str) -> Form | None:
        """Return what a kind must contain; None where the data say nothing of it."""
        return self.forms.get(kind)

    @property
    def preserving(self) -> Preserving:
        """Return the floor of a preservation."""
        form = self.forms["preservation"]
        return Preserving(
            least_days=form.rules["min_preservation_days"],
            ref=form.rules["min_ref"],
            confidence=form.rules_confidence["min_preservation_days"],
        )


@cache
def load() -> Catalogue:
    """Read the data that come with the program.  Read once; the same for everybody."""
    text = resources.files(__package__).joinpath(RESOURCE).read_text(encoding="utf-8")
    return parse_catalogue(json.loads(text))


def parse_catalogue(data: Mapping[str, Any]) -> Catalogue:
    """Make objects of the data.  They are our own: what is wrong in them is a bug."""
    kinds = {kind: row for kind, row in data["kinds"].items() if not kind.startswith("_")}
    decision = kinds["decision"]
    return Catalogue(
        forms=MappingProxyType({kind: _form(kind, row) for kind, row in kinds.items()}),
        grounds=_rules(decision, "grounds"),
        forbidden=_rules(decision, "forbidden_grounds"),
        postponement=_rules(decision, "postponement"),
    )


def _form(kind: str, row: Mapping[str, Any]) -> Form:
    return Form(
        kind=kind,
        article=row["article"],
        fields=tuple(map(_field, row["fields"])),
        rules=MappingProxyType(dict(row.get("rules", {}))),
        rules_confidence=MappingProxyType(
            {rule: Confidence(grade) for rule, grade in row.get("rules_confidence", {}).items()}
        ),
    )


def _field(row: Mapping[str, str]) -> Field:
    return Field(
        id=row["id"],
        label=row["label"],
        ref=row["ref"],
        required=Required(row["required"]),
        confidence=Confidence(row["confidence"]),
        note=row.get("note", ""),
    )


def _rules(decision: Mapping[str, Any], name: str) -> Mapping[str, Rule]:
    grades = decision[f"{name}_confidence"]
    return MappingProxyType(
        {
            ref: Rule(ref=ref, text=text, confidence=Confidence(grades[ref]))
            for ref, text in decision[name].items()
        }
    )
