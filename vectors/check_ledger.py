"""Check the golden vectors of the ledger without a line of Long Bien.

Written from spec/ledger.md and the C2SP specifications, on hashlib and ``cryptography``
alone; plain and slow on purpose.  Exit code 0: everything agrees.

usage: check_ledger.py FOLDER
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

DASH = "\u2014 "
Line = tuple[str, bytes, bytes]  # name, key id, the rest
Key = tuple[str, bytes, int, bytes]  # name, key id, type, public key


def sha(*parts: bytes) -> bytes:
    """Return SHA-256 over all parts."""
    return hashlib.sha256(b"".join(parts)).digest()


# --- the tree, by its recursive definition (RFC 6962, 2.1) ---------------------------------------


def mth(leaves: list[bytes]) -> bytes:
    """Return the Merkle tree hash of leaf hashes."""
    if len(leaves) < 2:  # noqa: PLR2004 - none or one
        return leaves[0] if leaves else sha()
    split = half(len(leaves))
    return sha(b"\x01", mth(leaves[:split]), mth(leaves[split:]))


def half(count: int) -> int:
    """Return the largest power of two below ``count``."""
    split = 1
    while split * 2 < count:
        split *= 2
    return split


def path_of(index: int, leaves: list[bytes]) -> list[bytes]:
    """Return PATH(m, D[n]) of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    split = half(len(leaves))
    if index < split:
        return [*path_of(index, leaves[:split]), mth(leaves[split:])]
    return [*path_of(index - split, leaves[split:]), mth(leaves[:split])]


def subproof(old: int, leaves: list[bytes], *, is_old_root: bool) -> list[bytes]:
    """Return SUBPROOF(m, D[n], b) of RFC 6962, 2.1.2."""
    if old == len(leaves):
        return [] if is_old_root else [mth(leaves)]
    split = half(len(leaves))
    if old <= split:
        return [*subproof(old, leaves[:split], is_old_root=is_old_root), mth(leaves[split:])]
    return [*subproof(old - split, leaves[split:], is_old_root=False), mth(leaves[:split])]


def root_from(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """Return the root to which an inclusion proof leads, by recursion from above."""
    if not 0 <= index < size:
        return None
    if size == 1:
        return None if proof else leaf
    if not proof:
        return None
    split, last = half(size), proof[-1]
    if index < split:
        left = root_from(leaf, index, split, proof[:-1])
        return None if left is None else sha(b"\x01", left, last)
    right = root_from(leaf, index - split, size - split, proof[:-1])
    return None if right is None else sha(b"\x01", last, right)


def tile_files(entries: list[bytes], sizes: list[int]) -> Iterator[tuple[str, bytes]]:
    """Yield every file that a log leaves behind that was published at these sizes."""
    for size in sizes:
        rows = [[sha(b"\0", entry) for entry in entries[:size]]]
        while len(rows[-1]) >= 256:  # noqa: PLR2004 - a full tile
            full = len(rows[-1]) // 256
            rows.append([mth(rows[-1][at * 256 : at * 256 + 256]) for at in range(full)])
        for level, row in enumerate(rows):
            yield from cut(str(level), row)
        yield from cut("entries", [len(e).to_bytes(2) + e for e in entries[:size]])


def cut(kind: str, row: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles of one row."""
    for index in range(0, len(row), 256):
        part = row[index : index + 256]
        number = index // 256
        place = f"{number % 1000:03}"
        while number := number // 1000:
            place = f"x{number % 1000:03}/{place}"
        partial = "" if len(part) == 256 else f".p/{len(part)}"  # noqa: PLR2004 - a full tile
        yield f"tile/{kind}/{place}{partial}", b"".join(part)


# --- notes and cosignatures -----------------------------------------------------------------


def read_vkey(text: str) -> Key:
    """Read a verifier key and check its id."""
    name, key_id, material = text.split("+", 2)
    raw = base64.b64decode(material, validate=True)
    expect(sha(name.encode(), b"\n", raw)[:4].hex() == key_id, f"key id of {name}")
    return name, bytes.fromhex(key_id), raw[0], raw[1:]


def read_note(note: str) -> tuple[str, list[Line]]:
    """Part a note into its text and its lines."""
    text, lines = note.rsplit("\n\n", 1)
    found = []
    for line in lines.splitlines():
        expect(line.startswith(DASH), "a line begins with a dash")
        name, encoded = line.removeprefix(DASH).rsplit(" ", 1)
        raw = base64.b64decode(encoded, validate=True)
        found.append((name, raw[:4], raw[4:]))
    return text + "\n", found


def read_head(text: str) -> tuple[str, int, bytes, list[str]]:
    """Read origin, size, root and extension lines."""
    origin, size, root, *more = text.splitlines()
    return origin, int(size), base64.b64decode(root, validate=True), more


def is_strict(point: bytes) -> bool:
    """Say whether an encoded point is canonical and its order does not divide 8."""
    prime = 2**255 - 19
    y = int.from_bytes(point, "little") % 2**255
    if y >= prime:
        return False
    d = -121665 * pow(121666, -1, prime) % prime
    for _ in range(3):  # double three times: y alone is enough, since x^2 follows from it
        xx = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
        y = (y * y + xx) * pow(1 - d * xx * y * y, -1, prime) % prime
    return y != 1


def check_line(key: Key, text: str, line: Line) -> tuple[bool, int | None]:
    """Return whether a line is good, and its time stamp if it has one."""
    name, _, kind, public = key
    blob = line[2]
    if kind == 1:
        return verify_ed25519(public, blob, text.encode()), None
    stamp = int.from_bytes(blob[:8])
    if kind == 4:  # noqa: PLR2004 - Ed25519 cosignature
        message = f"cosignature/v1\ntime {stamp}\n{text}".encode()
        return verify_ed25519(public, blob[8:], message), stamp
    origin, size, root, _ = read_head(text)
    message = b"subtree/v1\n\0" + bytes([len(name.encode())]) + name.encode() + blob[:8]
    message += bytes([len(origin.encode())]) + origin.encode() + bytes(8) + size.to_bytes(8)
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(blob[8:], message + root)
    except InvalidSignature:
        return False, stamp
    return True, stamp


def verify_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Verify strictly (spec/ledger.md, section 3)."""
    if len(signature) != 64 or not is_strict(public) or not is_strict(signature[:32]):  # noqa: PLR2004 - RFC 8032
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def good_lines(keys: list[Key], text: str, lines: list[Line]) -> tuple[list[Any], bool]:
    """Return (key, time) of each good line of a known key, and whether one of them is false."""
    good, is_broken = [], False
    for key in keys:
        for line in lines:
            if line[:2] == key[:2]:
                is_good, stamp = check_line(key, text, line)
                is_broken |= not is_good
                if is_good:
                    good.append((key, stamp))
    return good, is_broken


# --- the files -----------------------------------------------------------------------------


def expect(held: object, what: str) -> None:
    """Stop at the first disagreement."""
    if not held:
        sys.exit(f"check_ledger: {what} does not agree")


def check_entries(cases: list[dict[str, Any]]) -> None:
    """Check commitments and their leaf hashes."""
    for case in cases:
        commitment = sha(bytes.fromhex(case["salt"]), case["event"].encode())
        entry = bytes([case["kind"]]) + commitment
        expect(entry.hex() == case["entry"], "entry")
        expect(sha(b"\0", entry).hex() == case["leaf"], "leaf")


def all_entries() -> list[bytes]:
    """Return the golden log's entries, from their published seeds."""
    found = []
    for number in range(600):
        salt = sha(f"long bien golden vector: salt {number}".encode())
        found.append(b"\x01" + sha(salt, b'{"number":%d}' % number))
    return found


def check_tree(value: dict[str, Any], leaves: list[bytes]) -> None:
    """Roots and proofs."""
    for size, root in value["roots"].items():
        expect(mth(leaves[: int(size)]).hex() == root, f"root of {size}")
    for case in value["inclusion"]:
        index, size = case["index"], case["size"]
        proof = [bytes.fromhex(text) for text in case["proof"]]
        expect(path_of(index, leaves[:size]) == proof, f"proof of {index} in {size}")
        root = root_from(leaves[index], index, size, proof)
        expect(root == mth(leaves[:size]), f"root from {index} in {size}")
    for case in value["consistency"]:
        proof = [bytes.fromhex(text) for text in case["proof"]]
        right = subproof(case["old"], leaves[: case["new"]], is_old_root=True)
        expect(right == proof, f"proof from {case['old']} to {case['new']}")


def check_tiles(cases: list[dict[str, Any]], entries: list[bytes]) -> None:
    """Files of a growth."""
    for case in cases:
        files = {
            path: hashlib.sha256(data).hexdigest()
            for path, data in tile_files(entries, case["steps"])
        }
        expect(files == case["files"], f"files of {case['steps']}")
        leaves = [sha(b"\0", entry) for entry in entries[: case["steps"][-1]]]
        expect(mth(leaves).hex() == case["root"], f"root of {case['steps']}")


def check_notes(cases: list[dict[str, Any]]) -> None:
    """One line of each kind: good as it is, bad over another text."""
    for case in cases:
        key = read_vkey(case["vkey"])
        text, lines = read_note(case["note"])
        expect(check_line(key, text, lines[0]) == (True, case["timestamp"]), "a line")
        other = text.replace("\n7\n", "\n8\n")
        expect(not check_line(key, other, lines[0])[0], "a line over another text")


class Policy:
    """A policy, read simply: the vectors hold no malformed one."""

    def __init__(self, text: str) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: list[tuple[str, str, list[str]]] = []
        self.quorum = ""
        for line in text.splitlines():
            word, *rest = line.split()
            if word == "log":
                self.logs.append(read_vkey(rest[0]))
            elif word == "witness":
                self.witnesses[rest[0]] = read_vkey(rest[1])
            elif word == "group":
                self.groups.append((rest[0], rest[1], rest[2:]))
            else:
                self.quorum = rest[0]

    def is_met_by(self, names: set[str]) -> bool:
        """Say whether these witnesses make the quorum."""
        present = set(names)
        for name, rule, members in self.groups:
            needed = {"any": 1, "all": len(members)}.get(rule) or int(rule)
            if len(present & set(members)) >= needed:
                present.add(name)
        return self.quorum == "none" or self.quorum in present


def check_proofs(cases: list[dict[str, Any]]) -> None:
    """Whole proofs under a policy."""
    for case in cases:
        top, note = case["proof"].split("\n\n", 1)
        expect(top.startswith("c2sp.org/tlog-proof@v1\n"), "the first line")
        rows = [row for row in top.splitlines()[1:] if not row.startswith("extra ")]
        index = int(rows[0].removeprefix("index "))
        proof = [base64.b64decode(row, validate=True) for row in rows[1:]]
        text, lines = read_note(note)
        reasons, facts = judge(Policy(case["policy"]), text, lines)
        _, size, root, more = read_head(text)
        leaf = sha(b"\0", bytes.fromhex(case["entry"]))
        if root_from(leaf, index, size, proof) != root:
            reasons.append("proof.not-included")
        if not facts["quorum_met"]:
            reasons.append("proof.quorum-missing")
        if more:
            reasons.append("proof.extension-lines")
        expect((reasons or ["proof.valid"]) == case["reasons"], case["name"])
        for name, value in facts.items():
            expect(case[name] == value, f"{case['name']}: {name}")
        expect(outcome_of(reasons) == case["outcome"], f"{case['name']}: outcome")


def judge(policy: Policy, text: str, lines: list[Line]) -> tuple[list[str], dict[str, Any]]:
    """Judge the signatures of a checkpoint."""
    origin = read_head(text)[0]
    log_keys = [key for key in policy.logs if key[0] == origin]
    signed, log_broken = good_lines(log_keys, text, lines)
    times: dict[str, int] = {}
    is_broken = log_broken
    for name, key in policy.witnesses.items():
        good, one_broken = good_lines([key], text, lines)
        is_broken |= one_broken
        stamps = [stamp for _, stamp in good if stamp]
        if stamps:
            times[name] = min(stamps)
    reasons = ["proof.signature-broken"] if is_broken else []
    kinds = {key[2] for key, _ in signed}
    if not log_keys:
        reasons.append("proof.log-unknown")
    elif not signed:
        reasons.append("proof.log-unsigned")
    else:
        missing = {key[2] for key in log_keys} - kinds
        reasons += ["proof.log-signature-missing"] * len(missing)
    facts = {
        "log_verified": not reasons,
        "quorum_met": not is_broken and policy.is_met_by(set(times)),
        "witnesses": [] if is_broken else [[name, stamp] for name, stamp in times.items()],
    }
    return reasons, facts


def outcome_of(reasons: list[str]) -> str:
    """Return the worst outcome of these reasons."""
    open_ones = {"proof.log-unknown", "proof.quorum-missing", "proof.extension-lines"}
    if set(reasons) - open_ones:
        return "FAILED"
    return "INDETERMINATE" if reasons else "PASSED"


def check_witness(value: dict[str, Any], leaves: list[bytes]) -> None:
    """Check requests to a witness, in the order of spec/ledger.md, section 7."""
    keys = [read_vkey(text) for text in value["log_keys"]]
    own = [read_vkey(text) for text in value["own_keys"]]
    for case in value["cases"]:
        top, note = case["request"].split("\n\n", 1)
        first, *rows = top.splitlines()
        old = int(first.removeprefix("old "))
        proof = [base64.b64decode(row, validate=True) for row in rows]
        text, lines = read_note(note)
        found = answer(case["recorded"], old, proof, (text, lines), (keys, own), leaves)
        expect(found == (case["status"], case["reason"]), case["name"])


def answer(
    recorded: int | None,
    old: int,
    proof: list[bytes],
    note: tuple[str, list[Line]],
    known: tuple[list[Key], list[Key]],
    leaves: list[bytes],
) -> tuple[int, str]:
    """Return status and reason; consistency is decided by building the proof anew."""
    text, lines = note
    keys, own = known
    origin, size, root, _ = read_head(text)
    have = recorded or 0
    signed, is_broken = good_lines(keys, text, lines)
    is_ours = bool(good_lines(own, text, lines)[0])
    right = subproof(old, leaves[:size], is_old_root=True) if 0 < old <= size else []
    steps = (
        (origin != keys[0][0], 404, "witness.log-unknown"),
        (
            is_broken or {key[2] for key, _ in signed} != {key[2] for key in keys},
            403,
            "witness.signature",
        ),
        (size > have and is_ours, 409, "witness.restored"),
        (old > size, 400, "witness.old-size-above-new"),
        (old != have, 409, "witness.old-size"),
        (root != mth(leaves[:size]) or proof != right, 422, "witness.inconsistent"),
    )
    for is_so, status, reason in steps:
        if is_so:
            return status, reason
    return 200, "witness.cosigned"


def main() -> None:
    """Check every file of a folder."""
    folder = Path(sys.argv[1])

    def read(name: str) -> Any:  # noqa: ANN401 - JSON of several shapes
        return json.loads((folder / name).read_text())

    entries = all_entries()
    leaves = [sha(b"\0", entry) for entry in entries]
    check_entries(read("entries.json"))
    check_tree(read("tree.json"), leaves)
    check_tiles(read("tiles.json"), entries)
    check_notes(read("notes.json"))
    check_proofs(read("proofs.json"))
    check_witness(read("witness.json"), leaves)
    print("check_ledger: all vectors agree")


if __name__ == "__main__":
    main()
