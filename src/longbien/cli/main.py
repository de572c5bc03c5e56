"""The command ``longbien``: reads the arguments, runs one command, turns errors into words.

Exit codes: 0 done or PASSED, 1 FAILED or refused, 2 wrong usage, 3 INDETERMINATE,
70 a fault of this program, 130 interrupted.
"""

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence

from longbien import __version__
from longbien.cli._output import complain
from longbien.primitives.errors import LongBienError, Unavailable

COMMANDS = {
    "demo": "node.commands",
    "init": "node.commands",
    "serve": "node.commands",
    "peer": "node.commands",
    "worker": "node.commands",
    "directory": "cli",
    "officer": "node.commands",
    "request": "node.commands",
    "case": "node.commands",
    "statistics": "node.commands",
    "status": "node.commands",
    "fsck": "node.commands",
    "rebuild": "node.commands",
    "keys": "cli",
    "pack": "cli",
    "seal": "cli",
    "open": "cli",
    "verify": "cli",
    "inspect": "cli",
    "disclose": "cli",
    "ledger": "cli",
    "law": "cli",
}
"""Each command and the place of its module.  This door knows the node's commands by name only,
for they need what the verifier has not; a command that is called is loaded alone."""

_EXTRA = frozenset({"django", "ninja", "granian", "h11", "obstore", "structlog", "psycopg"})

_OBJECTS = 100_000  # between two searches for garbage: modules while they load are none
_COLUMN = 14  # width of the longest command with its indent; Python's own counting changed in 3.13
_FAULT = 70  # EX_SOFTWARE of sysexits.h
_INTERRUPTED = 130  # 128 + SIGINT, as shells say it

_DESCRIPTION = """\
The secured channel for electronic evidence between States: run a State's node, ask and
answer, hand over; and turn exhibits into signed packages that anybody verifies offline."""

_EPILOG = """\
exit codes: 0 done or PASSED, 1 FAILED or refused, 2 wrong usage, 3 INDETERMINATE,
70 a fault of this program, 130 interrupted.
Every code in square brackets is explained in spec/codes.md."""


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Help with one column for all commands, the same under every Python."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        self._action_max_length = _COLUMN


def parser(called: str = "") -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    ``called`` is the command that will run: if there is such a one, it alone is loaded and known.
    """
    top = argparse.ArgumentParser(
        prog="longbien",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=_Layout,
    )
    top.add_argument("--version", action="version", version=f"longbien {__version__}")
    top.add_argument(
        "--language",
        default=os.environ.get("LONGBIEN_LANGUAGE") or "en",
        metavar="CODE",
        help="the language of what officers read (default: LONGBIEN_LANGUAGE, else en): "
        "ar en es fr he ru vi zh, or a translation's file.po",
    )
    commands = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, prog="longbien"
    )
    for name in (called,) if called in COMMANDS else COMMANDS:
        importlib.import_module(f"longbien.{COMMANDS[name]}.{name}").add_to(commands)
    return top


def _perform(options: argparse.Namespace) -> int:
    if options.language != "en":  # before any work: a language that is not there is said at once
        from longbien.adapters.languages import find_translation

        options.translation = find_translation(options.language)
    try:
        code: int = options.run(options)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise Unavailable(
            "cli.extra-missing",
            "{package} is not installed; a node needs: pip install 'longbien[node]'",
            package=missing.name,
        ) from None
    sys.stdout.flush()
    return code


def _called(arguments: Sequence[str]) -> str:
    words = iter(arguments)
    for word in words:
        if word == "--language":  # the only option before a command that has a value
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _translated(error: LongBienError, language: str) -> str | None:
    """Return what the error says in another language; None for English, or where that fails."""
    if language == "en":
        return None
    from longbien.adapters.languages import find_translation

    try:
        return find_translation(language).error_text(error)
    except LongBienError:
        return None


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing but SystemExit of argparse leaves."""
    options = parser(_called(arguments)).parse_args(arguments)
    try:
        code = _perform(options)
    except LongBienError as error:
        text = _translated(error, options.language)
        complain(error, as_json=getattr(options, "json", False), text=text)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("longbien: interrupted; nothing half made was left behind\n")
        return _INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; what is left in the buffer has no reader
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAULT
    except Exception:  # noqa: BLE001 - the one place: a bug fails closed and says whose fault it is
        sys.stderr.write(
            "longbien: a fault of this program, not of your files; "
            "nothing was accepted.  Please report what follows.\n"
        )
        import traceback

        traceback.print_exc()
        return _FAULT
    return code


def entry() -> None:
    """Start from the command line."""
    gc.set_threshold(_OBJECTS, 20, 50)
    code = run(sys.argv[1:])
    gc.freeze()  # nothing is collected any more: the process ends
    sys.exit(code)
