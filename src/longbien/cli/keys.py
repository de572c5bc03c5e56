"""``longbien keys``: make, show and revoke keys."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longbien.adapters.keymaking import Workshop
    from longbien.primitives.canonical import Json
    from longbien.trust.certificates import Certificate
    from longbien.trust.issuing import Name

_DESCRIPTION = """\
Make the keys of a State, an authority, a ledger or a witness; show what is in a key
folder; revoke a certificate.  Private keys are written so that only you may read them,
and nothing that exists is ever overwritten."""

_REASONS = (
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
)

_LINE = 100  # characters; a post-quantum key has some thousand


# --- arguments ---------------------------------------------------------------------------------


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its own commands to the parser."""
    parser = subparsers.add_parser(
        "keys", help="make, show and revoke keys and certificates", description=_DESCRIPTION
    )
    kinds = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    _add_makers(kinds)
    _add_keepers(kinds)


def _add_makers(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    root = _maker(kinds, "root", "the root of a State, to be kept offline", run=_root)
    _add_name(root, common_name="Root")
    root.add_argument("--days", type=_days, default=3650, help="validity (default: 3650)")

    signer = _maker(kinds, "signer", "an authority that signs evidence", run=_signer)
    signer.add_argument("--root", type=Path, required=True, help="the folder of the State's root")
    _add_name(signer, common_name="Central Authority")
    signer.add_argument("--curve", choices=("P-256", "P-384"), default="P-256")
    signer.add_argument("--days", type=_days, default=30, help="validity (default: 30)")

    _maker(kinds, "recipient", "a key that evidence is sealed for", run=_recipient)
    log = _maker(kinds, "log", "the keys of a custody ledger", run=_log)
    log.add_argument("--name", required=True, help="its origin, like authority.example/custody")
    witness = _maker(kinds, "witness", "the keys of a witness of other ledgers", run=_witness)
    witness.add_argument("--name", required=True, help="its name, like authority.example")

    tsa = _maker(kinds, "tsa", "an exercise time-stamp authority (needs openssl)", run=_tsa)
    tsa.add_argument("--country", type=_country, default="XA", help="two letters (default: XA)")

    exercise = _maker(kinds, "exercise", "a complete training set in one go", run=_exercise)
    exercise.add_argument(
        "--state", type=_country, default="XA", help="the requested State (default: XA)"
    )
    exercise.add_argument(
        "--quorum",
        type=int,
        choices=(1, 2),
        default=2,
        help="how many of the two witnesses must have cosigned (default: 2)",
    )


def _add_keepers(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    revoke = _command(kinds, "revoke", "put a certificate on its root's revocation list", _revoke)
    revoke.add_argument("certificate", type=Path, help="the certificate, PEM")
    revoke.add_argument("--root", type=Path, required=True, help="the folder of the State's root")
    revoke.add_argument("--reason", choices=_REASONS, required=True)
    revoke.add_argument("--at", metavar="TIME", help="when, RFC 3339 (default: now)")
    revoke.add_argument(
        "--invalid-since",
        metavar="TIME",
        help="since when the key may have been in other hands, where that is known",
    )
    _add_passphrase(revoke)

    crl = _command(kinds, "crl", "sign the revocation lists again, before they run out", _crl)
    which = crl.add_mutually_exclusive_group(required=True)
    which.add_argument("--root", type=Path, help="the folder of a State's root")
    which.add_argument("--tsa", type=Path, help="the folder of an exercise time-stamp authority")
    crl.add_argument("--into", type=Path, help="a signer's folder that gets the new lists too")
    crl.add_argument("--days", type=_days, default=30, help="good for so long (default: 30)")
    _add_passphrase(crl)

    show = _command(kinds, "show", "what is in a key folder, with fingerprints to read out", _show)
    show.add_argument("path", type=Path, nargs="+", help="key folders or PEM files")


def _command(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    run: object,
) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)
    return parser


def _maker(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    *,
    run: object,
) -> argparse.ArgumentParser:
    parser = _command(kinds, name, f"make {purpose}", run)
    parser.add_argument("folder", type=Path, help="the new folder")
    _add_passphrase(parser)
    return parser


def _add_name(parser: argparse.ArgumentParser, *, common_name: str) -> None:
    parser.add_argument("--country", type=_country, required=True, help="two letters, ISO 3166-1")
    parser.add_argument(
        "--organisation", type=_words, required=True, help="the State or the authority"
    )
    parser.add_argument(
        "--name", type=_words, default=common_name, help=f"what it is (default: {common_name})"
    )
    parser.add_argument(
        "--exercise", action="store_true", help="write EXERCISE into the name: for training"
    )


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="protect or open private keys with the first line of this file (mode 600)",
    )


def _country(text: str) -> str:
    if len(text) != 2 or not (text.isascii() and text.isalpha()):  # noqa: PLR2004  # as it says
        msg = "a country is two letters, ISO 3166-1"
        raise argparse.ArgumentTypeError(msg)
    return text.upper()


def _words(text: str) -> str:
    if not text.strip() or len(text) > 54 or not text.isprintable():  # noqa: PLR2004  # RFC 5280 allows 64; a root's kind is added
        msg = "a name has 1 to 54 printable characters"
        raise argparse.ArgumentTypeError(msg)
    return text


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 36525:  # noqa: PLR2004  # a century
        msg = "a number of days, 1 to 36525"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


# --- making ------------------------------------------------------------------------------------


def _workshop(options: argparse.Namespace) -> "Workshop":
    import os
    from datetime import UTC, datetime

    from longbien.adapters.keymaking import Workshop
    from longbien.adapters.keystore import read_passphrase
    from longbien.primitives.instants import Instant

    return Workshop(
        now=Instant(datetime.now(UTC)),
        random_bytes=os.urandom,
        passphrase=read_passphrase(options.passphrase_file),
    )


def _name(options: argparse.Namespace) -> "Name":
    from longbien.trust.issuing import Name

    return Name(
        country=options.country,
        organisation=options.organisation,
        common_name=options.name,
        is_exercise=options.exercise,
    )


def _root(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking

    keymaking.make_root(
        options.folder, name=_name(options), days=options.days, workshop=_workshop(options)
    )
    return _tell(options)


def _signer(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking

    keymaking.make_signer(
        options.folder,
        root=options.root,
        name=_name(options),
        curve=options.curve,
        days=options.days,
        workshop=_workshop(options),
    )
    return _tell(options)


def _recipient(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking

    keymaking.make_recipient(options.folder, workshop=_workshop(options))
    return _tell(options)


def _log(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking

    keymaking.make_log(options.folder, name=options.name, workshop=_workshop(options))
    return _tell(options)


def _witness(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking

    keymaking.make_witness(options.folder, name=options.name, workshop=_workshop(options))
    return _tell(options)


def _tsa(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking

    keymaking.make_tsa(options.folder, country=options.country, workshop=_workshop(options))
    return _tell(options)


def _exercise(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking

    keymaking.make_exercise(
        options.folder,
        country=options.state,
        quorum=options.quorum,
        workshop=_workshop(options),
    )
    return _tell(options)


# --- keeping -----------------------------------------------------------------------------------


def _revoke(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking
    from longbien.adapters.keystore import read_certificate
    from longbien.cli._output import say, say_json
    from longbien.primitives.instants import Instant
    from longbien.trust.issuing import RevocationReason, RevokedEntry

    workshop = _workshop(options)
    certificate = read_certificate(options.certificate)
    since = options.invalid_since
    entry = RevokedEntry(
        serial=certificate.serial,
        revoked_at=Instant.parse(options.at) if options.at else workshop.now,
        reason=RevocationReason(options.reason),
        invalid_since=Instant.parse(since) if since else None,
    )
    keymaking.revoke(certificate, root=options.root, entry=entry, workshop=workshop)
    if options.json:
        say_json({"revoked": certificate.subject, "at": str(entry.revoked_at)})
    else:
        say(f"revoked: {certificate.subject}, at {entry.revoked_at}, {options.reason}")
        say("Hand the new list on: longbien keys crl --root … --into SIGNER, and to every peer.")
    return 0


def _crl(options: argparse.Namespace) -> int:
    from longbien.adapters import keymaking
    from longbien.cli._output import say, say_json

    workshop = _workshop(options)
    if options.tsa:
        crls = [keymaking.renew_tsa_crl(options.tsa, days=options.days, workshop=workshop)]
    else:
        crls = [*keymaking.renew_crls(options.root, days=options.days, workshop=workshop)]
        if options.into:
            keymaking.hand_on_crls(options.root, signer=options.into)
    if options.json:
        say_json({"lists": [{"issuer": one.issuer, "until": str(one.next_update)} for one in crls]})
    for crl in () if options.json else crls:
        say(f"{crl.issuer}: good until {crl.next_update}")
    return 0


# --- showing -----------------------------------------------------------------------------------


def in_fours(fingerprint: str) -> str:
    """Return hexadecimal digits in groups of four, to be read out over the telephone."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _tell(options: argparse.Namespace) -> int:
    """Show what was just made."""
    return _print([options.folder], as_json=options.json)


def _show(options: argparse.Namespace) -> int:
    return _print(options.path, as_json=options.json)


def _print(paths: list[Path], *, as_json: bool) -> int:
    from longbien.cli._output import say, say_json
    from longbien.primitives.errors import Refused

    found = [entry for path in paths for entry in _entries(path)]
    if not found:
        raise Refused(
            "keys.nothing-here",
            "there are no keys or certificates in {folder}",
            folder=", ".join(str(path) for path in paths),
        )
    if as_json:
        say_json({"keys": list(found)})
        return 0
    for entry in found:
        say(f"{entry['file']}")
        for field, value in entry.items():
            if field != "file":
                say(f"  {field.replace('_', ' '):<14}{_shown(field, str(value))}")
    return 0


def _shown(field: str, value: str) -> str:
    """Return a value as people read it: fingerprints in fours, long keys shortened."""
    if field == "sha256":
        return in_fours(value)
    return value if len(value) <= _LINE else f"{value[:40]}…{value[-12:]} (whole in the file)"


def _entries(path: Path) -> "list[dict[str, Json]]":
    """Describe what a file or a folder holds, without opening any private key."""
    if path.is_dir():
        inner = sorted(one for one in path.iterdir() if one.is_dir() or _is_shown(one))
        return [entry for one in inner for entry in _entries(one)]
    from longbien.adapters.keystore import read_public

    data = read_public(path)
    if path.name == "recipient.txt":
        return [_recipient_entry(path, data)]
    if path.name == "vkeys.txt":
        return [_vkey_entry(path, line) for line in data.splitlines()]
    from longbien.trust.certificates import parse_certificates

    return [_certificate_entry(path, one) for one in parse_certificates(data)]


def _is_shown(path: Path) -> bool:
    is_public_pem = path.suffix == ".pem" and not path.name.endswith(".key.pem")
    # chain.pem and crls.pem only repeat what the root's folder shows
    is_repeated = path.name in {"chain.pem", "crls.pem"}
    return (is_public_pem and not is_repeated) or path.name in {"recipient.txt", "vkeys.txt"}


def _certificate_entry(path: Path, one: "Certificate") -> "dict[str, Json]":
    return {
        "file": str(path),
        "subject": one.subject,
        "issuer": one.issuer,
        "key": str(one.key_algorithm),
        "valid_from": str(one.not_before),
        "valid_until": str(one.not_after),
        "sha256": one.sha256.hex,
    }


def _recipient_entry(path: Path, data: bytes) -> "dict[str, Json]":
    from longbien.trust.age.recipients import encode_recipient, key_id, parse_recipient

    recipient = parse_recipient(data.decode("ascii", "replace").strip())
    return {
        "file": str(path),
        "recipient": encode_recipient(recipient),
        "sha256": str(key_id(recipient)).removeprefix("sha256:"),
    }


def _vkey_entry(path: Path, line: bytes) -> "dict[str, Json]":
    from longbien.ledger.notes import parse_vkey
    from longbien.primitives.digest import Digest

    key = parse_vkey(line)
    return {
        "file": str(path),
        "name": key.name,
        "vkey": key.text,
        "kind": key.kind.name.lower().replace("_", "-"),
        "sha256": Digest.of(line).hex,
    }
