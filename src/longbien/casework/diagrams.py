"""Life cycles for people: diagrams and tables, made from the tables that the program runs.

``docs/life-cycles.md`` is this text; a test says when it is stale.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from longbien.casework.case import Side
from longbien.casework.catalogue import KINDS
from longbien.casework.kind import Kind
from longbien.casework.steps import MESSAGE_KIND, Step, Track
from longbien.primitives.machine import Machine

_HEAD = """\
# Life cycles

Made by `tools/make_life_cycles.py` from the tables in `casework/kinds`; a test compares the two.
Do not edit.

Each side of a case has a table of its own, which only its own statements move. Messages of one
State arrive in order, those of the two States cross; nothing depends on how.

**The rule of precedence.** The state of a case is read off both positions: the first line of its
list that holds. In words: what the requested State has finally done (refused, ended, carried out,
handed over) stands, because no message that was on its way can undo it; then a withdrawal; then
the newest position of the requested State. What was handed back shows before what was handed over.

**What is refused.** A State's own node refuses what makes no sense by all that it knows. The
other State's node refuses only what the sender could have known to be wrong: a step that the
sender's own table does not have, or a reference to something that was never said. So nothing that
an honest State sends is ever turned away because messages crossed.

**On top of the state.** A case under review shows `returned-for-information` while a question of
the requested State is open; one that is carried out shows `conditions-proposed` while conditions
wait for an answer, and `consulting` once they were declined.

**After the last word.** Once one side is in a position marked *final*, the other one's node lets
it say only what is listed there.

**A message that was refused** by the other State's node (because it had expired, say) counts as
never said: its sender's node folds the case again without it, as the other side has it.

**Packages go one way**: from the State that was asked to the State that asked. Its release names
who asked, on which basis and for what, the other State's acceptance has agreed to its conditions,
and the labels, clocks and the destruction belong to the side that holds it. A request carries
words and no package: nobody has agreed yet to hold what would come with it. So the case file of a
`transfer_of_proceedings` follows in a case of its own, the other way round: the State that takes
the proceedings over asks for it (`records`, naming the first case), and two officers of the State
that gives them up release it as any other disclosure. The same holds for `spontaneous_information`.
"""


def document() -> str:
    """Return the whole document in Markdown."""
    parts = [_HEAD, *(_section(kind) for kind in KINDS.values()), _messages()]
    return "\n".join(parts)


def _section(kind: Kind) -> str:
    lines = [
        f"## `{kind.code}`",
        "",
        f"Opened by `{kind.opening.value}`. Lane: {kind.lane.value}, or urgent in an emergency.",
        "",
        *_diagram(kind.requesting, kind.over),
        *_diagram(kind.requested, kind.over),
        "| requesting | requested | state |",
        "|---|---|---|",
        *_positions(kind),
        "",
        f"Final: {_words(track.value for track in kind.over)}.",
        f"Still said after that: {_words(step.value for step in kind.even_after)}.",
        "",
    ]
    return "\n".join(lines)


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


def _diagram(machine: Machine[Track, Step], over: frozenset[Track]) -> Iterator[str]:
    yield f"**{machine.name[0].upper()}{machine.name[1:]}**"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {machine.initial.value}"
    for track, row in machine.table.items():
        for after in dict.fromkeys(row.values()):
            steps = ", ".join(step.value for step, to in row.items() if to is after)
            yield f"    {track.value} --> {after.value}: {steps}"
        if track in over:
            yield f"    {track.value} --> [*]"
    yield "```"
    yield ""


def _positions(kind: Kind) -> Iterator[str]:
    for requesting, requested in positions(kind):
        state = kind.state_of(requesting=requesting, requested=requested)
        yield f"| {requesting.value} | {requested.value} | `{state.value}` |"


def positions(kind: Kind) -> Iterator[tuple[Track, Track]]:
    """Yield every pair of positions of a case that the other State knows of."""
    asked = [track for track in kind.requesting.table if track is not kind.requesting.initial]
    yield from product(asked, kind.requested.table)


def _messages() -> str:
    rows = [f"| `{step.value}` | {MESSAGE_KIND[step].value} | {_speakers(step)} |" for step in Step]
    return "\n".join(
        [
            "## Who says what",
            "",
            "| step | message | said by |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _speakers(step: Step) -> str:
    found = [
        f"`{kind.code}` ({side.value})"
        for kind in KINDS.values()
        for side in Side
        if any(step in row for row in kind.machine(side).table.values())
    ]
    return ", ".join(found)
