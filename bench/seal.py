"""How fast sealing is, beside the tools that an examiner would take.

    python bench/seal.py [--mib 1024] [--rounds 3] [--folder DIR]

Ours seals with the hashes carried from ingest, so it reads the content once, and it ends with
the sealed file on disk (fsync).  The peers hash with openssl and encrypt with age; they do not
sync, so one row adds that.  All runs are interleaved, each is a process of its own, start
included, and each writes a new file.  Wall times are only good as ratios within one run;
core-seconds are user and system time of the process and its children.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from _harness import MIB, fill, interleave, report, run

_SEALING, _OPENING = "openssl dgst && age", "age -d to nowhere"


def main() -> int:
    """Run the table, or, in a child process, one job of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of the file, MiB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work, default: the temporary folder")
    parser.add_argument("--job", nargs=3, metavar=("WHAT", "SOURCE", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--key", type=Path, default=Path(), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        what, source, out = options.job
        _JOBS[what](Path(source), Path(out), options.workers, options.key)
        return 0
    # this process stays small: Linux counts its peak as the peak of what it starts
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        _compare(Path(folder), size=options.mib * MIB, rounds=options.rounds)
    return 0


def _seal(source: Path, out: Path, workers: int, key: Path) -> None:
    from longbien.adapters.sealing import FilePlaintext, seal  # noqa: PLC0415 - a child's work
    from longbien.trust.age.identities import (  # noqa: PLC0415 - a child's work
        parse_identities,
        recipient_of,
    )

    (identity,) = parse_identities(key.read_bytes())
    with FilePlaintext(source) as plaintext:
        seal(plaintext, out, recipients=[recipient_of(identity)], workers=workers)


def _open(source: Path, _out: Path, workers: int, key: Path) -> None:
    from longbien.adapters.sealed_files import open_sealed  # noqa: PLC0415 - a child's work
    from longbien.trust.age.identities import parse_identities  # noqa: PLC0415 - a child's work

    with open_sealed(source, parse_identities(key.read_bytes())) as reader:
        for _block in reader.blocks(workers=workers):
            pass


def _new_key(_source: Path, out: Path, _workers: int, _key: Path) -> None:
    from longbien.trust.age.identities import encode_identity, new_identity  # noqa: PLC0415 - late

    out.write_text(encode_identity(new_identity(os.urandom)) + "\n")


def _compare(folder: Path, *, size: int, rounds: int) -> None:
    source, key, old_key = folder / "exhibit.dd", folder / "key", folder / "x25519"
    fill(source, size)
    ours = [sys.executable, __file__, "--key", str(key)]
    run([*ours, "--job", "key", str(source), str(key)])
    subprocess.run(["age-keygen", "-o", old_key], check=True, capture_output=True)
    old = subprocess.run(["age-keygen", "-y", old_key], check=True, capture_output=True, text=True)
    recipient = old.stdout.strip()
    out, sealed = folder / "out.age", folder / "sealed.age"
    peer = f"openssl dgst -sha256 {source} >/dev/null && age -r {recipient} -o {out} {source}"
    seal = [*ours, "--job", "seal", str(source), str(out)]
    opened = [*ours, "--job", "open", str(sealed), str(out)]
    theirs = f"age -d -i {old_key} -o /dev/null {folder / 'theirs.age'}"
    jobs = {
        _SEALING: ["sh", "-c", peer],
        f"{_SEALING} && sync": ["sh", "-c", f"{peer} && sync {out}"],
        "ours, 1 thread, synced": [*seal, "--workers", "1"],
        "ours, 2 threads, synced": [*seal, "--workers", "2"],
        _OPENING: ["sh", "-c", theirs],
        "ours, open, 1 thread": [*opened, "--workers", "1"],
        "ours, open, 2 threads": [*opened, "--workers", "2"],
    }
    run([*ours, "--job", "seal", str(source), str(sealed)])
    subprocess.run(["age", "-r", recipient, "-o", folder / "theirs.age", source], check=True)

    def clean() -> None:
        out.unlink(missing_ok=True)
        os.sync()  # nobody pays for the dirty pages of the one before

    runs = interleave(jobs, rounds=rounds, before=clean)
    report(f"{size // MIB} MiB", runs, size=size, peer_of=_peer_of)
    out.unlink(missing_ok=True)
    subprocess.run([*ours, "--job", "limit", str(source), str(out)], check=True)


def _peer_of(job: str) -> str:
    return _OPENING if job == _OPENING or "open," in job else _SEALING


def _limit(source: Path, out: Path, _workers: int, _key: Path) -> None:
    """Time the three things that must happen to each byte, each alone, on one core."""
    from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415 - a child's work
        ChaCha20Poly1305,
    )

    size = source.stat().st_size
    cipher = ChaCha20Poly1305(bytes(32))
    plain, sealed = memoryview(bytearray(MIB)), memoryview(bytearray(65552))
    reading = os.open(source, os.O_RDONLY)

    def read() -> None:
        for offset in range(0, size, MIB):
            os.preadv(reading, [plain], offset)

    def encrypt() -> None:
        for offset in range(0, size, 65536):
            at = offset % MIB
            cipher.encrypt_into(bytes(12), plain[at : at + 65536], None, sealed)

    def write() -> None:
        writing = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for offset in range(0, size, MIB):
            os.pwrite(writing, plain, offset)
        os.close(writing)

    parts = {"read": read, "encrypt": encrypt, "write": write}
    costs = {name: min(_cores(part) for _ in range(3)) for name, part in parts.items()}
    costs = {name: cost / size * 1e9 for name, cost in costs.items()}
    total = sum(costs.values())
    listed = " + ".join(f"{name} {cost:.2f}" for name, cost in costs.items())
    print(
        "\nLimit: each byte is copied from the page cache, encrypted, and copied to the page\n"
        "cache: three reads and three writes of memory.\n"
        f"{listed} = {total:.2f} core-s/GB, so {1 / total:.2f} GB/s on one core and\n"
        f"{2 / total:.2f} GB/s on two cores that share nothing."
    )


_JOBS: dict[str, Callable[[Path, Path, int, Path], None]] = {
    "key": _new_key,
    "seal": _seal,
    "open": _open,
    "limit": _limit,
}


def _cores(part: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    part()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
