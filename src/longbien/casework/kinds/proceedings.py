"""Who proceeds, with whom, and who keeps what: articles 22(5), 39, 48 and 52."""

from typing import Final

from longbien.casework.kind import Kind, Measure
from longbien.casework.shapes import Trait, make_kind
from longbien.channel.message import Lane

KINDS: Final[tuple[Kind, ...]] = tuple(
    make_kind(code, Trait.ARRANGEMENT, *traits, lane=Lane.ORDINARY, measure=Measure.NONE)
    for code, traits in (
        ("transfer_of_proceedings", (Trait.INFORMATION,)),
        ("joint_investigation", (Trait.EVIDENCE, Trait.INFORMATION)),
        ("asset_return", (Trait.INFORMATION, Trait.HAND_OVER)),
        ("jurisdiction_coordination", (Trait.ANSWER,)),
    )
)
"""Either State proposes an arrangement; the other one agrees to it by its number."""
