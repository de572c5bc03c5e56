"""What all bodies of verbs share: exactly their fields, each read as its command wants it."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from longbien.casework.safeguards import Answer, Check, Concern, Safeguards
from longbien.casework.wire import MAX_LIMITS
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.node.api.values import Line, Text, Time, Words


class Body(BaseModel):
    """The fields of one verb."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    command: ClassVar[type[Any]]
    """The command of the desk that it becomes."""

    def told(self) -> dict[str, Any]:
        """Return the command's fields that stand in this body."""
        return {
            name: _plain(getattr(self, name)) for name in type(self).model_fields if name != "verb"
        }


class Limit(BaseModel):
    """A condition on the use of what is given."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, from_attributes=True)

    kind: Annotated[UseLimitKind, Field(strict=False)]
    text: Text
    until: Time | None = None


class CheckAnswer(BaseModel):
    """The answer to one question of the stop list."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, from_attributes=True)

    answer: Annotated[Answer, Field(strict=False)]
    text: Words = ""


class Record(BaseModel):
    """A safeguard record (articles 6, 24, 40(22)); nothing in it has a default."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    necessity: Text
    proportionality: Text
    scope: Text
    ends_at: Time
    authority: Line
    law: Line
    grounds: Text
    review: Text
    remedy: Text
    third_parties: Text
    checks: Annotated[
        dict[Annotated[Concern, Field(strict=False)], CheckAnswer],
        Field(min_length=len(Concern), max_length=len(Concern)),
    ]

    def told(self) -> Safeguards:
        """Return it as the casework has it."""
        told = {name: getattr(self, name) for name in type(self).model_fields if name != "checks"}
        checks = tuple(
            Check(concern=concern, answer=said.answer, text=said.text)
            for concern, said in self.checks.items()
        )
        return Safeguards(**told, checks=checks)


Limits = Annotated[tuple[Limit, ...], Field(strict=False, max_length=MAX_LIMITS)]


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    if isinstance(value, tuple):
        return tuple(_plain(member) for member in value)
    if isinstance(value, Record):
        return value.told()
    if isinstance(value, Limit):
        return UseLimit(kind=value.kind, text=value.text, until=value.until)
    return value
