"""The law as text for a lawyer and as JSON for a machine: rules, packs, faults, changes."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Final

from longbien.casework.telling import Teller, paragraph
from longbien.evidence.report_texts import shown
from longbien.primitives.canonical import Json
from longbien.primitives.verdict import Finding, Outcome, Verdict
from longbien.treaty.contents import Confidence
from longbien.treaty.law import Law
from longbien.treaty.pack_check import words_of
from longbien.treaty.pack_diff import NOTHING, RuleChange, spell_pair
from longbien.treaty.packs import LawRule, RulePack
from longbien.treaty.profiles import StateProfile

_WIDTH: Final = 96
_COLUMN: Final = 12


def _row(label: str, text: str, *, indent: str = "  ") -> list[str]:
    first = f"{indent}{label:<{_COLUMN}} "
    return wrap(text, width=_WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


# --- rules -------------------------------------------------------------------------------------


def _place(rule: LawRule, teller: Teller) -> str:
    return f"{rule.basis} {teller.data(rule.ref)}"


def rule_lines(law: Law, rule: LawRule, teller: Teller) -> list[str]:
    """Return everything about one rule."""
    article = law.find_article(rule.article, basis=rule.basis)
    place = _place(rule, teller)
    if article is not None:
        place = teller.line("titled", place=place, title=teller.data(article.title))
    lines = [shown(rule.id), f"  {place}", "", *paragraph(teller.text(rule.text), 2, hang=0), ""]
    rows = [
        ("effect", "; ".join(teller.name("effect", one.value) for one in rule.effects)),
        ("applies-to", "; ".join(teller.name("kind", kind) for kind in rule.applies_to)),
        ("values", "; ".join(spell_pair(*pair) for pair in rule.value.items())),
        ("source", _source(rule, teller)),
        ("verified-by", _verified(rule, teller)),
        ("replaces", rule.replaces),
        ("note", teller.text(rule.note)),
    ]
    if not rule.applies_to:
        rows[1] = ("applies-to", teller.label("no-kind"))
    return lines + [
        line for label, text in rows if text for line in _row(teller.label(label), text)
    ]


def _source(rule: LawRule, teller: Teller) -> str:
    grade = rule.grade.value
    return teller.line("grade", grade=grade, words=teller.name("grade", grade))


def _verified(rule: LawRule, teller: Teller) -> str:
    if not rule.may_bind:
        return teller.label("unsigned")
    facts = {"name": rule.verified_by, "date": rule.verified_on, "hash": rule.text_hash}
    return teller.line("signed", **facts)


def list_lines(rules: Iterable[LawRule], teller: Teller) -> list[str]:
    """Return rules one under the other: place, grade, id, words."""
    lines = []
    for rule in rules:
        mark = teller.label("verified") if rule.may_bind else rule.grade.value
        lines.append(teller.line("listed", place=_place(rule, teller), mark=mark, id=rule.id))
        lines += paragraph(teller.text(rule.text), 4, hang=0)
    return lines


def by_effect(rules: Sequence[LawRule], teller: Teller) -> Iterator[tuple[str, list[LawRule]]]:
    """Return rules under what they do; one with two effects stands under both."""
    effects = dict.fromkeys(effect for rule in rules for effect in rule.effects)
    for effect in sorted(effects):
        yield (
            teller.name("effect", effect.value),
            [one for one in rules if effect in one.effects],
        )


def caution_lines(rules: Sequence[LawRule], teller: Teller) -> list[str]:
    """Return how many rules no lawyer has verified, and what follows from it."""
    count = sum(not rule.may_bind for rule in rules)
    if not count:
        return [teller.label("all-verified")]
    told = teller.line("not-verified", count=count, whole=len(rules))
    return [*wrap(told, width=_WIDTH), teller.label("grades")]


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


def pack_lines(pack: RulePack, teller: Teller) -> list[str]:
    """Return what a pack is, and how sure its rules are."""
    sentence = "pack-of" if pack.state else "pack"
    facts = {"id": pack.id, "version": pack.version, "state": pack.state}
    lines = [teller.line(sentence, title=teller.data(pack.title), **facts)]
    lines += _row(teller.label("basis"), shown(pack.basis))
    lines += _row(teller.label("as-of"), str(pack.as_of))
    lines += _row(teller.label("rules"), _counted(pack, teller))
    if pack.articles:
        lines += _row(teller.label("articles"), str(len(pack.articles)))
    lines += _row("SHA-256", pack.digest.hex)
    return lines


def _counted(pack: RulePack, teller: Teller) -> str:
    grades = [(one.value, sum(rule.grade is one for rule in pack.rules)) for one in Confidence]
    return teller.line(
        "counted",
        count=len(pack.rules),
        grades=", ".join(f"{count} {grade}" for grade, count in grades if count),
        verified=sum(rule.may_bind for rule in pack.rules),
    )


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


def profile_lines(profile: StateProfile, teller: Teller) -> list[str]:
    """Return whose profile it is and how much it says."""
    told = "profile-of-example" if profile.example else "profile-of"
    facts = {"state": profile.state, "version": profile.version, "name": profile.name}
    lines = [teller.line(told, **facts)]
    lines += _row(teller.label("as-of"), str(profile.as_of))
    lines += _row(teller.label("says"), teller.line("said", **dict(_said_in(profile))))
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


def verdict_lines(pack: RulePack, verdict: Verdict, teller: Teller) -> list[str]:
    """Return the faults of a pack, or that there is none."""
    faults = [one for one in verdict.findings if one.outcome is not Outcome.PASSED]
    facts = {"id": pack.id, "version": pack.version, "count": len(pack.rules)}
    if not faults:
        return [teller.line("nothing-wrong", **facts)]
    lines = [teller.line("faults", faults=len(faults), **facts)]
    for one in faults:
        text = teller.words.sentence(one.reason, one.facts)
        lines += _row(shown(one.subject), teller.line("fault", text=text, code=one.reason))
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


def change_lines(changes: Sequence[RuleChange], teller: Teller) -> list[str]:
    """Return what is added, changed and removed, with the words of both."""
    lines = []
    for one in changes:
        change = teller.name("change", one.change.value)
        place = _place(one.rule, teller)
        lines.append(teller.line("change", change=f"{change:<8}", id=one.rule.id, place=place))
        if not one.fields:
            lines += paragraph(teller.text(one.rule.text), 4, hang=0)
        for each in one.fields:
            for name, sentence, text in (
                (each.name, "was", each.before),
                ("", "is", each.after),
            ):
                told = teller.line(sentence, text=_value(text, teller))
                lines += _row(name, told, indent="    ")
    return lines or [teller.label("same")]


def _value(text: str, teller: Teller) -> str:
    return teller.label("none") if text == NOTHING else teller.data(text)


def change_json(change: RuleChange) -> dict[str, Json]:
    """Return a change for a machine."""
    return {
        "change": change.change.value,
        "fields": {one.name: {"after": one.after, "before": one.before} for one in change.fields},
        "rule": rule_json(change.rule),
    }
