"""``longbien seal``: encrypt a package for those whom it names."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from longbien.adapters.sealing import SealedFile
    from longbien.primitives.ids import KeyId
    from longbien.trust.age.recipients import Recipient

_DESCRIPTION = """\
Seal a package: one tar in one age file, that only the recipients can open.  They must be among
those whom the signed package names, because sealing alone does not say who sent it.

What is signed is compared before, by digest for the descriptions and by size for the exhibits,
which were hashed when they were taken in.  --rehash compares their content too, on the way.

A sealing that was cut off leaves nothing and begins anew; a finished file can be sent in parts
and resumed by whatever carries it."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "seal",
        help="encrypt a package for those whom it names",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "package", type=Path, help="the folder LB-…; with --add-recipient the file LB-….tar.age"
    )
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument(
        "--to",
        action="append",
        metavar="RECIPIENT",
        help="age1pq…, or the file or folder of the key; may be repeated",
    )
    whom.add_argument(
        "--add-recipient",
        action="append",
        metavar="RECIPIENT",
        help="let one more of those who are named open a sealed file; needs --identity",
    )
    parser.add_argument("--identity", type=Path, metavar="FILE", help="a key that opens the file")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the sealed file (default: LB-….tar.age beside)"
    )
    parser.add_argument(
        "--rehash", action="store_true", help="compare the content of the exhibits while reading"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run, usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Seal, or add a recipient; print what was written."""
    if options.add_recipient and not (options.identity and options.out):
        options.usage_error("--add-recipient needs --identity and --out")
    if options.add_recipient:
        out, made = options.out, _add(options)
    else:
        out = options.out or options.package.with_name(f"{_name(options.package)}.tar.age")
        made = _seal(options, out)
    _tell(options, out, made)
    return 0


def _name(package: Path) -> str:
    return package.resolve().name


def _seal(options: argparse.Namespace, out: Path) -> "SealedFile":
    from longbien.adapters.bag_tar import BagTar
    from longbien.adapters.pack_inputs import read_recipient
    from longbien.adapters.sealing import seal
    from longbien.cli._progress import Progress
    from longbien.primitives.errors import Integrity

    recipients = [read_recipient(text) for text in options.to]
    with BagTar(options.package, rehash=options.rehash) as bag:
        _require_named(recipients, bag.package.recipients)
        with Progress("sealing", bag.size) as progress:
            made = seal(bag, out, recipients=recipients, advance=progress.advance)
        try:
            bag.require_all_compared()
        except Integrity:
            out.unlink()
            raise
    return made


def _add(options: argparse.Namespace) -> "SealedFile":
    from longbien.adapters.keystore import read_secret
    from longbien.adapters.opener import find_description
    from longbien.adapters.pack_inputs import read_recipient
    from longbien.adapters.sealed_files import add_recipients_to, open_sealed
    from longbien.cli._progress import Progress
    from longbien.trust.age.identities import parse_identities

    recipients = [read_recipient(text) for text in options.add_recipient]
    identities = parse_identities(read_secret(options.identity))
    with open_sealed(options.package, identities) as reader:
        size = reader.size
        _require_named(recipients, find_description(reader).recipients)
    with Progress("copying", size) as progress:
        return add_recipients_to(
            options.package,
            options.out,
            identities=identities,
            recipients=recipients,
            advance=progress.advance,
        )


def _require_named(recipients: "Iterable[Recipient]", named: "Iterable[KeyId]") -> None:
    from longbien.primitives.errors import Refused
    from longbien.trust.age.recipients import key_id

    strangers = {key_id(recipient) for recipient in recipients} - set(named)
    if strangers:
        raise Refused(
            "seal.not-addressed",
            "the package does not name these keys, so their owners would refuse it: {keys}",
            keys=", ".join(sorted(map(str, strangers))),
        )


def _tell(options: argparse.Namespace, out: Path, made: "SealedFile") -> None:
    from longbien.cli._output import say, say_json
    from longbien.cli._progress import size_text

    if options.json:
        say_json({"file": str(out), "header_size": made.header_size, "size": made.size})
    else:
        say(f"{out}\n{size_text(made.size)}")
