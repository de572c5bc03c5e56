"""The example requests: each gets exactly the remarks that were written down for it."""

from collections import Counter

import pytest

from longbien.casework.case import Severity
from request_examples import Example, examples

EXAMPLES = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_each_example_gets_what_was_expected(example: Example) -> None:
    """Severity, code, field or question of the stop list, in their order: no more, no less."""
    found = [
        {
            "severity": one.severity.value,
            "code": one.code,
            **{name: fact for name, fact in one.facts if name in {"field", "concern"}},
        }
        for one in example.remarks()
    ]

    assert found == example.expected


def test_there_are_examples_of_every_sort() -> None:
    """At least sixty; twenty-five of them abusive."""
    groups = Counter(one.group for one in EXAMPLES)

    assert len(EXAMPLES) >= 60
    assert sum(one.is_abusive for one in EXAMPLES) == groups["abusive"] == 25
    assert groups.keys() == {
        "good",
        "incomplete",
        "too-broad",
        "abusive",
        "wrong-identifiers",
        "wrong-language",
        "duplicate",
    }


def test_nothing_speaks_against_a_good_one() -> None:
    """Good to know at most."""
    worse = [
        (example.name, one.code)
        for example in EXAMPLES
        if example.group == "good"
        for one in example.remarks()
        if one.severity is not Severity.NOTE
    ]

    assert worse == []


def test_something_speaks_against_every_other_one() -> None:
    """An officer who reads the remarks of an abusive or a bad request has been told."""
    silent = [
        example.name for example in EXAMPLES if example.group != "good" and not example.remarks()
    ]

    assert silent == []
