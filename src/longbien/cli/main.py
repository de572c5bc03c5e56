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
from longbien.primitives.errors import LongBienError

COMMANDS = ("keys", "pack", "seal", "open", "verify", "inspect", "disclose", "ledger")

_OBJECTS = 100_000  # between two searches for garbage: modules while they load are none
_FAULT = 70  # EX_SOFTWARE of sysexits.h
_INTERRUPTED = 130  # 128 + SIGINT, as shells say it

_DESCRIPTION = """\
Turn a folder of exhibits into a signed, time-stamped evidence package; seal it for
its recipients; open it; let anybody verify it offline."""

_EPILOG = """\
exit codes: 0 done or PASSED, 1 FAILED or refused, 2 wrong usage, 3 INDETERMINATE,
70 a fault of this program, 130 interrupted.
Every code in square brackets is explained in spec/codes.md."""


def parser(called: str = "") -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    ``called`` is the command that will run: if there is such a one, it alone is loaded and known.
    """
    top = argparse.ArgumentParser(
        prog="longbien",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"longbien {__version__}")
    commands = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, prog="longbien"
    )
    only = called if called in COMMANDS else ""
    for name in COMMANDS:
        if only in {"", name}:
            importlib.import_module(f"longbien.cli.{name}").add_to(commands)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing but SystemExit of argparse leaves."""
    called = next((word for word in arguments if not word.startswith("-")), "")
    options = parser(called).parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except LongBienError as error:
        complain(error, as_json=getattr(options, "json", False))
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
