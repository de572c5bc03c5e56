"""``longbien status``: how a node stands, for its operator."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from longbien.node.commands._speaking import Speaker
    from longbien.node.standing import Standing

_DESCRIPTION = """\
Show how a node stands: whether it accepts, its ledger and who has cosigned it, what waits to
be sent, the States it knows and until when, alarms.  Nothing of any case's content.
Exit code 1 if it accepts nothing or an alarm was given."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "status", help="how a node stands, for its operator", description=_DESCRIPTION
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    parser.add_argument(
        "--proofs",
        type=Path,
        metavar="DIR",
        help="write the proofs that another State's ledger has two histories to new files there",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def _write_proofs(folder: Path, proofs: "Iterable[tuple[str, bytes]]") -> None:
    from longbien.adapters.files import make_folders
    from longbien.adapters.keystore import write_new
    from longbien.primitives.digest import Digest

    make_folders(folder)
    for _, document in proofs:
        path = folder / f"split-view-{Digest.of(document).hex[:16]}.json"
        if not path.exists():  # named by what it says
            write_new(path, document)


def _tell(found: "Standing", speaker: "Speaker") -> None:
    told = "node-accepts" if found.is_ready else "node-stopped"
    speaker.tell(told, state=found.state, code=found.code)
    speaker.tell("ledger", size=found.ledger_size)
    for one in found.witnessed:
        speaker.tell("cosigned", state=one.state, size=one.size)
    for one in found.seen:
        speaker.tell("seen-of", state=one.state, size=one.size)
    speaker.tell("waiting", messages=found.to_send, chores=found.chores)
    speaker.tell("directory")
    for known in found.known:
        told = "entry" if known.is_current else "entry-expired"
        speaker.tell(told, state=known.state, version=known.version, at=known.expires_at)
    for away in found.turned_away:
        told = "turned-away" if away.peer else "turned-away-stranger"
        speaker.tell(told, state=away.peer, code=away.code, count=away.count, at=away.last_at)
    for alarm in found.alarms:
        code, _, subject = alarm.partition(" ")
        text = speaker.words.word(code)
        speaker.tell("alarm", code=code, text=text, subject=subject)


def run(options: argparse.Namespace) -> int:
    """Print it."""
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker
    from longbien.node.running import open_node
    from longbien.node.standing import standing_of

    with open_node(options.folder) as node:
        found = standing_of(node)
        if options.proofs:
            _write_proofs(options.proofs, node.office.witnessings.evidence())
    if options.json:
        say_json(found.to_json())
    else:
        _tell(found, Speaker.of(options))
    return 0 if found.is_ready and not found.alarms else 1
