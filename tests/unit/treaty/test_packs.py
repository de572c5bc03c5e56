import json

import pytest

from law_world import SIGNED, make_pack, pack_bytes, rule_row
from longbien.primitives.errors import LongBienError, Malformed
from longbien.treaty.law import load_law
from longbien.treaty.packs import Effect, parse_pack


def code_of(data: bytes) -> str:
    """Return the code with which a pack is refused."""
    with pytest.raises(LongBienError) as caught:
        parse_pack(data)
    return caught.value.code


def test_only_a_whole_sign_off_makes_a_rule_binding() -> None:
    """A name, a day and the hash of the text that was read; two of the three are nothing."""
    (whole,) = make_pack(rule_row("vn-law-1", **SIGNED)).rules
    halves = [
        make_pack(rule_row("vn-law-1", **{**SIGNED, missing: None})).rules[0] for missing in SIGNED
    ]

    assert whole.may_bind
    assert not any(rule.may_bind for rule in halves)


def test_nothing_but_the_sign_off_makes_a_rule_binding() -> None:
    """Neither a value that claims it nor the rule that is replaced."""
    (rule,) = make_pack(
        rule_row("vn-law-1", replaces="uncc-42-8-floor", value={"blocks": True, "refuses": True})
    ).rules

    assert not rule.may_bind


def test_a_rule_knows_its_article() -> None:
    """The number in front; 0 where nobody has written down the place."""
    refs = ("42(8)", "37(12)-(13)", "not recorded")
    rules = make_pack(*(rule_row(f"vn-law-{at}", ref=ref) for at, ref in enumerate(refs))).rules

    assert [rule.article for rule in rules] == [42, 37, 0]


def test_the_basis_of_a_rule_is_the_packs_unless_it_says_another() -> None:
    """A State's pack may speak of several instruments."""
    pack = make_pack(rule_row("vn-law-1"), rule_row("vn-law-2", basis="Budapest"))

    assert [rule.basis for rule in pack.rules] == ["UNCC", "Budapest"]


def test_values_are_numbers_words_and_lists() -> None:
    """A list becomes a tuple, yes and no stay what they are."""
    value = {"days": 60, "is_renewable": True, "reasons": ["a", "b"], "speed": "at_once"}
    (rule,) = make_pack(rule_row("vn-law-1", value=value)).rules

    assert dict(rule.value) == {**value, "reasons": ("a", "b")}
    assert rule == parse_pack(pack_bytes(rule_row("vn-law-1", value=value))).rules[0]
    assert hash(rule)


def test_an_id_that_stands_twice_means_its_first_rule() -> None:
    """The check finds it; whoever looks it up gets one answer."""
    pack = make_pack(rule_row("vn-law-1", text="First."), rule_row("vn-law-1", text="Second."))

    assert pack.by_id["vn-law-1"].text == "First."


def test_another_format_is_named_as_such() -> None:
    """A document of another kind is not read as a pack with faults."""
    assert code_of(pack_bytes(format="longbien:treaty.rule-pack/2")) == "law.format"
    assert code_of(b"[]") == "law.form"
    assert code_of(b"{") == "json.syntax"


def test_the_digest_is_over_the_bytes() -> None:
    """Two layouts of the same rules are two editions."""
    data = pack_bytes()
    other = json.dumps(json.loads(data)).encode()

    assert parse_pack(data).digest != parse_pack(other).digest
    assert parse_pack(data).rules == parse_pack(other).rules


def test_a_wrong_hash_is_malformed() -> None:
    """The hash of the text has its one form."""
    with pytest.raises(Malformed):
        make_pack(rule_row("vn-law-1", text_hash="AB" * 32))


def test_every_effect_is_used_by_the_convention() -> None:
    """The words of convention.md section 2, each of them in earnest."""
    used = {effect for rule in load_law().rules for effect in rule.effects}

    assert used == set(Effect)
