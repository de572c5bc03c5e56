"""The profiles of States that a node works with: signed ones it has adopted; in an exercise, any.

An exercise is also given loose files, in its folder ``profiles``, one a State.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from longbien.adapters.law_files import read_profile
from longbien.primitives.errors import Refused
from longbien.treaty.profiles import StateProfile
from longbien.treaty.states import States, load_examples, load_states

PROFILES: Final = "profiles"
"""The folder of an exercise, in the node's own: one JSON file a State."""


def read_states(folder: Path, *, exercise: bool, adopted: Iterable[StateProfile] = ()) -> States:
    """Return what is known of States: the program's tables, and profiles.

    An exercise starts with the example profiles; a real node never sees them.  ``adopted`` were
    signed by their States.  Raises Malformed ``state-profile.…``, ``json.…``, ``law.form``;
    Refused ``state-profile.not-signed`` for a loose file of a real node; Unavailable
    ``state-profile.unreadable``.
    """
    states = load_states()
    for profile in (*(load_examples() if exercise else ()), *adopted):
        states = states.with_profile(profile)
    for path in sorted(folder.glob("*.json")):
        if not exercise:
            raise Refused(
                "state-profile.not-signed",
                "{path} is signed by nobody; a real node takes the profile that the State has "
                "signed (longbien law sign, longbien law adopt)",
                path=path,
            )
        states = states.with_profile(read_profile(path))
    return states
