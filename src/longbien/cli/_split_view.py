"""``longbien ledger verify-split``: judge whether a ledger has signed two histories."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from longbien.adapters.directory_files import DirectoryFolder
from longbien.adapters.keystore import read_public
from longbien.channel.split_view import SENTENCES, verify_split_view
from longbien.ledger.notes import VerifierKey, parse_vkey
from longbien.primitives.canonical import Json
from longbien.primitives.errors import Refused
from longbien.primitives.verdict import Finding, Outcome, Verdict

CODES: Final[Mapping[Outcome, int]] = {
    Outcome.PASSED: 0,
    Outcome.FAILED: 1,
    Outcome.INDETERMINATE: 3,
}


def believed_keys(*, node: Path | None, files: Sequence[Path]) -> tuple[VerifierKey, ...]:
    """Return the ledger keys that the reader believes: of a node's directory, of files, of both.

    Raises Refused ``ledger.no-keys`` where neither was given, and what reading them raises.
    """
    if node is None and not files:
        raise Refused(
            "ledger.no-keys",
            "name the ledgers that you believe: --directory NODE or --log-keys FILE",
        )
    book = DirectoryFolder(node / "directory").book() if node else None
    known = [key for state in book.states() for key in book.ledger_keys(state)] if book else []
    given = [
        line for path in files for line in read_public(path).decode("ascii", "replace").split()
    ]
    return tuple(parse_vkey(text.encode()) for text in [*known, *given])


def judge(document: bytes, keys: Sequence[VerifierKey]) -> tuple[Verdict, dict[str, Json], str]:
    """Return the verdict, as a document and as text."""
    verdict = verify_split_view(document, keys=keys)
    findings: list[Json] = [
        {"facts": dict(one.facts), "outcome": one.outcome.name, "reason": one.reason}
        for one in verdict.findings
    ]
    facts: dict[str, Json] = {"findings": findings, "outcome": verdict.outcome.name}
    return verdict, facts, "\n".join([verdict.outcome.name, *map(_sentence, verdict.findings)])


def _sentence(finding: Finding) -> str:
    return f"{SENTENCES[finding.reason].format(**dict(finding.facts))} [{finding.reason}]"
