"""The record of safeguards and decisions in a package: there, readable, and about this package."""

import pytest

from longbien.evidence.checks_record import check_record
from longbien.primitives.canonical import encode_json
from longbien.primitives.verdict import Outcome
from memory_bag import Plan, describe

PACKAGE = describe(Plan())

RECORD = {
    "decisions": [{}, {}],
    "format": "LB-Record 1",
    "package": str(PACKAGE.package_id),
    "safeguards": {},
    "use_limits": [],
}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encode_json(RECORD), "record.stated"),
        (encode_json({**RECORD, "decisions": 7}), "record.stated"),
        (b"{ }", "record.unreadable"),
        (b"[]", "record.form"),
        (encode_json({**RECORD, "more": 1}), "record.form"),
        (encode_json({**RECORD, "format": "LB-Record 2"}), "record.form"),
        (encode_json({**RECORD, "package": "x"}), "record.other-package"),
    ],
)
def test_what_a_record_is_worth(data: bytes, code: str) -> None:
    """One finding, and only a sound record passes."""
    (found,) = check_record(data, PACKAGE)

    assert found.reason == code
    assert (found.outcome is Outcome.PASSED) == (code == "record.stated")


def test_without_a_description_its_form_is_looked_at() -> None:
    """Nothing to compare it with."""
    (found,) = check_record(encode_json({**RECORD, "package": "x"}), None)

    assert found.reason == "record.stated"
