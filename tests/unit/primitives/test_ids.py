import pytest

from longbien.primitives.errors import Malformed
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    EventId,
    MessageId,
    OfficerId,
    RequestUrn,
    StateCode,
    TransferId,
)

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("kind", [CaseId, MessageId, EventId, TransferId])
def test_an_id_is_a_lower_case_uuid(kind: type[CaseId]) -> None:
    """One id, one spelling: capitals, braces and shortened forms are refused."""
    assert str(kind.parse(UUID)) == UUID
    for other in (UUID.upper(), f"{{{UUID}}}", UUID.replace("-", ""), UUID[:-1], UUID + "\n", ""):
        with pytest.raises(Malformed) as caught:
            kind.parse(other)
        assert caught.value.code == "id.form"


def test_a_drawn_id_is_a_version_4_uuid() -> None:
    """The sixteen bytes decide all but the six bits of version and variant."""
    assert str(CaseId.from_random(bytes(16))) == "00000000-0000-4000-8000-000000000000"
    assert str(CaseId.from_random(b"\xff" * 16)) == "ffffffff-ffff-4fff-bfff-ffffffffffff"


def test_ids_of_two_kinds_are_never_equal() -> None:
    """A case is never taken for a message, though both are UUIDs."""
    assert CaseId(UUID) != MessageId(UUID)


def test_a_case_names_the_request_of_its_packages() -> None:
    """The package of a case carries the case's id as a URN."""
    assert CaseId(UUID).urn == RequestUrn(f"urn:uuid:{UUID}")


@pytest.mark.parametrize("text", ["VN/contact-point", "IL/a", "XA/central-authority-2"])
def test_an_authority_belongs_to_a_state(text: str) -> None:
    """The State stands in front of the slash."""
    assert AuthorityId.parse(text).state == StateCode(text[:2])


@pytest.mark.parametrize(
    "text", ["vn/contact-point", "VN", "VN/", "VN/-a", "VN/a-", "VN/A", "VNM/a", "VN/" + "a" * 41]
)
def test_a_wrong_authority_is_refused(text: str) -> None:
    """Capitals, empty names, hyphens at an end and long names are not an authority."""
    with pytest.raises(Malformed) as caught:
        AuthorityId.parse(text)

    assert caught.value.code == "id.form"


@pytest.mark.parametrize("text", ["V", "vn", "VNM", "V1", ""])
def test_a_wrong_state_is_refused(text: str) -> None:
    """A State has two capital letters."""
    with pytest.raises(Malformed):
        StateCode.parse(text)


@pytest.mark.parametrize(
    ("text", "is_good"),
    [("linh", True), ("duty.officer-2", True), ("a" * 64, True), ("a" * 65, False),
     ("Linh", False), (".a", False), ("a.", False), ("", False), ("a b", False)],
)  # fmt: skip
def test_an_officer_has_a_short_plain_id(text: str, is_good: bool) -> None:  # noqa: FBT001 - a column of the table
    """An officer's id fits into a log line and holds no blanks."""
    if is_good:
        assert str(OfficerId.parse(text)) == text
        return
    with pytest.raises(Malformed):
        OfficerId.parse(text)
