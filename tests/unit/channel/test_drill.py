import pytest

from channel_world import after
from longbien.channel.drill import (
    Drill,
    DrillAnswer,
    encode_drill,
    encode_drill_answer,
    is_answered,
    parse_drill,
    parse_drill_answer,
)
from longbien.primitives.errors import Malformed

DRILL = Drill(challenge=42, answer_by=after(300))
ANSWER = DrillAnswer(challenge=42, answered_at=after(200))


def test_a_drill_comes_back_as_it_was() -> None:
    """Question and answer are written in one form."""
    assert encode_drill(DRILL) == {"answer_by": "2026-11-01T12:05:00Z", "challenge": 42}
    assert encode_drill_answer(ANSWER) == {
        "answered_at": "2026-11-01T12:03:20Z",
        "challenge": 42,
    }
    assert parse_drill(encode_drill(DRILL)) == DRILL
    assert parse_drill_answer(encode_drill_answer(ANSWER)) == ANSWER


@pytest.mark.parametrize("challenge", [-1, 1_000_000, "42", None, True])
def test_a_challenge_has_six_digits(challenge: object) -> None:
    """Anything else is refused, in the question and in the answer."""
    with pytest.raises(Malformed) as caught:
        parse_drill({"answer_by": "2026-11-01T12:05:00Z", "challenge": challenge})
    assert caught.value.code == "channel.form"
    with pytest.raises(Malformed, match="challenge"):
        parse_drill_answer({"answered_at": "2026-11-01T12:05:00Z", "challenge": challenge})
    assert parse_drill(encode_drill(Drill(challenge=999_999, answer_by=after(1))))


def test_only_the_right_number_in_time_answers() -> None:
    """Our own clock decides, not the one of the answer."""
    assert is_answered(DRILL, ANSWER, received_at=after(300))
    assert not is_answered(DRILL, ANSWER, received_at=after(301))
    assert not is_answered(
        DRILL, DrillAnswer(challenge=41, answered_at=after(1)), received_at=after(2)
    )


def test_a_drill_has_exactly_its_fields() -> None:
    """Nothing else can be carried in a drill."""
    with pytest.raises(Malformed) as caught:
        parse_drill({"challenge": 1})
    assert caught.value.code == "channel.fields"
    with pytest.raises(Malformed):
        parse_drill_answer([])
