"""``longbien pack``: from a folder of exhibits to a signed, time-stamped package."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from longbien.cli._signing import add_signing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from longbien.adapters.pack_inputs import LocalWitnesses
    from longbien.adapters.packer import Bookkeeping, Made, Signing, World
    from longbien.cli._progress import Progress
    from longbien.evidence.package import Package, UseLimit
    from longbien.evidence.wire import Head
    from longbien.primitives.instants import Instant

_DESCRIPTION = """\
Turn a folder of exhibits into a package: every top-level entry of FOLDER becomes an exhibit.
The files are copied untouched and hashed while they are copied, described, entered into the
custody ledger, signed and time-stamped.  The folder itself is only read.

Nothing is left behind when it fails, except what the ledger was told: that is never undone."""

_EPILOG = """\
use limits are written KIND:TEXT, with KIND one of specialty, confidentiality, personal-data,
other, and @TIME behind the kind where they end:  specialty:Only for case 7
                                                  confidentiality@2027-01-01T00:00:00Z:Secret

with witnesses elsewhere:
  longbien pack FOLDER ... --await-witnesses     leaves LB-<uuid>.prepared
  longbien ledger cosign ...                     wherever the witnesses are
  longbien pack --finish LB-<uuid>.prepared ...  completes and signs it"""

_MAX_POLICY = 2**20  # bytes


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "pack",
        help="make a signed package out of a folder of exhibits",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the exhibits")
    what.add_argument(
        "--finish", type=Path, metavar="PREPARED", help="complete a prepared package instead"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    _add_facts(parser.add_argument_group("what the package says"))
    _add_means(parser.add_argument_group("who signs, and where it is entered"))
    _add_rules(parser.add_argument_group("odd things in the folder"))
    parser.set_defaults(run=run, usage_error=parser.error)


def _add_facts(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--out", type=Path, metavar="DIR", help="where the package is made")
    group.add_argument("--request", metavar="URN", help="the request that it answers")
    group.add_argument("--by", metavar="NAME", help="the authority or laboratory that packs")
    group.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="RECIPIENT",
        help="whom it is for: age1pq…, or the file or folder of the key; may be repeated",
    )
    group.add_argument(
        "--legal-basis", action="append", default=[], metavar="TEXT", help="may be repeated"
    )
    group.add_argument(
        "--use-limit",
        action="append",
        default=[],
        metavar="LIMIT",
        help="a condition on its use, see below; may be repeated",
    )
    group.add_argument("--exercise", action="store_true", help="mark it as training material")


def _add_means(group: "argparse._ArgumentGroup") -> None:
    add_signing(group)
    group.add_argument("--ledger", type=Path, metavar="DIR", help="the custody ledger")
    group.add_argument("--log-keys", type=Path, metavar="DIR", help="the ledger's keys")
    group.add_argument(
        "--witness",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a witness on this machine; it remembers in DIR/state; may be repeated",
    )
    group.add_argument(
        "--await-witnesses", action="store_true", help="stop before signing, see below"
    )
    group.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help="the tlog-policy to put in (default: the ledger, and every --witness)",
    )
    _add_key_access(group)


def _add_key_access(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--hsm-module", type=Path, metavar="LIBRARY", help="a PKCS#11 module")
    group.add_argument("--hsm-token", metavar="LABEL", help="its token")
    group.add_argument("--hsm-key", metavar="LABEL", help="the ECDSA key in it")
    group.add_argument("--pin-file", type=Path, metavar="FILE", help="or set LONGBIEN_HSM_PIN")


def _add_rules(group: "argparse._ArgumentGroup") -> None:
    rules = ("refuse", "skip")
    group.add_argument("--links", choices=rules, default="refuse", help="(default: refuse)")
    group.add_argument(
        "--special",
        choices=rules,
        default="refuse",
        help="devices, pipes, sockets (default: refuse)",
    )
    group.add_argument(
        "--skip-ewf", action="store_true", help="do not check the digests inside E01 images"
    )


# --- running -----------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> int:
    """Pack, prepare or finish; print what was made."""
    _require_options(options)
    from contextlib import ExitStack

    with ExitStack() as stack:
        made = _finish(options, stack) if options.finish else _pack(options, stack)
    _tell(options, made)
    return 0


def _require_options(options: argparse.Namespace) -> None:
    needed = ["ledger", "log_keys"]
    if not options.finish:
        needed += ["out", "request", "by"]
    if not options.await_witnesses:
        needed += ["keys"]
    missing = [name for name in needed if getattr(options, name) is None]
    if missing:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        options.usage_error(f"the following arguments are required: {names}")
    if not options.await_witnesses and not (options.tsa_keys or options.tsa_url):
        options.usage_error("one of the arguments --tsa-keys --tsa-url is required")
    if options.await_witnesses and not options.policy:
        options.usage_error("--await-witnesses needs --policy: whose cosignatures to wait for")
    hardware = (options.hsm_module, options.hsm_token, options.hsm_key)
    if any(hardware) and not all(hardware):
        options.usage_error("--hsm-module, --hsm-token and --hsm-key belong together")


def _pack(options: argparse.Namespace, stack: "ExitStack") -> "Made":
    from longbien.adapters.ingest import look_over
    from longbien.adapters.packer import Order, pack, prepare
    from longbien.adapters.survey import Rule, require_apart
    from longbien.cli._progress import Progress

    require_apart(options.folder, options.out)
    survey = look_over(options.folder, links=Rule(options.links), special=Rule(options.special))
    books, witnesses = _bookkeeping(options, stack)
    order = Order(
        source=options.folder,
        out=options.out,
        survey=survey,
        head=_head(options),
        skip_ewf=options.skip_ewf,
    )
    signing = None if options.await_witnesses else _signing(options, stack)
    progress = stack.enter_context(Progress("taking in", survey.size))
    world = _world(progress)
    if signing is None:
        return prepare(order, books=books, world=world)
    return pack(order, signing=signing, books=books, witness=witnesses, world=world)


def _finish(options: argparse.Namespace, stack: "ExitStack") -> "Made":
    from longbien.adapters.packer import finish_prepared

    books, _ = _bookkeeping(options, stack)
    return finish_prepared(
        options.finish, signing=_signing(options, stack), books=books, world=_world(None)
    )


def _world(progress: "Progress | None") -> "World":
    import os

    from longbien.adapters.packer import World

    if progress is None:
        return World(now=_now, random_bytes=os.urandom)
    return World(now=_now, random_bytes=os.urandom, advance=progress.advance)


def _now() -> "Instant":
    from datetime import UTC, datetime

    from longbien.primitives.instants import Instant

    return Instant(datetime.now(tz=UTC))


def _head(options: argparse.Namespace) -> "Head":
    import os

    from longbien import __version__
    from longbien.adapters.pack_inputs import read_recipient
    from longbien.evidence.wire import Head
    from longbien.primitives.ids import PackageId, RequestUrn
    from longbien.trust.age.recipients import key_id

    return Head(
        package_id=PackageId.from_random(os.urandom(16)),
        request=RequestUrn.parse(options.request),
        legal_basis=tuple(options.legal_basis),
        use_limits=tuple(map(_use_limit, options.use_limit)),
        recipients=tuple(key_id(read_recipient(text)) for text in options.to),
        created_at=_now(),
        created_by=options.by,
        exercise=options.exercise,
        software=f"longbien {__version__}",
    )


def _use_limit(text: str) -> "UseLimit":
    from longbien.evidence.package import UseLimit, UseLimitKind
    from longbien.primitives.errors import Refused
    from longbien.primitives.instants import Instant

    label, _, _ = text.partition(":")
    kind, has_end, _ = label.partition("@")
    if ":" not in text or kind not in list(UseLimitKind):
        raise Refused(
            "pack.use-limit",
            "a use limit is KIND:TEXT with KIND one of {kinds}; this is not: {text}",
            kinds=", ".join(UseLimitKind),
            text=text,
        )
    if not has_end:
        return UseLimit(kind=UseLimitKind(kind), text=text[len(label) + 1 :])
    # a time has colons of its own: it ends with the first Z
    time, _, words = text[len(kind) + 1 :].partition("Z:")
    return UseLimit(kind=UseLimitKind(kind), text=words, until=Instant.parse(f"{time}Z"))


# --- means ---------------------------------------------------------------------------------------


def _bookkeeping(
    options: argparse.Namespace, stack: "ExitStack"
) -> "tuple[Bookkeeping, LocalWitnesses]":
    from longbien.adapters.files import read_small
    from longbien.adapters.keystore import load_log, read_passphrase
    from longbien.adapters.ledger_store import LedgerStore
    from longbien.adapters.pack_inputs import LocalWitnesses
    from longbien.adapters.packer import Bookkeeping

    passphrase = read_passphrase(options.passphrase_file)
    keys = load_log(options.log_keys, passphrase=passphrase)
    ledger = stack.enter_context(LedgerStore(options.ledger))
    witnesses = LocalWitnesses(folders=tuple(options.witness), passphrase=passphrase)
    policy = (
        read_small(options.policy, limit=_MAX_POLICY)
        if options.policy
        else witnesses.policy(ledger.keys)
    )
    books = Bookkeeping(ledger=ledger, signers=(keys.ed25519, keys.mldsa44), policy=policy)
    return books, witnesses


def _signing(options: argparse.Namespace, stack: "ExitStack") -> "Signing":
    import os

    from longbien.adapters.keystore import read_passphrase
    from longbien.adapters.pack_inputs import (
        Hardware,
        exercise_stamping,
        network_stamping,
        open_signing,
    )
    from longbien.adapters.pkcs11 import Token, read_pin

    stamping = (
        exercise_stamping(options.tsa_keys, os.urandom)
        if options.tsa_keys
        else network_stamping(options.tsa_url, options.tsa_material, os.urandom)
    )
    hardware = None
    if options.hsm_module:
        token = Token(module=options.hsm_module, token=options.hsm_token, key=options.hsm_key)
        hardware = Hardware(token=token, pin=read_pin(options.pin_file))
    return stack.enter_context(
        open_signing(
            options.keys,
            stamping=stamping,
            passphrase=read_passphrase(options.passphrase_file),
            hardware=hardware,
        )
    )


# --- telling -------------------------------------------------------------------------------------


def _tell(options: argparse.Namespace, made: "Made") -> None:
    from longbien.cli._output import say, say_json

    package = made.described.package
    if options.json:
        say_json(
            {
                "bytes": package.payload_bytes,
                "exhibits": list(package.exhibits),
                "files": len(package.files),
                "folder": str(made.folder),
                "ledger_indexes": list(made.indexes),
                "notices": [{"code": one.code, "name": one.name} for one in package.notices],
                "package_id": str(package.package_id),
            }
        )
        return
    for line in _lines(made, package):
        say(line)


def _lines(made: "Made", package: "Package") -> "Iterator[str]":
    from longbien.adapters.packer import PREPARED
    from longbien.cli._progress import size_text

    yield f"{made.folder}"
    yield (
        f"{len(package.exhibits)} exhibits, {len(package.files)} files, "
        f"{size_text(package.payload_bytes)}"
    )
    for notice in package.notices[:20]:
        yield f"note: {notice.name} [{notice.code}]"
    if len(package.notices) > 20:  # noqa: PLR2004 - as many as a screen holds; the rest is inside
        yield f"note: {len(package.notices) - 20} more, see evidence/package.json"
    if made.folder.name.endswith(PREPARED):
        yield "Not signed yet: have the ledger cosigned, then: longbien pack --finish …"
