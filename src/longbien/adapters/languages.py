"""Languages: translations that come with the program, or that a translator tries from a file."""

from importlib import resources
from pathlib import Path
from typing import Final

from longbien.adapters.files import coded
from longbien.evidence.translations import ENGLISH, LANGUAGES, Translation, parse_po
from longbien.primitives.errors import Malformed, Refused

_MAX_FILE: Final = 2**22  # bytes: some thousand sentences in any script


def find_translation(language: str) -> Translation:
    """Return a language of the desk by its code, or of a file whose name ends in ``.po``.

    A language that has no translation yet is shown in English.  Raises Refused
    ``words.language``, Malformed ``words.po``, and ``disk.…`` where a file cannot be read.
    """
    if language == ENGLISH.language:
        return ENGLISH
    if language.endswith(".po"):
        return parse_po(_text(Path(language)))
    if language not in LANGUAGES:
        raise Refused(
            "words.language",
            "there is no language {language}; there are: {known}",
            language=language,
            known=", ".join(LANGUAGES),
        )
    own = resources.files("longbien").joinpath("locale", f"{language}.po")
    if not own.is_file():
        return Translation(language=language)
    return parse_po(own.read_text(encoding="utf-8"))


def _text(path: Path) -> str:
    with coded(str(path)), path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    text = _utf8(data) if len(data) <= _MAX_FILE else None
    if text is None:
        raise Malformed("words.po", "the translation is not in its form (line {line})", line=0)
    return text


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
