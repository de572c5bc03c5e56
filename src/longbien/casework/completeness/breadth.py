"""How much is asked for: a request for everything, or about everybody, comes back."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import Asked
from longbien.casework.completeness.naming import Named
from longbien.casework.completeness.phrases import DATA_CLASSES, EVERYBODY, EVERYTHING
from longbien.casework.completeness.remarks import fault, remark
from longbien.casework.completeness.times import LIVE, period_of
from longbien.treaty.fields import FieldType

MANY: Final = 50
"""Identifiers in one request; our own figure."""

ABOUT_DATA: Final = frozenset(
    {
        "preservation",
        "mla_stored_data",
        "subscriber_information",
        "emergency_data",
        *LIVE,
    }
)
"""Kinds that ask for data of somebody at a provider."""

_SAY_A_CLASS: Final = frozenset({"subscriber_information", *LIVE})
"""Kinds whose very name says which data are wanted."""

_NEED_A_PERIOD: Final = frozenset({"preservation", "mla_stored_data", *LIVE})
_NAME_A_HOLDER: Final = frozenset(
    {"account", "email", "url", "domain", "ip", "phone", "imsi", "iban"}
)
_HOLDERS: Final = ("custodian_or_location", "holder", "other_state_provider", "place_or_system")
_HOLDER = re.compile(
    r"\b(?:provider|operator|carrier|host(?:ed|ing)|exchange|bank|platform|company|registrar|"
    r"Ltd|Inc|GmbH|LLC|S\.?A|JSC|Corp)\b"
)
_WHAT_IS_ASKED: Final = frozenset(
    {"assistance_sought", "subscriber_data", "actions_requested", "inquiry_type"}
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def wanted_in(asked: Asked) -> dict[str, str]:
    """Return the fields that say what is wanted, without those that tell what happened."""
    types = (FieldType.DESCRIBED, FieldType.IDENTIFIERS)
    return {
        name: text
        for name, text in asked.texts.items()
        if name in _WHAT_IS_ASKED or asked.type_of(name) in types
    }


def remarks_on_breadth(asked: Asked, named: Sequence[Named]) -> Iterator[Warned]:
    """Tell where a request has no bounds."""
    wanted = wanted_in(asked)
    is_bounded = bool(named) and _says_when(asked, named)
    for name, text in wanted.items():
        if EVERYBODY.search(text):
            yield remark(fault("breadth.everybody", Severity.RISKY), asked.place(name))
        if EVERYTHING.search(text) and not is_bounded:
            yield remark(fault("breadth.everything", Severity.RISKY), asked.place(name))
    if len(named) > MANY:
        yield remark(fault("breadth.many", Severity.RISKY, count=str(len(named))))
    if asked.kind in ABOUT_DATA:
        yield from _on_data(asked, named, wanted)


def _on_data(asked: Asked, named: Sequence[Named], wanted: dict[str, str]) -> Iterator[Warned]:
    if not any(one.found.names_something for one in named):
        yield remark(fault("breadth.no-identifier", Severity.MISSING))
    if asked.kind in _NEED_A_PERIOD and not _says_when(asked, named):
        yield remark(fault("breadth.no-period", Severity.MISSING))
    says_what = any(map(DATA_CLASSES.search, wanted.values()))
    if asked.kind not in _SAY_A_CLASS and not says_what:
        yield remark(fault("breadth.no-data-class", Severity.MISSING))
    if not _says_where(asked, named):
        yield remark(fault("provider.not-named", Severity.RISKY))


def _says_when(asked: Asked, named: Sequence[Named]) -> bool:
    if period_of(asked) is not None or any(one.found.at is not None for one in named):
        return True
    return any(map(_DATE.search, wanted_in(asked).values()))


def _says_where(asked: Asked, named: Sequence[Named]) -> bool:
    if any(asked.texts.get(name) for name in _HOLDERS):
        return True
    if any(one.found.kind in _NAME_A_HOLDER for one in named):
        return True
    return any(map(_HOLDER.search, wanted_in(asked).values()))
