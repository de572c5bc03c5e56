"""What is wrong with a rule pack: findings for whoever wrote it.

``parse_pack`` has read it already, so its form holds; here it is asked whether it makes sense:
alone, beside the packs that come with the program, and against the kinds of request there are.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from longbien.primitives.verdict import Finding, Outcome, Verdict
from longbien.treaty.contents import Catalogue
from longbien.treaty.definitions import article_of
from longbien.treaty.pack_words import FINDINGS
from longbien.treaty.packs import Effect, LawRule, RulePack

CHECKS: Final = ("law.articles", "law.form-fields", "law.ids", "law.rules", "law.sign-off")
"""Every pack is looked at in these ways."""

FIGURES: Final = frozenset(
    {
        "before", "days", "extension_days", "figure", "hours", "max_days", "min_days", "months",
        "speed", "stops", "until",
    }
)  # fmt: skip
"""The values of which a clock has at least one (``spec/rule-packs.md``)."""

BINDING: Final = frozenset({"blocks", "expires", "refuses"})
"""Values by which a rule claims to do more than warn."""

WITHOUT_FORM: Final = frozenset({"drill"})
"""Kinds of case that have no form: our own exercises."""

_NAMES: Final[Mapping[Effect, frozenset[str]]] = MappingProxyType(
    {
        Effect.FORBID: frozenset({"dual_criminality", "ground"}),
        Effect.GROUND: frozenset({"closed_grounds", "ground", "reason"}),
        Effect.LABEL: frozenset({"label"}),
    }
)
"""What a rule of such an effect must name, or no machine can use it."""


def words_of(finding: Finding) -> str:
    """Return what is wrong as a sentence."""
    return FINDINGS[finding.reason].format(**dict(finding.facts))


def check_packs(packs: Sequence[RulePack], catalogue: Catalogue) -> Mapping[str, Verdict]:
    """Check each pack beside all the others; by pack ids.  Never raises."""
    return MappingProxyType(
        {
            pack.id: check_pack(pack, catalogue, others=[one for one in packs if one is not pack])
            for pack in packs
        }
    )


def check_pack(pack: RulePack, catalogue: Catalogue, *, others: Sequence[RulePack] = ()) -> Verdict:
    """Look at one pack in every way; ``others`` are those that it will stand beside."""
    found = (
        *_ids(pack, others),
        *_articles(pack, others),
        *_each(pack, catalogue),
        *_overrides(pack, others),
    )
    failed = {one.check for one in found}
    good = (
        Finding(check=check, outcome=Outcome.PASSED, reason="law.good", subject=pack.id)
        for check in CHECKS
        if check not in failed
    )
    return Verdict.of((*found, *good), required=CHECKS)


def _fault(check: str, reason: str, subject: str, **facts: object) -> Finding:
    said = tuple((name, str(fact)) for name, fact in facts.items())
    return Finding(check=check, outcome=Outcome.FAILED, reason=reason, subject=subject, facts=said)


# --- ids ---------------------------------------------------------------------------------------


def _ids(pack: RulePack, others: Sequence[RulePack]) -> Iterator[Finding]:
    counts = Counter(rule.id for rule in pack.rules)
    for rule_id, count in counts.items():
        if count > 1:
            yield _fault("law.ids", "law.id-twice", rule_id)
        if not rule_id.startswith(f"{pack.id}-"):
            yield _fault("law.ids", "law.id-foreign", rule_id, prefix=f"{pack.id}-")
    for other in others:
        yield from _beside(pack, other, counts)
    if pack.state is not None:
        prefix = f"{pack.state.text.lower()}-"
        if not pack.id.startswith(prefix):
            yield _fault("law.ids", "law.state-prefix", pack.id, prefix=prefix)


def _beside(pack: RulePack, other: RulePack, ids: Collection[str]) -> Iterator[Finding]:
    if other.id == pack.id:
        # another version of the same pack shares its ids; the same version is a contradiction
        if other.version == pack.version and other.digest != pack.digest:
            yield _fault("law.ids", "law.pack-twice", pack.id)
        return
    for rule in other.rules:
        if rule.id in ids:
            yield _fault("law.ids", "law.id-overlap", rule.id, pack=other.id)


# --- places ------------------------------------------------------------------------------------


def _articles(pack: RulePack, others: Sequence[RulePack]) -> Iterator[Finding]:
    if [one.number for one in pack.articles] != list(range(1, len(pack.articles) + 1)):
        yield _fault("law.articles", "law.articles-gap", pack.id)
    counts = _article_counts((pack, *others))
    places = [(rule.id, rule.basis, rule.ref) for rule in pack.rules]
    places += [(one.id, pack.basis, one.ref) for one in pack.definitions]
    for subject, basis, ref in places:
        count = counts.get(basis, 0)
        if count and not 1 <= article_of(ref) <= count:
            yield _fault("law.articles", "law.place-unknown", subject, ref=ref, count=count)


def _article_counts(packs: Iterable[RulePack]) -> Mapping[str, int]:
    """Return how many articles an instrument has, where a pack lists them."""
    return {pack.basis: len(pack.articles) for pack in packs if pack.articles}


# --- rule by rule --------------------------------------------------------------------------------


def _each(pack: RulePack, catalogue: Catalogue) -> Iterator[Finding]:
    for rule in pack.rules:
        yield from _effects(rule)
        yield from _figures(rule)
        yield from _sign_off(rule)
        yield from _forms(rule, catalogue)


def _effects(rule: LawRule) -> Iterator[Finding]:
    if not rule.effects:
        yield _fault("law.rules", "law.effect-missing", rule.id)
    for effect in rule.effects:
        names = _NAMES.get(effect)
        if names is not None and not names & rule.value.keys():
            told = ", ".join(sorted(names))
            yield _fault("law.rules", "law.effect-value", rule.id, effect=effect, names=told)


def _figures(rule: LawRule) -> Iterator[Finding]:
    if Effect.CLOCK in rule.effects and not FIGURES & rule.value.keys():
        yield _fault("law.rules", "law.clock-without-figure", rule.id)
    least, most = rule.value.get("min_days"), rule.value.get("max_days")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield _fault("law.rules", "law.value-both", rule.id, least=least, most=most)


def _sign_off(rule: LawRule) -> Iterator[Finding]:
    parts = (bool(rule.verified_by), rule.verified_on is not None, rule.text_hash is not None)
    if any(parts) and not all(parts):
        yield _fault("law.sign-off", "law.sign-off-half", rule.id)
    if not rule.may_bind:
        for claim in sorted(BINDING & rule.value.keys()):
            yield _fault("law.sign-off", "law.unsigned-binding", rule.id, claim=claim)


def _forms(rule: LawRule, catalogue: Catalogue) -> Iterator[Finding]:
    fields = _fields_of(rule, catalogue)
    for kind in rule.applies_to:
        if kind not in catalogue.forms and kind not in WITHOUT_FORM:
            yield _fault("law.form-fields", "law.kind-unknown", rule.id, kind=kind)
    named = rule.value.get("fields", ())
    for name in named if isinstance(named, tuple) else (named,):
        if name not in fields:
            yield _fault("law.form-fields", "law.field-unknown", rule.id, field=name)


def _fields_of(rule: LawRule, catalogue: Catalogue) -> frozenset[str]:
    forms = (catalogue.find_form(kind) for kind in rule.applies_to)
    return frozenset(one.id for form in forms if form is not None for one in form.fields)


# --- what replaces what --------------------------------------------------------------------------


def _overrides(pack: RulePack, others: Sequence[RulePack]) -> Iterator[Finding]:
    elsewhere = {rule.id: rule for other in others for rule in other.rules}
    taken = {rule.replaces for other in others if other.id != pack.id for rule in other.rules}
    for rule in pack.rules:
        if not rule.replaces:
            continue
        if pack.state is None:
            yield _fault("law.ids", "law.override-foreign", rule.id)
        yield from _override(rule, elsewhere.get(rule.replaces))
        if rule.replaces in taken:
            yield _fault("law.ids", "law.override-twice", rule.id, replaced=rule.replaces)
        taken.add(rule.replaces)


def _override(rule: LawRule, replaced: LawRule | None) -> Iterator[Finding]:
    if replaced is None:
        yield _fault("law.ids", "law.override-missing", rule.id, replaced=rule.replaces)
    elif replaced.basis != rule.basis:
        yield _fault("law.ids", "law.override-basis", rule.id, replaced=rule.replaces)
