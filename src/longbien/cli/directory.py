"""``longbien directory``: the signed phone book of States, and one's own entry in it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from longbien.cli._commands import Subparsers, add_command, add_group, add_roots

if TYPE_CHECKING:
    from collections.abc import Callable

    from longbien.adapters.directory_files import DirectoryFolder
    from longbien.directory.book import Book
    from longbien.directory.entry import StateEntry
    from longbien.directory.trusted import Update
    from longbien.directory.wire import SignedEntry
    from longbien.primitives.canonical import Json
    from longbien.primitives.instants import Instant
    from longbien.trust.dsse import RawSigner

_DESCRIPTION = """\
The directory: one signed entry a State, with its authorities, keys and addresses.

Two States exchange entries by hand and compare a fingerprint by telephone:
  longbien directory export NODE IL --out il.entry      (in IL; send the file)
  longbien directory import NODE il.entry               (in VN; it shows the fingerprint)
  longbien directory fingerprint NODE                   (in IL; read it out)
  longbien directory import NODE il.entry --fingerprint '12345 ...'   (in VN, as it was heard)

Keys are renewed before they end.  The next pair is announced first, then brought into use:
  longbien keys signer next-signer --root root ...
  longbien directory announce NODE --authority IL/contact-point --signer next-signer --root root
  longbien directory rotate NODE --authority IL/contact-point --signer next-signer --root root

Each new version is signed by the State's root holders.  Where several must sign, give --out
and let each of them: longbien directory sign FILE --root DIR"""

_HELP = "the signed phone book of States: show, exchange, renew, revoke"
_REASONS = ("key-compromise", "superseded", "cessation-of-operation")


def add_to(subparsers: Subparsers) -> None:
    """Add the command and its own commands."""
    adders = (
        _add_show,
        _add_export,
        _add_import,
        _add_fingerprint,
        _add_renew,
        _add_announce,
        _add_rotate,
        _add_revoke,
        _add_sign,
        _add_repair,
    )
    add_group(subparsers, "directory", adders, text=_HELP, description=_DESCRIPTION)


def _add_node(command: argparse.ArgumentParser) -> None:
    command.add_argument("node", metavar="NODE", type=Path, help="the node's folder")


def _add_making(command: argparse.ArgumentParser) -> None:
    add_roots(command)
    command.add_argument(
        "--days", type=int, default=90, metavar="N", help="how long the version is valid (90)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="write it here, for others to sign as well"
    )


# --- show --------------------------------------------------------------------------------------


def _add_show(commands: Subparsers) -> None:
    command = add_command(commands, "show", _show, "show who is in the directory, or one entry")
    _add_node(command)
    command.add_argument("state", nargs="?", metavar="STATE", help="two capital letters")


def _show(options: argparse.Namespace) -> int:
    from longbien.primitives.canonical import parse_canonical
    from longbien.primitives.ids import StateCode

    folder = _open(options)
    book = folder.book()
    if options.state is None:
        return _show_all(options, folder, book)
    signed = book.history(book.get_entry(StateCode(options.state)).state)[-1]
    text = "\n".join(_entry_lines(book, signed.entry, _now()))
    _print(options, parse_canonical(signed.envelope.payload), text)
    return 0


def _show_all(options: argparse.Namespace, folder: "DirectoryFolder", book: "Book") -> int:
    now = _now()
    rows: list[Json] = []
    lines = ["EXERCISE" if book.exercise else "This is not an exercise."]
    for state in book.states():
        entry = book.get_entry(state)
        rows.append(
            {
                "expires_at": str(entry.expires_at),
                "is_expired": not now < entry.expires_at,
                "is_own": state == folder.own,
                "state": state.text,
                "version": entry.version,
            }
        )
        own = ", this node" if state == folder.own else ""
        lines.append(f"{state}  version {entry.version}, {_validity(entry, now)}{own}")
    if not rows:
        lines.append("No State is in it yet.")
    _print(options, {"exercise": book.exercise, "states": rows}, "\n".join(lines))
    return 0


def _entry_lines(book: "Book", entry: "StateEntry", now: "Instant") -> list[str]:
    from longbien.directory.fingerprint import entry_fingerprint, roots_fingerprint

    lines = [
        f"{entry.state}  version {entry.version}, {_validity(entry, now)}",
        f"roots        {entry.roots.threshold} of {len(entry.roots.holders)} sign",
        f"fingerprint  {roots_fingerprint(entry)}",
        f"this version {entry_fingerprint(entry)}",
    ]
    lines += [f"endpoint     {one.host} port {one.port}" for one in entry.endpoints]
    for authority in entry.authorities:
        lines += ["", f"{authority.id}  {', '.join(one.text for one in authority.names)}"]
        lines += [f"  competence {', '.join(authority.competences)}"]
        lines += [f"  languages  {', '.join(authority.languages)}"]
        lines += [
            f"  {one.kind.value:10} {one.value} ({one.purpose})" for one in authority.contact_points
        ]
        for key in authority.signing_keys:
            ended = f", revoked from {key.revoked_at} ({key.reason})" if key.revoked_at else ""
            lines += [
                f"  signs with {key.keys.ids[0]}",
                f"         and {key.keys.ids[1]}",
                f"             from {key.not_before} until {key.not_after}{ended}",
            ]
        lines += [f"  announced  {one.ec}" for one in authority.next_keys]
        valid = len(book.find_recipients(authority.id, now))
        lines += [f"  {valid} key{'s' * (valid != 1)} to seal for it"]
    return lines


def _validity(entry: "StateEntry", now: "Instant") -> str:
    word = "valid until" if now < entry.expires_at else "EXPIRED on"
    return f"{word} {entry.expires_at}"


# --- export, import, fingerprint -----------------------------------------------------------------


def _add_export(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "export",
        _export,
        "write a State's entry to a file, to be handed over\n\n"
        "The file is signed and holds no secret; it can travel by any way.",
    )
    _add_node(command)
    command.add_argument("state", nargs="?", metavar="STATE", help="this node's own by default")
    command.add_argument("--out", type=Path, required=True, metavar="FILE")
    command.add_argument(
        "--history", action="store_true", help="all versions, for who missed some of them"
    )


def _export(options: argparse.Namespace) -> int:
    from longbien.adapters.keystore import write_new
    from longbien.primitives.ids import StateCode

    folder = _open(options)
    state = StateCode(options.state) if options.state else folder.own
    write_new(options.out, folder.export(state, with_history=options.history))
    entry = folder.book().get_entry(state)
    _print(options, _facts(entry), f"{options.out}: {state}, version {entry.version}")
    return 0


def _add_import(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "import",
        _import,
        "take in another State's entry\n\n"
        "At first contact, and where a key was never announced, the fingerprint must be\n"
        "compared with that State by telephone, and typed in as it was heard.",
    )
    _add_node(command)
    command.add_argument("file", metavar="FILE", type=Path)
    command.add_argument("--state", metavar="STATE", help="refuse the entry of any other State")
    command.add_argument("--fingerprint", metavar="DIGITS", help="as it was read out")


def _import(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_files import read_export
    from longbien.directory.fingerprint import parse_fingerprint
    from longbien.primitives.ids import StateCode

    folder = _open(options)
    update = folder.accept(
        read_export(options.file),
        now=_now(),
        state=StateCode(options.state) if options.state else None,
        confirmed=parse_fingerprint(options.fingerprint) if options.fingerprint else None,
    )
    return _say_update(options, folder, update)


def _say_update(options: argparse.Namespace, folder: "DirectoryFolder", update: "Update") -> int:
    entry = folder.book().get_entry(update.state)
    count = len(update.accepted)
    news = f"{count} new version{'s' * (count != 1)}" if count else "nothing new"
    _print(
        options,
        {**_facts(entry), "accepted": count},
        f"{update.state}: {news}; version {entry.version}, valid until {entry.expires_at}",
    )
    return 0


def _add_fingerprint(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "fingerprint",
        _fingerprint,
        "show the fingerprint to be read out by telephone\n\n"
        "The first line names a State's roots and stays as long as they do; the second names\n"
        "one version of its entry.",
    )
    _add_node(command)
    command.add_argument("state", nargs="?", metavar="STATE", help="this node's own by default")
    command.add_argument("--file", type=Path, help="of the entry in a file instead")


def _fingerprint(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_files import read_export
    from longbien.directory.wire import parse_signed_entry
    from longbien.primitives.ids import StateCode

    if options.file:
        entry = parse_signed_entry(read_export(options.file)[-1]).entry
    else:
        folder = _open(options)
        state = StateCode(options.state) if options.state else folder.own
        entry = folder.book().get_entry(state)
    facts = _facts(entry)
    _print(
        options,
        facts,
        f"{entry.state} roots      {facts['fingerprint']}\n"
        f"{entry.state} version {entry.version:<2} {facts['entry_fingerprint']}",
    )
    return 0


# --- one's own entry -----------------------------------------------------------------------------


def _add_renew(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "renew",
        _renew,
        "make the next version of this State's entry\n\n"
        "Without --changes it says the same and is valid for longer.  --changes replaces whole\n"
        "fields by those in a JSON file; 'show NODE STATE --json' shows their form.",
    )
    _add_node(command)
    command.add_argument("--changes", type=Path, metavar="FILE", help="a JSON object")
    _add_making(command)


def _renew(options: argparse.Namespace) -> int:
    from longbien.adapters.keystore import read_public
    from longbien.directory.renewal import change_fields

    data = read_public(options.changes) if options.changes else b"{}"
    return _make(options, lambda entry: change_fields(entry, data))


def _add_announce(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "announce",
        _announce,
        "announce the key pair that an authority will use next\n\n"
        "Only its digests are shown: whoever breaks today's keys cannot show another next pair.",
    )
    _add_node(command)
    _add_key(command)
    _add_making(command)


def _announce(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_making import public_pair
    from longbien.directory.renewal import announce_key
    from longbien.primitives.ids import AuthorityId

    authority, keys = AuthorityId(options.authority), public_pair(options.signer)
    return _make(options, lambda entry: announce_key(entry, authority=authority, keys=keys))


def _add_rotate(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "rotate",
        _rotate,
        "bring an announced key pair into use\n\n"
        "Pairs in use stay valid until they end; keys that have ended are left out of the entry\n"
        "and stay in the books of others.  --next announces the pair after this one.",
    )
    _add_node(command)
    _add_key(command)
    command.add_argument("--next", type=Path, metavar="DIR", help="announce this signer's pair")
    _add_making(command)


def _rotate(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_making import public_pair, read_signing_key
    from longbien.directory.renewal import announce_key, drop_ended, rotate_key
    from longbien.primitives.ids import AuthorityId

    authority, key = AuthorityId(options.authority), read_signing_key(options.signer)

    def change(entry: "StateEntry") -> "StateEntry":
        turned = rotate_key(drop_ended(entry, now=_now()), authority=authority, key=key)
        if options.next is None:
            return turned
        return announce_key(turned, authority=authority, keys=public_pair(options.next))

    return _make(options, change)


def _add_key(command: argparse.ArgumentParser) -> None:
    command.add_argument("--authority", required=True, metavar="STATE/NAME")
    command.add_argument(
        "--signer", type=Path, required=True, metavar="DIR", help="made by: longbien keys signer"
    )


def _add_revoke(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "revoke",
        _revoke,
        "revoke a signing key\n\n"
        "What it signed before --at stays valid, in every book that holds this version.",
    )
    _add_node(command)
    command.add_argument("--key", required=True, metavar="sha256:...", help="either of the pair")
    command.add_argument("--at", metavar="TIME", help="RFC 3339; now by default, never later")
    command.add_argument("--reason", required=True, choices=_REASONS)
    _add_making(command)


def _revoke(options: argparse.Namespace) -> int:
    from longbien.directory.entry import RevocationReason
    from longbien.directory.renewal import revoke_key
    from longbien.primitives.ids import KeyId
    from longbien.primitives.instants import Instant

    key, reason = KeyId(options.key), RevocationReason(options.reason)
    at = Instant.parse(options.at) if options.at else None

    def change(entry: "StateEntry") -> "StateEntry":
        return revoke_key(entry, key=key, at=at or entry.issued_at, reason=reason)

    return _make(options, change)


def _make(options: argparse.Namespace, change: "Callable[[StateEntry], StateEntry]") -> int:
    """Make, sign and keep the next version of the own entry."""
    from datetime import timedelta

    from longbien.directory.renewal import next_entry
    from longbien.directory.wire import sign_entry

    folder, now = _open(options), _now()
    book = folder.book()
    current = book.history(book.get_entry(folder.own).state)[-1]
    upcoming = next_entry(current, now=now, lifetime=timedelta(days=options.days))
    return _finish(options, sign_entry(change(upcoming), signers=_signers(options)), now)


def _finish(options: argparse.Namespace, signed: "SignedEntry", now: "Instant") -> int:
    from longbien.adapters.keystore import write_new
    from longbien.directory.fingerprint import entry_fingerprint
    from longbien.directory.trusted import count_holders

    if options.out:
        write_new(options.out, signed.data + b"\n")
        signers = count_holders(signed.entry.roots, signed.envelope)
        _print(
            options,
            {**_facts(signed.entry), "signed_by": signers},
            f"{options.out}: version {signed.entry.version}, signed by {signers} of "
            f"{signed.entry.roots.threshold} root holders that must; take it in with: "
            f"longbien directory import NODE {options.out}",
        )
        return 0
    folder = _open(options)
    # it was made here: its own fingerprint needs no telephone
    update = folder.accept(
        [signed.data], now=now, state=folder.own, confirmed=entry_fingerprint(signed.entry)
    )
    return _say_update(options, folder, update)


def _add_sign(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "sign",
        _sign,
        "sign a version of an entry as a further root holder\n\n"
        "Needs no node: it can be done on the machine where the root lies, offline.  Compare\n"
        "the fingerprint of the version with whoever made it.",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="a version made with --out")
    command.add_argument("--out", type=Path, required=True, metavar="FILE")
    add_roots(command)


def _sign(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_files import read_export
    from longbien.directory.wire import SignedEntry, parse_signed_entry
    from longbien.trust.dsse import add_signatures, sign_envelope

    old = parse_signed_entry(read_export(options.file)[-1])
    more = sign_envelope(
        old.envelope.payload,
        payload_type=old.envelope.payload_type,
        signers=_signers(options),
    )
    merged = SignedEntry(entry=old.entry, envelope=add_signatures(old.envelope, more))
    return _finish(options, merged, _now())


def _add_repair(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "repair",
        _repair,
        "put damaged files of the directory right\n\n"
        "Exactly the bytes that were accepted once are restored, or nothing is.",
    )
    _add_node(command)
    command.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FILE",
        help="made by: longbien directory export NODE STATE --history",
    )


def _repair(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_files import read_export
    from longbien.adapters.directory_repair import repair_directory

    given = read_export(options.source) if options.source else ()
    done = repair_directory(options.node / "directory", given)
    lines = [f"restored {name}" for name in done.restored] or ["every file was sound"]
    _print(options, {"restored": list(done.restored)}, "\n".join(lines))
    return 0


# --- what all share ------------------------------------------------------------------------------


def _open(options: argparse.Namespace) -> "DirectoryFolder":
    from longbien.adapters.directory_files import DirectoryFolder

    return DirectoryFolder(options.node / "directory")


def _signers(options: argparse.Namespace) -> "tuple[RawSigner, ...]":
    from longbien.adapters.directory_making import root_signers
    from longbien.adapters.keystore import read_passphrase

    return root_signers(options.root, passphrase=read_passphrase(options.passphrase_file))


def _facts(entry: "StateEntry") -> "dict[str, Json]":
    from longbien.directory.fingerprint import entry_fingerprint, roots_fingerprint

    return {
        "entry_fingerprint": str(entry_fingerprint(entry)),
        "exercise": entry.exercise,
        "expires_at": str(entry.expires_at),
        "fingerprint": str(roots_fingerprint(entry)),
        "state": entry.state.text,
        "version": entry.version,
    }


def _print(options: argparse.Namespace, facts: "Json", text: str) -> None:
    from longbien.cli._output import say, say_json

    if options.json:
        say_json(facts)
    else:
        say(text)


def _now() -> "Instant":
    from datetime import UTC, datetime

    from longbien.primitives.instants import Instant

    return Instant(datetime.now(tz=UTC))
