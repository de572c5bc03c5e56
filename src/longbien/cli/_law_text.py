"""The law as text for a lawyer and as JSON for a machine: rules, packs, faults, changes."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from longbien.casework.words import english
from longbien.primitives.canonical import Json
from longbien.primitives.verdict import Finding, Outcome, Verdict
from longbien.treaty.contents import Confidence
from longbien.treaty.law import Law
from longbien.treaty.pack_check import words_of
from longbien.treaty.pack_diff import RuleChange, spell_pair
from longbien.treaty.packs import LawRule, RulePack
from longbien.treaty.profiles import StateProfile

_WIDTH: Final = 96
_COLUMN: Final = 12
UNSIGNED: Final = "nobody: the rule warns; it never refuses, blocks or expires anything"


def word(code: str) -> str:
    """Return the English words of a code."""
    return english().words[code]


def _row(label: str, text: str, *, indent: str = "  ") -> list[str]:
    first = f"{indent}{label:<{_COLUMN}} "
    return textwrap.wrap(
        text, width=_WIDTH, initial_indent=first, subsequent_indent=" " * len(first)
    )


def _wrapped(text: str, *, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, width=_WIDTH, initial_indent=indent, subsequent_indent=indent)


# --- rules -------------------------------------------------------------------------------------


def place_of(rule: LawRule) -> str:
    """Return where a rule stands: ``UNCC 42(8)``."""
    return f"{rule.basis} {rule.ref}"


def rule_lines(law: Law, rule: LawRule) -> list[str]:
    """Return everything about one rule."""
    article = law.find_article(rule.article, basis=rule.basis)
    title = f": {article.title}" if article is not None else ""
    lines = [rule.id, f"  {place_of(rule)}{title}", "", *_wrapped(rule.text), ""]
    lines += _row("effect", "; ".join(word(f"effect.{one.value}") for one in rule.effects))
    kinds = "; ".join(word(f"kind.{kind}") for kind in rule.applies_to)
    lines += _row("applies to", kinds or "no kind of request in particular")
    if rule.value:
        lines += _row("values", "; ".join(spell_pair(*pair) for pair in rule.value.items()))
    lines += _row("source", f"{rule.grade.value}, {word(f'grade.{rule.grade.value}')}")
    lines += _row("verified by", _signed(rule))
    if rule.replaces:
        lines += _row("replaces", rule.replaces)
    if rule.note:
        lines += _row("note", rule.note)
    return lines


def _signed(rule: LawRule) -> str:
    if not rule.may_bind:
        return UNSIGNED
    return f"{rule.verified_by}, on {rule.verified_on}, against the text {rule.text_hash}"


def list_lines(rules: Iterable[LawRule]) -> list[str]:
    """Return rules one under the other: place, grade, id, words."""
    lines = []
    for rule in rules:
        mark = "signed" if rule.may_bind else rule.grade.value
        lines += [f"{place_of(rule)}  [{mark}]  {rule.id}", *_wrapped(rule.text, indent="    ")]
    return lines


def by_effect(rules: Sequence[LawRule]) -> Iterator[tuple[str, list[LawRule]]]:
    """Return rules under what they do; one with two effects stands under both."""
    effects = dict.fromkeys(effect for rule in rules for effect in rule.effects)
    for effect in sorted(effects):
        yield word(f"effect.{effect.value}"), [one for one in rules if effect in one.effects]


def rule_json(rule: LawRule) -> dict[str, Json]:
    """Return a rule for a machine, in the fields of the pack's own form."""
    return {
        "applies_to": list(rule.applies_to),
        "basis": rule.basis,
        "effects": [one.value for one in rule.effects],
        "grade": rule.grade.value,
        "id": rule.id,
        "may_bind": rule.may_bind,
        "note": rule.note,
        "ref": rule.ref,
        "replaces": rule.replaces or None,
        "text": rule.text,
        "text_hash": rule.text_hash.hex if rule.text_hash else None,
        "value": {
            name: list(one) if isinstance(one, tuple) else one for name, one in rule.value.items()
        },
        "verified_by": rule.verified_by or None,
        "verified_on": str(rule.verified_on) if rule.verified_on else None,
    }


# --- packs -------------------------------------------------------------------------------------


def pack_lines(pack: RulePack) -> list[str]:
    """Return what a pack is, and how sure its rules are."""
    whose = f", of {pack.state}" if pack.state else ""
    lines = [f"{pack.id}  version {pack.version}{whose}: {pack.title}"]
    lines += _row("basis", pack.basis)
    lines += _row("as of", str(pack.as_of))
    lines += _row("rules", _counted(pack))
    if pack.articles:
        lines += _row("articles", str(len(pack.articles)))
    lines += _row("SHA-256", pack.digest.hex)
    return lines


def _counted(pack: RulePack) -> str:
    grades = [(one.value, [rule for rule in pack.rules if rule.grade is one]) for one in Confidence]
    told = ", ".join(f"{len(rules)} {grade}" for grade, rules in grades if rules)
    signed = sum(rule.may_bind for rule in pack.rules)
    return f"{len(pack.rules)} ({told}); {signed} verified by a lawyer"


def pack_json(pack: RulePack) -> dict[str, Json]:
    """Return what a pack is, for a machine."""
    return {
        "as_of": str(pack.as_of),
        "basis": pack.basis,
        "id": pack.id,
        "rules": len(pack.rules),
        "sha256": pack.digest.hex,
        "state": pack.state.text if pack.state else None,
        "title": pack.title,
        "verified_rules": sum(rule.may_bind for rule in pack.rules),
        "version": pack.version,
    }


def profile_lines(profile: StateProfile) -> list[str]:
    """Return whose profile it is and how much it says."""
    example = " (an example, and no fact)" if profile.example else ""
    lines = [f"{profile.state}  profile, version {profile.version}: {profile.name}{example}"]
    lines += _row("as of", str(profile.as_of))
    lines += _row("says", "; ".join(f"{count} {what}" for what, count in _said_in(profile)))
    return lines


def _said_in(profile: StateProfile) -> tuple[tuple[str, int], ...]:
    return (
        ("treaties", len(profile.parties)),
        ("declarations", len(profile.declarations)),
        ("offices", len(profile.offices)),
        ("languages", len(profile.languages)),
        ("limits", len(profile.limits)),
        ("offences", len(profile.offences)),
    )


def profile_json(profile: StateProfile) -> dict[str, Json]:
    """Return the same, for a machine."""
    return {
        "as_of": str(profile.as_of),
        "example": profile.example,
        "name": profile.name,
        "says": dict(_said_in(profile)),
        "state": profile.state.text,
        "version": profile.version,
    }


# --- faults and changes ------------------------------------------------------------------------


def verdict_lines(name: str, verdict: Verdict) -> list[str]:
    """Return the faults of a pack, or that there is none."""
    faults = [one for one in verdict.findings if one.outcome is not Outcome.PASSED]
    if not faults:
        return [f"{name}: nothing is wrong"]
    lines = [f"{name}: {len(faults)} fault{'s' * (len(faults) != 1)}"]
    for one in faults:
        lines += _row(one.subject, f"{words_of(one)} [{one.reason}]")
    return lines


def finding_json(finding: Finding) -> dict[str, Json]:
    """Return a finding for a machine."""
    return {
        "check": finding.check,
        "outcome": finding.outcome.name,
        "reason": finding.reason,
        "subject": finding.subject,
        "text": words_of(finding),
    }


def change_lines(changes: Sequence[RuleChange]) -> list[str]:
    """Return what is added, changed and removed, with the words of both."""
    lines = []
    for one in changes:
        lines += [f"{one.change.value:<8} {one.rule.id}  ({place_of(one.rule)})"]
        lines += _wrapped(one.rule.text, indent="    ") if not one.fields else []
        for each in one.fields:
            lines += _row(each.name, f"was: {each.before}", indent="    ")
            lines += _row("", f"is:  {each.after}", indent="    ")
    return lines or ["Both have the same rules."]


def change_json(change: RuleChange) -> dict[str, Json]:
    """Return a change for a machine."""
    return {
        "change": change.change.value,
        "fields": {one.name: {"after": one.after, "before": one.before} for one in change.fields},
        "rule": rule_json(change.rule),
    }
