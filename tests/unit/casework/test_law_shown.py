from datetime import date

from longbien.casework import law_shown
from longbien.casework.law_words import law_english
from longbien.casework.telling import WIDTH, Teller
from longbien.primitives.canonical import Json, encode_json
from longbien.treaty import law_json
from longbien.treaty.bases import bases_between
from longbien.treaty.comparison import compare_conduct, gaps_of
from longbien.treaty.named_offences import parse_offences
from longbien.treaty.scope import scope_of
from longbien.treaty.states import load_examples, load_states

STATES = load_states()
TODAY = date(2026, 11, 21)
ENGLISH = Teller(law_english())


def test_no_line_is_longer_than_a_page_is_wide() -> None:
    """All articles of all States, alone and in pairs, in at most 100 characters a line."""
    lines: list[str] = []
    for state in STATES.concordance.names:
        for article in range(7, 18):
            lines += law_shown.gap_lines(gaps_of(STATES, article, state), ENGLISH)
            pair = compare_conduct(STATES, article, state, "QA")
            lines += law_shown.comparison_lines(pair, ENGLISH)

    assert max(map(len, lines)) <= WIDTH


def test_a_gap_is_told_in_words() -> None:
    """A prosecutor reads which provision, which penalty, which source, and what is missing."""
    text = "\n".join(law_shown.gap_lines(gaps_of(STATES, 7, "VN"), ENGLISH))

    assert text.startswith("Article 7: Illegal access [V]\n  Penal Code art. 289: maximum 12 years")
    assert "access: a gap is reported: no offence of bare access" in text
    assert "Not recorded: the whole or part of an ICT system" in text
    assert "To know" not in text


def test_an_example_stands_beside_the_name() -> None:
    """So that it is never taken for fact."""
    (israel, _) = load_examples()
    states = STATES.with_profile(israel)
    lines = list(law_shown.comparison_lines(compare_conduct(states, 15, "VN", "IL"), ENGLISH))

    assert "  Israel (EXAMPLE profile)" in lines
    assert "    example of a provision: maximum 5 years (said by the State itself)" in lines


def test_a_penalty_that_is_not_known_is_said() -> None:
    """ZA article 12: the court's discretion."""
    text = "\n".join(law_shown.gap_lines(gaps_of(STATES, 12, "ZA"), ENGLISH))

    assert "maximum not recorded" in text
    silent = law_shown.gap_lines(gaps_of(STATES, 7, "QA"), ENGLISH)
    assert "  no provision is recorded" in list(silent)


def test_everything_recorded_leaves_no_list_of_silence() -> None:
    """The line of what is not recorded is there only where there is something."""
    assert list(law_shown._silent_lines("silent", [], ENGLISH, 2)) == []


def test_bases_and_scope_in_text() -> None:
    """Each basis with its force and its reasons; each maximum with its source."""
    bases = list(law_shown.basis_lines(bases_between(STATES, "VN", "IL", on=TODAY), ENGLISH))
    view = scope_of(STATES, parse_offences("uncc 7"), requesting="VN", requested="IL")
    scope = list(law_shown.scope_lines(view, ENGLISH))

    assert bases[0] == "United Nations Convention against Cybercrime: does not bind both States"
    assert bases[-2] == "Reciprocity or comity: possible, if it is named"
    assert scope[0] == "Scope (35(1)): an offence of the Convention is named"
    assert next(iter(law_shown.remark_lines(view.remarks, ENGLISH))).startswith("- Article 7:")


def test_the_same_as_one_document() -> None:
    """A case system reads what a prosecutor reads, with codes; it can be written canonically."""
    view = scope_of(
        STATES,
        parse_offences('uncc 7\nnational VN "Penal Code art. 289" max 12 years'),
        requesting="VN",
        requested="IL",
    )
    (_, vietnam) = load_examples()
    states = STATES.with_profile(vietnam)
    document: dict[str, Json] = {
        "scope": law_json.scope_json(view),
        "bases": [law_json.basis_json(one) for one in bases_between(STATES, "VN", "IL", on=TODAY)],
        "comparison": law_json.comparison_json(compare_conduct(states, 7, "VN", "IL")),
        "gaps": law_json.gaps_json(gaps_of(STATES, 7, "QA")),
    }

    assert b'"compare.advice"' in encode_json(document)
    assert law_json.scope_json(view)["offences"] == [
        {"article": 7, "paragraph": "", "part": "principal"},
        {"state": "VN", "cite": "Penal Code art. 289", "maximum": "12 years"},
    ]
