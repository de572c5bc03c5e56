"""The terms that an instrument defines, in our words."""

import re
from typing import Final

from attrs import frozen

from longbien.primitives.canonical import Json
from longbien.treaty._fields import read_code, read_object, read_text, read_word
from longbien.treaty.contents import Confidence

REF: Final = re.compile(
    r"[1-9][0-9]{0,3}[a-z]?(?:\((?:[0-9]{1,2}|[a-z]{1,4})\))*"
    r"(?:-(?:\((?:[0-9]{1,2}|[a-z]{1,4})\))+)?|not recorded",
    re.ASCII,
)
"""How a place is cited: ``42``, ``42(8)``, ``40(15)(a)``, ``37(12)-(13)``, ``22(1)(a)-(b)``;
``not recorded`` where nobody has written down the place."""

_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_FIELDS: Final = frozenset({"grade", "id", "meaning", "ref", "term"})


def article_of(ref: str) -> int:
    """Return the number of the article of a place; 0 where none is recorded."""
    found = _NUMBER.match(ref)
    return int(found.group()) if found else 0


@frozen(kw_only=True)
class Definition:
    """One defined term."""

    id: str
    ref: str
    """Article and letter: ``2(o)``."""

    term: str
    meaning: str
    """What it covers, in our words; the official text alone counts."""

    grade: Confidence


def parse_definition(value: Json) -> Definition:
    """Read one definition.  Raises Malformed ``law.form``."""
    found = read_object(value, _FIELDS, field="definitions")
    return Definition(
        id=read_code(found["id"], _CODE, field="id"),
        ref=read_code(found["ref"], REF, field="ref"),
        term=read_text(found["term"], field="term", most=100),
        meaning=read_text(found["meaning"], field="meaning", most=1000),
        grade=read_word(found["grade"], Confidence, field="grade"),
    )
