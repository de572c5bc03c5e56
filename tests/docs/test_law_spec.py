"""What the documents say of rule packs is what the packs and the program hold."""

import re

from longbien.primitives.verdict import Outcome
from longbien.treaty.contents import load
from longbien.treaty.law import load_law
from longbien.treaty.pack_check import BINDING, FIGURES, check_pack
from longbien.treaty.packs import FORMAT, Effect, parse_pack
from outside import REPOSITORY

PAGE = (REPOSITORY / "docs" / "law.md").read_text(encoding="utf-8")
SPEC = (REPOSITORY / "spec" / "rule-packs.md").read_text(encoding="utf-8")
LAW = load_law()


def test_the_table_of_packs_counts_right() -> None:
    """Each pack that comes with the program has a row with its rules by grade."""
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| .* \| ([^|]+) \|$", PAGE, re.MULTILINE))

    assert rows.keys() == {pack.id for pack in LAW.packs}
    for pack in LAW.packs:
        grades = {
            grade: sum(rule.grade.value == grade for rule in pack.rules)
            for grade in ("V", "P", "M")
        }
        told = ", ".join(f"{count} {grade}" for grade, count in grades.items() if count)
        assert rows[pack.id] in (f"{len(pack.rules)}: {told}", told)


def test_the_example_of_a_states_pack_is_sound() -> None:
    """Whoever copies it has a pack that is read and without a fault."""
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    verdict = check_pack(parse_pack(example.encode()), load(), others=LAW.packs)

    assert verdict.outcome is Outcome.PASSED


def test_every_value_that_is_used_is_explained() -> None:
    """Names of values in the packs, and those that the check knows, stand in the specification."""
    explained = set(re.findall(r"`([a-z_]+)`", SPEC))
    used = {name for rule in LAW.rules for name in rule.value}

    assert sorted((used | FIGURES | BINDING) - explained) == []


def test_every_effect_and_the_format_stand_there() -> None:
    """The closed list of effects, word by word."""
    assert [effect for effect in Effect if f"`{effect.value}`" not in SPEC] == []
    assert FORMAT in SPEC
