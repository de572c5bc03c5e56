"""Translations: an incomplete or wrong one hides no fact."""

import pytest

from longbien.evidence.report_texts import Catalogue
from longbien.evidence.translations import ENGLISH, Translation, parse_po, write_po
from longbien.primitives.errors import Malformed, Refused

BAD = Catalogue(language="en", direction="ltr", words={"a.bad": "File {name} is bad."})
HEADER = 'msgid ""\nmsgstr ""\n"Language: he\\n"\n'


def hebrew(text: str) -> Translation:
    """Return a language that has one entry."""
    return Translation(language="he", entries={("a.bad", "File {name} is bad."): text})


def test_a_code_is_said_in_the_language() -> None:
    """The same facts, other words; each fact is isolated where lines run from right to left."""
    words = hebrew("הקובץ {name} פגום.").words(BAD)

    assert (words.language, words.direction) == ("he", "rtl")
    assert words.isolated("a.bad", [("name", "x.img")]) == "הקובץ \u2068x.img\u2069 פגום."
    assert words.sentence("a.bad", [("name", "x")]) == "הקובץ x פגום."


def test_a_fact_cannot_turn_the_line_around() -> None:
    """An override in a name is spelled out before it is isolated."""
    words = hebrew("הקובץ {name}").words(BAD)

    assert "\\u{202E}" in words.isolated("a.bad", [("name", "\u202egmi")])


@pytest.mark.parametrize("text", ["", "פגום", "הקובץ {file} פגום", "{name} {name2}"])
def test_a_translation_with_other_facts_is_not_used(text: str) -> None:
    """The English words are shown instead."""
    assert hebrew(text).template("a.bad", "File {name} is bad.") == "File {name} is bad."


def test_english_words_that_have_changed_have_no_translation_any_more() -> None:
    """A translation of what was said before says something else."""
    assert hebrew("הקובץ {name}").template("a.bad", "{name} is good.") == "{name} is good."


def test_english_needs_no_entries() -> None:
    """It is the language of the program."""
    assert ENGLISH.words(BAD) == BAD
    assert Translation(language="he").words(BAD) == BAD
    assert BAD.isolated("a.bad", [("name", "x")]) == "File x is bad."


def test_an_error_is_said_in_the_language() -> None:
    """By its code and its English words; its facts stay."""
    error = Refused("a.bad", "File {name} is bad.", name="x", more=3)

    assert hebrew("הקובץ {name} פגום.").error_text(error) == "הקובץ \u2068x\u2069 פגום."
    assert ENGLISH.error_text(error) == "File x is bad."


def test_a_file_is_read_as_it_was_written() -> None:
    """Quotation marks, backslashes and line feeds included; what has no text is no entry."""
    rows = {("a", 'say "{x}" \\ twice\nagain'): 'amar "{x}"\\\n', ("b", "none"): ""}

    read = parse_po(write_po(rows, language="he"))

    assert read.language == "he"
    assert read.entries == {("a", 'say "{x}" \\ twice\nagain'): 'amar "{x}"\\\n'}


def test_a_file_of_a_translator_is_read() -> None:
    """Comments, several lines of one text, a tabulator, the last entry without a line feed."""
    text = HEADER + (
        '\n#. a comment\n#: a place\nmsgctxt "a"\nmsgid "one"\nmsgstr ""\n"first "\n"sec\\tond"\n'
        '# about the next\nmsgctxt "b"\nmsgid "two"\nmsgstr "zwei"'
    )

    assert parse_po(text).entries == {("a", "one"): "first sec\tond", ("b", "two"): "zwei"}


def test_a_fuzzy_entry_is_not_used() -> None:
    """A person has yet to look at it."""
    text = HEADER + '\n#, fuzzy\nmsgctxt "a"\nmsgid "one"\nmsgstr "eins"\n'

    assert parse_po(text).entries == {}


@pytest.mark.parametrize(
    "text",
    ["", HEADER.replace("he", "?"), HEADER + '\nmsgid_plural "x"\n', HEADER + '\n"alone"\n'],
)
def test_what_is_no_translation_is_refused(text: str) -> None:
    """Without a language, with plural forms, or out of its form."""
    with pytest.raises(Malformed, match="not in its form") as caught:
        parse_po(text)

    assert caught.value.code == "words.po"
