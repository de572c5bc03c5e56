"""Translations: the same codes and facts in another language.

A translation is a gettext file (``.po``) of which every entry has the code as its context, the
English words as its id and the words of the language as its text.  Where an entry is missing,
marked as fuzzy, or names other facts than the English one, the English words are shown: a
translation may be incomplete, and may never hide a fact.  There are no plural forms: every
sentence is written so that any number fits in it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from attrs import field, frozen

from longbien.evidence.report_texts import Catalogue
from longbien.primitives.errors import LongBienError, Malformed

LANGUAGES: Final = ("ar", "en", "es", "fr", "he", "ru", "vi", "zh")
"""The languages of the desk."""

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
_HOLE: Final = re.compile(r"\{[a-z0-9_]+\}", re.ASCII)
_LINE: Final = re.compile(r'(?:(msgctxt|msgid|msgstr) )?"((?:[^"\\]|\\[n"\\t])*)"')
_ESCAPE: Final = re.compile(r"\\(.)")
_MEANS: Final = {"n": "\n", "t": "\t"}
_TAG: Final = re.compile(r"^Language: *([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}) *$", re.MULTILINE)

Entries = Mapping[tuple[str, str], str]
"""Code and English words to the words of the language."""


@frozen(kw_only=True)
class Translation:
    """One language; English has no entries."""

    language: str
    entries: Entries = field(factory=dict, repr=False)

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Return how its lines run; English words run from left to right in any language."""
        is_rtl = bool(self.entries) and self.language.partition("-")[0].lower() in _RIGHT_TO_LEFT
        return "rtl" if is_rtl else "ltr"

    def template(self, code: str, english: str) -> str:
        """Return the words for a code, English where there are none that say the same facts."""
        found = self.entries.get((code, english), "")
        return found if found and _facts(found) == _facts(english) else english

    def words(self, english: Catalogue) -> Catalogue:
        """Return an English catalogue in this language."""
        return Catalogue(
            language=self.language if self.entries else "en",
            direction=self.direction,
            words={code: self.template(code, text) for code, text in english.words.items()},
        )

    def error_text(self, error: LongBienError) -> str:
        """Return what an error says, as it may be shown on one line."""
        english = {error.code: error.text}
        own = Catalogue(language="en", direction="ltr", words=english)
        facts = ((name, str(fact)) for name, fact in error.facts.items())
        return self.words(own).isolated(error.code, facts)


ENGLISH: Final = Translation(language="en")


def _facts(template: str) -> list[str]:
    return sorted(set(_HOLE.findall(template)))


def parse_po(text: str) -> Translation:
    """Read a translation.  Raises Malformed ``words.po`` with the line that is not in its form."""
    entries: dict[tuple[str, str], str] = {}
    for one in _read(text):
        if not one["msgid"]:
            entries[("", "")] = one["msgstr"]
        elif one["msgstr"] and not one["fuzzy"]:
            entries[(one["msgctxt"], one["msgid"])] = one["msgstr"]
    tag = _TAG.search(entries.pop(("", ""), ""))
    if tag is None:
        raise Malformed("words.po", "the translation is not in its form (line {line})", line=1)
    return Translation(language=tag.group(1), entries=entries)


def _read(text: str) -> Iterator[dict[str, str]]:
    one = _nothing()
    key = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            if key == "msgstr":  # what comes now belongs to the next entry
                yield one
                one, key = _nothing(), ""
            if line.startswith("#,") and "fuzzy" in line:
                one["fuzzy"] = "fuzzy"
            continue
        found = _LINE.fullmatch(line.strip())
        key = (found.group(1) or key) if found else ""
        if found is None or not key:
            raise Malformed(
                "words.po", "the translation is not in its form (line {line})", line=number
            )
        one[key] += _ESCAPE.sub(lambda m: _MEANS.get(m.group(1), m.group(1)), found.group(2))
    if key:
        yield one


def _nothing() -> dict[str, str]:
    return {"msgctxt": "", "msgid": "", "msgstr": "", "fuzzy": ""}


def write_po(rows: Mapping[tuple[str, str], str], *, language: str = "") -> str:
    """Return a translation as a file, sorted by code; without a language: the template."""
    header = {
        "Project-Id-Version": "longbien",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    head = "".join(f'"{name}: {value}\\n"\n' for name, value in header.items())
    parts = [f'msgid ""\nmsgstr ""\n{head}']
    for (code, english), told in sorted(rows.items()):
        parts.append(f"msgctxt {_quoted(code)}\nmsgid {_quoted(english)}\nmsgstr {_quoted(told)}\n")
    return "\n".join(parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
