"""Every word about the law is said somewhere, and whatever is said has words."""

import ast

from longbien.casework.law_words import NAMED, SHOWN, law_english
from longbien.casework.telling import data_code
from longbien.casework.words import english
from longbien.treaty.bases import Force
from longbien.treaty.law import load_law
from longbien.treaty.offences import Holding, Role
from longbien.treaty.pack_diff import Change
from longbien.treaty.profiles import LimitCode
from longbien.treaty.remarks import SOURCES
from longbien.treaty.scope import Scope
from outside import REPOSITORY

SOURCE = REPOSITORY / "src" / "longbien"


def literals() -> set[str]:
    """Return every string in the source."""
    return {
        node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_member_of_a_family_has_a_name_and_no_name_is_dead() -> None:
    """What can be recorded of law can be said."""
    families = {
        "change": Change,
        "element-role": Role,
        "force": Force,
        "holding": Holding,
        "limit-of": LimitCode,
        "scope-is": Scope,
    }
    expected = {f"{name}.{member}" for name, members in families.items() for member in members}
    given = {code for code in (*NAMED, *SHOWN) if not code.startswith(("shown.", "penalty."))}

    assert given == expected


def test_every_sentence_is_said_somewhere() -> None:
    """A sentence that no line of the program names is dead."""
    known = literals()
    ends = {"silent-choice", "silent-both-choice"}  # made of two parts
    named = {code.removeprefix("shown.") for code in SHOWN if code.startswith("shown.")}

    assert sorted(named - ends - known) == []


def test_the_words_of_the_law_join_those_of_casework() -> None:
    """Nothing stands in both, and the texts of all rules are among them."""
    own = {**NAMED, **SHOWN, **SOURCES}
    words = law_english().words

    assert not own.keys() & english().words.keys()
    assert len(own) == len(NAMED) + len(SHOWN) + len(SOURCES)
    for pack in load_law().packs:
        assert {data_code(rule.text) for rule in pack.rules} <= words.keys()
