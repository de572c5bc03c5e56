"""Rule packs: the rules of one legal basis, or of one State, as data.

A rule says in our words what an instrument asks for, and how sure we are of it.  As long as no
lawyer has compared it with the official text and signed (``LawRule.may_bind``), it may warn; it
never refuses, expires or blocks anything.  The form is ``spec/rule-packs.md``.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from longbien.primitives.canonical import Json, parse_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import StateCode
from longbien.treaty._fields import (
    Value,
    bad,
    read_code,
    read_day,
    read_digest,
    read_list,
    read_number,
    read_object,
    read_optional,
    read_text,
    read_values,
    read_word,
)
from longbien.treaty.articles import MAX_ARTICLES, Article, parse_article
from longbien.treaty.contents import Confidence
from longbien.treaty.definitions import REF, Definition, article_of, parse_definition

FORMAT: Final = "longbien:treaty.rule-pack/1"
MAX_PACK: Final = 1024 * 1024  # bytes; the Convention's own has less than a quarter of it
MAX_RULES: Final = 2000
MAX_VERSION: Final = 2**31 - 1
_MAX_TEXT: Final = 1000  # characters of a rule: one that is longer is two rules
_MAX_LIST: Final = 64
_DEPTH: Final = 6

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,11}", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_BASIS = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,31}", re.ASCII)

_PACK: Final = frozenset({"as_of", "basis", "format", "id", "note", "rules", "title", "version"})
_PACK_MORE: Final = frozenset({"articles", "definitions", "state"})
_RULE: Final = frozenset(
    {"effects", "grade", "id", "ref", "text", "text_hash", "verified_by", "verified_on"}
)
_RULE_MORE: Final = frozenset({"applies_to", "basis", "note", "replaces", "value"})


class Effect(StrEnum):
    """What a rule does (convention.md section 2)."""

    DEFINE = "define"
    """Explains a term."""

    SCOPE = "scope"
    """Inside or outside."""

    GUARD = "guard"
    """A limit on everything."""

    FORM = "form"
    """A field of a request."""

    CLOCK = "clock"
    GROUND = "ground"
    """A reason that may be used to refuse."""

    FORBID = "forbid"
    """A reason that may not be used."""

    DUTY = "duty"
    """Must be done and recorded."""

    LABEL = "label"
    """A limit on use that travels with the item."""

    CHANNEL = "channel"
    """Who talks to whom, and how."""

    DECLARE = "declare"
    """A declaration or reservation of a State."""

    INFO = "info"
    """Shown only."""


@frozen(kw_only=True)
class LawRule:
    """One rule: where it stands, what it says, what it does, and who has checked it."""

    id: str
    """For ever: decisions are stored with it."""

    basis: str
    """The instrument: ``UNCC``, ``Budapest``, ``EU-2023-1543``..."""

    ref: str
    """Article, paragraph and letter of the basis: ``42(8)``."""

    text: str
    """Our words, for an officer; not the official text."""

    effects: tuple[Effect, ...]
    grade: Confidence
    applies_to: tuple[str, ...] = ()
    """The kinds of request that it speaks of; none: it speaks of no kind in particular."""

    value: Mapping[str, Value] = field(factory=lambda: MappingProxyType({}), hash=False)
    """What a machine reads: ``{"min_days": 60}``.  The names are in ``spec/rule-packs.md``."""

    text_hash: Digest | None = None
    """SHA-256 of the official text that it was compared with."""

    verified_by: str = ""
    """The lawyer who compared it; empty: nobody."""

    verified_on: date | None = None
    replaces: str = ""
    """The rule of another pack that it stands for; only in the pack of a State."""

    note: str = ""
    """A doubt, a source, or what the machine makes of it."""

    @property
    def may_bind(self) -> bool:
        """Tell if something may be refused, blocked or expired because of it.

        A name, a day and the hash of the text that was read: nothing else makes a rule binding,
        whatever pack it stands in and whatever rule it replaces.
        """
        return (
            bool(self.verified_by) and self.verified_on is not None and self.text_hash is not None
        )

    @property
    def article(self) -> int:
        """Return the number of the article that it stands in; 0 where none is recorded."""
        return article_of(self.ref)


@frozen(kw_only=True)
class RulePack:
    """The rules of one legal basis, or those that one State adds or sets in their place."""

    id: str
    version: int
    basis: str
    title: str
    as_of: date
    """The state of knowledge."""

    note: str
    """Where it comes from, and what it may be used for."""

    rules: tuple[LawRule, ...] = field(repr=False)
    articles: tuple[Article, ...] = field(default=(), repr=False)
    """All articles of the instrument; none: the pack does not list them."""

    definitions: tuple[Definition, ...] = field(default=(), repr=False)
    state: StateCode | None = None
    """Whose pack it is; None: it comes with the program."""

    digest: Digest
    """SHA-256 of its bytes, as they were read."""

    @cached_property
    def by_id(self) -> Mapping[str, LawRule]:
        """Return the rules by their ids; the first one where an id stands twice."""
        found: dict[str, LawRule] = {}
        for rule in self.rules:
            found.setdefault(rule.id, rule)
        return MappingProxyType(found)


def parse_pack(data: bytes) -> RulePack:
    """Read a rule pack.  Raises Malformed ``json.*``, ``law.format``, ``law.form``.

    What can be read may still be wrong: see ``pack_check``.
    """
    value = parse_json(data, max_size=MAX_PACK, max_depth=_DEPTH)
    if isinstance(value, dict) and value.get("format") != FORMAT:
        raise Malformed("law.format", "this is not a rule pack of format 1")
    found = read_object(value, _PACK, optional=_PACK_MORE, field="pack")
    basis = read_code(found["basis"], _BASIS, field="basis")
    return RulePack(
        id=read_code(found["id"], _ID, field="id"),
        version=read_number(found["version"], field="version", least=1, most=MAX_VERSION),
        basis=basis,
        title=read_text(found["title"], field="title", most=200),
        as_of=read_day(found["as_of"], field="as_of"),
        note=read_text(found["note"], field="note", most=2 * _MAX_TEXT),
        rules=read_list(
            found["rules"], lambda one: _rule(one, basis), field="rules", most=MAX_RULES
        ),
        articles=read_list(
            found.get("articles", []), parse_article, field="articles", most=MAX_ARTICLES
        ),
        definitions=read_list(
            found.get("definitions", []), parse_definition, field="definitions", most=MAX_ARTICLES
        ),
        state=read_optional(found.get("state"), _state),
        digest=Digest.of(data),
    )


def _state(value: Json) -> StateCode:
    if not isinstance(value, str):
        raise bad("state")
    return StateCode(value)


def _rule(value: Json, basis: str) -> LawRule:
    found = read_object(value, _RULE, optional=_RULE_MORE, field="rules")
    return LawRule(
        id=read_code(found["id"], _ID, field="id"),
        basis=read_code(found.get("basis", basis), _BASIS, field="basis"),
        ref=read_code(found["ref"], REF, field="ref"),
        text=read_text(found["text"], field="text", most=_MAX_TEXT),
        effects=read_list(found["effects"], _effect, field="effects", most=len(Effect)),
        grade=read_word(found["grade"], Confidence, field="grade"),
        applies_to=read_list(
            found.get("applies_to", []), _kind, field="applies_to", most=_MAX_LIST
        ),
        value=read_values(found.get("value", {}), field="value"),
        text_hash=read_optional(found["text_hash"], lambda it: read_digest(it, field="text_hash")),
        verified_by=read_optional(found["verified_by"], _name) or "",
        verified_on=read_optional(found["verified_on"], lambda it: read_day(it, field="day")),
        replaces=read_optional(found.get("replaces"), _replaced) or "",
        note=read_text(found.get("note", ""), field="note", least=0, most=_MAX_TEXT),
    )


def _effect(value: Json) -> Effect:
    return read_word(value, Effect, field="effects")


def _kind(value: Json) -> str:
    return read_code(value, _KIND, field="applies_to")


def _name(value: Json) -> str:
    return read_text(value, field="verified_by", most=200)


def _replaced(value: Json) -> str:
    return read_code(value, _ID, field="replaces")
