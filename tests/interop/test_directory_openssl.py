"""OpenSSL and sha256sum read what stands in a directory entry."""

import base64
import json
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from longbien.exercise.states import make_state
from longbien.trust.dsse import encode_pae

IL = make_state("IL")
HOLDER = IL.holders[0].ec


def judge(folder: Path, pae: bytes) -> subprocess.CompletedProcess[bytes]:
    """Let openssl verify the root holder's signature over these bytes."""
    rows = json.loads(IL.data)["signatures"]
    (signature,) = [one["sig"] for one in rows if one["keyid"] == HOLDER.key_id.text]
    (folder / "sig").write_bytes(base64.b64decode(signature, validate=True))
    public = HOLDER.key.public_key()
    (folder / "key.pem").write_bytes(
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig"],
        cwd=folder,
        input=pae,
        capture_output=True,
        check=False,
    )


def test_openssl_verifies_a_root_holders_signature(tmp_path: Path) -> None:
    """The ECDSA signature is good for openssl over the PAE, and over nothing else."""
    found = json.loads(IL.data)
    payload = base64.b64decode(found["payload"], validate=True)
    pae = encode_pae(payload, payload_type=found["payloadType"])
    assert judge(tmp_path, pae).stdout == b"Verified OK\n"
    assert judge(tmp_path, pae[:-1] + b" ").returncode == 1


def test_openssl_and_sha256sum_give_the_key_id(tmp_path: Path) -> None:
    """A key id is sha256sum over the public key as openssl writes it in DER."""
    judge(tmp_path, b"")
    done = subprocess.run(
        ["sh", "-c", "openssl pkey -pubin -in key.pem -outform DER | sha256sum"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert f"sha256:{done.stdout[:64].decode()}" == HOLDER.key_id.text
