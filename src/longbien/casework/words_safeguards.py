"""Words of safeguards, use limits and decisions; joined in ``words``."""

from collections.abc import Mapping
from typing import Final

SAFEGUARDS: Final[Mapping[str, str]] = {
    "record.necessity": "Necessity: why nothing milder would do",
    "record.proportionality": "Proportionality",
    "record.scope": "Scope: whose data, which, for which time",
    "record.ends_at": "Authorised until",
    "record.authority": "Authorised by",
    "record.law": "Under which law",
    "record.grounds": "On which grounds",
    "record.review": "Independent review",
    "record.remedy": "Remedy of the persons concerned",
    "record.third_parties": "Effect on others",
    "record.checks": "Stop list",
    "concern.death-penalty": "Can the conduct be punished by death in the requesting State?",
    "concern.discrimination": "Are there substantial grounds to believe that the request is made "
    "because of sex, race, language, religion, nationality or ethnic origin (40(22))?",
    "concern.freedoms": "Does it suppress expression, conscience, opinion, religion or belief, "
    "assembly or association (6(2))?",
    "concern.journalist": "Is a journalist concerned?",
    "concern.lawyer": "Is a lawyer concerned, or another person who keeps confidences by law?",
    "concern.minor": "Is a minor concerned?",
    "concern.political-offence": "Is it a political offence, or about political opinions (40(22))?",
    "concern.refugee": "Is a refugee concerned, or a person who asks for asylum?",
    "answer.no": "no",
    "answer.yes": "yes",
    "answer.not-known": "not known",
    "coercion.none": "no measure against anybody",
    "coercion.light": "light measure: the data stay where they are",
    "coercion.coercive": "coercive measure: a safeguard record belongs to it",
}
