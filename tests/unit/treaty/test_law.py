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
