"""What the officer-facing commands say: sentences of the catalogue, in the officer's language."""

import argparse

from longbien.adapters.languages import find_translation
from longbien.casework.law_words import law_english
from longbien.casework.telling import Teller
from longbien.casework.words import english
from longbien.evidence.report_texts import Catalogue
from longbien.node.commands._output import say_line
from longbien.node.commands.words_english import COUNTED, MEMBERS, SAID, VERDICTS


class Speaker(Teller):
    """One language, and standard output."""

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Speaker":
        """Return the speaker of the language that was asked for.

        Raises Refused ``words.language``, Malformed ``words.po``.
        """
        return cls(find_translation(options.language).words(english_words()))

    @classmethod
    def of_law(cls, options: argparse.Namespace) -> "Speaker":
        """Return the same with the words of the law as data."""
        words = {**law_english().words, **english_words().words}
        english = Catalogue(language="en", direction="ltr", words=words)
        return cls(find_translation(options.language).words(english))

    def tell(self, sentence: str, /, **facts: object) -> None:
        """Print a sentence as a line."""
        told = ((name, str(fact)) for name, fact in facts.items())
        say_line(self.words.isolated(f"said.{sentence}", told))


def english_words() -> Catalogue:
    """Return all words of these commands, those of casework included."""
    words = {**english().words, **SAID, **MEMBERS, **COUNTED, **VERDICTS}
    return Catalogue(language="en", direction="ltr", words=words)
