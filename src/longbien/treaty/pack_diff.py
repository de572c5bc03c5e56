"""What two packs, or two versions of one, have in common and what not: rule by rule."""

from enum import StrEnum
from typing import Final

from attrs import fields, frozen

from longbien.treaty._fields import Value
from longbien.treaty.packs import LawRule, RulePack

NOTHING: Final = "none"
"""How a field that holds nothing is spelled."""

_COMPARED: Final = tuple(one.name for one in fields(LawRule) if one.name != "id")


class Change(StrEnum):
    """What happened to a rule on the way from the first pack to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@frozen(kw_only=True)
class FieldChange:
    """One field of a rule that reads otherwise."""

    name: str
    before: str
    after: str


@frozen(kw_only=True)
class RuleChange:
    """One rule that is not the same in both."""

    change: Change
    rule: LawRule
    """As it is in the second pack; a removed one as it was."""

    fields: tuple[FieldChange, ...] = ()


def diff_packs(before: RulePack, after: RulePack) -> tuple[RuleChange, ...]:
    """Return what changed, in the order of the second pack, removed rules last.

    Rules are compared by their ids, which are for ever; two packs of different bases have none
    in common.
    """
    found = [_compare(before.by_id.get(rule.id), rule) for rule in after.by_id.values()]
    gone = (rule for rule in before.by_id.values() if rule.id not in after.by_id)
    removed = (RuleChange(change=Change.REMOVED, rule=rule) for rule in gone)
    return (*(one for one in found if one is not None), *removed)


def _compare(before: LawRule | None, after: LawRule) -> RuleChange | None:
    if before is None:
        return RuleChange(change=Change.ADDED, rule=after)
    changed = tuple(
        FieldChange(
            name=name,
            before=spell_value(getattr(before, name)),
            after=spell_value(getattr(after, name)),
        )
        for name in _COMPARED
        if getattr(before, name) != getattr(after, name)
    )
    return RuleChange(change=Change.CHANGED, rule=after, fields=changed) if changed else None


def spell_value(value: object) -> str:
    """Return the value of a field as people read it; nothing is ``none``."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or NOTHING
    if hasattr(value, "items"):
        return "; ".join(spell_pair(name, one) for name, one in value.items()) or NOTHING
    return str(value) if value is not None and value != "" else NOTHING


def spell_pair(name: str, value: Value) -> str:
    """Return one machine-readable value: ``min_days 60``, ``is_renewable yes``."""
    if isinstance(value, bool):
        return f"{name} {'yes' if value else 'no'}"
    return f"{name} {spell_value(value)}"
