"""What a court can do with sh, coreutils, xxd and openssl alone (spec/ledger.md, section 9)."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ledger_cast import ALPHA, BETA, ed25519_log, entry_of, log_signers, proof_of
from longbien.ledger.notes import encode_note
from longbien.ledger.proof import encode_proof
from outside import REPOSITORY


def scripts() -> list[str]:
    """Return the shell texts of the specification, as they are printed there."""
    text = (REPOSITORY / "spec" / "ledger.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2, "section 9 has two texts"
    return ["set -eu\n" + block for block in blocks]


CHECKPOINT_SH, INCLUSION_SH = scripts()


def run(script: str, folder: Path, **env: str) -> int:
    """Run a script of the specification in a folder; the tools must be there."""
    for tool in ("openssl", "xxd", "base64", "sed"):
        assert shutil.which(tool), f"{tool} is missing: install it, this test does not skip"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **env},
        capture_output=True,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize("key", [f"key {number}" for number in range(6)])
def test_openssl_verifies_our_checkpoint(tmp_path: Path, key: str) -> None:
    """Ed25519 under a checkpoint is checked by OpenSSL and coreutils only; one byte more is not."""
    signer = ed25519_log(key=key)
    note = proof_of(2, 7, signer, *log_signers()[1:], ALPHA, BETA).signed.note
    (tmp_path / "vkey").write_text(signer.vkey + "\n")

    (tmp_path / "checkpoint").write_bytes(encode_note(note))
    good = run(CHECKPOINT_SH, tmp_path, ORIGIN=signer.name)
    (tmp_path / "checkpoint").write_bytes(encode_note(note).replace(b"\n7\n", b"\n8\n"))
    bad = run(CHECKPOINT_SH, tmp_path, ORIGIN=signer.name)

    assert good == 0
    assert bad != 0


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 7), (3, 7), (6, 7), (4, 5), (8, 13)])
def test_a_shell_verifies_our_inclusion_proof(tmp_path: Path, index: int, size: int) -> None:
    """A loop of a shell over openssl dgst comes to the same root; another entry does not."""
    (tmp_path / "proof").write_bytes(encode_proof(proof_of(index, size, *log_signers())))

    (tmp_path / "entry").write_bytes(entry_of(index))
    good = run(INCLUSION_SH, tmp_path)
    (tmp_path / "entry").write_bytes(entry_of(index + 1))
    bad = run(INCLUSION_SH, tmp_path)

    assert good == 0
    assert bad != 0
