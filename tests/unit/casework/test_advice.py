from datetime import date

import pytest

from longbien.casework.advice import NARROW, WITHOUT_COMPARISON, Asking, advise, asking_of
from longbien.casework.advice_shown import advice_json, advice_lines
from longbien.casework.catalogue import KINDS
from longbien.casework.law_words import law_english
from longbien.casework.telling import Teller
from longbien.exercise import two_sides as w
from longbien.primitives.canonical import encode_json
from longbien.treaty.bases import Force
from longbien.treaty.scope import Scope
from longbien.treaty.states import load_states

TODAY = date(2026, 11, 21)
STATES = load_states()
OFFENCES = 'uncc 7\nuncc 13\nnational VN "Penal Code art. 289" max 12 years'


def asking(kind: str = "mla_stored_data") -> Asking:
    """Return a request of VN to IL."""
    return Asking(
        kind=kind,
        requesting="VN",
        requested="IL",
        legal_basis=("UNCC",),
        contents=(("offences", OFFENCES),),
    )


def test_an_officer_sees_basis_scope_and_comparison() -> None:
    """What binds, on which side of the gate, and the conduct for each article that is named."""
    found = advise(asking(), STATES, on=TODAY)

    assert [one.code for one in found.named] == [
        "basis.named-does-not-bind",
        "basis.none-recorded",
    ]
    assert {one.force for one in found.bases} >= {Force.DOES_NOT_BIND, Force.IF_NAMED}
    assert found.scope.scope is Scope.CONVENTION_OFFENCE
    assert [one.offence.article for one in found.comparisons] == [7, 13]
    assert found.remarks == ()


@pytest.mark.parametrize("kind", sorted(WITHOUT_COMPARISON))
def test_no_comparison_before_a_preservation_unless_it_is_asked_for(kind: str) -> None:
    """Article 42(4): off by itself, and said so."""
    found = advise(asking(kind), STATES, on=TODAY)

    assert found.comparisons == ()
    assert [one.code for one in found.remarks] == ["compare.not-needed"]
    wanted = advise(asking(kind), STATES, on=TODAY, with_comparison=True)
    assert len(wanted.comparisons) == 2
    assert wanted.remarks == ()


def test_a_comparison_can_be_left_out() -> None:
    """Nobody must read it."""
    found = advise(asking(), STATES, on=TODAY, with_comparison=False)

    assert found.comparisons == ()
    assert found.remarks == ()


def test_for_persons_and_property_the_narrower_reading_is_shown() -> None:
    """The kinds for which every serious crime may not be enough are kinds that there are."""
    found = advise(asking("extradition"), STATES, on=TODAY)

    assert found.scope.remarks[-1].code == "scope.narrow-reach"
    assert set(KINDS) >= NARROW | WITHOUT_COMPARISON


def test_both_sides_of_a_case_ask_the_same() -> None:
    """Who asks and who is asked follows from the case, not from whose node it is."""
    world = w.asked(w.ASK_STORED_DATA)
    first, second = world.il.held, world.vn.held

    assert asking_of(first) == asking_of(second)
    assert (asking_of(first).requesting, asking_of(first).requested) == ("IL", "VN")
    assert asking_of(first).legal_basis


def test_a_proposal_has_its_advice_too() -> None:
    """The second officer sees it before anything is sent."""
    node = w.Node(w.IL)
    node.act(w.ASK_STORED_DATA, w.DANA)

    assert node.held.request is None
    assert asking_of(node.held).legal_basis == ("UNCC 44",)


def test_a_case_without_words_asks_nothing() -> None:
    """A drill has no offence and no basis."""
    found = asking_of(w.asked(w.CALL_DRILL).il.held)

    assert (found.legal_basis, found.contents) == ((), ())


def test_advice_in_words_and_as_a_document() -> None:
    """Four parts for a person; the same with codes for a case system."""
    found = advise(asking(), STATES, on=TODAY)
    teller = Teller(law_english())
    lines = list(advice_lines(found, teller))

    assert lines[0] == "Advice on a request of VN to IL, 2026-11-21"
    assert "Legal bases between the two States" in lines
    assert "Article 13: ICT system-related theft or fraud [V]" in lines
    assert "Dual criminality" not in lines
    assert b'"comparisons"' in encode_json(advice_json(found))
    preserving = list(advice_lines(advise(asking("preservation"), STATES, on=TODAY), teller))
    assert "Dual criminality" in preserving
