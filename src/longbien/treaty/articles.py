"""The articles of an instrument: number, title, chapter, and what the software uses each for."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from longbien.primitives.canonical import Json
from longbien.treaty._fields import (
    read_boolean,
    read_number,
    read_object,
    read_optional,
    read_text,
    read_word,
)
from longbien.treaty.contents import Confidence

MAX_ARTICLES: Final = 500
_FIELDS: Final = frozenset(
    {"chapter", "grade", "is_used", "note", "number", "role", "title", "title_checked"}
)


class TitleChecked(StrEnum):
    """How the number and the title of an article were checked."""

    READ = "arabic_authentic_text_read"
    CITED = "cited_by_number_in_source_read"
    RECALLED = "memory"


@frozen(kw_only=True)
class Article:
    """One article.  Titles are ours, not the official ones."""

    number: int
    title: str
    chapter: str
    """Roman number and title of the chapter."""

    title_checked: TitleChecked
    is_used: bool
    """The software must know it."""

    role: str = ""
    """What the software uses it for."""

    grade: Confidence | None = None
    """Of its content; None: not studied."""

    note: str = ""
    """What the grade does not hold for."""


def parse_article(value: Json) -> Article:
    """Read one article.  Raises Malformed ``law.form``."""
    found = read_object(value, _FIELDS, field="articles")
    return Article(
        number=read_number(found["number"], field="number", least=1, most=MAX_ARTICLES),
        title=read_text(found["title"], field="title", most=300),
        chapter=read_text(found["chapter"], field="chapter", most=200),
        title_checked=read_word(found["title_checked"], TitleChecked, field="title_checked"),
        is_used=read_boolean(found["is_used"], field="is_used"),
        role=read_text(found["role"], field="role", least=0, most=200),
        grade=read_optional(found["grade"], lambda one: read_word(one, Confidence, field="grade")),
        note=read_text(found["note"], field="note", least=0, most=1000),
    )
