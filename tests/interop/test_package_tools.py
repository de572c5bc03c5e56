"""The package before judges from outside: coreutils, OpenSSL, BagIt, GNU tar, CASE, libewf."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import memory_bag
import packing_world as packing
import trust_world as world
from longbien.adapters.bag_tar import BagTar
from longbien.adapters.ledger_store import LedgerStore
from longbien.adapters.packer import pack
from longbien.evidence.names import is_payload_path
from longbien.primitives.instants import Instant
from longbien.trust.keys import EC_ALGORITHMS

AT = str(memory_bag.NOW.unix)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a package with odd names in it, made once."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "in"
    (source / "disk").mkdir(parents=True)
    (source / "disk" / "image.dd").write_bytes(bytes(range(256)) * 9000)
    (source / "disk" / "empty").write_bytes(b"")
    (source / "disk" / "A").write_bytes(b"upper")
    (source / "disk" / "a").write_bytes(b"lower")
    for name in ("per cent %25.txt", "line\nfeed", "back\\slash", "-rf", "\u202etxt.exe", "con"):
        (source / name).write_bytes(name.encode())
    Path(os.fsdecode(os.fsencode(source) + b"/\xff.bin")).write_bytes(b"bytes")
    deep = source / "deep" / Path(*["folder with a long name" * 4] * 5)
    deep.mkdir(parents=True)
    (deep / "photo.jpg").write_bytes(b"jpg")
    books = packing.books(folder / "ledger")
    try:
        return pack(
            packing.order(source, folder / "out"),
            signing=packing.signing(),
            books=books,
            witness=packing.Witnesses(folder / "witnesses"),
            world=packing.machine(),
        ).folder
    finally:
        books.ledger.close()


@pytest.fixture
def bag(made: Path, tmp_path: Path) -> Path:
    """Return a copy to do things to."""
    return Path(shutil.copytree(made, tmp_path / made.name))


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return what a court got from the States: root, root of the clock, ledger keys."""
    folder = tmp_path_factory.mktemp("roots")
    root, tsa, keys = folder / "root.pem", folder / "tsa-root.pem", folder / "keys"
    ec = [one for one in world.anchors().signers if one.key_algorithm in EC_ALGORITHMS]
    root.write_bytes(b"".join(map(memory_bag.pem, ec)))
    tsa.write_bytes(b"".join(map(memory_bag.pem, world.anchors().time)))
    keys.write_bytes(memory_bag.ledger().keys_text)
    return root, tsa, keys


def run(*command: object, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run an outside tool; one that is missing fails the test."""
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, check=check, capture_output=True, text=True
    )


# --- coreutils and OpenSSL ----------------------------------------------------------------------


def test_sha256sum_checks_every_file(made: Path) -> None:
    """Both manifests, without a warning about a line's form."""
    for manifest in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        done = run("sha256sum", "--strict", "--warn", "-c", manifest, cwd=made)
        assert done.stderr == ""
        assert all(line.endswith(": OK") for line in done.stdout.splitlines())


def test_openssl_checks_signature_and_time(made: Path, roots: tuple[Path, Path, Path]) -> None:
    """The commands of VERIFY.txt, at the time of the signature."""
    p7s, tags = "signatures/tagmanifest-sha256.txt.p7s", "tagmanifest-sha256.txt"
    cms = ["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER"]
    files = ["-in", p7s, "-content", tags, "-CAfile", roots[0], "-out", "/dev/null"]
    done = run(*cms, *files, "-attime", AT, cwd=made)
    assert "CAdES Verification successful" in done.stderr
    ts = ["openssl", "ts", "-verify", "-in", f"{p7s}.tsr", "-data", p7s, "-CAfile", roots[1]]
    assert "Verification: OK" in run(*ts, "-attime", AT, cwd=made).stdout


def verify_sh(bag: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the script as a court does."""
    return run("sh", bag / "verify.sh", "-a", AT, *arguments, cwd=bag.parent, check=False)


def test_the_script_passes_a_good_package(bag: Path, roots: tuple[Path, Path, Path]) -> None:
    """With the ledger's keys from outside, and with the package's own it says so."""
    done = verify_sh(bag, *roots)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nPASSED\n")
    assert "event 2 is in the ledger node.xa.example/custody, witnesses: 2" in done.stdout
    assert "note:" not in done.stdout
    assert "that the package itself names" in verify_sh(bag, *roots[:2]).stdout


def flip(path: Path, at: int = -1) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda bag: flip(bag / "data/E0005/image.dd"), "an exhibit was changed"),
        (lambda bag: flip(bag / "evidence/package.json"), "a file of the description was changed"),
        (lambda bag: flip(bag / "tagmanifest-sha256.txt", 0), "a file of the description"),
        (lambda bag: (bag / "data/E0005/new").write_bytes(b""), "a file was added"),
        (lambda bag: (bag / "new").symlink_to("/"), "neither a file nor a folder"),
        (lambda bag: (bag / "custody/policy.txt").unlink(), "a file of the description"),
        (lambda bag: flip(bag / "signatures/tagmanifest-sha256.txt.p7s", 9), "the signature does"),
        (lambda bag: flip(bag / "signatures/tagmanifest-sha256.txt.p7s.tsr"), "the time stamp"),
    ],
    ids=("exhibit", "description", "manifest", "added", "link", "gone", "signature", "stamp"),
)
def test_the_script_fails_a_changed_package(
    bag: Path, roots: tuple[Path, Path, Path], change: Callable[[Path], None], reason: str
) -> None:
    """Every change has its reason and a code other than 0."""
    change(bag)

    done = verify_sh(bag, *roots)

    assert done.returncode == 1
    assert f"FAILED: {reason}" in done.stdout or reason in done.stdout
    assert "PASSED" not in done.stdout


def test_the_script_fails_under_another_root(bag: Path, roots: tuple[Path, Path, Path]) -> None:
    """Swapped roots, expired certificates, unknown ledgers are not believed."""
    assert verify_sh(bag, roots[1], roots[1]).returncode == 1
    assert verify_sh(bag, roots[0], roots[0]).returncode == 1
    late = run("sh", bag / "verify.sh", "-a", "4102444800", *roots, cwd=bag.parent, check=False)
    assert late.returncode == 1
    roots_other = bag.parent / "keys"
    roots_other.write_bytes(memory_bag.ledger("B").keys_text)
    done = verify_sh(bag, roots[0], roots[1], roots_other)
    assert done.returncode == 1
    assert "is not signed by a known key" in done.stdout


def test_the_script_explains_itself(bag: Path) -> None:
    """Wrong usage is code 2, with the usage."""
    done = run("sh", bag / "verify.sh", cwd=bag.parent, check=False)

    assert done.returncode == 2
    assert done.stdout.startswith("usage: sh verify.sh")


def test_the_script_checks_proofs_of_larger_ledgers(
    tmp_path: Path, roots: tuple[Path, Path, Path]
) -> None:
    """A package whose events stand in the middle of a ledger of 43 entries."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "a").write_bytes(b"1")
    books = packing.books(tmp_path / "ledger")
    witnesses = packing.Witnesses(tmp_path / "witnesses")

    def late(ledger: LedgerStore, /, *, now: Instant) -> None:
        ledger.append([b"{}"] * 18, random_bytes=packing.counted())
        ledger.checkpoint(signers=books.signers, now=now)
        witnesses(ledger, now=now)

    books.ledger.append([b"{}"] * 23, random_bytes=packing.counted())
    folder = pack(
        packing.order(source, tmp_path / "out"),
        signing=packing.signing(),
        books=books,
        witness=late,
        world=packing.machine(),
    ).folder
    books.ledger.close()

    assert verify_sh(folder, *roots).stdout.endswith("\nPASSED\n")


# --- BagIt --------------------------------------------------------------------------------------


def bagit(bag: Path) -> subprocess.CompletedProcess[str]:
    """Run the reference implementation as a court would: bagit.py --validate."""
    return subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            Path(sys.executable).with_name("bagit.py"),
            "--validate",
            bag,
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_bagit_reference_accepts_it(bag: Path) -> None:
    """Complete and valid for bagit.py --validate, and it finds our metadata where it looks."""
    done = bagit(bag)

    assert done.returncode == 0, done.stderr
    assert f"{bag} is valid" in done.stderr
    info = (bag / "bag-info.txt").read_text()
    assert "External-Identifier: urn:example:xa:2026-0042\n" in info
    assert ".12\n" in info.partition("Payload-Oxum: ")[2]


def test_the_bagit_reference_refuses_a_change(bag: Path) -> None:
    """The judge is awake."""
    flip(bag / "data/E0005/image.dd")

    done = bagit(bag)

    assert done.returncode == 1
    assert "is invalid" in done.stderr


# --- tar ----------------------------------------------------------------------------------------


def test_gnu_tar_extracts_the_sealed_layout(made: Path, tmp_path: Path) -> None:
    """Whoever has opened the age file gets the same bag with tar alone."""
    with BagTar(made) as plaintext:
        data = bytearray(plaintext.size)
        plaintext.read_into(0, memoryview(data))
    archive = tmp_path / "bag.tar"
    archive.write_bytes(data)

    listed = run("tar", "tf", archive, cwd=tmp_path).stdout.splitlines()
    run("tar", "xf", archive, cwd=tmp_path)

    files = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    assert len(listed) == len(files)
    assert listed[0].startswith(f"{made.name}/data/")
    assert listed[-1].startswith(f"{made.name}/signatures/")
    run("diff", "-r", made, tmp_path / made.name, cwd=tmp_path)


def test_every_name_in_the_package_is_portable(made: Path) -> None:
    """No odd name of the folder came through."""
    paths = [str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()]

    assert all(map(is_payload_path, (path for path in paths if path.startswith("data/"))))
    assert sum(path.startswith("data/") for path in paths) == 12


# --- CASE/UCO -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_case_validate_accepts_the_description(made: Path, tmp_path: Path) -> None:
    """CASE 1.5.0, without any allowance; three spoiled copies are refused."""
    judge = Path(sys.executable).with_name("case_validate")
    good = (made / "evidence" / "case.jsonld").read_text()
    spoiled = (
        good.replace('"SHA256"', '"SHA-256"'),
        good.replace("uco-observable:fileName", "uco-observable:fileNaem"),
        good.replace('"xsd:integer"', '"xsd:string"'),
    )
    path = tmp_path / "case.jsonld"
    codes = []
    for text in (good, *spoiled):
        path.write_text(text)
        done = run(judge, "--built-version", "case-1.5.0", path, cwd=tmp_path, check=False)
        codes.append(done.returncode)

    assert codes[0] == 0
    assert all(codes[1:])


# --- E01 ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a real E01 image in two segments, made by ewfacquire."""
    folder = tmp_path_factory.mktemp("ewf")
    raw = folder / "raw.dd"
    blocks = (hashlib.sha256(b"%d" % number).digest() for number in range(80_000))
    raw.write_bytes(b"".join(blocks))
    target = folder / "in"
    target.mkdir()
    words = "-u -c none -S 1048576 -d sha1 -e examiner -C case -D disk -E E1 -N none -f encase6"
    run("ewfacquire", *words.split(), "-t", target / "image", raw, cwd=folder)
    assert len(list(target.iterdir())) >= 2
    return target


def ewf_notices(source: Path, out: Path, *, skip: bool = False) -> list[tuple[str, str]]:
    """Take a folder in and check its images."""
    from longbien.adapters.ewf import check_images  # noqa: PLC0415 - only here
    from longbien.adapters.ingest import take_in  # noqa: PLC0415 - only here

    out.mkdir()
    intake = take_in(source, out, packing.order(source, out.with_name("never")).survey)
    return [(one.code, one.name) for one in check_images(intake.files, out, skip=skip)]


def test_the_digests_in_an_e01_are_verified(image: Path, tmp_path: Path) -> None:
    """A good image is on record as verified, under its first segment's name."""
    assert ewf_notices(image, tmp_path / "out") == [("ingest.ewf-verified", "image.E01")]


def test_an_e01_that_was_changed_is_found_out(image: Path, tmp_path: Path) -> None:
    """Its own digest, or its checksums, no longer fit."""
    spoiled = Path(shutil.copytree(image, tmp_path / "in"))
    flip(spoiled / "image.E01", 500_000)

    ((code, _),) = ewf_notices(spoiled, tmp_path / "out")

    assert code in {"ingest.ewf-differs", "ingest.ewf-unreadable"}


def test_an_e01_without_all_segments_is_unreadable(image: Path, tmp_path: Path) -> None:
    """A missing segment is not silently half an image."""
    spoiled = Path(shutil.copytree(image, tmp_path / "in"))
    (spoiled / "image.E02").unlink()

    ((code, _),) = ewf_notices(spoiled, tmp_path / "out")

    assert code in {"ingest.ewf-unreadable", "ingest.ewf-differs"}


def test_what_is_no_e01_is_unreadable(tmp_path: Path) -> None:
    """A name proves nothing."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "fake.e01").write_bytes(b"no image")

    assert ewf_notices(source, tmp_path / "out") == [("ingest.ewf-unreadable", "fake.e01")]


def test_without_the_library_the_notice_says_so(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not checked is said, never passed over; on request too."""
    assert ewf_notices(image, tmp_path / "a", skip=True) == [
        ("ingest.ewf-not-checked", "image.E01")
    ]
    monkeypatch.setitem(sys.modules, "pyewf", None)
    assert ewf_notices(image, tmp_path / "b") == [("ingest.ewf-not-checked", "image.E01")]
