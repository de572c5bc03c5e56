"""The profiles of States that a node was given: files in its folder ``profiles``."""

from pathlib import Path
from typing import Final

from longbien.primitives.errors import Malformed, Unavailable
from longbien.treaty.profiles import MAX_PROFILE, parse_profile
from longbien.treaty.states import States, load_examples, load_states

PROFILES: Final = "profiles"
"""The folder, in the node's own: one JSON file a State."""


def read_states(folder: Path, *, exercise: bool) -> States:
    """Return what is known of States: the program's tables, and a profile of each file.

    An exercise starts with the example profiles; a real node never sees them.  Raises Malformed
    ``state-profile.…``, ``json.…``, ``law.form``, and ``state-profile.example`` where an example
    lies in the folder of a real node; Unavailable ``state-profile.unreadable``.
    """
    states = load_states()
    for example in load_examples() if exercise else ():
        states = states.with_profile(example)
    for path in sorted(folder.glob("*.json")):
        profile = parse_profile(_bytes_of(path))
        if profile.example and not exercise:
            raise Malformed("state-profile.example", "{path} is an example and no fact", path=path)
        states = states.with_profile(profile)
    return states


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PROFILE + 1)
    except OSError as error:
        raise Unavailable(
            "state-profile.unreadable", "{path} cannot be read: {why}",
            path=path, why=error.strerror,
        ) from error  # fmt: skip
