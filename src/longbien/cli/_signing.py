"""The arguments with which every command that signs is told who signs and who stamps."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_signing(group: "argparse._ArgumentGroup") -> None:
    """Add ``--keys``, ``--tsa-keys`` or ``--tsa-url``, and what these need."""
    group.add_argument("--keys", type=Path, metavar="DIR", help="made by: longbien keys signer")
    time = group.add_mutually_exclusive_group()
    time.add_argument("--tsa-keys", type=Path, metavar="DIR", help="an exercise authority")
    time.add_argument("--tsa-url", metavar="URL", help="a time-stamp authority (RFC 3161)")
    group.add_argument(
        "--tsa-material",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="with --tsa-url: its certificates and revocation lists, PEM; may be repeated",
    )
    group.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="whose first line opens the keys"
    )
