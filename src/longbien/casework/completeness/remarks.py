"""What the gate says: remarks, and the faults of a single value that they are made of."""

from typing import Final, TypeAlias

from attrs import frozen

from longbien.casework.case import Severity, Warned

Facts: TypeAlias = tuple[tuple[str, str], ...]

PRACTICE: Final = "practice"
"""Where a remark comes from that no article asks for: requests come back for it."""

SUPPORTED: Final = "P"
ORDER: Final = {severity: place for place, severity in enumerate(Severity)}


@frozen(kw_only=True)
class Place:
    """Where a remark belongs: a field of a form, with the article that asks for it."""

    field: str = ""
    """The field's id; empty: the request as a whole."""

    ref: str = PRACTICE
    confidence: str = SUPPORTED
    line: int = 0
    """1 for the first line of the field; 0: the field as a whole."""

    @property
    def facts(self) -> Facts:
        """Return the place as facts of a remark."""
        named = {"field": self.field, "line": str(self.line or "")}
        return tuple((name, text) for name, text in named.items() if text)


NOWHERE: Final = Place()


@frozen(kw_only=True)
class Fault:
    """What is wrong with one value."""

    code: str
    severity: Severity
    facts: Facts = ()


def fault(code: str, severity: Severity, **facts: str) -> Fault:
    """Return a fault with its facts."""
    return Fault(code=code, severity=severity, facts=tuple(facts.items()))


def remark(one: Fault, at: Place = NOWHERE, *, ref: str = "", confidence: str = "") -> Warned:
    """Return a fault as a remark about a place; ``ref`` and its grade where it has its own."""
    return Warned(
        code=one.code,
        ref=ref or at.ref,
        confidence=confidence or at.confidence,
        severity=one.severity,
        facts=tuple(sorted((*at.facts, *one.facts))),
    )
