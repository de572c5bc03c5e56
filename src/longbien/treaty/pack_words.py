"""The English words of rule packs: what a rule does, and what can be wrong with a pack."""

from typing import Final

EFFECTS: Final = {
    "effect.channel": "says who talks to whom, and how",
    "effect.clock": "sets a time",
    "effect.declare": "lets a State declare or reserve something",
    "effect.define": "explains a term",
    "effect.duty": "says what must be done, and recorded",
    "effect.forbid": "names a reason that may not be used to refuse",
    "effect.form": "asks for contents of a request",
    "effect.ground": "names a reason that may be used to refuse",
    "effect.guard": "limits everything that is done",
    "effect.info": "is for information",
    "effect.label": "puts a limit on use that travels with the item",
    "effect.scope": "says what is inside and what is outside",
}

FINDINGS: Final = {
    "law.articles-gap": "The articles are not numbered 1, 2, 3 and so on.",
    "law.clock-without-figure": "A clock without a figure, a speed or an end cannot be shown.",
    "law.effect-missing": "The rule says nothing of what it does.",
    "law.effect-value": "A rule of the effect {effect} must name one of: {names}.",
    "law.field-unknown": "No form of the kinds it applies to has a field {field}.",
    "law.good": "Nothing is wrong.",
    "law.id-foreign": "The id does not begin with the pack's own: {prefix}.",
    "law.id-overlap": "The id stands in the pack {pack} as well.",
    "law.id-twice": "The id stands twice in this pack.",
    "law.kind-unknown": "There is no kind of request {kind}.",
    "law.override-basis": "It replaces {replaced}, which is a rule of another basis.",
    "law.override-foreign": "Only the pack of a State replaces rules of other packs.",
    "law.override-missing": "It replaces {replaced}, which is in no pack here.",
    "law.override-twice": "Another rule replaces {replaced} as well.",
    "law.pack-twice": "Another pack has the same id and version, and other words.",
    "law.place-unknown": "{ref} is not among the {count} articles.",
    "law.sign-off-half": "Verified means a name, a day and the hash of the text: all or none.",
    "law.state-prefix": "The id of a State's pack begins with its code: {prefix}.",
    "law.unsigned-binding": "Nobody has verified it, and it claims that it {claim}.",
    "law.value-both": "The least time ({least}) is longer than the longest ({most}).",
}
