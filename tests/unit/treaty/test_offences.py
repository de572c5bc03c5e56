import json
from importlib import resources

from longbien.treaty.contents import Confidence
from longbien.treaty.offences import (
    Holding,
    Role,
    SourceStatus,
    load_concordance,
    load_offences,
)
from longbien.treaty.remarks import SOURCES

OFFENCES = load_offences()
CONCORDANCE = load_concordance()


def test_eleven_offences_with_their_grades() -> None:
    """Articles 7 to 17: nine were read, 16 was recalled, 17 is supported by a source."""
    assert list(OFFENCES) == list(range(7, 18))
    grades = {number: one.confidence for number, one in OFFENCES.items()}
    assert grades.pop(16) is Confidence.RECALLED
    assert grades.pop(17) is Confidence.SUPPORTED
    assert set(grades.values()) == {Confidence.READ}


def test_elements_of_an_offence_have_one_name_each() -> None:
    """A record points at an element by its name."""
    for offence in OFFENCES.values():
        names = [one.id for one in offence.elements]
        assert len(set(names)) == len(names)
        assert {Role.CONDUCT, Role.OBJECT} <= {one.role for one in offence.elements}
    assert OFFENCES[7].find_element("access") is not None
    assert OFFENCES[7].find_element("possession") is None


def test_what_a_state_may_ask_for_beyond_the_offence() -> None:
    """Section 5 of the reference: articles 10 and 13 leave no choice."""
    counts = {number: len(one.options) for number, one in OFFENCES.items()}

    assert counts == {7: 3, 8: 2, 9: 1, 10: 0, 11: 1, 12: 1, 13: 0, 14: 2, 15: 2, 16: 1, 17: 1}


def test_the_whole_concordance_is_there() -> None:
    """12 States by 11 articles, 183 provisions, by status as its own counts say."""
    data = json.loads(
        resources.files("longbien.treaty")
        .joinpath("state_data", "offence_concordance.json")
        .read_text("utf-8")
    )
    statuses = [one.status for cell in CONCORDANCE.cells.values() for one in cell.provisions]

    assert len(CONCORDANCE.cells) == 132
    assert {
        status.value: statuses.count(status) for status in SourceStatus if status in statuses
    } == data["_counts"]["provisions"]
    assert set(SOURCES) == {"source.request", *(f"source.{one}" for one in SourceStatus)}
    assert CONCORDANCE.find_cell("ZZ", 7) is None


def test_each_record_speaks_of_a_known_element_and_provision() -> None:
    """What is recorded of an element cites a provision of its own cell, or the law as a whole."""
    cells = [cell for cell in CONCORDANCE.cells.values() if cell.records]

    assert len(cells) > 20
    for cell in cells:
        cites = {"", *(one.cite for one in cell.provisions)}
        for record in cell.records:
            assert OFFENCES[cell.article].find_element(record.element) is not None, record
            assert record.cite in cites, record


def test_options_are_asked_and_the_rest_is_not() -> None:
    """``asked`` is said of what the Convention leaves to a State, and of nothing else."""
    for cell in CONCORDANCE.cells.values():
        for record in cell.records:
            element = OFFENCES[cell.article].find_element(record.element)
            assert element is not None
            assert (record.holds is Holding.ASKED) == (element.role is Role.OPTION), record


def test_no_record_is_lost() -> None:
    """Every record of the data reaches its cell."""
    data = json.loads(
        resources.files("longbien.treaty")
        .joinpath("state_data", "offence_elements.json")
        .read_text("utf-8")
    )

    kept = sum(len(cell.records) for cell in CONCORDANCE.cells.values())
    assert kept == len(data["records"])


def test_recalled_provisions_are_told_apart() -> None:
    """A cell with one recalled provision is recalled in part."""
    found = {state: CONCORDANCE.find_cell(state, 7) for state in ("VN", "IN")}

    assert found["VN"] is not None
    assert not found["VN"].is_recalled
    assert found["IN"] is not None
    assert found["IN"].is_recalled
