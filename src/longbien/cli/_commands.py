"""A command that has commands of its own: ``longbien ledger``, ``directory``, ``law``."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name

Act: TypeAlias = Callable[[argparse.Namespace], int]
"""What a command does: it returns the exit code."""

_RAW = argparse.RawDescriptionHelpFormatter


def add_group(
    subparsers: Subparsers,
    name: str,
    adders: Iterable[Callable[[Subparsers], None]],
    *,
    text: str,
    description: str,
) -> None:
    """Add a command, and under it the commands that ``adders`` add."""
    top = subparsers.add_parser(name, help=text, description=description, formatter_class=_RAW)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in adders:
        add(commands)


def add_command(commands: Subparsers, name: str, act: Act, text: str) -> argparse.ArgumentParser:
    """Add one of them; its help is the first line of its description."""
    made = commands.add_parser(
        name, help=text.partition("\n")[0], description=text, formatter_class=_RAW
    )
    made.add_argument("--json", action="store_true", help="print one JSON document, for machines")
    made.set_defaults(run=act)
    return made


def add_passphrase(command: argparse.ArgumentParser) -> None:
    """Add the file that opens private keys."""
    command.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="whose first line opens the keys"
    )


def add_roots(command: argparse.ArgumentParser) -> None:
    """Add the root holders who sign, and the file that opens their keys."""
    command.add_argument(
        "--root",
        type=Path,
        action="append",
        required=True,
        metavar="DIR",
        help="a root holder's keys (longbien keys root); may be repeated",
    )
    add_passphrase(command)
