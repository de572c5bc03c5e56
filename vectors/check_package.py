"""An independent checker of LB-Bag 1 packages, written from the specifications alone.

It shares no code with longbien: hashlib and json of the standard library, the programs openssl
and sha256sum, and ``cryptography`` for what OpenSSL 3.0 cannot do (ML-DSA).  It says less than
the verifier and must never say better: a package that longbien refuses and that this program
accepts, or the reverse, is a fault of one of the two.

usage: check_package.py PACKAGE --root EC.pem --pq-root MLDSA.pem --tsa-root TSA.pem --policy FILE
"""

import argparse
import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey

LEAF = 2**20
SIGNATURES = ("p7s", "p7s.tsr", "mldsa65")


class Wrong(Exception):
    """The package does not hold."""


def need(condition: object, words: str) -> None:
    """Raise Wrong unless the condition holds."""
    if not condition:
        raise Wrong(words)


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 digest."""
    return hashlib.sha256(data).digest()


def tree_root(leaves: list[bytes]) -> bytes:
    """Return the RFC 6962 root over leaf hashes, by the recursive definition of its section 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:]))


def path_root(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    need(index < size, "an index outside the tree")
    node, last, root = index, size - 1, leaf
    for step in proof:
        need(last, "a proof is too long")
        if node & 1 or node == last:
            root = sha256(b"\x01" + step + root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + step)
        node, last = node >> 1, last >> 1
    need(last == 0, "a proof is too short")
    return root


def canonical(value: object) -> bytes:
    """Return canonical JSON; enough for our documents: ASCII keys, whole numbers, no floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def manifest(path: Path) -> dict[str, str]:
    """Read a manifest in the format of sha256sum."""
    lines = path.read_text("ascii").split("\n")
    need(lines.pop() == "", "a manifest ends with a line feed")
    parsed = [re.fullmatch(r"([0-9a-f]{64})  (\S+)", line) for line in lines]
    need(all(parsed), "a line of a manifest has another form")
    found = {line[2]: line[1] for line in parsed if line}
    need(len(found) == len(lines), "a path stands twice in a manifest")
    return found


def check_files(bag: Path) -> None:
    """Require that each file is listed, each listed file is there, each digest holds."""
    everything = [path for path in bag.rglob("*") if path.is_symlink() or not path.is_dir()]
    need(not any(path.is_symlink() for path in everything), "a link")
    names = {str(path.relative_to(bag)) for path in everything}
    payload = {name for name in names if name.startswith("data/")}
    signed = {f"signatures/tagmanifest-sha256.txt.{ending}" for ending in SIGNATURES}
    need({name for name in names if name.startswith("signatures/")} == signed, "signature files")
    tags = names - payload - signed - {"tagmanifest-sha256.txt"}
    for listing, found in (("tagmanifest-sha256.txt", tags), ("manifest-sha256.txt", payload)):
        listed = manifest(bag / listing)
        need(set(listed) == found, f"{listing} lists other files")
        done = subprocess.run(
            ["sha256sum", "--check", "--strict", "--quiet", listing],
            cwd=bag,
            capture_output=True,
            check=False,
        )
        need(done.returncode == 0, f"{listing} does not hold")


def leaf_hashes(path: Path) -> list[bytes]:
    """Return the RFC 6962 leaf hashes over a file's blocks of 1 MiB."""
    with path.open("rb") as file:
        return [sha256(b"\x00" + block) for block in iter(lambda: file.read(LEAF), b"")]


def check_description(bag: Path) -> dict:
    """Require that package.json agrees with the files, the manifests and bag-info.txt."""
    data = (bag / "evidence/package.json").read_bytes()
    package = json.loads(data)
    need(canonical(package) == data, "package.json is not canonical")
    need((package["format"], package["suite"]) == ("LB-Bag 1", "LB1"), "format or suite")
    need(bag.name == f"LB-{package['package_id']}", "the folder has another id")
    listed = manifest(bag / "manifest-sha256.txt")
    files = package["files"]
    need({file["path"]: file["sha256"] for file in files} == listed, "files and manifest differ")
    need([file["path"] for file in files] == sorted(listed), "files are not in order")
    salt, records = bytes.fromhex(package["salt"]), []
    for number, file in enumerate(files, 1):
        leaves = leaf_hashes(bag / file["path"])
        need((bag / file["path"]).stat().st_size == file["size"], "a size")
        need(tree_root(leaves).hex() == file["tree"]["root"], "a chunk tree")
        stored = bag / f"evidence/leaves/{number}.bin"
        need(stored.exists() == (len(leaves) > 1), "leaves without need, or none where needed")
        need(not stored.exists() or stored.read_bytes() == b"".join(leaves), "stored leaves")
        own = hmac.digest(salt, file["path"].encode(), "sha256")
        records.append(sha256(b"\x00" + sha256(own + canonical(file))))
    info = dict(line.split(": ", 1) for line in (bag / "bag-info.txt").read_text().splitlines())
    total = sum(file["size"] for file in files)
    need(info["Payload-Oxum"] == f"{total}.{len(files)}", "Payload-Oxum")
    need(info["External-Identifier"] == package["request"], "External-Identifier")
    tree = f"rfc6962-sha256 {len(files)} {tree_root(records).hex()}"
    need(info["LB-Exhibit-Tree"] == tree, "LB-Exhibit-Tree")
    head = {k: v for k, v in package.items() if k not in {"files", "notices", "salt"}}
    own = hmac.digest(salt, b"", "sha256")
    need(info["LB-Package-Head"] == f"sha256 {sha256(own + canonical(head)).hex()}", "head")
    return package


def openssl(*arguments: str | Path) -> None:
    """Run openssl; another exit code than 0 is Wrong."""
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False)
    need(done.returncode == 0, f"openssl {arguments[0]}: {done.stderr.decode()[-200:]}")


def check_signatures(bag: Path, *, root: Path, pq_root: Path, tsa_root: Path) -> None:
    """Require ECDSA and the stamp by openssl, ML-DSA-65 under the post-quantum root."""
    signed = bag / "tagmanifest-sha256.txt"
    base = bag / "signatures" / signed.name
    openssl(
        *("cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER"),
        *("-in", f"{base}.p7s", "-content", signed, "-CAfile", root, "-out", "/dev/null"),
    )
    openssl("ts", "-verify", "-in", f"{base}.p7s.tsr", "-data", f"{base}.p7s", "-CAfile", tsa_root)
    authority = x509.load_pem_x509_certificate(pq_root.read_bytes())
    signature = Path(f"{base}.mldsa65").read_bytes()
    for path in sorted((bag / "trust").glob("*.pem")):
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        try:
            key = certificate.public_key()
            certificate.verify_directly_issued_by(authority)
        except (InvalidSignature, ValueError, TypeError):
            continue
        if isinstance(key, MLDSA65PublicKey):
            key.verify(signature, signed.read_bytes())
            return
    raise Wrong("no ML-DSA-65 certificate under the root")


def policy_keys(path: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the keys of logs and of witnesses in a tlog-policy, by name and type."""
    logs: dict[str, bytes] = {}
    witnesses: dict[str, bytes] = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if words[:1] == ["log"] or words[:1] == ["witness"]:
            vkey = words[1] if words[0] == "log" else words[2]
            name, identity, key = vkey.split("+", 2)
            (logs if words[0] == "log" else witnesses)[f"{name} {identity}"] = base64.b64decode(key)
    return logs, witnesses


def good_signature(key: bytes, signature: bytes, *, name: str, body: str) -> bool:
    """Verify one line of a note: plain Ed25519, an Ed25519 or an ML-DSA-44 cosignature."""
    kind, raw, origin_size_root = key[0], key[1:], body.split("\n")
    try:
        if kind == 0x01:
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, body.encode())
            return True
        at = int.from_bytes(signature[:8], "big")
        if kind == 0x04:  # noqa: PLR2004 - the type of Ed25519 cosignatures
            text = f"cosignature/v1\ntime {at}\n{body}".encode()
            Ed25519PublicKey.from_public_bytes(raw).verify(signature[8:], text)
            return True
        origin, size, root = origin_size_root[:3]
        text = b"subtree/v1\n\x00" + bytes([len(name)]) + name.encode() + at.to_bytes(8, "big")
        text += bytes([len(origin)]) + origin.encode() + bytes(8) + int(size).to_bytes(8, "big")
        text += base64.b64decode(root)
        MLDSA44PublicKey.from_public_bytes(raw).verify(signature[8:], text)
    except InvalidSignature:
        return False
    return kind == 0x06  # noqa: PLR2004 - the type of ML-DSA-44 cosignatures


def check_proof(data: str, entry: bytes, policy: Path) -> None:
    """Require that the entry is in a ledger of the policy whose head every witness cosigned."""
    proof, note = data.split("\n\n", 1)
    version, index, *hashes = proof.split("\n")
    need(version == "c2sp.org/tlog-proof@v1", "the version of a proof")
    text, lines = note.split("\n\n", 1)
    body = f"{text}\n"
    _, size, root = body.split("\n")[:3]
    steps = [base64.b64decode(step) for step in hashes]
    leaf = sha256(b"\x00" + entry)
    found = path_root(leaf, int(index.removeprefix("index ")), int(size), steps)
    need(found == base64.b64decode(root), "a proof leads to another root")
    logs, witnesses = policy_keys(policy)
    signed: dict[str, bool] = {}
    for line in lines.splitlines():
        _, name, blob = line.split(" ")
        raw = base64.b64decode(blob)
        key = (logs | witnesses).get(f"{name} {raw[:4].hex()}")
        if key is not None:
            signed[f"{name} {raw[:4].hex()}"] = good_signature(key, raw[4:], name=name, body=body)
    need(all(signed.values()), "a signature under a checkpoint is wrong")
    need(any(name in signed for name in logs), "the ledger did not sign")
    names = {name.split(" ")[0] for name in witnesses}
    need(names == {name.split(" ")[0] for name in signed if name in witnesses}, "witnesses")


def check_custody(bag: Path, package: dict, policy: Path) -> None:
    """Require that the events are about this package and that the ledger has them."""
    digest = {
        "payload_manifest_sha256": sha256((bag / "manifest-sha256.txt").read_bytes()).hex(),
        "description_sha256": sha256((bag / "evidence/package.json").read_bytes()).hex(),
    }
    lines = (bag / "custody/events.jsonl").read_bytes().splitlines()
    kinds = set()
    for line in lines:
        event = json.loads(line)
        need(canonical(event) == line, "an event is not canonical")
        kinds.add(event["event"]["kind"])
        need(event["event"]["package_id"] == package["package_id"], "an event of another package")
        for name, value in digest.items():
            need(event["event"].get(name, value) == value, f"{name} of an event")
        commitment = sha256(bytes.fromhex(event["salt"]) + canonical(event["event"]))
        check_proof((bag / event["proof"]).read_text(), b"\x01" + commitment, policy)
    need(kinds == {"taken-in", "packed"}, "an event is missing")


def main() -> int:
    """Check one package; 0 if it holds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("package", type=Path)
    for name in ("root", "pq-root", "tsa-root", "policy"):
        arguments.add_argument(f"--{name}", type=Path, required=True)
    given = arguments.parse_args()
    bag = given.package.resolve()
    try:
        check_files(bag)
        package = check_description(bag)
        check_signatures(bag, root=given.root, pq_root=given.pq_root, tsa_root=given.tsa_root)
        check_custody(bag, package, given.policy)
    except (Wrong, InvalidSignature, ValueError, KeyError, TypeError, OSError) as error:
        print(f"WRONG: {type(error).__name__}: {error}")
        return 1
    print("HOLDS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
