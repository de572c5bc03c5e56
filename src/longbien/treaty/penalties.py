"""The maximum penalty of an offence, and whether it makes it a serious crime: article 2(h)."""

import re
from typing import Final, Self

from attrs import frozen

from longbien.primitives.errors import Malformed

SERIOUS_MONTHS: Final = 48
"""Deprivation of liberty of at least 4 years, or a more serious penalty: article 2(h) [V]."""

_MOST_YEARS: Final = 999
_FORM: Final = re.compile(r"([1-9][0-9]{0,2}) (year|month)s?", re.ASCII)
_GRAVER: Final = frozenset({"life", "death"})


@frozen(kw_only=True)
class Penalty:
    """The highest penalty that a provision sets; nothing of both: it is not known."""

    months: int | None = None
    graver: str = ""
    """``life`` or ``death``."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``12 years``, ``18 months``, ``life``, ``death`` or ``unknown``.

        Raises Malformed ``offences.penalty``.
        """
        if text in _GRAVER:
            return cls(graver=text)
        if text == "unknown":
            return cls()
        found = _FORM.fullmatch(text)
        if found is None:
            raise Malformed(
                "offences.penalty",
                "a maximum is written 12 years, 18 months, life, death or unknown",
            )
        return cls(months=int(found[1]) * (12 if found[2] == "year" else 1))

    @classmethod
    def of_years(cls, value: int | str | None) -> Self:
        """Take a figure of the concordance: years, ``life``, or None where it is not known.

        Raises Malformed ``offences.penalty``.
        """
        if isinstance(value, str):
            return cls.parse(value)
        if value is None:
            return cls()
        if not 1 <= value <= _MOST_YEARS:
            raise Malformed("offences.penalty", "a penalty of that many years is not known")
        return cls(months=value * 12)

    @property
    def is_known(self) -> bool:
        """Tell if there is a figure at all."""
        return bool(self.graver) or self.months is not None

    @property
    def is_serious(self) -> bool | None:
        """Tell if it makes the offence a serious crime; None: its maximum is not known."""
        if self.graver:
            return True
        return None if self.months is None else self.months >= SERIOUS_MONTHS

    def __str__(self) -> str:
        """Return it in the form that ``parse`` reads."""
        if self.graver or self.months is None:
            return self.graver or "unknown"
        count, unit = divmod(self.months, 12)[0], "year"
        if self.months % 12:
            count, unit = self.months, "month"
        return f"{count} {unit}{'' if count == 1 else 's'}"
