import ast
from pathlib import Path

from longbien.treaty import remarks
from longbien.treaty.contents import Confidence
from longbien.treaty.remarks import WORDS, remark, sentence_of


def test_a_remark_is_a_sentence_with_its_article_and_grade() -> None:
    """English unless another table is given."""
    said = remark("basis.signed", "64", Confidence.READ, state="Viet Nam")

    assert sentence_of(said).endswith("cooperate under it. [64, V]")
    assert sentence_of(said, {"basis.signed": "ký: {state}"}) == "ký: Viet Nam [64, V]"


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
