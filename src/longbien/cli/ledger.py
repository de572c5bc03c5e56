"""``longbien ledger``: keep the custody ledger, have it witnessed, prove and check entries."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from longbien.cli._commands import Subparsers, add_command, add_group, add_passphrase

if TYPE_CHECKING:
    from longbien.adapters.ledger_store import LedgerStore
    from longbien.ledger.checkpoints import SignedCheckpoint
    from longbien.ledger.proof import ProofCheck
    from longbien.primitives.canonical import Json
    from longbien.primitives.instants import Instant

_DESCRIPTION = """\
The custody ledger: a list of events that can only grow, and that others watch grow.

An event is put into the ledger as a salted commitment, so the ledger may be shown to
others without telling anything.  A checkpoint is the ledger's signed statement of its size
and root; witnesses cosign it.  A proof shows offline that one event is in the ledger.

A usual day:
  longbien keys log log-keys --origin node.example/custody
  longbien ledger init LEDGER --keys log-keys
  longbien ledger append LEDGER --event received.json
  longbien ledger checkpoint LEDGER --keys log-keys
  longbien ledger cosign LEDGER --witness witness-keys --state witness-state
  longbien ledger prove LEDGER 0 --out received.tlog-proof --event-out received.event.json
  longbien ledger check received.tlog-proof --event received.event.json --salt ... \\
      --policy policy.txt"""

_HELP = "keep the custody ledger, prove and check its entries"


def add_to(subparsers: Subparsers) -> None:
    """Add the command and its own commands."""
    adders = (
        _add_init,
        _add_append,
        _add_checkpoint,
        _add_cosign,
        _add_prove,
        _add_check,
        _add_verify_split,
        _add_show,
        _add_repair,
    )
    add_group(subparsers, "ledger", adders, text=_HELP, description=_DESCRIPTION)


def _add_ledger(command: argparse.ArgumentParser) -> None:
    command.add_argument("ledger", metavar="LEDGER", type=Path, help="the ledger's folder")


# --- init ------------------------------------------------------------------------------------


def _add_init(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "init",
        _init,
        "make an empty ledger\n\nThe ledger gets its name (the origin) from its keys.",
    )
    _add_ledger(command)
    command.add_argument(
        "--keys", type=Path, required=True, metavar="DIR", help="made by: longbien keys log"
    )
    command.add_argument("--origin", help="refuse keys of any other name than this one")
    add_passphrase(command)


def _init(options: argparse.Namespace) -> int:
    from longbien.adapters.keystore import load_log, read_passphrase
    from longbien.adapters.ledger_files import create_ledger

    keys = load_log(options.keys, passphrase=read_passphrase(options.passphrase_file))
    origin = options.origin or keys.origin
    create_ledger(options.ledger, origin=origin, keys=(keys.ed25519.key, keys.mldsa44.key))
    _print(
        options,
        {"ledger": str(options.ledger), "origin": origin},
        f"{options.ledger} is the ledger {origin}; it is empty.",
    )
    return 0


# --- append ----------------------------------------------------------------------------------


def _add_append(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "append",
        _append,
        "put events into the ledger\n\n"
        "Each event is one JSON document; it is kept in canonical form (RFC 8785).  When this\n"
        "command has printed the indexes, the events are on the disk.",
    )
    _add_ledger(command)
    command.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="FILE",
        help="a JSON file; may be given several times; - or nothing reads one from standard input",
    )


def _append(options: argparse.Namespace) -> int:
    import os

    from longbien.adapters.ledger_journal import MAX_EVENT
    from longbien.adapters.ledger_store import LedgerStore
    from longbien.primitives.canonical import encode_json, parse_json

    events = [
        encode_json(parse_json(_read(name, limit=MAX_EVENT), max_size=MAX_EVENT))
        for name in options.event or ["-"]
    ]
    with LedgerStore(options.ledger) as store:
        indexes = store.append(events, random_bytes=os.urandom)
        size = store.size
    _print(
        options,
        {"indexes": list(indexes), "size": size},
        "\n".join(f"entry {index}" for index in indexes),
    )
    return 0


# --- checkpoint --------------------------------------------------------------------------------


def _add_checkpoint(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "checkpoint",
        _checkpoint,
        "sign and publish all that was appended\n\n"
        "Refused where a witness has seen more than this ledger holds: then it was restored\n"
        "from an old copy, and signing would fork it.",
    )
    _add_ledger(command)
    command.add_argument("--keys", type=Path, required=True, metavar="DIR", help="the log's keys")
    add_passphrase(command)


def _checkpoint(options: argparse.Namespace) -> int:
    from longbien.adapters.keystore import load_log, read_passphrase
    from longbien.adapters.ledger_store import LedgerStore

    keys = load_log(options.keys, passphrase=read_passphrase(options.passphrase_file))
    with LedgerStore(options.ledger) as store:
        signed = store.checkpoint(signers=(keys.ed25519, keys.mldsa44), now=_now())
    _print(options, _head_facts(signed), signed.checkpoint.text.decode().rstrip("\n"))
    return 0


# --- cosign ------------------------------------------------------------------------------------


def _add_cosign(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "cosign",
        _cosign,
        "let a witness check and cosign the checkpoint\n\n"
        "The witness compares the ledger with what it has seen before, remembers what it sees\n"
        "now, and only then signs.  Its state folder must never come from a backup.",
    )
    _add_ledger(command)
    command.add_argument(
        "--witness", type=Path, required=True, metavar="DIR", help="made by: longbien keys witness"
    )
    command.add_argument(
        "--state", type=Path, required=True, metavar="DIR", help="what the witness has seen so far"
    )
    command.add_argument(
        "--log-keys",
        type=Path,
        metavar="FILE",
        help="the ledger's verifier keys (vkeys.txt), once, the first time it is witnessed",
    )
    add_passphrase(command)


def _cosign(options: argparse.Namespace) -> int:
    from longbien.adapters.keystore import load_witness, read_passphrase, read_public
    from longbien.adapters.ledger_store import LedgerStore
    from longbien.adapters.witness_store import WitnessStore
    from longbien.ledger.notes import parse_vkey

    keys = load_witness(options.witness, passphrase=read_passphrase(options.passphrase_file))
    with LedgerStore(options.ledger) as store, WitnessStore(options.state) as witness:
        if options.log_keys:
            lines = read_public(options.log_keys).split()
            witness.trust_log([parse_vkey(line) for line in lines])
        signed = witness.cosign(store, cosigners=(keys.ed25519, keys.mldsa44), now=_now())
    _print(
        options,
        {**_head_facts(signed), "witness": keys.name},
        f"{keys.name} has cosigned {signed.checkpoint.head.size} entries of "
        f"{signed.checkpoint.head.origin}.",
    )
    return 0


# --- prove -------------------------------------------------------------------------------------


def _add_prove(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "prove",
        _prove,
        "write the proof of one entry\n\n"
        "The proof tells nothing about the event.  To disclose the event, give its file and its\n"
        "salt along with the proof.",
    )
    _add_ledger(command)
    command.add_argument("index", metavar="INDEX", type=int, help="as append has printed it")
    command.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="usually NAME.tlog-proof"
    )
    command.add_argument(
        "--event-out", type=Path, metavar="FILE", help="write the event itself, to disclose it"
    )


def _prove(options: argparse.Namespace) -> int:
    from longbien.adapters.keystore import write_new
    from longbien.adapters.ledger_store import LedgerStore
    from longbien.ledger.proof import encode_proof

    with LedgerStore(options.ledger) as store:
        proof, record = store.prove(options.index), store.record(options.index)
    write_new(options.out, encode_proof(proof))
    if options.event_out:
        write_new(options.event_out, record.event, is_secret=True)
    _print(
        options,
        {**_head_facts(proof.signed), "index": options.index, "salt": record.salt.hex()},
        f"{options.out}: entry {options.index} of {proof.signed.checkpoint.head.size}\n"
        f"salt {record.salt.hex()}",
    )
    return 0


# --- check -------------------------------------------------------------------------------------


def _add_check(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "check",
        _check,
        "check a proof offline\n\n"
        "The policy is yours: it names the ledgers and the witnesses that you believe.  Exit\n"
        "code 0: proven; 1: the proof fails; 3: it cannot be decided.",
    )
    command.add_argument("proof", metavar="PROOF", type=Path, help="a .tlog-proof file")
    command.add_argument(
        "--event", required=True, metavar="FILE", help="the disclosed event (canonical JSON)"
    )
    command.add_argument(
        "--salt", required=True, metavar="HEX", help="its salt, 64 hexadecimal digits"
    )
    command.add_argument(
        "--policy", type=Path, required=True, metavar="FILE", help="a C2SP tlog-policy"
    )


def _check(options: argparse.Namespace) -> int:
    from longbien.ledger.entry import EntryKind, encode_entry, parse_salt
    from longbien.ledger.policy import MAX_POLICY, parse_policy
    from longbien.ledger.proof import MAX_PROOF_FILE, parse_proof, verify_proof
    from longbien.primitives.canonical import MAX_SIZE, parse_canonical
    from longbien.primitives.verdict import Outcome

    # canonical JSON never ends with a line end, but editors do
    event = _read(options.event, limit=MAX_SIZE).removesuffix(b"\n")
    parse_canonical(event)
    result = verify_proof(
        parse_proof(_read(options.proof, limit=MAX_PROOF_FILE)),
        entry=encode_entry(EntryKind.EVENT, parse_salt(options.salt), event),
        policy=parse_policy(_read(options.policy, limit=MAX_POLICY)),
    )
    outcome = result.verdict.outcome
    _print(options, _check_facts(result), _check_text(result))
    return {Outcome.PASSED: 0, Outcome.INDETERMINATE: 3, Outcome.FAILED: 1}[outcome]


def _check_facts(result: "ProofCheck") -> "dict[str, Json]":
    return {
        "findings": [
            {"outcome": found.outcome.name, "reason": found.reason, "facts": dict(found.facts)}
            for found in result.findings
        ],
        "index": result.index,
        "origin": result.origin,
        "outcome": result.verdict.outcome.name,
        "size": result.tree_size,
        "witnesses": [{"name": name, "time": str(time)} for name, time in result.witnesses],
    }


def _check_text(result: "ProofCheck") -> str:
    from longbien.ledger.proof import SENTENCES

    lines = [result.verdict.outcome.name]
    lines += [
        f"{SENTENCES[found.reason].format(**dict(found.facts))} [{found.reason}]"
        for found in result.findings
    ]
    lines += [f"cosigned by {name} at {time}" for name, time in result.witnesses]
    return "\n".join(lines)


# --- verify-split ------------------------------------------------------------------------------


def _add_verify_split(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "verify-split",
        _verify_split,
        "judge offline whether a ledger has signed two histories\n\n"
        "The document is what 'longbien status --proofs' writes.  Whose keys a ledger has is for\n"
        "you to say.  Exit code 0: it is proved; 1: it is not; 3: you know no such ledger.",
    )
    command.add_argument("proof", metavar="FILE", type=Path, help="a split-view document")
    command.add_argument(
        "--directory", type=Path, metavar="NODE", help="believe the directory in a node's folder"
    )
    command.add_argument(
        "--log-keys",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="believe the verifier keys in a file (vkeys.txt); may be repeated",
    )


def _verify_split(options: argparse.Namespace) -> int:
    from longbien.channel.split_view import MAX_SPLIT_VIEW
    from longbien.cli._split_view import CODES, believed_keys, judge

    keys = believed_keys(node=options.directory, files=options.log_keys)
    verdict, facts, text = judge(_read(options.proof, limit=MAX_SPLIT_VIEW), keys)
    _print(options, facts, text)
    return CODES[verdict.outcome]


# --- show --------------------------------------------------------------------------------------


def _add_show(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "show",
        _show,
        "say how large a ledger is and who has cosigned it\n\n"
        "With --deep every event is read and hashed again and every file is compared; exit code\n"
        "1 where one differs.",
    )
    _add_ledger(command)
    command.add_argument("--deep", action="store_true", help="compare everything")


def _show(options: argparse.Namespace) -> int:
    from longbien.adapters.ledger_repair import audit_ledger
    from longbien.adapters.ledger_store import LedgerStore

    audit = audit_ledger(options.ledger) if options.deep else None
    if audit and audit.differing:
        _print(
            options,
            {"differing": list(audit.differing)},
            "\n".join(f"differs: {name}" for name in audit.differing)
            + f"\nmake these again with: longbien ledger repair {options.ledger}",
        )
        return 1
    with LedgerStore(options.ledger) as store:
        facts, text = _show_facts(store)
    if audit:
        facts["compared"] = audit.published
        text += f"\nall {audit.published} published entries compared: nothing differs"
    _print(options, facts, text)
    return 0


def _show_facts(store: "LedgerStore") -> "tuple[dict[str, Json], str]":
    published = store.published
    facts: dict[str, Json] = {
        "keys": [key.text for key in store.keys],
        "origin": store.origin,
        "size": store.size,
    }
    lines = [f"ledger   {store.origin}", f"accepted {store.size} entries"]
    if published is None:
        return facts, "\n".join([*lines, "nothing is published yet"])
    names = sorted({line.name for line in published.note.signatures} - {store.origin})
    head = published.checkpoint.head
    lines += [f"published {head.size} entries, root {head.root.hex}"]
    lines += [f"cosigned by {name}" for name in names]
    return {**facts, **_head_facts(published), "cosigned": names}, "\n".join(lines)


# --- repair ------------------------------------------------------------------------------------


def _add_repair(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "repair",
        _repair,
        "make damaged tiles again out of the journal\n\n"
        "The published checkpoint and the events under it are never changed.  A damaged end of\n"
        "the journal is set aside in a file, and this command says so: look at it.",
    )
    _add_ledger(command)


def _repair(options: argparse.Namespace) -> int:
    from longbien.adapters.ledger_repair import repair_ledger

    audit = repair_ledger(options.ledger)
    lines = [f"made again: {name}" for name in audit.differing] or ["every file was sound"]
    if audit.set_aside:
        lines.append(
            f"{audit.set_aside} bytes of the journal's end were set aside in "
            f"{options.ledger}/private/torn-*: entries in them may have been acknowledged"
        )
    facts: dict[str, Json] = {
        "made_again": list(audit.differing),
        "published": audit.published,
        "set_aside": audit.set_aside,
        "waiting": audit.waiting,
    }
    _print(options, facts, "\n".join(lines))
    return 0


# --- what all share ------------------------------------------------------------------------------


def _head_facts(signed: "SignedCheckpoint") -> "dict[str, Json]":
    head = signed.checkpoint.head
    return {"origin": head.origin, "published": head.size, "root": head.root.hex}


def _print(options: argparse.Namespace, facts: "dict[str, Json]", text: str) -> None:
    from longbien.cli._output import say, say_json

    if options.json:
        say_json(facts)
    else:
        say(text)


def _read(name: str | Path, *, limit: int) -> bytes:
    from longbien.primitives.errors import Refused, Unavailable

    try:
        if name == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(limit + 1)
    except OSError as error:
        raise Unavailable(
            "ledger.file", "{path} cannot be read: {why}", path=name, why=error.strerror
        ) from error
    if len(data) > limit:
        raise Refused(
            "ledger.file-too-large", "{path} is above {limit} bytes", path=name, limit=limit
        )
    return data


def _now() -> "Instant":
    from datetime import UTC, datetime

    from longbien.primitives.instants import Instant

    return Instant(datetime.now(tz=UTC))
