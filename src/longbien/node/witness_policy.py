"""Whom this node proposes to ask about its ledger: the other States' witnesses, as a tlog-policy.

The policy goes into every package.  A State counts as a witness when each of its keys has
cosigned: neither a broken curve nor a broken lattice alone can stand in for it.
"""

from longbien.directory.book import Book
from longbien.ledger.policy import NONE, Policy, parse_policy
from longbien.primitives.ids import StateCode


def witness_policy(book: Book, own: StateCode, *, quorum: int) -> bytes:
    """Write the policy (C2SP tlog-policy): ``quorum`` of the other States must have cosigned.

    Fewer States than that in the directory: all of them.  None at all: a policy that nobody
    meets would stop every package, so it asks for nobody, and the verdict says so.  A State that
    judges what ``own`` has given asks by the same policy, out of its own directory.
    """
    lines = [f"log {vkey}" for vkey in book.ledger_keys(own)]
    others = (state for state in book.states() if state != own and book.witness_keys(state))
    groups = [_witness(book, state, lines) for state in others]
    if not groups:
        return "\n".join([*lines, f"quorum {NONE}", ""]).encode()
    least = min(quorum, len(groups))
    lines += [f"group witnesses {least} {' '.join(groups)}", "quorum witnesses", ""]
    return "\n".join(lines).encode()


def _witness(book: Book, state: StateCode, lines: list[str]) -> str:
    group = state.text.lower()
    names = []
    for number, vkey in enumerate(book.witness_keys(state), 1):
        names.append(f"{group}-{number}")
        lines.append(f"witness {names[-1]} {vkey}")
    lines.append(f"group {group} all {' '.join(names)}")
    return group


def read_witness_policy(book: Book, own: StateCode, *, quorum: int) -> Policy:
    """Return the same policy as an object."""
    return parse_policy(witness_policy(book, own, quorum=quorum))
