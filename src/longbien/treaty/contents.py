"""What each kind of request must contain, and on which grounds it may be answered with no.

The data are ``request_contents.json``, as they came, and ``added_contents.json`` beside it, ours:
forms and grounds that the first one lacks.  Every rule has a grade.  No lawyer has verified them:
what is built on a rule warns, and never refuses, blocks or expires anything.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from attrs import evolve, field, frozen

from longbien.primitives.digest import Digest
from longbien.treaty._data import read_data

RESOURCE: Final = "request_contents.json"
ADDED: Final = "added_contents.json"
SERVICE: Final = "service_of_documents"
"""The kind that needs no facts: article 40(15)(c)."""


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
        """Return the fields that every such form has and this one has not.

        A form that is there for service of documents is one whatever ``is_service`` says.
        """
        serves = is_service or self.kind == SERVICE
        return tuple(
            one for one in self.fields if one.is_due(is_service=serves) and one.id not in given
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
class GroundsOf:
    """Which grounds may be used against one kind of request (convention.md section 14)."""

    may: tuple[str, ...]
    is_closed: bool
    """True: the text names these and no others."""

    ref: str
    confidence: Confidence
    before: str
    """The paragraph that asks for consultation before a refusal."""

    conditions_first: frozenset[str] = frozenset()
    """Grounds for which conditions are tried before refusing: 36(1)(b)."""


@frozen(kw_only=True)
class ProfileItem:
    """One item of a template used in practice."""

    id: str
    label: str
    into: str
    """The field of the form that holds it, or ``message``: the channel says it already."""

    confidence: Confidence


@frozen(kw_only=True)
class Profile:
    """A template used in practice: another face of one of the forms."""

    code: str
    kind: str
    source: str
    items: tuple[ProfileItem, ...]

    def folded(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """Return the fields of the form that a filled-in template makes, line by line."""
        lines: dict[str, list[str]] = {}
        for item in self.items:
            if item.into != _IN_MESSAGE and given.get(item.id):
                lines.setdefault(item.into, []).append(given[item.id])
        return {name: "\n".join(texts) for name, texts in lines.items()}


_IN_MESSAGE: Final = "message"


@frozen(kw_only=True)
class Catalogue:
    """All of it."""

    forms: Mapping[str, Form]
    grounds: Mapping[str, Rule]
    forbidden: Mapping[str, Rule]
    postponement: Mapping[str, Rule]
    by_kind: Mapping[str, GroundsOf] = field(factory=dict)
    profiles: Mapping[str, Profile] = field(factory=dict)
    consents: Mapping[str, Rule] = field(factory=dict)
    """Kinds in which a person's consent comes before a hand-over."""

    assurances: Mapping[str, Rule] = field(factory=dict)
    """Kinds in which an assurance for the person comes before a hand-over."""

    owed: Mapping[tuple[str, str], Rule] = field(factory=dict)
    """What a refusal of a kind, with that detail, leads to: own proceedings, 37(11)."""

    steps: frozenset[str] = frozenset()
    """Added forms of what is said inside a case; none of them opens one."""

    def find_grounds(self, kind: str) -> GroundsOf | None:
        """Return the grounds against a kind; None where the data name none for it."""
        return self.by_kind.get(kind)

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
    return read_forms(forms_bytes())


def forms_bytes() -> bytes:
    """Return the data that ``load`` reads: both files, one behind the other."""
    return read_data(RESOURCE) + read_data(ADDED)


@cache
def forms_digest() -> Digest:
    """Return the digest of the data that ``load`` reads: which edition of the forms this is."""
    return Digest.of(forms_bytes())


def read_forms(data: bytes) -> Catalogue:
    """Read the forms of some edition: what ``forms_bytes`` was then."""
    text = data.decode("utf-8")
    base, end = json.JSONDecoder().raw_decode(text)
    return with_additions(parse_catalogue(base), json.loads(text[end:]))


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


def with_additions(catalogue: Catalogue, data: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue with our own additions; a kind that it has already stays as it is."""
    added = {kind: _form(kind, row) for kind, row in data["kinds"].items()}
    repeated = {
        kind: evolve(
            form, fields=(*catalogue.forms[data["kinds"][kind]["repeats"]].fields, *form.fields)
        )
        if "repeats" in data["kinds"][kind]
        else form
        for kind, form in added.items()
    }
    forms = {**repeated, **catalogue.forms}
    for row in data["added_fields"]:
        for kind in row["kinds"]:
            forms[kind] = evolve(forms[kind], fields=(*forms[kind].fields, _field(row["field"])))
    return evolve(
        catalogue,
        forms=MappingProxyType(forms),
        grounds=MappingProxyType({**catalogue.grounds, **_rules(data, "grounds")}),
        forbidden=MappingProxyType({**catalogue.forbidden, **_rules(data, "forbidden_grounds")}),
        by_kind=MappingProxyType(
            {kind: _grounds_of(row) for row in data["grounds_by_kind"] for kind in row["kinds"]}
        ),
        profiles=MappingProxyType(
            {code: _profile(code, row) for code, row in data["practice_profiles"].items()}
        ),
        consents=_rules_of_kinds(data["consent_before_hand_over"]),
        assurances=_rules_of_kinds(data["assurance_before_hand_over"]),
        owed=_owed(data["owed_after_refusal"]),
        steps=frozenset(data["steps"]),
    )


def _owed(rows: Mapping[str, Mapping[str, str]]) -> Mapping[tuple[str, str], Rule]:
    rules = _rules_of_kinds(rows)
    return MappingProxyType({(kind, row["detail"]): rules[kind] for kind, row in rows.items()})


def _rules_of_kinds(rows: Mapping[str, Mapping[str, str]]) -> Mapping[str, Rule]:
    return MappingProxyType(
        {
            kind: Rule(ref=row["ref"], text=row["text"], confidence=Confidence(row["confidence"]))
            for kind, row in rows.items()
        }
    )


def _grounds_of(row: Mapping[str, Any]) -> GroundsOf:
    return GroundsOf(
        may=tuple(row["may"]),
        is_closed=row["closed"],
        ref=row["ref"],
        confidence=Confidence(row["confidence"]),
        before=row["before"],
        conditions_first=frozenset(row["conditions_first"]),
    )


def _profile(code: str, row: Mapping[str, Any]) -> Profile:
    items = tuple(
        ProfileItem(
            id=one["id"],
            label=one["label"],
            into=one["into"],
            confidence=Confidence(one["confidence"]),
        )
        for one in row["fields"]
    )
    return Profile(code=code, kind=row["of"], source=row["source"], items=items)


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
