"""``longbien disclose``: give a part of a package, with the proof that it belongs to the whole."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from longbien.cli._signing import add_signing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import ExitStack

    from longbien.adapters.bag_writer import BagWriter
    from longbien.adapters.packer import Signing
    from longbien.cli._bag_folder import BagFolder
    from longbien.cli._trust_folder import Trusted
    from longbien.evidence.disclosure import Disclosure, Reason, Selection
    from longbien.evidence.package import Package, PayloadFile
    from longbien.evidence.report import Report
    from longbien.primitives.instants import Instant

_DESCRIPTION = """\
Give a part of a package: whole exhibits, files, or a range of bytes of a file (widened to
whole blocks of 1 MiB), with the proof that it belongs to the signed package and a statement
of how much is withheld.  Nothing of what is withheld is named.

The package is verified first, and the disclosure that was made is verified again."""

_EPILOG = """\
what to give:     E0001                          an exhibit
                  data/E0002/inbox.mbox          a file
                  data/E0003/disk.dd:0-4194304   bytes 0 to 4194303 of a file

why not the rest: not-requested, not-relevant, privileged, personal-data, other-proceedings,
                  essential-interests, not-stated.  As REASON=COUNT, or REASON alone for
                  everything that no other reason is given for.

A reader who already has a copy of a withheld file may recognise its digest among those of the
signed tag manifest, which must stay as it is: see DISCLOSURE.txt."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "disclose",
        help="give a part of a package with proof that it belongs to it",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("package", type=Path, help="the folder LB-…")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where it is made")
    parser.add_argument("--by", required=True, metavar="NAME", help="who makes the selection")
    parser.add_argument(
        "--give", action="append", required=True, metavar="WHAT", help="may be repeated"
    )
    parser.add_argument(
        "--reason", action="append", default=[], metavar="REASON[=COUNT]", help="may be repeated"
    )
    parser.add_argument("--trust", type=Path, metavar="DIR", help="whom you believe")
    parser.add_argument(
        "--despite-indeterminate",
        action="store_true",
        help="go on although not everything about the package could be proven",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_signing(parser.add_argument_group("who signs the statement (else nobody does)"))
    parser.set_defaults(run=run, usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Make the disclosure; print where it is and what the verifier says of it."""
    from contextlib import ExitStack

    if options.keys and not (options.tsa_keys or options.tsa_url):
        options.usage_error("--keys needs --tsa-keys or --tsa-url")
    with ExitStack() as stack:
        return _disclose(options, stack)


def _disclose(options: argparse.Namespace, stack: "ExitStack") -> int:
    from longbien.adapters.bag_writer import new_bag
    from longbien.cli._bag_folder import BagFolder
    from longbien.cli._trust_folder import read_trust
    from longbien.evidence.disclosure import disclosure_folder
    from longbien.evidence.layout import DESCRIPTION
    from longbien.evidence.wire import MAX_DESCRIPTION, parse_package

    trusted = read_trust(options.trust)
    signing = None if options.keys is None else _signing(options, stack)
    bag = stack.enter_context(BagFolder(options.package))
    _require_verified(_report(bag, trusted), options=options)
    package = parse_package(bag.read(DESCRIPTION, limit=MAX_DESCRIPTION))
    disclosure = _chosen(options, package, bag, signing)
    name = disclosure_folder(disclosure.disclosure_id)
    with new_bag(options.out, name) as writer:
        _write(writer, bag, disclosure, signing=signing, count=len(package.files))
        with BagFolder(writer.folder) as made:
            report = _report(made, trusted)
        _require_sound(report)
    _tell(options, disclosure, report, name=name, count=len(package.files))
    return 0


def _report(bag: "BagFolder", trusted: "Trusted") -> "Report":
    from longbien.evidence.verify import verify

    return verify(
        bag,
        anchors=trusted.anchors,
        policy=trusted.policy,
        now=_now(),
        material=trusted.material,
        spread=bag.spread,
    )


def _now() -> "Instant":
    from datetime import UTC, datetime

    from longbien.primitives.instants import Instant

    return Instant(datetime.now(tz=UTC))


def _require_verified(report: "Report", *, options: argparse.Namespace) -> None:
    """Disclose only from a package that is itself in order, and not from a disclosure."""
    from longbien.evidence.report import Kind
    from longbien.primitives.errors import Refused
    from longbien.primitives.verdict import Outcome

    if report.kind is Kind.DISCLOSURE:
        raise Refused("disclose.partial", "{path} is a disclosure itself", path=options.package)
    if report.outcome is Outcome.FAILED:
        raise Refused(
            "disclose.failed", "{path} is not in order: longbien verify", path=options.package
        )
    if report.outcome is Outcome.INDETERMINATE and not options.despite_indeterminate:
        raise Refused(
            "disclose.indeterminate",
            "not everything about {path} could be proven: give --trust, "
            "or say --despite-indeterminate",
            path=options.package,
        )


def _require_sound(report: "Report") -> None:
    """Stop where our own disclosure does not verify: nothing is left behind."""
    from longbien.primitives.errors import Integrity
    from longbien.primitives.verdict import Outcome

    failed = [one.reason for one in report.verdict.findings if one.outcome is Outcome.FAILED]
    if failed:
        raise Integrity(
            "disclose.not-sound", "the disclosure does not verify: {reasons}", reasons=failed
        )


# --- choosing ----------------------------------------------------------------------------------


def _chosen(
    options: argparse.Namespace, package: "Package", bag: "BagFolder", signing: "Signing | None"
) -> "Disclosure":
    import os

    from longbien.evidence.disclosure import disclose
    from longbien.evidence.hashing import leaf_count
    from longbien.evidence.layout import leaves_path
    from longbien.evidence.manifests import ManifestLine
    from longbien.ledger.tree import HASH_SIZE
    from longbien.primitives.digest import Digest
    from longbien.primitives.ids import PackageId

    selections = [one for text in options.give for one in _selections(text, package)]
    numbers = {file.path: number for number, file in enumerate(package.files, 1)}

    def leaves(file: "PayloadFile") -> bytes:
        path = leaves_path(numbers[file.path])
        return bag.read(path, limit=leaf_count(file.size) * HASH_SIZE)

    trust = {} if signing is None else _discloser_trust(signing)
    return disclose(
        package,
        selections,
        disclosure_id=PackageId.from_random(os.urandom(16)),
        made_at=_now(),
        made_by=options.by,
        reasons=_reasons(options.reason, len(package.files) - len(selections)),
        leaves=leaves,
        trust=tuple(
            ManifestLine(path=path, sha256=Digest.of(data)) for path, data in sorted(trust.items())
        ),
    )


def _selections(text: str, package: "Package") -> "Iterator[Selection]":
    """Read what is to be given: an exhibit, a file, or a range of a file."""
    from longbien.evidence.disclosure import Selection
    from longbien.primitives.errors import Refused

    path, has_range, span = text.partition(":")
    if path in package.exhibits and not has_range:
        yield from (Selection(path=one.path) for one in package.files if one.exhibit == path)
        return
    if not has_range:
        yield Selection(path=path)
        return
    start, _, end = span.partition("-")
    if not (start.isdecimal() and end.isdecimal()):
        raise Refused("disclose.range", "{text} is not PATH:START-END in whole bytes", text=text)
    yield Selection(path=path, start=int(start), end=int(end))


def _reasons(texts: list[str], withheld: int) -> "Mapping[Reason, int]":
    """Read the reasons; one without a count takes what is left."""
    from longbien.evidence.disclosure import Reason
    from longbien.primitives.errors import Refused

    counts: dict[Reason, int] = {}
    rest: list[Reason] = []
    for text in texts:
        name, has_count, count = text.partition("=")
        code = f"withheld.{name.removeprefix('withheld.')}"
        if code not in list(Reason) or (has_count and not count.isdecimal()):
            raise Refused("disclose.reason", "{text} is not REASON or REASON=COUNT", text=text)
        if has_count:
            counts[Reason(code)] = counts.get(Reason(code), 0) + int(count)
        else:
            rest.append(Reason(code))
    if len(rest) > 1:
        raise Refused("disclose.reason", "only one reason may stand without a count", text="")
    left = withheld - sum(counts.values())
    taker = rest[0] if rest else Reason.NOT_STATED
    if left > 0:
        counts[taker] = counts.get(taker, 0) + left
    return counts


# --- writing -----------------------------------------------------------------------------------


def _signing(options: argparse.Namespace, stack: "ExitStack") -> "Signing":
    import os

    from longbien.adapters.keystore import read_passphrase
    from longbien.adapters.pack_inputs import exercise_stamping, network_stamping, open_signing

    stamping = (
        exercise_stamping(options.tsa_keys, os.urandom)
        if options.tsa_keys
        else network_stamping(options.tsa_url, options.tsa_material, os.urandom)
    )
    passphrase = read_passphrase(options.passphrase_file)
    return stack.enter_context(
        open_signing(options.keys, stamping=stamping, passphrase=passphrase, hardware=None)
    )


def _discloser_trust(signing: "Signing") -> "Mapping[str, bytes]":
    from longbien.evidence.layout import DISCLOSER
    from longbien.evidence.packing import trust_files

    return {f"{DISCLOSER}/{path}": data for path, data in trust_files(signing.material).items()}


def _write(
    writer: "BagWriter",
    bag: "BagFolder",
    disclosure: "Disclosure",
    *,
    signing: "Signing | None",
    count: int,
) -> None:
    from longbien.evidence.disclosure import encode_disclosure
    from longbien.evidence.disclosure_text import disclosure_text
    from longbien.evidence.layout import DISCLOSURE, DISCLOSURE_TEXT

    content = encode_disclosure(disclosure)
    files = {
        DISCLOSURE: content,
        DISCLOSURE_TEXT: disclosure_text(disclosure, count=count),
        **_kept(bag),
    }
    if signing is not None:
        files |= _discloser_trust(signing)
        files |= _signatures(content, signing)
    writer.write(files)
    for given, place in zip(disclosure.given, disclosure.places, strict=True):
        _copy(bag, given.file.path, given.start, given.end, writer.folder / place)


def _kept(bag: "BagFolder") -> "dict[str, bytes]":
    """Return what goes along as it is: bag-info, tag manifest, signatures, trust."""
    from longbien.evidence.layout import BAG_INFO, TAG_MANIFEST, find_signer_number, is_trust
    from longbien.evidence.manifests import MAX_MANIFEST

    return {
        entry.path: bag.read(entry.path, limit=MAX_MANIFEST)
        for entry in bag.entries()
        if entry.path in {BAG_INFO, TAG_MANIFEST}
        or is_trust(entry.path)
        or find_signer_number(entry.path)
    }


def _signatures(content: bytes, signing: "Signing") -> "dict[str, bytes]":
    from longbien.evidence.checks_disclosure import SIGNATURE_PATHS
    from longbien.primitives.digest import Digest
    from longbien.trust.cades_signing import sign_cades
    from longbien.trust.postquantum import sign_mldsa

    cades = sign_cades(content, signer=signing.ec, stamper=signing.stamper, signed_at=_now())
    return {
        SIGNATURE_PATHS.cades: cades,
        SIGNATURE_PATHS.timestamp: signing.stamper.stamp(Digest.of(cades)),
        SIGNATURE_PATHS.post_quantum: sign_mldsa(content, signer=signing.mldsa),
    }


def _copy(bag: "BagFolder", path: str, start: int, end: int, target: Path) -> None:
    import os

    from longbien.adapters.files import coded

    with coded(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for block in bag.read_range(path, start=start, end=end):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())


def _tell(
    options: argparse.Namespace,
    disclosure: "Disclosure",
    report: "Report",
    *,
    name: str,
    count: int,
) -> None:
    from longbien.cli._output import say, say_json

    folder = options.out / name
    if options.json:
        say_json(
            {
                "disclosure_id": str(disclosure.disclosure_id),
                "folder": str(folder),
                "given": len(disclosure.given),
                "outcome": report.outcome.name,
                "withheld": count - len(disclosure.given),
            }
        )
        return
    say(str(folder))
    say(f"{len(disclosure.given)} of {count} files given, {count - len(disclosure.given)} withheld")
    say(f"the verifier says: {report.outcome.name}")
