"""What a court can do with sh, coreutils, xxd and openssl alone (spec/ledger.md, section 9)."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ledger_cast import ALPHA, BETA, ed25519_log, entry_of, log_signers, proof_of
from longbien.ledger.notes import encode_note
from longbien.ledger.proof import encode_proof

CHECKPOINT_SH = r"""
set -eu
# the text: every line before the first empty one
sed '/^$/,$d' checkpoint > text
# the signature: third field of the log's line of type 0x01, without its 4-byte key id
grep "^— $ORIGIN " checkpoint | head -n 1 | cut -d' ' -f3 | base64 -d | tail -c +5 > signature
# the key: from the third field of the vkey on (base64 may hold a plus sign), without its type
cut -d+ -f3- vkey | base64 -d | tail -c +2 > raw-key
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat raw-key; } > key.der
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -sigfile signature -in text
"""

INCLUSION_SH = r"""
set -eu
sha() { xxd -r -p | openssl dgst -sha256 -r | cut -d' ' -f1; }
index=$(sed -n 's/^index //p' proof)
size=$(sed '1,/^$/d' proof | sed -n 2p)
root=$(sed '1,/^$/d' proof | sed -n 3p | base64 -d | xxd -p -c 64)
hash=$(printf '00%s' "$(xxd -p -c 64 entry)" | sha)
at=$index last=$((size - 1))
for line in $(sed '/^$/,$d' proof | grep -v -e '^c2sp' -e '^extra ' -e '^index '); do
    [ "$last" -gt 0 ] || exit 1
    other=$(printf '%s' "$line" | base64 -d | xxd -p -c 64)
    if [ $((at % 2)) -eq 1 ] || [ "$at" -eq "$last" ]; then
        hash=$(printf '01%s%s' "$other" "$hash" | sha)
        while [ $((at % 2)) -eq 0 ] && [ "$at" -gt 0 ]; do at=$((at / 2)) last=$((last / 2)); done
    else
        hash=$(printf '01%s%s' "$hash" "$other" | sha)
    fi
    at=$((at / 2)) last=$((last / 2))
done
[ "$last" -eq 0 ] && [ "$hash" = "$root" ]
"""


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
