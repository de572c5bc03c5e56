"""Every weakening of the policy, made by rule and not by hand, and a judge that looks for each.

A mutant changes one cell of the tables (a duty more or less for a command, a step less that
takes two, a guarded step less) or one place in the functions that decide (a check left out, a
condition turned around, a part of it dropped, a yes for a no).  The judge knows nothing of the
program's tables: it asks the matrix and the walk of ``casework_policy``.
"""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final

from attrs import frozen

import casework_policy as judge
from longbien.casework import _machine, _officers, _saying, life, policy, safeguarding
from longbien.casework.case import Duty
from longbien.casework.policy import ALWAYS_TWO
from longbien.casework.safeguards import Safeguards
from longbien.casework.state import Case

ALL: Final = (*judge.SCENES, *judge.DEED_SCENES)

FUNCTIONS: Final[tuple[tuple[ModuleType, tuple[str, ...]], ...]] = (
    (
        policy,
        (
            "require_machine",
            "require_entitled",
            "require_own",
            "record_of",
            "is_stopped",
            "needs_two",
        ),
    ),
    (
        safeguarding,
        (
            "require_safeguarded",
            "require_ready",
            "require_record",
            "require_reasons",
            "_concerns_of",
            "_stops_in",
            "require_unstopped",
        ),
    ),
    (
        _officers,
        (
            "require_second",
            "_open_proposal",
            "_approve",
            "_decide_stop",
            "require_releasable",
            "_propose_release",
            "_waiting_release",
            "_approve_release",
            "_received_package",
            "_proposed_destruction",
            "_approve_destruction",
        ),
    ),
    (_machine, ("_approved", "_packed", "_destroyed")),
    (_saying, ("say_or_propose",)),
    (life, ("decide", "_decide")),
)
"""Functions on whose answers it hangs whether something is asked by force, or leaves."""

EQUIVALENT: Final[dict[str, str]] = {
    "_machine._destroyed: line 3: without part 2": (
        "what is approved was proposed, and a proposal has a cause: the part tells the type checker"
    ),
}
"""Mutants that change nothing that can happen, and why."""

METHODS: Final = ((Safeguards, "unanswered"), (Safeguards, "stops"), (Case, "find_stop"))


@frozen(kw_only=True)
class Mutant:
    """One change: its name, and how it is put in place."""

    name: str
    apply: Callable[[], Any]
    """Puts it in place; returns what undoes it."""


@contextmanager
def in_place(mutant: Mutant) -> Iterator[None]:
    """Put a mutant in place for a while."""
    undo = mutant.apply()
    try:
        yield
    finally:
        undo()


# --- tables -------------------------------------------------------------------------------------


def tables() -> Iterator[Mutant]:
    """Give a mutant for each cell of the tables."""
    for command, duties in policy.DUTIES.items():
        for duty in Duty:
            changed = {**policy.DUTIES, command: duties ^ {duty}}
            sign = "-" if duty in duties else "+"
            yield _table(f"{command.__name__} {sign}{duty}", policy, "DUTIES", changed)
    for step in ALWAYS_TWO:
        yield _table(f"one officer for {step}", policy, "ALWAYS_TWO", ALWAYS_TWO - {step})
    for step in safeguarding.GUARDED:
        less = safeguarding.GUARDED - {step}
        yield _table(f"no record for {step}", safeguarding, "GUARDED", less, _officers)
    for step in safeguarding.ASKING:
        less = safeguarding.ASKING - {step}
        yield _table(f"no record to ask by {step}", safeguarding, "ASKING", less)


def _table(name: str, module: ModuleType, table: str, changed: object, *also: ModuleType) -> Mutant:
    def apply() -> Callable[[], None]:
        before = getattr(module, table)
        for each in (module, *also):
            setattr(each, table, changed)

        def undo() -> None:
            for each in (module, *also):
                setattr(each, table, before)

        return undo

    return Mutant(name=name, apply=apply)


# --- functions ----------------------------------------------------------------------------------


def functions() -> Iterator[Mutant]:
    """Give a mutant for each place in a function that decides."""
    for module, names in FUNCTIONS:
        for name in names:
            yield from _of_function(getattr(module, name), f"{module.__name__[18:]}.{name}")
    for kind, name in METHODS:
        found = inspect.getattr_static(kind, name)
        function = found.fget if isinstance(found, property) else found
        yield from _of_function(function, f"{kind.__name__}.{name}")


def _of_function(function: FunctionType, name: str) -> Iterator[Mutant]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    (whole,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__
    ]
    whole.decorator_list = []
    count = sum(1 for _ in _places(whole))
    for number in range(count):
        changed = copy.deepcopy(whole)
        what, change = list(_places(changed))[number]
        change()
        code = _compiled(changed, function)
        if code is not None:
            yield Mutant(name=f"{name}: {what}", apply=_swapped(function, code))


def _compiled(tree: ast.FunctionDef, function: FunctionType) -> Any:  # noqa: ANN401 - a code object
    module = ast.fix_missing_locations(ast.Module(body=[tree], type_ignores=[]))
    space = dict(function.__globals__)
    exec(compile(module, "mutant", "exec", flags=0, dont_inherit=True), space)  # noqa: S102 - our own source
    return space[tree.name].__code__


def _swapped(function: FunctionType, code: Any) -> Callable[[], Callable[[], None]]:  # noqa: ANN401 - as above
    def apply() -> Callable[[], None]:
        before = function.__code__
        function.__code__ = code

        def undo() -> None:
            function.__code__ = before

        return undo

    return apply


def _places(tree: ast.FunctionDef) -> Iterator[tuple[str, Callable[[], None]]]:
    """Give each place that can be changed, and how; always in the same order."""
    for node in ast.walk(tree):
        where = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.FunctionDef | ast.If):
            yield from _left_out(node)
        if isinstance(node, ast.If | ast.IfExp):
            yield f"{where}: never", _setter(node, "test", ast.Constant(value=False))
            yield f"{where}: always", _setter(node, "test", ast.Constant(value=True))
        if isinstance(node, ast.BoolOp):
            yield from _parts(node, where)
        if isinstance(node, ast.Compare):
            yield f"{where}: turned around", _turned(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield f"{where}: without not", _unnot(node)
        if isinstance(node, ast.Return) and getattr(node.value, "value", None) in {True, False}:
            yield f"{where}: other answer", _setter(node, "value", _denied(node.value))


def _denied(value: ast.expr | None) -> ast.Constant:
    return ast.Constant(value=not getattr(value, "value", False))


def _left_out(node: ast.FunctionDef | ast.If) -> Iterator[tuple[str, Callable[[], None]]]:
    for at, one in enumerate(node.body):
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            called = ast.unparse(one.value.func)
            yield f"line {one.lineno}: without {called}", _dropped(node.body, at)


def _dropped(body: list[ast.stmt], at: int) -> Callable[[], None]:
    def change() -> None:
        body[at] = ast.Pass()

    return change


def _setter(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _parts(node: ast.BoolOp, where: str) -> Iterator[tuple[str, Callable[[], None]]]:
    swapped = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    yield f"{where}: and for or", _setter(node, "op", swapped)
    for at in range(len(node.values)):
        values = [*node.values[:at], *node.values[at + 1 :]]
        values = values if len(values) > 1 else [*values, *values]
        yield f"{where}: without part {at + 1}", _setter(node, "values", values)


_OTHER: Final = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,  # codespell:ignore
    ast.NotIn: ast.In,  # codespell:ignore
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}


def _turned(node: ast.Compare) -> Callable[[], None]:
    return _setter(node, "ops", [_OTHER[type(op)]() for op in node.ops])


def _unnot(node: ast.UnaryOp) -> Callable[[], None]:
    operand = node.operand
    double = ast.UnaryOp(op=ast.Not(), operand=operand)
    return _setter(node, "operand", double)


# --- the judge ----------------------------------------------------------------------------------


def verdict(reach: dict[str, int]) -> str:
    """Tell how a mutant was caught: by what it lets through, by what it changes; empty: not.

    ``reach`` holds how many states each scene reaches in the program as it is.
    """
    if judge.find_wrong_cells():
        return "matrix"
    if judge.find_open_doors() or judge.find_lax_emergencies() or judge.find_late_approvals():
        return "doors"
    for scene in sorted(ALL, key=lambda one: reach[one.name]):
        try:
            found, states = judge.search(scene)
        except Exception as error:  # noqa: BLE001 - a mutant may do anything
            return f"broken: {type(error).__name__}"
        if found:
            return f"walk: {found[0].what}"
        if states != reach[scene.name]:
            return f"reach: {scene.name}, {states} states for {reach[scene.name]}"
    return ""


def reach_of_all() -> dict[str, int]:
    """Return how many states each scene reaches in the program as it is."""
    return {scene.name: judge.search(scene)[1] for scene in ALL}
