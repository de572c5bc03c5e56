"""The document of the hostile acts, made from their table."""

from collections import Counter

from hostile.acts import ACTS
from hostile.elsewhere import ELSEWHERE
from hostile.registry import Act, Bound

_HEAD = """\
# Hostile acts

Made by `tools/make_hostile_acts.py` from the table in `tests/hostile`; a test holds it current. \
Each act is done by a State of
the directory, or by a stranger, against a node with its real endpoint, on loopback TLS, in \
`tests/adversary/test_hostile_acts.py`.
Each is shown to be refused with its code, to be on record, to change nothing in the cases of \
honest States, whose requests before
and after it go through the same endpoint, and to cost no more than its bound. All are counted, \
none is timed: bytes that the
endpoint takes from the line, signatures that it verifies, records that it writes, bytes that it \
hashes. Threats are the rows of
the threat table.

On record: the audit trail counts what was refused by State and code; `longbien status` lists it, \
`longbien fsck` checks it, and
a flood makes it no longer (a row at once, then after an hour, each time twice as long as before). \
An alarm stays until people
have talked. The verdict on a package is an event of its case and goes to the giver, signed. \
Directory entries are imported by
hand: the command says the code.
"""
_COLUMNS = (
    "act",
    "threat",
    "what is tried",
    "refused with",
    "on record",
    "at most: bytes, signatures, records, bytes hashed",
)


def document() -> str:
    """Return the document."""
    lines = [_HEAD, f"{len(ACTS)} acts.", "", "| threat | acts |", "|---|---|"]
    counted = Counter(act.threat for act in ACTS.values())
    lines += [f"| {threat} | {counted[threat]} |" for threat in sorted(counted, key=_number)]
    groups = dict.fromkeys(name.partition(".")[0] for name in ACTS)
    for group in groups:
        lines += ["", f"## {group}", "", *_rows(group)]
    lines += ["", "## Shown elsewhere", "", "| threat | what is tried | test |", "|---|---|---|"]
    lines += [f"| {one.threat} | {one.tries} | `{one.test}` |" for one in ELSEWHERE]
    return "\n".join(lines) + "\n"


def _number(threat: str) -> int:
    return int(threat[1:])


def _rows(group: str) -> list[str]:
    head = "| " + " | ".join(_COLUMNS) + " |"
    found = [act for name, act in ACTS.items() if name.partition(".")[0] == group]
    return [head, "|---|---|---|---|---|---|", *map(_row, found)]


def _row(act: Act) -> str:
    code = f"`{act.code}`" if act.code else f"accepted, and `{act.noted}`"
    tries = act.tries.replace("|", "\\|")
    return (
        f"| `{act.id}` | {act.threat} | {tries} | {code} | {act.kept.value} | {_bound(act.bound)} |"
    )


def _bound(bound: Bound) -> str:
    return f"{bound.octets:,}, {bound.signatures}, {bound.rows}, {bound.hashed:,}"
