import json
import re

import pytest

from law_world import make_pack, rule_row
from longbien.primitives.errors import Refused
from longbien.treaty._data import read_data
from longbien.treaty.contents import Confidence, Required, load
from longbien.treaty.law import Law, load_law
from longbien.treaty.packs import Effect

LAW = load_law()


def test_no_rule_that_comes_with_the_program_binds() -> None:
    """Until a lawyer signs a rule, nothing may be refused, blocked or expired because of it."""
    assert len(LAW.rules) > 200
    assert not any(rule.may_bind for rule in LAW.rules)


def test_the_floor_of_a_preservation() -> None:
    """Article 42(8): 60 days, found by its id, its kind, its effect and its basis."""
    rule = LAW.get_rule("uncc-42-8-floor")

    assert rule.value["min_days"] == 60
    assert rule in LAW.rules_for(kind="preservation", effect=Effect.CLOCK, basis="UNCC")
    assert rule not in LAW.rules_for(kind="extradition")
    assert rule in LAW.rules_at("42(8)", basis="UNCC")
    assert rule in LAW.rules_at("42", basis="UNCC")


def test_all_articles_are_there() -> None:
    """68 articles, and 15 terms of article 2."""
    articles = [LAW.find_article(number, basis="UNCC") for number in range(1, 70)]

    assert [one.number for one in articles if one is not None] == list(range(1, 69))
    assert len([one for one in LAW.definitions if one.ref.startswith("2(")]) == 15


def test_the_edition_names_every_pack_exactly() -> None:
    """Each pack stands in the edition with its version and the digest of its bytes."""
    assert {one.id for one in LAW.edition} == {pack.id for pack in LAW.packs}
    assert all(LAW.find_pack(one.id).digest == one.digest for one in LAW.edition)
    assert Law(packs=()).edition == ()
    assert str(LAW.edition[0]).startswith(f"{LAW.edition[0].id} 1 (")


def test_a_states_rule_stands_for_the_one_it_replaces() -> None:
    """Whoever asks for the old id gets the rule in force; the old words can still be read."""
    law = LAW.with_packs(make_pack(rule_row("vn-law-1", replaces="uncc-42-8-floor")))

    assert law.get_rule("uncc-42-8-floor").id == "vn-law-1"
    assert law.find_written("uncc-42-8-floor") == LAW.get_rule("uncc-42-8-floor")
    assert "uncc-42-8-floor" not in {rule.id for rule in law.rules}
    assert len(law.rules) == len(LAW.rules)
    assert law.edition != LAW.edition
    assert LAW.get_rule("uncc-42-8-floor").id == "uncc-42-8-floor"


def test_a_later_version_of_a_pack_takes_its_place() -> None:
    """One pack has one version in force."""
    law = LAW.with_packs(make_pack()).with_packs(make_pack(version=2))

    assert law.find_pack("vn-law").version == 2
    assert len(law.packs) == len(LAW.packs) + 1


def test_what_is_not_there() -> None:
    """A lookup that may fail returns None; one that may not says which rule is missing."""
    assert LAW.find_rule("uncc-0") is None
    assert LAW.find_pack("none") is None
    assert LAW.find_article(1, basis="Budapest") is None
    with pytest.raises(Refused) as caught:
        LAW.get_rule("uncc-0")
    assert caught.value.code == "law.unknown-rule"


def test_bases_are_never_mixed() -> None:
    """Clocks of the Union, of the United States and of Ghana are in no list of the Convention."""
    clocks = LAW.rules_for(kind="preservation", effect=Effect.CLOCK, basis="UNCC")
    others = [one for one in LAW.rules_for(effect=Effect.CLOCK) if one.basis != "UNCC"]

    assert {rule.basis for rule in clocks} == {"UNCC"}
    assert {rule.value.get("hours") for rule in others} >= {8}
    assert {"Budapest", "EU-2023-1543", "EU-2013-40", "GH-preservation"} < set(LAW.bases)


def test_recalled_paragraphs_of_article_40() -> None:
    """40(13) and 40(22) have no parallel in the model of article 40: they count as recalled."""
    for ref in ("40(13)", "40(22)"):
        assert {rule.grade for rule in LAW.rules_at(ref, basis="UNCC")} == {Confidence.RECALLED}


def test_each_place_that_a_form_cites_has_its_rule() -> None:
    """Where a form cites a paragraph, the pack has a rule there, or one for the whole article."""
    refs = {one.ref for form in load().forms.values() for one in form.fields}
    places = {found.group() for ref in refs if (found := re.match(r"\d+(\(\w+\))?", ref))}

    assert len(places) > 30
    whole = {rule.ref for rule in LAW.rules_for(basis="UNCC")}
    missing = [ref for ref in places if not LAW.rules_at(ref, basis="UNCC")]
    assert [ref for ref in missing if ref.split("(")[0] not in whole] == []


def test_a_form_and_its_rule_have_the_same_grade() -> None:
    """The contents of a preservation and of real-time collection are graded alike in both."""
    for kind in ("preservation", "mla_traffic_realtime"):
        for one in load().forms[kind].fields:
            if one.required is Required.SYSTEM_FIELD:
                continue  # ours, and no content that the article asks for
            (rule,) = LAW.rules_at(one.ref, basis="UNCC")
            assert rule.grade is one.confidence
            assert rule.value["fields"] == (one.id,)


def test_grounds_are_those_of_the_table() -> None:
    """What may and may not be used to refuse is the same in the pack and in the catalogue."""
    catalogue = load()
    may = {
        rule.value["ground"]
        for rule in LAW.rules_for(effect=Effect.GROUND, basis="UNCC")
        if "ground" in rule.value
    }
    never = {
        rule.value["ground"]
        for rule in LAW.rules_for(effect=Effect.FORBID, basis="UNCC")
        if "ground" in rule.value
    }

    assert may == set(catalogue.grounds)
    assert never == set(catalogue.forbidden)


def test_the_grounds_of_each_kind_are_those_of_the_table() -> None:
    """For each kind of request the pack and the catalogue allow the same grounds."""
    raw = json.loads(read_data("added_contents.json"))
    for row in raw["grounds_by_kind"]:
        for kind in row["kinds"]:
            rules = LAW.rules_for(kind=kind, effect=Effect.GROUND, basis="UNCC")
            grounds = {rule.value["ground"] for rule in rules if "ground" in rule.value}
            assert grounds == set(row["may"]), kind
