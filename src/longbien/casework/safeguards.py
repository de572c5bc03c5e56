"""The safeguard record of a coercive measure: articles 6, 24 and 40(22), and our own stop list.

Both States keep one: the requesting State for what it asks, the requested State for what it
gives (article 24(4)).  No answer is filled in for an officer.  An answer that is not a plain no
stops the matter until a named authoriser has decided on it, with reasons.
"""

from enum import StrEnum

from attrs import field, frozen

from longbien.primitives.instants import Instant


class Concern(StrEnum):
    """Whom or what a measure may harm: the questions of the stop list."""

    DEATH_PENALTY = "death-penalty"
    """The conduct can be punished by death in the requesting State."""

    DISCRIMINATION = "discrimination"
    """Substantial grounds as in article 40(22): sex, race, language, religion, nationality,
    ethnic origin."""

    FREEDOMS = "freedoms"
    """Article 6(2): expression, conscience, opinion, religion or belief, assembly, association."""

    JOURNALIST = "journalist"
    LAWYER = "lawyer"
    """Or anybody else whom the law lets keep a confidence: doctors, clergy."""

    MINOR = "minor"
    POLITICAL_OFFENCE = "political-offence"
    """A political offence, or political opinions: article 40(22)."""

    REFUGEE = "refugee"
    """Or somebody who asks for asylum."""


class Answer(StrEnum):
    """What an officer says to a question of the stop list."""

    NO = "no"
    YES = "yes"
    NOT_KNOWN = "not-known"


@frozen(kw_only=True)
class Check:
    """One question of the stop list and its answer."""

    concern: Concern
    answer: Answer
    text: str = field(default="", repr=False)
    """Who or what it is about; needed unless the answer is no."""


def in_order(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return checks sorted by their questions, as they are written."""
    return tuple(sorted(checks, key=lambda check: check.concern))


@frozen(kw_only=True)
class Safeguards:
    """What justifies a measure, what bounds it, and who can have it reviewed."""

    necessity: str = field(repr=False)
    """Why nothing milder would do."""

    proportionality: str = field(repr=False)
    scope: str = field(repr=False)
    """Whose data, which, and from when to when: article 24(2)."""

    ends_at: Instant
    """Until when the measure is authorised: article 24(2)."""

    authority: str
    """Who has authorised it."""

    law: str
    """Under which law."""

    grounds: str = field(repr=False)
    """On which grounds it was authorised."""

    review: str = field(repr=False)
    """Judicial or other independent review."""

    remedy: str = field(repr=False)
    """What a person who is concerned can do against it."""

    third_parties: str = field(repr=False)
    """How it bears on others: article 24(3)."""

    checks: tuple[Check, ...] = field(converter=in_order)
    """Every question of the stop list once."""

    @property
    def unanswered(self) -> tuple[Concern, ...]:
        """Return the questions that have no answer, or none that says anything."""
        answered = {
            check.concern
            for check in self.checks
            if check.answer is Answer.NO or check.text.strip()
        }
        return tuple(concern for concern in Concern if concern not in answered)

    @property
    def stops(self) -> tuple[Concern, ...]:
        """Return the questions whose answer stops the matter: yes, and not known."""
        return tuple(check.concern for check in self.checks if check.answer is not Answer.NO)
