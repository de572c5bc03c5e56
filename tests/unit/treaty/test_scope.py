import pytest

from longbien.treaty.named_offences import parse_offences
from longbien.treaty.remarks import sentence_of
from longbien.treaty.scope import Reach, Scope, ScopeView, scope_of
from longbien.treaty.states import load_states

VN_289 = 'national VN "Penal Code art. 289" max 12 years'
IL_4 = 'national IL "Computers Law s.4" max 3 years'


def gate(text: str, reach: Reach = Reach.EVIDENCE) -> ScopeView:
    """Return what the gate shows for a request of VN to IL."""
    offences = parse_offences(text) if text else ()
    return scope_of(load_states(), offences, requesting="VN", requested="IL", reach=reach)


def codes(view: ScopeView) -> list[str]:
    """Return the codes of what is shown."""
    return [one.code for one in view.remarks]


def test_a_convention_offence_needs_no_minimum_penalty() -> None:
    """OR, never AND: three years at most, and in scope all the same."""
    view = gate(f"uncc 9\n{IL_4}")

    assert view.scope is Scope.CONVENTION_OFFENCE
    assert {"scope.convention-offence", "scope.not-serious"} <= set(codes(view))


def test_a_serious_crime_needs_no_article_of_the_convention() -> None:
    """35(1)(c): a maximum of 4 years in one State is shown, and the other's is asked for."""
    view = gate(VN_289)

    assert view.scope is Scope.SERIOUS_CRIME
    assert codes(view) == ["scope.serious", "scope.one-side"]
    assert "a serious crime; named in the request." in sentence_of(view.remarks[0])
    assert dict(view.remarks[1].facts) == {"state": "Israel"}


def test_the_maximum_of_both_states_is_recorded() -> None:
    """For an article, what is recorded of a State that the request names no provision of."""
    view = gate(f"uncc 7\n{VN_289}")

    assert [(one.state, str(one.penalty)) for one in view.maxima] == [
        ("VN", "12 years"),
        ("IL", "3 years"),
        ("IL", "5 years"),
    ]
    assert "scope.one-side" not in codes(view)


def test_of_a_state_that_nobody_recorded_nothing_is_shown() -> None:
    """Then its maximum is asked for."""
    view = scope_of(load_states(), parse_offences("uncc 7"), requesting="QA", requested="IL")

    assert {one.state for one in view.maxima} == {"IL"}
    assert "scope.one-side" in codes(view)


@pytest.mark.parametrize(
    ("text", "scope", "last"),
    [
        (IL_4, Scope.NOT_SHOWN, "scope.outside"),
        ('national IL "s. 1" max unknown', Scope.OPEN, "scope.open"),
        ("", Scope.OPEN, "scope.unnamed"),
    ],
)
def test_what_is_not_shown_is_said_and_refuses_nothing(text: str, scope: Scope, last: str) -> None:
    """The gate informs; an unknown penalty leaves it open."""
    view = gate(text)

    assert view.scope is scope
    assert codes(view)[-1] == last


def test_for_extradition_and_assets_the_narrower_reading_is_shown() -> None:
    """Whether every serious crime opens these is an open point for the lawyer."""
    assert codes(gate(VN_289, Reach.NARROW))[-1] == "scope.narrow-reach"
