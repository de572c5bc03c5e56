import json
from contextlib import suppress
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longbien.primitives.errors import Malformed
from longbien.primitives.ids import CaseId, StateCode
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load
from longbien.treaty.fields import FieldType, Money, Value, load_types, read_value
from longbien.treaty.named_offences import ConventionOffence

CASE = "00000000-0000-4000-8000-000000000001"
TYPES = load_types()


def test_every_field_of_every_form_has_a_type() -> None:
    """One type each, and no type for a field that no form has."""
    named = {one.id for form in load().forms.values() for one in form.fields}

    for form in load().forms.values():
        for one in form.fields:
            assert TYPES.find_type(form.kind, one.id) is not None, (form.kind, one.id)
    assert set(TYPES.by_name) == named
    for exception in TYPES.exceptions:
        kind, _, name = exception.partition(".")
        assert name in {one.id for one in load().forms[kind].fields}
    assert TYPES.find_type("preservation", "no such field") is None


def test_every_type_is_explained_in_the_data() -> None:
    """The data explain the types that there are."""
    text = resources.files("longbien.treaty").joinpath("field_types.json").read_text("utf-8")

    assert set(json.loads(text)["types"]) == {kind.value for kind in FieldType}


def test_an_exception_goes_before_the_name() -> None:
    """Expenses of a return are an amount; in a consultation on costs they are words."""
    assert TYPES.find_type("asset_return", "expenses") is FieldType.MONEY
    assert TYPES.find_type("costs", "expenses") is FieldType.STATEMENT


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldType.TEXT, " a name ", "a name"),
        (
            FieldType.INSTANT,
            "2026-11-21T09:30:00+07:00",
            Instant.parse("2026-11-21T02:30:00Z"),
        ),
        (FieldType.LANGUAGE, "VI", "vi"),
        (FieldType.LANGUAGE, "zh-hant-tw", "zh-Hant-TW"),
        (FieldType.LANGUAGE, "de-ch-1996", "de-CH-1996"),
        (FieldType.CASE, CASE, CaseId(CASE)),
        (FieldType.MONEY, "1250.50 EUR", Money(amount=Decimal("1250.50"), unit="EUR")),
        (FieldType.OFFENCES, "uncc 7", (ConventionOffence(article=7),)),
        (FieldType.YES, "yes", True),
        (FieldType.YES, "no", False),
        (FieldType.STATE, "VN IL", (StateCode("VN"), StateCode("IL"))),
    ],
)
def test_values_are_read_by_their_type(kind: FieldType, text: str, value: Value) -> None:
    """Each as its type says; spaces around it do not count."""
    assert read_value(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (FieldType.INSTANT, "yesterday", "instant.text"),
        (FieldType.INSTANT, "2026-11-21T09:30:00", "instant.text"),
        (FieldType.LANGUAGE, "Vietnamese", "field.language"),
        (FieldType.LANGUAGE, "", "field.language"),
        (FieldType.CASE, "17", "id.form"),
        (FieldType.MONEY, "1,250 EUR", "field.money"),
        (FieldType.MONEY, "-1 EUR", "field.money"),
        (FieldType.YES, "perhaps", "field.yes"),
        (FieldType.STATE, "", "field.state"),
        (FieldType.STATE, "VN " * 21, "field.state"),
        (FieldType.STATE, "Vietnam", "id.form"),
    ],
)
def test_what_cannot_be_read_is_told(kind: FieldType, text: str, code: str) -> None:
    """Malformed with a code, never a guess."""
    with pytest.raises(Malformed) as found:
        read_value(kind, text)

    assert found.value.code == code


@given(st.sampled_from(FieldType), st.text(max_size=60))
def test_any_text_is_read_or_malformed(kind: FieldType, text: str) -> None:
    """A reader raises nothing but Malformed."""
    with suppress(Malformed):
        read_value(kind, text)
