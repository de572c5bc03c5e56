"""What a decision stood on: the edition of each rule pack, and what was known around it.

It is recorded with the decision, so that years later the same rules can be asked again.
"""

from typing import Final

from attrs import frozen

from longbien.casework.completeness.asked import Alike, Surroundings
from longbien.primitives.ids import AuthorityId, StateCode
from longbien.treaty.contents import forms_digest
from longbien.treaty.law import Law, PackEdition

FORMS: Final = "forms"
"""The id under which the forms of requests and their grounds are listed beside the packs."""


@frozen(kw_only=True)
class Footing:
    """Under which words a decision was taken."""

    edition: tuple[PackEdition, ...]
    languages: tuple[str, ...] = ()
    in_force: tuple[str, ...] | None = None
    not_in_force: tuple[str, ...] = ()
    alike: tuple[Alike, ...] = ()
    is_exercise: bool = False

    def around(self, own: AuthorityId, peer: StateCode) -> Surroundings:
        """Return what was known around it, as the rules take it."""
        return Surroundings(
            own=own,
            peer=peer,
            languages=self.languages,
            in_force=self.in_force,
            not_in_force=self.not_in_force,
            alike=self.alike,
            is_exercise=self.is_exercise,
        )


def edition(law: Law) -> tuple[PackEdition, ...]:
    """Return the editions of everything that the rules of a node are taken from."""
    forms = PackEdition(id=FORMS, version=1, digest=forms_digest())
    return (forms, *law.edition)


def footing_of(around: Surroundings, law: Law) -> Footing:
    """Return what a decision stands on that is taken now, under the law of this node."""
    return Footing(
        edition=edition(law),
        languages=around.languages,
        in_force=around.in_force,
        not_in_force=around.not_in_force,
        alike=around.alike,
        is_exercise=around.is_exercise,
    )
