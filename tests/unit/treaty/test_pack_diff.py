from law_world import SIGNED, make_pack, rule_row
from longbien.treaty.pack_diff import Change, diff_packs, spell_value


def test_two_versions_rule_by_rule() -> None:
    """Added, changed and removed rules, with the fields that read otherwise."""
    before = make_pack(rule_row("vn-law-1"), rule_row("vn-law-2"), rule_row("vn-law-3"))
    after = make_pack(
        rule_row("vn-law-4"),
        rule_row("vn-law-2", text="Other words.", value={"days": 30, "is_renewable": True}),
        rule_row("vn-law-3"),
        version=2,
    )
    added, changed, removed = diff_packs(before, after)

    assert (added.change, added.rule.id) == (Change.ADDED, "vn-law-4")
    assert (changed.change, changed.rule.id) == (Change.CHANGED, "vn-law-2")
    assert [(one.name, one.before, one.after) for one in changed.fields] == [
        ("text", "Words for an officer.", "Other words."),
        ("value", "none", "days 30; is_renewable yes"),
    ]
    assert (removed.change, removed.rule.id) == (Change.REMOVED, "vn-law-1")
    assert diff_packs(before, before) == ()


def test_a_sign_off_is_a_change() -> None:
    """Who verified a rule, when and against what is told."""
    (change,) = diff_packs(make_pack(), make_pack(rule_row("vn-law-1", **SIGNED)))

    assert {one.name: one.after for one in change.fields} == {
        "text_hash": "ab" * 32,
        "verified_by": "a lawyer of the ministry",
        "verified_on": "2026-11-20",
    }


def test_values_as_people_read_them() -> None:
    """Lists with commas, yes and no, and nothing as a word."""
    assert spell_value(()) == "none"
    assert spell_value({}) == "none"
    assert spell_value({"is_x": False, "days": (14, 7)}) == "is_x no; days 14, 7"
    assert spell_value(None) == spell_value("") == "none"
    assert spell_value(0) == "0"
