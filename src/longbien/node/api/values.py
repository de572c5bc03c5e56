"""Single values as the API's documents hold them: our ids, times and words, checked as they come.

Each type reads text into the house's own object and writes it back; the JSON schema beside it is
what the OpenAPI document says.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from longbien.casework.case import Side
from longbien.casework.texts import MAX_LINE, MAX_TEXT
from longbien.casework.wire import MAX_BASES, MAX_FIELD_TEXT, MAX_FIELDS
from longbien.channel.message import Lane
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    MessageId,
    OfficerId,
    PackageId,
    StateCode,
    TransferId,
)
from longbien.primitives.instants import Instant

MAX_NUMBER: Final = 2**31 - 1  # of a message or a proposal in one case
MAX_NAMED: Final = 1000  # exhibits of one release
UUID: Final = "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

T = TypeVar("T")


def _read(kind: type[T], parse: Callable[[str], T]) -> PlainValidator:
    def read(value: object) -> T:
        if isinstance(value, kind):
            return value
        try:
            return parse(value if isinstance(value, str) else "")
        except Malformed as error:
            code: Any = error.code
            raise PydanticCustomError(code, "not in its form") from None

    return PlainValidator(read)


def _text(**schema: Any) -> WithJsonSchema:  # noqa: ANN401 - a JSON schema holds anything
    return WithJsonSchema({"type": "string", **schema})


_WRITTEN: Final = PlainSerializer(str, return_type=str)

Case = Annotated[CaseId, _read(CaseId, CaseId.parse), _WRITTEN, _text(pattern=UUID)]
Package = Annotated[PackageId, _read(PackageId, PackageId.parse), _WRITTEN, _text(pattern=UUID)]
Transfer = Annotated[TransferId, _read(TransferId, TransferId.parse), _WRITTEN, _text(pattern=UUID)]
Message = Annotated[MessageId, _read(MessageId, MessageId.parse), _WRITTEN, _text(pattern=UUID)]
State = Annotated[
    StateCode, _read(StateCode, StateCode.parse), _WRITTEN, _text(pattern="^[A-Z]{2}$")
]
Authority = Annotated[
    AuthorityId,
    _read(AuthorityId, AuthorityId.parse),
    _WRITTEN,
    _text(pattern="^[A-Z]{2}/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"),
]
Officer = Annotated[
    OfficerId,
    _read(OfficerId, OfficerId.parse),
    _WRITTEN,
    _text(pattern="^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$"),
]
Time = Annotated[Instant, _read(Instant, Instant.parse), _WRITTEN, _text(format="date-time")]
Sha256 = Annotated[
    Digest,
    _read(Digest, Digest.parse),
    PlainSerializer(lambda digest: digest.hex, return_type=str),
    _text(pattern="^[0-9a-f]{64}$"),
]
SideWord = Annotated[Side, Field(strict=False)]
LaneWord = Annotated[Lane, Field(strict=False)]

# --- words; what characters may be in them is judged by the case, with a code of its own ----------

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Words = Annotated[str, Field(max_length=MAX_TEXT)]
"""A text that may be empty."""

Line = Annotated[str, Field(min_length=1, max_length=MAX_LINE)]
Remark = Annotated[str, Field(max_length=MAX_LINE)]
"""A line that may be empty."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9().,/_-]{0,63}$")]
OptionalCode = Annotated[str, Field(pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9().,/_-]{0,63})?$")]
Number = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
ExhibitName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

Form = Annotated[
    dict[Code, Annotated[str, Field(min_length=1, max_length=MAX_FIELD_TEXT)]],
    Field(max_length=MAX_FIELDS),
]
"""What a request says, field by field; names come from the treaty data."""

Bases = Annotated[tuple[Line, ...], Field(strict=False, min_length=1, max_length=MAX_BASES)]
Names = Annotated[tuple[ExhibitName, ...], Field(strict=False, min_length=1, max_length=MAX_NAMED)]
