"""``longbien inspect``: say what something is and what it claims, without a verdict."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longbien.evidence.disclosure import Disclosure
    from longbien.evidence.package import Package
    from longbien.primitives.canonical import Json
    from longbien.trust.certificates import Certificate

_DESCRIPTION = """\
Show what is in a package, a disclosure, a sealed file, a certificate, a revocation list, a
time stamp, a ledger proof or a ledger policy.  NOTHING IS VERIFIED: what is shown are claims.
For a verdict use longbien verify."""

_HEAD = 2**18  # bytes that are looked at of a file: a sealed header has at most 128 KiB
_MAX_FILE = 16 * 2**20  # bytes of a file that is read whole
_DISCLAIMER = "Nothing was verified: these are claims.  For a verdict: longbien verify"


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "inspect",
        help="show what something is, without a verdict",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", type=Path, help="a package's folder, or a file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what the path holds."""
    from longbien.cli._output import say, say_json

    found = _folder(options.path) if options.path.is_dir() else _file(options.path)
    found = {**found, "verified": False}
    if options.json:
        say_json(found)
        return 0
    for line in _lines(found):
        say(line)
    say(f"\n{_DISCLAIMER}")
    return 0


def _lines(found: "dict[str, Json]", indent: str = "") -> list[str]:
    lines: list[str] = []
    for name, value in found.items():
        if name == "verified":
            continue
        label = f"{indent}{name.replace('_', ' ')}"
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            if isinstance(row, dict):
                lines += [f"{label}:", *_lines(row, f"{indent}  ")]
            elif row is not None:
                lines.append(f"{label + ':':<24} {row}")
    return lines


# --- folders -----------------------------------------------------------------------------------


def _folder(path: Path) -> "dict[str, Json]":
    from longbien.cli._bag_folder import BagFolder
    from longbien.evidence.disclosure import parse_disclosure
    from longbien.evidence.layout import DESCRIPTION, DISCLOSURE
    from longbien.evidence.wire import MAX_DESCRIPTION, parse_package
    from longbien.primitives.errors import Refused

    with BagFolder(path) as bag:
        names = {entry.path for entry in bag.entries()}
        if DISCLOSURE in names:
            disclosure = parse_disclosure(bag.read(DISCLOSURE, limit=MAX_DESCRIPTION))
            return _disclosure(disclosure)
        if DESCRIPTION not in names:
            raise Refused("inspect.unknown", "{path} is no package and no disclosure", path=path)
        package = parse_package(bag.read(DESCRIPTION, limit=MAX_DESCRIPTION))
        return {"what": "evidence package", **_package(package), **_signers(names)}


def _package(package: "Package") -> "dict[str, Json]":
    from longbien.evidence.report_json import contents_json
    from longbien.evidence.verify_package import contents_of

    found = contents_json(contents_of(package, is_proven=False))
    del found["proven"]
    return found


def _signers(names: set[str]) -> "dict[str, Json]":
    from longbien.evidence.layout import find_signer_number, is_proof

    numbers = {find_signer_number(name) for name in names} - {None}
    return {
        "signature_sets": len(numbers),
        "custody_proofs": sum(map(is_proof, names)),
    }


def _disclosure(disclosure: "Disclosure") -> "dict[str, Json]":
    return {
        "what": "partial disclosure of an evidence package",
        "disclosure_id": f"LBD-{disclosure.disclosure_id}",
        "made_at": str(disclosure.made_at),
        "made_by": disclosure.made_by,
        "package": _package(disclosure.package),
        "given": [
            {"path": one.file.path, "start": one.start, "end": one.end, "size": one.file.size}
            for one in disclosure.given
        ],
        "withheld": [{"reason": code.value, "files": count} for code, count in disclosure.withheld],
    }


# --- files -------------------------------------------------------------------------------------


def _file(path: Path) -> "dict[str, Json]":
    from longbien.primitives.errors import Malformed, Refused, Unavailable

    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if head.startswith(b"age-encryption.org/"):
                return _sealed(head, path.stat().st_size)
            data = head + file.read(_MAX_FILE)
    except OSError as error:
        raise Unavailable(
            "inspect.unreadable", "{path} cannot be read: {why}", path=path, why=error.strerror
        ) from error
    for look in (_proof, _policy, _certificates, _lists, _stamp):
        try:
            return look(data)
        except Malformed:
            continue
    raise Refused("inspect.unknown", "{path} is nothing that this program knows", path=path)


def _sealed(head: bytes, size: int) -> "dict[str, Json]":
    from longbien.trust.age.header import parse_header
    from longbien.trust.age.stream import plain_size

    header = parse_header(head)
    nonce = 16  # bytes of the payload's nonce, C2SP age.md
    return {
        "what": "sealed file (age v1); only its header can be read without a key",
        "recipients": [stanza.kind for stanza in header.stanzas],
        "header_bytes": header.size,
        "plaintext_bytes": plain_size(size - header.size - nonce),
    }


def _proof(data: bytes) -> "dict[str, Json]":
    from longbien.ledger.proof import parse_proof

    proof = parse_proof(data)
    head = proof.signed.checkpoint.head
    return {
        "what": "proof of an entry in a custody ledger",
        "ledger": head.origin,
        "entry": proof.index,
        "ledger_entries": head.size,
        "ledger_root": head.root.hex,
        "signature_lines": [line.name for line in proof.signed.note.signatures],
    }


def _policy(data: bytes) -> "dict[str, Json]":
    from longbien.ledger.policy import parse_policy
    from longbien.primitives.digest import Digest

    policy = parse_policy(data)
    return {
        "what": "ledger policy: ledgers and witnesses that somebody believes",
        "ledger": [
            {"name": log.key.name, "fingerprint": Digest.of(log.key.text.encode()).hex}
            for log in policy.logs
        ],
        "witness": [
            {"name": one.name, "fingerprint": Digest.of(one.key.text.encode()).hex}
            for one in policy.witnesses
        ],
        "quorum": policy.quorum,
    }


def _certificates(data: bytes) -> "dict[str, Json]":
    from longbien.trust.certificates import parse_certificates

    found = parse_certificates(data)
    return {"what": "certificates", "certificate": [_certificate(one) for one in found]}


def _certificate(one: "Certificate") -> "Json":
    return {
        "subject": one.subject,
        "issuer": one.issuer,
        "sha256": one.sha256.hex,
        "key": one.key_algorithm.value,
        "valid_from": str(one.not_before),
        "valid_until": str(one.not_after),
        "exercise": one.is_exercise,
    }


def _lists(data: bytes) -> "dict[str, Json]":
    from longbien.trust.certificates import parse_crls

    return {
        "what": "certificate revocation lists",
        "list": [
            {
                "issuer": one.issuer,
                "made": str(one.this_update),
                "next": None if one.next_update is None else str(one.next_update),
            }
            for one in parse_crls(data)
        ],
    }


def _stamp(data: bytes) -> "dict[str, Json]":
    from longbien.trust.timestamps import parse_timestamp

    stamp = parse_timestamp(data)
    return {
        "what": "time stamp (RFC 3161)",
        "stamped_at": str(stamp.stamped_at),
        "authority": stamp.authority.subject,
        "over": f"{stamp.imprint_algorithm}:{stamp.imprint.hex()}",
        "policy": stamp.policy,
    }
