import pytest
from attrs import evolve

from law_world import SIGNED, make_pack, rule_row
from longbien.primitives.verdict import Outcome
from longbien.treaty.contents import load
from longbien.treaty.law import load_law
from longbien.treaty.pack_check import CHECKS, check_pack, check_packs, words_of
from longbien.treaty.pack_words import FINDINGS
from longbien.treaty.packs import RulePack

OURS = load_law().packs


def faults(pack: RulePack, *others: RulePack) -> list[tuple[str, str]]:
    """Return the faults of a pack beside those of the program: what, and in which rule."""
    found = check_pack(pack, load(), others=[*OURS, *others]).findings
    return [(one.reason, one.subject) for one in found if one.outcome is not Outcome.PASSED]


def fault_of(**more: object) -> list[str]:
    """Return what is wrong with a rule that was changed."""
    return [reason for reason, _ in faults(make_pack(rule_row("vn-law-1", **more)))]


def test_nothing_is_wrong_with_the_packs_of_the_program() -> None:
    """Every check ran on every pack and passed."""
    for verdict in check_packs(OURS, load()).values():
        assert verdict.outcome is Outcome.PASSED
        assert {one.check for one in verdict.findings} == set(CHECKS)


def test_a_sound_pack_of_a_state_passes() -> None:
    """One rule added, one replaced, one verified."""
    pack = make_pack(
        rule_row("vn-law-1"),
        rule_row("vn-law-2", replaces="uncc-42-8-floor"),
        rule_row("vn-law-3", **SIGNED, value={"blocks": True}),
        rule_row("vn-law-4", applies_to=["drill", "preservation"], value={"fields": "necessity"}),
    )

    assert faults(pack) == []


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"effects": []}, "law.effect-missing"),
        ({"effects": ["clock"]}, "law.clock-without-figure"),
        ({"effects": ["clock"], "value": {"words": "soon"}}, "law.clock-without-figure"),
        ({"effects": ["ground"]}, "law.effect-value"),
        ({"effects": ["forbid"]}, "law.effect-value"),
        ({"effects": ["label"]}, "law.effect-value"),
        ({"value": {"min_days": 91, "max_days": 90}}, "law.value-both"),
        ({"value": {"blocks": True}}, "law.unsigned-binding"),
        ({"verified_by": "a lawyer"}, "law.sign-off-half"),
        ({"verified_on": "2026-11-20"}, "law.sign-off-half"),
        ({"applies_to": ["wishes"]}, "law.kind-unknown"),
        ({"applies_to": ["preservation"], "value": {"fields": ["x"]}}, "law.field-unknown"),
        ({"value": {"fields": ["necessity"]}}, "law.field-unknown"),
        ({"ref": "69"}, "law.place-unknown"),
        ({"ref": "not recorded"}, "law.place-unknown"),
        ({"replaces": "uncc-1"}, "law.override-missing"),
        ({"replaces": "budapest-16-order"}, "law.override-basis"),
    ],
)
def test_each_fault_of_a_rule_is_found(more: dict[str, object], reason: str) -> None:
    """One thing is wrong, and that alone is said."""
    assert fault_of(**more) == [reason]


def test_a_place_is_judged_only_where_articles_are_listed() -> None:
    """Of an instrument without a list of articles nobody knows how many it has."""
    assert fault_of(basis="Budapest", ref="999") == []


def test_figures_below_and_above_fit() -> None:
    """A floor inside a ceiling is no fault."""
    assert fault_of(value={"min_days": 60, "max_days": 90}) == []


def test_ids_are_unique_and_of_their_pack() -> None:
    """Twice in the pack, of another pack's family, or in two packs."""
    assert faults(make_pack(rule_row("vn-law-1"), rule_row("vn-law-1"))) == [
        ("law.id-twice", "vn-law-1")
    ]
    assert faults(make_pack(rule_row("uncc-42-8-floor"))) == [
        ("law.id-foreign", "uncc-42-8-floor"),
        ("law.id-overlap", "uncc-42-8-floor"),
    ]
    assert faults(make_pack(id="law", rules=[rule_row("law-1")])) == [("law.state-prefix", "law")]


def test_one_version_has_one_text() -> None:
    """A second text under the same version is a fault; a later version is none."""
    pack = make_pack()

    assert faults(pack, make_pack(title="Another")) == [("law.pack-twice", "vn-law")]
    assert faults(pack, make_pack(version=2)) == []
    assert faults(pack, pack) == []


def test_only_a_state_replaces_and_one_rule_alone() -> None:
    """What replaces a rule is one rule, in the pack of a State."""
    first = rule_row("vn-law-1", replaces="uncc-42-8-floor")
    second = rule_row("vn-law-2", replaces="uncc-42-8-floor")
    elsewhere = make_pack(rule_row("vn-more-1", replaces="uncc-42-8-floor"), id="vn-more")

    assert faults(make_pack(first, second)) == [("law.override-twice", "vn-law-2")]
    assert faults(make_pack(first), elsewhere) == [("law.override-twice", "vn-law-1")]
    assert faults(make_pack(first, state=None)) == [("law.override-foreign", "vn-law-1")]


def test_articles_are_numbered_without_a_gap() -> None:
    """An article that is missing would make a place look wrong, or right."""
    uncc = next(pack for pack in OURS if pack.id == "uncc")
    gap = evolve(uncc, articles=uncc.articles[1:], rules=())

    assert ("law.articles-gap", "uncc") in [
        (one.reason, one.subject) for one in check_pack(gap, load()).findings
    ]


def test_every_finding_has_words() -> None:
    """What is wrong is told in a sentence with its facts."""
    found = check_pack(make_pack(rule_row("vn-law-1", ref="69")), load(), others=OURS).findings

    assert "69 is not among the 68 articles." in [words_of(one) for one in found]
    assert {one.reason for one in found} <= FINDINGS.keys()
