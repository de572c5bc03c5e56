"""A person is heard, comes, is transferred or surrendered: articles 37, 38 and 40."""

from typing import Final

from longbien.casework.kind import Kind, Measure
from longbien.casework.shapes import Trait, make_kind
from longbien.channel.message import Lane

_MET: Final = (Trait.ARRANGEMENT, Trait.PERSON)

KINDS: Final[tuple[Kind, ...]] = (
    make_kind("video_hearing", *_MET, Trait.EVIDENCE, lane=Lane.ORDINARY, measure=Measure.NONE),
    make_kind("voluntary_appearance", *_MET, lane=Lane.ORDINARY, measure=Measure.NONE),
    make_kind(
        "transfer_of_detained_person",
        *_MET,
        Trait.HAND_OVER,
        Trait.RETURN,
        lane=Lane.ORDINARY,
        measure=Measure.COERCIVE,
    ),
    make_kind(
        "transfer_of_sentenced_person",
        *_MET,
        Trait.HAND_OVER,
        lane=Lane.ORDINARY,
        measure=Measure.COERCIVE,
    ),
    make_kind(
        "extradition",
        Trait.MEASURE,
        Trait.ARRANGEMENT,
        Trait.HAND_OVER,
        Trait.RETURN,
        lane=Lane.ORDINARY,
        measure=Measure.COERCIVE,
    ),
)
"""Extradition has custody as its measure, and a return where surrender was on condition of one
(37(12))."""
