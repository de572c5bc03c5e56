"""A measure that stays in force for a time: articles 45, 46, 49, 50 and 37(10)."""

from typing import Final

from longbien.casework.kind import Kind, Measure
from longbien.casework.shapes import Trait, make_kind
from longbien.channel.message import Lane

_MEASURES: Final[tuple[tuple[str, Lane, tuple[Trait, ...]], ...]] = (
    ("mla_traffic_realtime", Lane.ORDINARY, (Trait.EVIDENCE,)),
    ("mla_content_interception", Lane.ORDINARY, (Trait.EVIDENCE,)),
    ("asset_trace_freeze_seize", Lane.ORDINARY, (Trait.EVIDENCE, Trait.INFORMATION)),
    ("confiscation_obtain_order", Lane.ORDINARY, (Trait.EVIDENCE, Trait.INFORMATION)),
    ("confiscation_enforce_order", Lane.ORDINARY, (Trait.INFORMATION,)),
    ("provisional_arrest", Lane.PRESERVATION, (Trait.INFORMATION,)),
)

KINDS: Final[tuple[Kind, ...]] = tuple(
    make_kind(code, Trait.MEASURE, *traits, lane=lane, measure=Measure.COERCIVE)
    for code, lane, traits in _MEASURES
)
"""Provisional arrest goes in the lane of preservation: 37(10) speaks of urgency."""
