"""Languages: by their code, or a translator's file."""

from pathlib import Path

import pytest

import pseudo
from longbien.adapters.languages import find_translation
from longbien.casework.words import english
from longbien.evidence.translations import ENGLISH, LANGUAGES
from longbien.primitives.errors import LongBienError
from outside import REPOSITORY


def test_the_template_is_that_of_the_program() -> None:
    """Where this fails, run ``tools/make_catalogue.py``."""
    template = REPOSITORY / "src" / "longbien" / "locale" / "longbien.pot"

    assert template.read_text(encoding="utf-8") == pseudo.tool().document()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_desk_can_be_chosen(language: str) -> None:
    """One without a translation speaks English, from left to right."""
    words = find_translation(language).words(english())

    assert words.words.keys() == english().words.keys()
    assert find_translation("en") is ENGLISH


def test_a_translator_tries_a_file(tmp_path: Path) -> None:
    """Every text of the program can be translated, and comes back as it was written."""
    path = tmp_path / "ar.po"
    path.write_text(pseudo.document(), encoding="utf-8")

    found = find_translation(str(path))

    assert found == pseudo.translation()
    assert found.direction == "rtl"
    words = {row[1] for row in found.entries if row == ("label.title.package", row[1])}
    assert {found.template("label.title.package", one) for one in words} == {
        f"⟦{one}⟧" for one in words
    }


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("xx", b"", "words.language"),
        ("no.po", b"", "disk.absent"),
        ("bad.po", b"\xff", "words.po"),
        ("large.po", b"#" * (2**22 + 1), "words.po"),
    ],
)
def test_what_is_no_language_is_refused(
    name: str, content: bytes, code: str, tmp_path: Path
) -> None:
    """An unknown code, no file, bytes that are no text, too many of them."""
    path = tmp_path / name
    if content:
        path.write_bytes(content)
    with pytest.raises(LongBienError) as caught:
        find_translation(str(path) if "." in name else name)

    assert caught.value.code == code
