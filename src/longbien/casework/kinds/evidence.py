"""Mutual legal assistance that ends in evidence: articles 40, 44 and 27(b)."""

from typing import Final

from longbien.casework.kind import Kind, Measure
from longbien.casework.shapes import Trait, make_kind
from longbien.channel.message import Lane

_TAKEN: Final[tuple[tuple[str, tuple[Trait, ...]], ...]] = (
    ("mla_stored_data", (Trait.EVIDENCE, Trait.PATH)),
    ("subscriber_information", (Trait.EVIDENCE, Trait.INFORMATION)),
    ("mla_general", (Trait.EVIDENCE, Trait.INFORMATION)),
    ("search_seizure", (Trait.EVIDENCE, Trait.HAND_OVER, Trait.RETURN)),
    ("records", (Trait.EVIDENCE,)),
)
_MILD: Final[tuple[tuple[str, tuple[Trait, ...]], ...]] = (
    ("service_of_documents", (Trait.EVIDENCE,)),
    ("objects_sites", (Trait.EVIDENCE, Trait.ARRANGEMENT, Trait.HAND_OVER, Trait.RETURN)),
)

KINDS: Final[tuple[Kind, ...]] = (
    *(
        make_kind(code, *traits, lane=Lane.ORDINARY, measure=Measure.COERCIVE)
        for code, traits in _TAKEN
    ),
    *(make_kind(code, *traits, lane=Lane.ORDINARY, measure=Measure.NONE) for code, traits in _MILD),
)
"""Search and seizure and objects may end in a thing that is lent, besides packages."""
