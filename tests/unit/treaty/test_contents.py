import json
from importlib import resources
from typing import Any

import pytest

from longbien.treaty.contents import (
    Confidence,
    Field,
    Required,
    Rule,
    load,
    parse_catalogue,
    with_additions,
)

CATALOGUE = load()


def read(name: str) -> dict[str, Any]:
    """Return one file of the data."""
    data: dict[str, Any] = json.loads(
        resources.files("longbien.treaty").joinpath(name).read_text("utf-8")
    )
    return data


BASE = read("request_contents.json")
ADDITIONS = read("added_contents.json")


def test_every_kind_of_the_data_is_there() -> None:
    """26 kinds and 14 added forms; the practice template is not one."""
    assert len(parse_catalogue(BASE).forms) == 26
    assert len(CATALOGUE.forms) == 26 + 14
    assert not any(kind.startswith("_") for kind in CATALOGUE.forms)


def test_every_value_of_the_data_has_its_word() -> None:
    """The data use what their own description explains: no more, and nothing else."""
    assert {value.value for value in Required} == set(BASE["_about"]["required_values"])
    assert {value.value for value in Confidence} == set(BASE["_about"]["confidence"])
    assert with_additions(parse_catalogue(BASE), ADDITIONS) == CATALOGUE


def test_what_came_is_not_changed_by_what_was_added() -> None:
    """Additions fill gaps: a form that came may get a field at its end, and nothing else."""
    base = parse_catalogue(BASE)

    assert not set(ADDITIONS["kinds"]) & set(base.forms)
    for kind, form in base.forms.items():
        fields = CATALOGUE.forms[kind].fields
        assert fields[: len(form.fields)] == form.fields
        assert {one.id for one in fields[len(form.fields) :]} <= {"offences"}
    assert {ref: CATALOGUE.grounds[ref] for ref in base.grounds} == base.grounds
    assert CATALOGUE.steps < set(CATALOGUE.forms)


def test_an_added_form_repeats_the_common_block() -> None:
    """Service of documents has the 15 fields of article 40(15), four of its own, the offences."""
    common = CATALOGUE.forms["mla_general"].fields[:15]
    served = CATALOGUE.forms["service_of_documents"].fields

    assert served[: len(common)] == common
    assert [one.id for one in served[len(common) :]] == [
        "documents",
        "addressee",
        "date_of_hearing",
        "proof_of_service",
        "offences",
    ]


def test_grounds_by_kind() -> None:
    """Section 14: closed for preservation and article 43, own lists for the other families."""
    preservation = CATALOGUE.find_grounds("preservation")
    extradition = CATALOGUE.find_grounds("extradition")

    assert preservation is not None
    assert preservation.is_closed
    assert extradition is not None
    assert (extradition.may, extradition.before) == (("37(1)", "37(8)", "37(15)"), "37(17)")
    assert CATALOGUE.find_grounds("drill") is None
    for row in CATALOGUE.by_kind.values():
        assert set(row.may) <= set(CATALOGUE.grounds)
        assert row.conditions_first <= set(row.may)


def test_the_practice_template_is_another_face_of_a_preservation() -> None:
    """Its items go into the fields of the form; what the message says already goes nowhere."""
    template = CATALOGUE.profiles["t_cy_2018_11"]
    names = {field.id for field in CATALOGUE.forms[template.kind].fields}

    assert {item.into for item in template.items} <= {*names, "message"}
    assert template.folded({"date": "today", "offence": "fraud", "case_summary": "a bank"}) == {
        "offence_and_facts": "fraud\na bank"
    }


def test_no_rule_was_verified_so_no_rule_binds() -> None:
    """Until a lawyer signs a rule, nothing may be refused because of it."""
    rules = [
        *CATALOGUE.grounds.values(),
        *CATALOGUE.forbidden.values(),
        *CATALOGUE.postponement.values(),
    ]

    assert len(rules) == (8 + 4) + (3 + 1) + 1
    assert not any(rule.may_bind for rule in rules)
    assert Rule(ref="1", text="x", confidence=Confidence.READ, verified_by="a lawyer").may_bind


def test_the_fields_of_a_preservation() -> None:
    """Seven fields of article 42(3); five belong in every request; the offences are ours."""
    form = CATALOGUE.forms["preservation"]
    refs = [f"42(3)({letter})" for letter in "abcdefg"]

    assert form.article == "42"
    assert [field.ref for field in form.fields] == [*refs, "35(1)"]
    assert [field.id for field in form.missing(frozenset({"necessity"}))] == [
        "requesting_authority",
        "offence_and_facts",
        "data_and_relation",
        "intent_mla",
    ]
    assert form.fields[6].confidence is Confidence.RECALLED


def test_the_facts_may_be_missing_where_documents_are_served() -> None:
    """Article 40(15)(c) makes that one exception."""
    form = CATALOGUE.forms["mla_general"]

    assert "facts_summary" in {field.id for field in form.missing(frozenset())}
    assert "facts_summary" not in {field.id for field in form.missing(frozenset(), is_service=True)}
    served = CATALOGUE.forms["service_of_documents"].missing(frozenset())
    assert "facts_summary" not in {field.id for field in served}
    assert "documents" in {field.id for field in served}


@pytest.mark.parametrize(
    ("required", "due"),
    [
        (Required.ALWAYS, True),
        (Required.TO_OBTAIN_ORDER, True),
        (Required.TO_ENFORCE_ORDER, True),
        (Required.TO_TRACE, True),
        (Required.UNLESS_SERVICE, True),
        (Required.IF_AVAILABLE, False),
        (Required.OPTIONAL, False),
        (Required.SYSTEM_FIELD, False),
        (Required.TO_TRACE_IF_AVAILABLE, False),
    ],
)
def test_only_what_is_always_due_is_missed(required: Required, *, due: bool) -> None:
    """A field that depends on the case is never missed by a program."""
    field = Field(id="x", label="x", ref="1", required=required, confidence=Confidence.READ)

    assert field.is_due() is due


def test_the_closed_lists_of_grounds() -> None:
    """Preservation and partial disclosure have one; other kinds do not."""
    closed = ("40(21)(b)", "40(21)(c)", "40(22)")

    assert CATALOGUE.forms["preservation"].closed_grounds == closed
    assert CATALOGUE.forms["traffic_data_partial_disclosure"].closed_grounds == closed
    assert CATALOGUE.forms["mla_stored_data"].closed_grounds == ()


def test_the_floor_of_a_preservation() -> None:
    """60 days, 42(8), recalled only."""
    floor = CATALOGUE.preserving

    assert (floor.least_days, floor.ref, floor.confidence) == (60, "42(8)", Confidence.RECALLED)


def test_grounds_and_forbidden_grounds_are_apart() -> None:
    """What must not be used is in no list of what may."""
    assert set(CATALOGUE.forbidden) == {"40(23)", "40(24)", "37(16)", "31(7)"}
    assert set(CATALOGUE.postponement) == {"40(27)"}
    assert not set(CATALOGUE.forbidden) & set(CATALOGUE.grounds)


def test_a_kind_that_the_data_do_not_know() -> None:
    """Absence is normal: a drill has no form."""
    assert CATALOGUE.find_form("drill") is None
    assert CATALOGUE.find_form("preservation") is CATALOGUE.forms["preservation"]
