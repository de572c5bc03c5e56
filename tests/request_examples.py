"""Example requests as data (``tests/examples/requests``): what is asked, and what is to be said.

An example is for an exercise: its accounts, addresses and numbers are those set aside for that.
"""

import json
from typing import Any

from attrs import field, frozen

from longbien.casework.case import Warned
from longbien.casework.commands import Ask
from longbien.casework.completeness.asked import Alike, Asked, Surroundings
from longbien.casework.completeness.gate import check_request
from longbien.primitives.ids import AuthorityId, CaseId, StateCode
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load
from outside import REPOSITORY

FOLDER = REPOSITORY / "tests" / "examples" / "requests"


@frozen(kw_only=True)
class Example:
    """One example request."""

    name: str
    group: str
    is_abusive: bool
    now: Instant
    request: dict[str, Any] = field(repr=False)
    around: dict[str, Any] = field(repr=False)
    expected: list[dict[str, str]] = field(repr=False)

    def command(self, case: CaseId) -> Ask:
        """Return the example as an officer's command that opens a case."""
        reply_by = self.request.get("reply_by")
        preservation = self.request.get("preservation")
        return Ask(
            case_id=case,
            kind=self.request["kind"],
            peer=AuthorityId.parse(self.request["peer"]),
            contents=tuple(sorted(self.request["contents"].items())),
            legal_basis=tuple(self.request["legal_basis"]),
            is_emergency=self.request.get("is_emergency", False),
            emergency=self.request.get("emergency", ""),
            reply_by=Instant.parse(reply_by) if reply_by else None,
            reply_reason=self.request.get("reply_reason", ""),
            preservation=CaseId(preservation) if preservation else None,
            exercise=True,
        )

    def asked(self) -> Asked:
        """Return the example as the gate takes it."""
        told = self.command(CaseId("00000000-0000-4000-8000-000000000001"))
        names = [one.name for one in Asked.__attrs_attrs__ if one.init and one.name != "form"]
        return Asked(**{name: getattr(told, name) for name in names})

    def surroundings(self) -> Surroundings:
        """Return what is known around the example."""
        own = self.around.get("own")
        return Surroundings(
            own=AuthorityId.parse(own) if own else None,
            peer=AuthorityId.parse(self.request["peer"]).state,
            languages=tuple(self.around["languages"]),
            alike=tuple(
                Alike(
                    case=CaseId(one["case"]),
                    kind=one["kind"],
                    own=AuthorityId.parse(one["own"]),
                    peer=StateCode(one["peer"]),
                )
                for one in self.around.get("alike", ())
            ),
            is_exercise=True,
        )

    def remarks(self) -> tuple[Warned, ...]:
        """Return what the gate says."""
        return check_request(self.asked(), law=load(), now=self.now, around=self.surroundings())


def examples() -> tuple[Example, ...]:
    """Return all examples, sorted by name."""
    return tuple(map(_example, sorted(path.stem for path in FOLDER.glob("*.json"))))


def _example(name: str) -> Example:
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Example(
        name=name,
        group=found["group"],
        is_abusive=found["abusive"],
        now=Instant.parse(found["now"]),
        request=found["request"],
        around=found["around"],
        expected=found["expected"],
    )
