import ast
from pathlib import Path

from longbien.treaty import remarks
from longbien.treaty.contents import Confidence
from longbien.treaty.remarks import WORDS, remark, sentence_of


def test_a_remark_is_a_sentence_with_its_article_and_grade() -> None:
    """In English; what is a code among its facts is told in words."""
    said = remark("basis.signed", "64", Confidence.READ, state="Viet Nam")

    assert sentence_of(said).endswith("cooperate under it. [64, V]")
    facts = {"cite": "s. 1", "state": "Israel", "penalty": "5 years", "source": "own"}
    serious = sentence_of(remark("scope.serious", "2(h)", Confidence.READ, **facts))
    assert serious.startswith("s. 1 (Israel): maximum 5 years, a serious crime; said by the State")


def test_every_remark_that_is_made_has_its_words_and_no_word_is_dead() -> None:
    """Codes in the modules of this room, against the table."""
    room = Path(remarks.__file__).parent
    literals = {
        node.value
        for path in room.glob("*.py")
        if path.name != "remarks.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = ("basis.", "scope.", "compare.")

    assert {word for word in literals if word.startswith(families)} == set(WORDS)
