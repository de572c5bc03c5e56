"""How fast evidence goes through the vault, beside the tools that an examiner would take.

    python bench/vault.py [--mib 1024] [--rounds 3] [--folder DIR] [--sparse]

Three jobs, each a process of its own, start included, with exercise keys:
``ingest``: one file into a local vault: digest, chunk tree, encryption, digests of the ciphertext,
every part and its name synced.  ``package``: the exhibit is decrypted out of the vault, packed,
signed, time-stamped, and sealed into the vault again, synced.  ``verify``: the receiver judges the
package where it lies: digests of the ciphertext, decryption, digest and chunk tree of the file,
signatures, times and ledger; ``--quick`` hashes each byte of the file once.

The peers do less: no tree, no digest of the ciphertext, no signature.  All runs are interleaved,
and what one has written is removed before the next.  Wall times are only good as ratios within
one run; core-seconds are user and system time of the process and its children.  ``--sparse``
fills the file with holes: good for memory, not for speed.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

MIB = 2**20
LONGBIEN = (sys.executable, "-m", "longbien")


class Run(NamedTuple):
    """What one process took."""

    wall: float
    cores: float
    peak: int


def main() -> int:
    """Print the table, or, in a child process, do one job of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of the file, MiB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work, default: the temporary folder")
    parser.add_argument("--sparse", action="store_true", help="holes instead of random bytes")
    parser.add_argument("--ours-only", action="store_true", help="leave the peers out")
    parser.add_argument("--job", nargs=2, metavar=("WHAT", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        _JOBS[options.job[0]](Path(options.job[1]))
        return 0
    # this process stays small: Linux counts its peak as the peak of what it starts
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        _prepare(Path(folder), options)
        _compare(Path(folder), options)
        _limit(Path(folder))
    return 0


# --- the jobs, each in a process of its own -----------------------------------------------------


def _case(folder: Path):  # noqa: ANN202 - an identity, loaded late
    from longbien.trust.age.identities import parse_identities  # noqa: PLC0415 - a child's work

    return parse_identities((folder / "keys/recipient/identity.txt").read_bytes())[0]


def _vault(folder: Path):  # noqa: ANN202 - a vault, loaded late
    from longbien.adapters.vault_local import (  # noqa: PLC0415 - a child's work
        LocalVault,
        create_vault,
    )

    if not (folder / "vault").exists():
        create_vault(folder / "vault")
    return LocalVault(folder / "vault", spare=0)


def _ingest(folder: Path) -> None:
    from longbien.adapters.exhibits import Bench, Intake, take_in_file  # noqa: PLC0415 - late
    from longbien.channel.transfer import encode_sealed_object  # noqa: PLC0415 - late
    from longbien.trust.age.identities import recipient_of  # noqa: PLC0415 - late

    with _vault(folder) as vault, Bench() as bench:
        intake = Intake(vault=vault, recipients=[recipient_of(_case(folder))], bench=bench)
        (one,) = take_in_file(folder / "exhibit.dd", intake).exhibits
    record = {
        "size": one.size,
        "sha256": one.sha256.hex,
        "tree": one.tree.hex,
        "sealed": encode_sealed_object(one.sealed),
    }
    (folder / "exhibit.json").write_text(json.dumps(record))


def _exhibit(folder: Path):  # noqa: ANN202 - an exhibit, loaded late
    from longbien.adapters.exhibits import StoredExhibit  # noqa: PLC0415 - a child's work
    from longbien.channel.transfer import parse_sealed_object  # noqa: PLC0415 - a child's work
    from longbien.primitives.digest import Digest  # noqa: PLC0415 - a child's work

    record = json.loads((folder / "exhibit.json").read_text())
    return StoredExhibit(
        original=b"exhibit.dd",
        size=record["size"],
        sha256=Digest.parse(record["sha256"]),
        tree=Digest.parse(record["tree"]),
        sealed=parse_sealed_object(record["sealed"]),
    )


def _package(folder: Path) -> None:
    from longbien.adapters.pack_inputs import exercise_stamping, open_signing  # noqa: PLC0415
    from longbien.adapters.package_making import (  # noqa: PLC0415 - a child's work
        Sealing,
        describe_package,
        package_salt,
        seal_package,
    )
    from longbien.channel.transfer import encode_sealed_object  # noqa: PLC0415 - a child's work
    from longbien.trust.age.identities import recipient_of  # noqa: PLC0415 - a child's work

    case = _case(folder)
    recipient = recipient_of(case)
    stamping = exercise_stamping(folder / "keys/tsa", os.urandom)
    signer = folder / "keys/signer"
    with (
        _vault(folder) as vault,
        open_signing(signer, stamping=stamping, passphrase=None, hardware=None) as signing,
    ):
        head = _head(recipient)
        draft = describe_package(
            head,
            [_exhibit(folder)],
            salt=package_salt(case, head.package_id),
            vault=vault,
            identities=[case],
        )
        made = seal_package(
            draft,
            _custody(folder, draft),
            signing=signing,
            signed_at=_now(),
            sealing=Sealing(vault=vault, identities=[case], home=[recipient], sent_to=[recipient]),
        )
    (folder / "package.json").write_text(json.dumps(encode_sealed_object(made.sent)))


def _head(recipient):  # noqa: ANN001, ANN202 - types that are loaded late
    from longbien.evidence.wire import Head  # noqa: PLC0415 - a child's work
    from longbien.primitives.ids import PackageId, RequestUrn  # noqa: PLC0415 - a child's work
    from longbien.trust.age.recipients import key_id  # noqa: PLC0415 - a child's work

    return Head(
        package_id=PackageId.from_random(os.urandom(16)),
        request=RequestUrn("urn:example:bench"),
        legal_basis=(),
        use_limits=(),
        recipients=(key_id(recipient),),
        created_at=_now(),
        created_by="Bench",
        exercise=True,
        software="longbien bench",
    )


def _custody(folder: Path, draft):  # noqa: ANN001, ANN202 - types that are loaded late
    from longbien.adapters.keystore import load_log  # noqa: PLC0415 - a child's work
    from longbien.adapters.ledger_store import LedgerStore  # noqa: PLC0415 - a child's work
    from longbien.adapters.pack_inputs import LocalWitnesses  # noqa: PLC0415 - a child's work
    from longbien.adapters.package_making import custody_events  # noqa: PLC0415 - a child's work
    from longbien.evidence.custody import encode_event  # noqa: PLC0415 - a child's work
    from longbien.evidence.packing import Custody, keys_of  # noqa: PLC0415 - a child's work
    from longbien.ledger.policy import parse_policy  # noqa: PLC0415 - a child's work
    from longbien.ledger.proof import encode_proof  # noqa: PLC0415 - a child's work

    keys = load_log(folder / "keys/log", passphrase=None)
    witnesses = LocalWitnesses(
        folders=tuple(folder / f"keys/witness-{number}" for number in (1, 2)), passphrase=None
    )
    events = custody_events(draft, taken_at=_now(), packed_at=_now())
    with LedgerStore(folder / "ledger") as ledger:
        indexes = ledger.append(list(map(encode_event, events)), random_bytes=os.urandom)
        ledger.checkpoint(signers=(keys.ed25519, keys.mldsa44), now=_now())
        witnesses(ledger, now=_now())
        policy = witnesses.policy(ledger.keys)
        return Custody(
            events=events,
            salts=tuple(ledger.record(index).salt for index in indexes),
            proofs=tuple(encode_proof(ledger.prove(index)) for index in indexes),
            policy=policy,
            keys=keys_of(parse_policy(policy)),
        )


def _now():  # noqa: ANN202 - a type that is loaded late
    from datetime import UTC, datetime  # noqa: PLC0415 - a child's work

    from longbien.primitives.instants import Instant  # noqa: PLC0415 - a child's work

    return Instant(datetime.now(tz=UTC))


def _verify(folder: Path, *, quick: bool = False) -> None:
    from longbien.adapters.sealed_bag import SealedBag  # noqa: PLC0415 - a child's work
    from longbien.adapters.sealed_objects import open_object  # noqa: PLC0415 - a child's work
    from longbien.channel.transfer import parse_sealed_object  # noqa: PLC0415 - a child's work
    from longbien.cli._trust_folder import read_trust  # noqa: PLC0415 - a child's work
    from longbien.evidence.verify import verify  # noqa: PLC0415 - a child's work
    from longbien.primitives.verdict import Outcome  # noqa: PLC0415 - a child's work
    from longbien.trust.age.identities import recipient_of  # noqa: PLC0415 - a child's work
    from longbien.trust.age.recipients import key_id  # noqa: PLC0415 - a child's work

    sealed = parse_sealed_object(json.loads((folder / "package.json").read_text()))
    trusted, case = read_trust(folder / "keys/trust"), _case(folder)
    with _vault(folder) as vault, SealedBag(open_object(sealed, vault, [case])) as bag:
        report = verify(
            bag,
            anchors=trusted.anchors,
            policy=trusted.policy,
            now=_now(),
            recipient=key_id(recipient_of(case)),
            material=trusted.material,
            spread=bag.spread,
            quick=quick,
        )
    if report.outcome is not Outcome.PASSED:
        msg = [(f.reason, f.facts) for step in report.steps for f in step.findings]
        raise SystemExit(str(msg))


def _quick(folder: Path) -> None:
    _verify(folder, quick=True)


_JOBS: dict[str, Callable[[Path], None]] = {
    "ingest": _ingest,
    "package": _package,
    "verify": _verify,
    "quick": _quick,
}


# --- the table ----------------------------------------------------------------------------------


def _prepare(folder: Path, options: argparse.Namespace) -> None:
    with (folder / "exhibit.dd").open("wb") as file:
        if options.sparse:
            file.truncate(options.mib * MIB)
        for _ in range(0 if options.sparse else options.mib):
            file.write(os.urandom(MIB))
    for command in (
        ["keys", "exercise", str(folder / "keys")],
        ["ledger", "init", str(folder / "ledger"), "--keys", str(folder / "keys/log")],
    ):
        subprocess.run([*LONGBIEN, *command], check=True, capture_output=True)
    key = folder / "x25519"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)


def _compare(folder: Path, options: argparse.Namespace) -> None:
    key, source, out = folder / "x25519", folder / "exhibit.dd", folder / "peer.age"
    done = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True)
    to = f"age -r {done.stdout.strip()}"
    ours = [sys.executable, __file__, "--job"]
    # name, command, the peer that it is compared with
    jobs: list[tuple[str, list[str], str]] = [
        ("ingest", [*ours, "ingest", str(folder)], "sha256sum && age, synced"),
        ("package", [*ours, "package", str(folder)], "age -d | age, synced"),
        ("verify", [*ours, "verify", str(folder)], "age -d | sha256sum"),
        ("verify --quick", [*ours, "quick", str(folder)], "age -d | sha256sum"),
    ]
    peers = {
        "sha256sum && age, synced": f"sha256sum {source} && {to} -o {out} {source} && sync {out}",
        "openssl dgst && age, synced": (
            f"openssl dgst -sha256 {source} && {to} -o {out} {source} && sync {out}"
        ),
        "age -d | age, synced": f"age -d -i {key} {out} | {to} -o {out}2 && sync {out}2",
        "age -d | sha256sum": f"age -d -i {key} {out} | sha256sum",
        "age -d | openssl dgst": f"age -d -i {key} {out} | openssl dgst -sha256",
    }
    if not options.ours_only:
        jobs += [(name, ["sh", "-c", text], name) for name, text in peers.items()]
    runs: dict[str, list[Run]] = {name: [] for name, _, _ in jobs}
    for _ in range(options.rounds):
        for name, command, _ in jobs:
            _clean(folder, name)
            runs[name].append(_run(command))
    _report(runs, {name: peer for name, _, peer in jobs}, options)


def _clean(folder: Path, name: str) -> None:
    """Remove what the job will write anew, and let nobody pay for the dirty pages of another."""
    if name == "ingest":
        shutil.rmtree(folder / "vault", ignore_errors=True)
    if name.startswith(("sha256sum", "openssl")):
        (folder / "peer.age").unlink(missing_ok=True)
    (folder / "peer.age2").unlink(missing_ok=True)
    os.sync()


def _run(command: list[str]) -> Run:
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        msg = f"{command} ended with {child.returncode}"
        raise SystemExit(msg)
    return Run(wall=wall, cores=used.ru_utime + used.ru_stime, peak=used.ru_maxrss * 1024)


def _report(runs: dict[str, list[Run]], peers: dict[str, str], options: argparse.Namespace) -> None:
    size = options.mib * MIB
    kind = "holes" if options.sparse else "random bytes"
    print(f"{options.mib} MiB of {kind}, {options.rounds} interleaved rounds,")
    print(f"{os.cpu_count()} cores; median (best); ratio: throughput against the peer\n")
    print("| job | wall s | GB/s | ratio | against | core-s/GB | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    for name, taken in runs.items():
        wall = statistics.median(run.wall for run in taken)
        best = min(run.wall for run in taken)
        base = runs.get(peers[name], taken)
        ratio = statistics.median(run.wall for run in base) / wall
        cores = min(run.cores for run in taken) / size * 1e9
        peak = max(run.peak for run in taken) / MIB
        print(
            f"| {name} | {wall:.2f} ({best:.2f}) | {size / wall / 1e9:.2f} | {ratio:.2f} |"
            f" {peers[name]} | {cores:.2f} | {peak:.0f} |"
        )


# --- the limit ----------------------------------------------------------------------------------


def _limit(folder: Path) -> None:
    """Time each thing that must happen to a byte, alone, on one core; add up what a job needs."""
    costs = _costs(folder)
    print("\ncore-s/GB alone: " + ", ".join(f"{name} {cost:.2f}" for name, cost in costs.items()))
    needs = {
        # the file's digest, its leaves, the digest of the ciphertext
        "ingest": {"read": 1, "sha256": 3, "seal": 1, "write": 1},
        # ciphertext checked and opened, sealed and its digest made
        "package": {"read": 1, "sha256": 2, "open": 1, "seal": 1, "write": 1},
        # ciphertext checked and opened, the file's digest, its leaves
        "verify": {"read": 1, "sha256": 3, "open": 1},
        "verify --quick": {"read": 1, "sha256": 2, "open": 1},
    }
    print("\n| job | each byte is | core-s/GB | GB/s on 2 cores at best |")
    print("|---|---|---|---|")
    for name, parts in needs.items():
        total = sum(costs[part] * count for part, count in parts.items())
        words = " + ".join(f"{count}x {part}" for part, count in parts.items())
        print(f"| {name} | {words} | {total:.2f} | {2 / total:.2f} |")


class _Alone:
    """What must happen to a byte, each thing alone."""

    size = 256 * MIB

    def __init__(self, folder: Path) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415 - after the jobs
            ChaCha20Poly1305,
        )

        self._out = folder / "written"
        data = folder / "limit"
        data.write_bytes(bytes(self.size))
        self._reading = os.open(data, os.O_RDONLY)
        self._cipher = ChaCha20Poly1305(bytes(32))
        self._plain = memoryview(bytearray(MIB))
        self._sealed = memoryview(bytearray(16 * 65552))

    def read(self) -> None:
        """Copy out of the page cache."""
        for offset in range(0, self.size, MIB):
            os.preadv(self._reading, [self._plain], offset)

    def sha256(self) -> None:
        """Hash."""
        hasher = hashlib.sha256()
        for _ in range(0, self.size, MIB):
            hasher.update(self._plain)

    def seal(self) -> None:
        """Encrypt chunks of 64 KiB."""
        for number in range(self.size // 65536):
            plain, sealed = self._chunk(number)
            self._cipher.encrypt_into(bytes(12), plain, None, sealed)

    def open(self) -> None:
        """Decrypt what ``seal`` made."""
        for number in range(self.size // 65536):
            plain, sealed = self._chunk(number)
            self._cipher.decrypt_into(bytes(12), sealed, None, plain)

    def write(self) -> None:
        """Copy into new pages of the page cache."""
        self._out.unlink(missing_ok=True)
        writing = os.open(self._out, os.O_WRONLY | os.O_CREAT, 0o600)
        for offset in range(0, self.size, MIB // 4):
            os.pwrite(writing, self._plain[: MIB // 4], offset)
        os.close(writing)

    def _chunk(self, number: int) -> tuple[memoryview, memoryview]:
        at = number % 16
        return (
            self._plain[at * 65536 : (at + 1) * 65536],
            self._sealed[at * 65552 : (at + 1) * 65552],
        )


def _costs(folder: Path) -> dict[str, float]:
    alone = _Alone(folder)
    parts = {
        "read": alone.read,
        "sha256": alone.sha256,
        "seal": alone.seal,
        "open": alone.open,
        "write": alone.write,
    }
    found = {name: min(_cores(part) for _ in range(3)) for name, part in parts.items()}
    return {name: cost / alone.size * 1e9 for name, cost in found.items()}


def _cores(part: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    part()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
