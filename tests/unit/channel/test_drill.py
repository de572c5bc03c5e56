from longbien.channel.drill import ANSWER_SCHEMA, CHALLENGES, DRILL_SCHEMA
from longbien.channel.wire import schema_of


def test_the_schemas_of_drills() -> None:
    """Question and answer have names of their own, and the challenge has six digits."""
    assert schema_of(DRILL_SCHEMA) == ("longbien:drill", 1)
    assert schema_of(ANSWER_SCHEMA) == ("longbien:drill.answer", 1)
    assert CHALLENGES == 10**6
