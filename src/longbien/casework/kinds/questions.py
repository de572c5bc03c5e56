"""A question whose answer is information, not evidence: articles 41, 42(2), 43 and 47."""

from typing import Final

from longbien.casework.kind import Kind, Measure
from longbien.casework.shapes import Trait, make_kind
from longbien.channel.message import Lane

KINDS: Final[tuple[Kind, ...]] = (
    make_kind("location_enquiry", Trait.ANSWER, lane=Lane.PRESERVATION, measure=Measure.NONE),
    make_kind(
        "traffic_data_partial_disclosure",
        Trait.PATH,
        lane=Lane.PRESERVATION,
        measure=Measure.COERCIVE,
    ),
    make_kind(
        "contact_point_assistance", Trait.ANSWER, lane=Lane.PRESERVATION, measure=Measure.NONE
    ),
    make_kind(
        "emergency_data",
        Trait.ANSWER,
        Trait.EVIDENCE,
        lane=Lane.URGENT,
        measure=Measure.COERCIVE,
    ),
    make_kind("police_information", Trait.ANSWER, lane=Lane.ORDINARY, measure=Measure.NONE),
)
"""What averts an emergency is told at once as information, and may follow as evidence."""
