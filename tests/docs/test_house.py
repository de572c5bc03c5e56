import ast
import tomllib
from pathlib import Path

import pytest

from outside import REPOSITORY

SOURCE = REPOSITORY / "src" / "longbien"
PURE = (
    "primitives",
    "trust",
    "ledger",
    "treaty",
    "directory",
    "evidence",
    "channel",
    "casework",
    "desk",
)
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((REPOSITORY / "tests").rglob("test_*.py"))

# what reaches the machine without an import that the contracts could see
_REACHES_OUT = {"open", "input", "print", "exec", "eval", "compile", "__import__", "breakpoint"}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function of a module, nested ones too."""
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def test_no_module_is_too_long_to_be_read() -> None:
    """At most 600 lines a module, tests included."""
    lengths = {path: len(path.read_text().splitlines()) for path in MODULES + TESTS}

    assert {path.name: n for path, n in lengths.items() if n > 600} == {}


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has, its docstring not counted."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    words = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - words


def test_no_function_is_too_long_to_be_read() -> None:
    """At most 50 lines a function, its docstring not counted: numbered steps may be explained."""
    long = [
        f"{path.name}: {function.name}"
        for path in MODULES
        for function in functions(path)
        if code_lines(function) > 50
    ]

    assert long == []


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_opens_nothing(room: str) -> None:
    """No builtin that reaches a file, a terminal or code from text is called there."""
    found = [
        f"{path.name}:{node.lineno} {node.func.id}"
        for path in (SOURCE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _REACHES_OUT
    ]

    assert found == []


def test_only_the_treaty_reads_package_data() -> None:
    """The Convention's tables are the one resource that a pure room loads, from its own package."""
    found = [
        str(path.relative_to(SOURCE))
        for room in PURE
        for path in sorted((SOURCE / room).rglob("*.py"))
        if "importlib" in path.read_text() or "__file__" in path.read_text()
    ]

    assert found == ["treaty/_data.py"]


def test_the_contract_names_every_pure_room() -> None:
    """What this test calls pure, import-linter holds to it, and the other way round."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (pure,) = (one for one in contracts if one["id"] == "pure")

    assert sorted(pure["source_modules"]) == sorted(f"longbien.{room}" for room in PURE)


def test_the_faces_of_rooms_import_nothing() -> None:
    """An ``__init__.py`` holds a docstring: whoever imports a room loads only what it names."""
    for path in SOURCE.rglob("__init__.py"):
        statements = ast.parse(path.read_text()).body
        names = [type(statement).__name__ for statement in statements]

        assert names in (["Expr"], ["Expr", "Assign"]), path


def test_each_room_says_what_lives_in_it() -> None:
    """A room's docstring tells, in fifteen words or more, what is there and what may never be."""
    terse = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("__init__.py")
        if len((ast.get_docstring(ast.parse(path.read_text())) or "").split()) < 15
    ]

    assert terse == []


def test_each_test_states_its_promise() -> None:
    """The docstring of a test is one sentence that says what is promised."""
    silent = [
        f"{path.name}: {function.name}"
        for path in TESTS
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]

    assert silent == []


def test_no_test_is_skipped_or_sleeps() -> None:
    """A skip hides, a sleep guesses."""
    words = ("pytest.skip", "mark.skip", "xfail", "importorskip", "time.sleep")
    found = [
        f"{path.name}: {word}"
        for path in TESTS
        for word in words
        if word in path.read_text() and path != Path(__file__)
    ]

    assert found == []


def is_blanket(node: ast.AST) -> bool:
    """Tell if an except clause catches everything, and neither raises it nor hands it on."""
    return (
        isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
        and not any(isinstance(part, ast.Raise) and part.exc is None for part in node.body)
        and not any(
            isinstance(part, ast.Name) and part.id == node.name
            for statement in node.body
            for part in ast.walk(statement)
        )
    )


def test_blanket_excepts_stand_only_at_the_door() -> None:
    """``except Exception`` that swallows is allowed once in each door and nowhere else."""
    found = [
        str(path.relative_to(SOURCE))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if is_blanket(node)
    ]

    assert found == ["cli/main.py"]
