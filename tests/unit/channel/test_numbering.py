import pytest

from channel_world import message_of
from longbien.channel.numbering import Place, find_place
from longbien.primitives.digest import Digest

ONE, OTHER = Digest.of(b"one"), Digest.of(b"other")


@pytest.mark.parametrize(
    ("sequence", "received", "known", "place"),
    [
        (1, 0, None, Place.EXPECTED),
        (3, 2, None, Place.EXPECTED),
        (3, 2, ONE, Place.DUPLICATE),
        (3, 3, ONE, Place.DUPLICATE),
        (1, 9, ONE, Place.DUPLICATE),
        (9, 0, ONE, Place.DUPLICATE),
        (3, 2, OTHER, Place.ID_REUSED),
        (9, 9, OTHER, Place.ID_REUSED),
        (3, 3, None, Place.NUMBER_REUSED),
        (1, 3, None, Place.NUMBER_REUSED),
        (2, 0, None, Place.GAP),
        (5, 3, None, Place.GAP),
    ],
)
def test_where_a_message_belongs(
    sequence: int, received: int, known: Digest | None, place: Place
) -> None:
    """The id decides first, then the number."""
    message = message_of(sequence)

    assert find_place(message, ONE, known=known, received=received) is place
