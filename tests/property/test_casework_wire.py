from hypothesis import given
from hypothesis import strategies as st

from casework_samples import STATEMENTS
from longbien.casework import wire
from longbien.casework.steps import Step
from longbien.casework.texts import find_fault
from longbien.primitives.canonical import Json
from longbien.primitives.errors import Malformed

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=30)
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.sampled_from(Step), st.data())
def test_whatever_stands_in_a_field_only_malformed_leaves(step: Step, data: st.DataObject) -> None:
    """A content is read, or it is Malformed; what is read is written again as it was."""
    content: dict[str, Json] = dict(wire.content_of(STATEMENTS[step]))
    names = data.draw(st.sets(st.sampled_from(sorted(content)), min_size=1))
    for name in names:
        content[name] = data.draw(VALUES)

    try:
        statement = wire.parse_content(step, content)
    except Malformed:
        return
    assert wire.content_of(statement) == content


@given(st.sampled_from(sorted(wire.EVENT_KINDS)), st.binary(max_size=300))
def test_whatever_the_bytes_of_an_event_only_malformed_leaves(kind: str, data: bytes) -> None:
    """A journal entry is read, or it is Malformed."""
    try:
        wire.parse_event(kind, data)
    except Malformed:
        return


@given(st.text(max_size=50))
def test_a_text_is_taken_or_its_fault_is_named(text: str) -> None:
    """What passes survives UTF-8 and shows nothing that moves a cursor."""
    if find_fault(text) is None:
        assert text.encode().decode() == text
        assert not set(text) & set("\x00\x07\x08\t\r\x1b\x7f\u202a\u202b\u202c\u202d\u202e\u2066")
