"""The English catalogue is complete, and every sentence asks only for facts that exist."""

import ast
import re
from pathlib import Path

import pytest

import longbien
from longbien.evidence import verify_disclosure, verify_package
from longbien.evidence.disclosure import Reason
from longbien.evidence.package import UseLimitKind
from longbien.evidence.report_english import ENGLISH
from longbien.primitives.verdict import Outcome

SOURCE = Path(longbien.__file__).parent
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.[a-z0-9]+(?:[.-][a-z0-9]+)*")
# what findings are made with: their constructor and the short ways to it
_MAKERS = {"Finding", "passed", "undecided", "failed", "unreadable", "_failed", "_finding"}
_MAKERS |= {"because", "_revoked", "_unproven"}


def _calls(room: str) -> list[tuple[str, ast.Call]]:
    return [
        (path.name, node)
        for path in sorted((SOURCE / room).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") in _MAKERS or getattr(node.func, "attr", "") in _MAKERS)
    ]


def _codes(call: ast.Call) -> set[str]:
    """Return the literal codes among a call's own arguments."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return {
        node.value
        for value in values
        for node in ([value.body, value.orelse] if isinstance(value, ast.IfExp) else [value])
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _CODE.fullmatch(node.value)
    }


@pytest.mark.parametrize("room", ["trust", "ledger", "evidence"])
def test_every_code_of_a_finding_has_english_words(room: str) -> None:
    """A court never reads a bare code: trust, ledger and evidence are all covered."""
    spoken = {code for _, call in _calls(room) for code in _codes(call)}
    # witnesses answer each other, not a court
    spoken -= {code for code in spoken if code.startswith("witness.")}

    assert spoken
    assert sorted(spoken - ENGLISH.words.keys()) == []


def test_every_check_and_step_of_the_plans_has_words() -> None:
    """Titles of steps and names of checks are never codes."""
    plans = (*verify_package.PLAN, *verify_disclosure.PLAN)
    codes = {code for step in plans for code in (step.code, *step.required, *step.optional)}

    assert sorted(codes - ENGLISH.words.keys()) == []


def test_every_value_that_a_report_may_show_has_words() -> None:
    """Outcomes, use limits and reasons for withholding are words as well."""
    needed = {f"outcome.{one.name}" for one in Outcome}
    needed |= {f"verdict.{one.name}" for one in Outcome}
    needed |= {
        f"verdict.{kind}.{one.name}" for one in Outcome for kind in ("package", "disclosure")
    }
    needed |= {f"limit.{one.value}" for one in UseLimitKind}
    needed |= {one.value for one in Reason}

    assert sorted(needed - ENGLISH.words.keys()) == []


def test_no_sentence_is_empty_or_holds_a_stray_brace() -> None:
    """A mistyped hole would be shown to a court."""
    for code, text in ENGLISH.words.items():
        rest = re.sub(r"\{[a-z0-9_]+\}", "", text)
        assert text.strip(), code
        assert "{" not in rest, code
        assert "}" not in rest, code
