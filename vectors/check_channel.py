"""Check the golden vectors of the channel without a line of Long Bien.

Written from spec/channel.md, spec/ledger.md and the specifications of DSSE, C2SP and age, on the
standard library and ``cryptography`` alone.  Exit code 0: everything agrees.

usage: check_channel.py FOLDER
"""

import base64
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_der_public_key

KIB = 1024
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
AUTHORITY = r"[A-Z]{2}/[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?"
KINDS = {
    "request",
    "amendment",
    "withdrawal",
    "acknowledgement",
    "question",
    "answer",
    "consultation",
    "acceptance",
    "postponement",
    "refusal",
    "extension-request",
    "preservation-confirmed",
    "preservation-extended",
    "preservation-ended",
    "partial-disclosure",
    "evidence-announced",
    "evidence-delivered",
    "evidence-verified",
    "further-use-request",
    "further-use-consent",
    "exculpatory-use",
    "destruction-certified",
    "status",
    "spontaneous-information",
    "drill",
    "drill-answer",
}
LIMIT = 5 * 2**40
SEALED_LIMIT = 128 * KIB + 16 + LIMIT + 16 * (LIMIT // 65536)


class Wrong(Exception):
    """What was looked at is not as the specification says."""


def need(condition: object, words: str) -> None:
    """Raise Wrong unless the condition holds."""
    if not condition:
        raise Wrong(words)


def holds(look: Callable[..., object], *arguments: object) -> bool:
    """Tell if a look finds nothing wrong."""
    try:
        look(*arguments)
    except Wrong:
        return False
    return True


# --- canonical JSON ------------------------------------------------------------------------------


def written(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Write canonical JSON by RFC 8785, for whole numbers alone."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{written(name)}:{written(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object whose names stand once."""
    need(len(dict(pairs)) == len(pairs), "a name stands twice")
    return dict(pairs)


def number(text: str) -> int:
    """Read a whole number that every reader can count to."""
    need(len(text) <= len(str(-(2**53))) and abs(int(text)) < 2**53, "a number beyond 2^53")
    return int(text)


def fraction(_text: str) -> int:
    """Refuse fractions, NaN and Infinity."""
    raise Wrong("not a whole number")


def depth_of(value: Any) -> int:  # noqa: ANN401 - any JSON
    """Return how many levels of lists and objects there are."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth_of, inside), default=0)
    return 0


def read(data: bytes, *, most: int, levels: int) -> Any:  # noqa: ANN401 - any JSON
    """Read canonical JSON within its limits."""
    need(len(data) <= most, "too many bytes")
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=once,
            parse_int=number,
            parse_float=fraction,
            parse_constant=fraction,
        )
        text = written(value).encode()
    except (ValueError, RecursionError):
        raise Wrong("not JSON") from None
    need(text == data, "not canonical")
    need(depth_of(value) <= levels, "too deep")
    return value


def fields(value: Any, names: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return an object that has exactly these names."""
    need(isinstance(value, dict) and value.keys() == set(names.split()), f"not {names}")
    found: dict[str, Any] = value
    return found


def text(value: object, form: str) -> str:
    """Return a text of a form."""
    need(isinstance(value, str) and re.fullmatch(form, value, re.ASCII), f"not {form}: {value!r}")
    return str(value)


def whole(value: object, low: int = 0, high: int = 2**53 - 1) -> int:
    """Return a whole number within its bounds."""
    need(isinstance(value, int) and not isinstance(value, bool), "not a number")
    found = int(value)  # type: ignore[call-overload]
    need(low <= found <= high, "a number out of its bounds")
    return int(found)


def time(value: object) -> None:
    """Read a time in its one form."""
    found = text(value, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(?!000000)\d{6})?Z")
    try:
        datetime.fromisoformat(found)
    except ValueError:
        raise Wrong("no such day or hour") from None


def octets(value: object, size: int | None = None) -> bytes:
    """Return bytes in their one base64."""
    need(isinstance(value, str) and value.isascii(), "not base64")
    try:
        raw = base64.b64decode(str(value), validate=True)
    except ValueError:
        raise Wrong("not base64") from None
    need(base64.b64encode(raw).decode() == value, "not canonical base64")
    need(size is None or len(raw) == size, "another size")
    return raw


# --- signed documents ----------------------------------------------------------------------------


def envelope(data: bytes, kind: str, most: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return payload and signatures of a signed document."""
    found = fields(read(data, most=512 * KIB, levels=4), "payload payloadType signatures")
    need(found["payloadType"] == f"application/vnd.longbien.{kind}+json", "another type")
    payload = octets(found["payload"])
    need(len(payload) <= most, "too large a payload")
    rows = found["signatures"]
    need(isinstance(rows, list) and len(rows) == 2, "not two signatures")  # noqa: PLR2004 - one of each kind
    made = []
    for row in rows:
        one = fields(row, "keyid sig")
        made.append((text(one["keyid"], "sha256:[0-9a-f]{64}"), octets(one["sig"])))
        need(len(made[-1][1]) <= 4627, "a signature above every kind")  # noqa: PLR2004 - FIPS 204
    need(made[0][0] < made[1][0], "signatures out of order")
    return payload, made


def is_signed(data: bytes, kind: str, most: int, pair: list[str]) -> bool:
    """Tell if both keys of a pair (SPKI in base64) have signed."""
    payload, made = envelope(data, kind, most)
    name = f"application/vnd.longbien.{kind}+json".encode()
    pae = b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)
    for spki in map(base64.b64decode, pair):
        signature = dict(made).get("sha256:" + hashlib.sha256(spki).hexdigest(), b"")
        key = load_der_public_key(spki)
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, pae, ec.ECDSA(hashes.SHA256()))
            else:
                key.verify(signature, pae)  # type: ignore[union-attr, call-arg]
        except InvalidSignature:
            return False
    return True


def message(data: bytes) -> None:
    """Look at a signed message's form."""
    need(len(data) <= 384 * KIB, "too large an envelope")
    payload, _ = envelope(data, "message", 260 * KIB)
    found = fields(
        read(payload, most=260 * KIB, levels=16),
        "content created_at exercise expires_at id in_reply_to kind lane protocol purpose "
        "recipient schema sender sequence suite thread",
    )
    need(whole(found["protocol"]) == 1, "another protocol")
    need(isinstance(found["content"], dict), "no content")
    need(isinstance(found["exercise"], bool), "exercise or not")
    need(text(found["kind"], ".*") in KINDS, "no such kind")
    text(found["lane"], "urgent|preservation|ordinary")
    text(found["id"], UUID)
    text(found["thread"], UUID)
    if found["in_reply_to"] is not None:
        need(text(found["in_reply_to"], UUID) != found["id"], "a reply to itself")
    whole(found["sequence"], 1)
    sender, recipient = text(found["sender"], AUTHORITY), text(found["recipient"], AUTHORITY)
    need(sender[:2] != recipient[:2], "of one State")
    text(found["purpose"], "[a-z][a-z0-9_-]{0,63}")
    text(found["suite"], "[A-Z][A-Z0-9]{1,15}")
    text(found["schema"], r"[a-z][a-z0-9-]{0,30}:[a-z0-9][a-z0-9._-]{0,98}/[1-9][0-9]{0,3}")
    time(found["created_at"])
    time(found["expires_at"])


def receipt(data: bytes) -> None:
    """Look at a signed receipt's form."""
    payload, _ = envelope(data, "receipt", 8 * KIB)
    found = fields(
        read(payload, most=8 * KIB, levels=2),
        "code commitments message message_sha256 outcome protocol received_at recipient sender "
        "suite",
    )
    need((whole(found["protocol"]), found["suite"]) == (1, "LB1"), "another protocol or suite")
    need(isinstance(found["code"], str) and len(found["code"]) <= 64, "no code")  # noqa: PLR2004 - its limit
    is_refused = text(found["outcome"], "accepted|refused") == "refused"
    text(found["code"], "[a-z0-9]+([.-][a-z0-9]+)+" if is_refused else "")
    need(isinstance(found["commitments"], list), "no list")
    need(len(found["commitments"]) <= 64, "too many commitments")  # noqa: PLR2004 - its limit
    for one in found["commitments"]:
        octets(one, 33)
    text(found["message"], UUID)
    text(found["message_sha256"], "[0-9a-f]{64}")
    text(found["sender"], AUTHORITY)
    text(found["recipient"], AUTHORITY)
    time(found["received_at"])


# --- frames, gossip ------------------------------------------------------------------------------


def gossip(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Look at gossip."""
    found = fields(value, "at checkpoint consistency others seen")
    time(found["at"])
    note(found["checkpoint"])
    if found["seen"] is not None:
        note(found["seen"])
    need(isinstance(found["others"], list) and len(found["others"]) <= 4, "too many")  # noqa: PLR2004 - its limit
    for one in found["others"]:
        note(one)
    consistency(found["consistency"])


def frame(data: bytes) -> bytes:
    """Look at a plain frame; return the envelope's bytes."""
    found = fields(read(data, most=640 * KIB, levels=6), "envelope gossip")
    gossip(found["gossip"])
    signed = written(found["envelope"]).encode()
    message(signed)
    return signed


def answer(data: bytes) -> None:
    """Look at an answer."""
    found = fields(read(data, most=288 * KIB, levels=6), "gossip receipt")
    gossip(found["gossip"])
    receipt(written(found["receipt"]).encode())


def opened(sealed: bytes, secret: str) -> bytes:
    """Open an age v1 file with an AGE-SECRET-KEY-PQ-1 (C2SP age, mlkem768x25519)."""
    need(len(sealed) <= 2**20, "too large")
    head, mark, rest = sealed.partition(b"\n--- ")
    lines = head.decode("latin-1").split("\n")
    need(mark and lines[0] == "age-encryption.org/v1", "not age")
    mac, _, payload = rest.partition(b"\n")
    stanzas: list[list[str]] = []
    for line in lines[1:]:
        if line.startswith("-> "):
            stanzas.append([*line[3:].split(" "), ""])
        else:
            stanzas[-1][-1] += line
    need(len(stanzas) <= 4, "too many recipients")  # noqa: PLR2004 - its limit
    file_key = next((key for one in stanzas if (key := unwrapped(one, secret))), None)
    need(file_key, "for somebody else")
    header = head + b"\n---"
    expected = hmac.digest(derived(file_key, None, b"header"), header, "sha256")  # type: ignore[arg-type]
    need(unpadded(mac.decode("latin-1")) == expected, "another header")
    cipher = ChaCha20Poly1305(derived(file_key, payload[:16], b"payload"))  # type: ignore[arg-type]
    chunks = [payload[at : at + 65552] for at in range(16, len(payload), 65552)]
    try:
        return b"".join(
            cipher.decrypt((at << 8 | (at == len(chunks) - 1)).to_bytes(12), chunk, None)
            for at, chunk in enumerate(chunks)
        )
    except InvalidTag:
        raise Wrong("changed") from None


def unwrapped(stanza: list[str], secret: str) -> bytes | None:
    """Return the file key, if a stanza is for this secret."""
    if stanza[0] != "mlkem768x25519":
        return None
    octet = hashlib.shake_256(bech32(secret)).digest(96)
    key = hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(octet[:64]),
        X25519PrivateKey.from_private_bytes(octet[64:]),
    )
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    sealed = unpadded(stanza[1]) + unpadded(stanza[2])
    try:
        return suite.decrypt(sealed, key, b"age-encryption.org/mlkem768x25519")
    except InvalidTag:
        return None


def unpadded(letters: str) -> bytes:
    """Read base64 without padding."""
    return base64.b64decode(letters + "=" * (-len(letters) % 4))


def derived(secret: bytes, salt: bytes | None, info: bytes) -> bytes:
    """Derive 32 bytes with HKDF-SHA-256."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(secret)


def bech32(secret: str) -> bytes:
    """Return the data of a Bech32 text; the checksum is age's business."""
    letters = secret.lower().rpartition("1")[2][:-6]
    bits = 0
    for letter in letters:
        bits = bits << 5 | "qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(letter)
    return (bits >> len(letters) * 5 % 8).to_bytes(len(letters) * 5 // 8)


# --- ledgers -------------------------------------------------------------------------------------

Note = tuple[str, int, bytes, bytes, list[tuple[str, bytes]]]  # origin, size, root, text, lines


def note(value: object) -> Note:
    """Read a signed checkpoint."""
    need(isinstance(value, str) and len(value) <= 32 * KIB, "no note")
    found = str(value)
    need(not re.search(r"[\x00-\x09\x0b-\x1f]", found), "control characters")
    body, gap, lines = found.rpartition("\n\n")
    need(gap and lines.endswith("\n"), "no signature lines")
    rows = lines[:-1].split("\n")
    need(len(rows) <= 100, "too many lines")  # noqa: PLR2004 - signed-note
    signatures = []
    for row in rows:
        parts = row.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014", "no signature line")  # noqa: PLR2004 - dash, name, base64
        need(parts[1] and not re.search(r"[+\s\x85\xa0]", parts[1]), "no key name")
        need(len(parts[1].encode()) <= 255, "too long a name")  # noqa: PLR2004 - signed-note
        raw = octets(parts[2])
        need(len(raw) > 4, "no signature")  # noqa: PLR2004 - a key id and more
        signatures.append((parts[1], raw))
    rows = body.split("\n")
    need(len(rows) >= 3 and all(rows), "no checkpoint")  # noqa: PLR2004 - origin, size, root
    need(len(rows[0].encode()) <= 255, "too long an origin")  # noqa: PLR2004 - tlog-checkpoint
    need(re.fullmatch("0|[1-9][0-9]{0,18}", rows[1]) and int(rows[1]) < 2**63, "no size")
    return rows[0], int(rows[1]), octets(rows[2], 32), (body + "\n").encode(), signatures


def consistency(value: Any) -> tuple[int, bytes, list[bytes]] | None:  # noqa: ANN401 - any JSON
    """Read a consistency proof."""
    if value is None:
        return None
    found = fields(value, "old_root old_size proof")
    proof = found["proof"]
    need(isinstance(proof, list) and len(proof) <= 63, "no proof")  # noqa: PLR2004 - its limit
    hashes_found = [octets(one, 32) for one in proof]
    return whole(found["old_size"]), octets(found["old_root"], 32), hashes_found


def node(left: bytes, right: bytes) -> bytes:
    """Hash two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def roots_by(
    old: int, new: int, proof: list[bytes], old_root: bytes, *, is_old: bool = True
) -> tuple[bytes, bytes]:
    """Return the old and the new root to which a proof leads: SUBPROOF of RFC 6962, from above.

    The proof is used up from its end; what is left over is found by the caller.
    """
    if old == new:
        if is_old:
            return old_root, old_root
        need(proof, "too short a proof")
        last = proof.pop()
        return last, last
    split = 1 << (new - 1).bit_length() - 1
    need(proof, "too short a proof")
    side = proof.pop()
    if old <= split:
        left_old, left_new = roots_by(old, split, proof, old_root, is_old=is_old)
        return left_old, node(left_new, side)
    right_old, right_new = roots_by(old - split, new - split, proof, old_root, is_old=False)
    return node(side, right_old), node(side, right_new)


def continues(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Tell if a proof leads from one root to the other."""
    if not 0 < old < new:
        return False
    left = list(proof)
    try:
        found = roots_by(old, new, left, old_root)
    except Wrong:
        return False
    return not left and found == (old_root, new_root)


def line_holds(key: str, one: Note) -> bool | None:
    """Tell if the lines of a key are good; None where there is none."""
    origin, size, root, body, lines = one
    name, key_id, material = key.split("+", 2)
    raw = base64.b64decode(material)
    good = None
    for line_name, blob in lines:
        if line_name != name or blob[:4].hex() != key_id:
            continue
        signature = blob[4:]
        try:
            if raw[0] == 1:
                Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature, body)
            else:
                parts = [b"subtree/v1\n\0", short(name), signature[:8], short(origin)]
                numbers = bytes(8) + size.to_bytes(8) + root
                public = MLDSA44PublicKey.from_public_bytes(raw[1:])
                public.verify(signature[8:], b"".join(parts) + numbers)
        except InvalidSignature:
            return False
        good = True
    return good


def short(value: str) -> bytes:
    """Write a text with its length before it."""
    return bytes([len(value.encode())]) + value.encode()


def split_view(data: bytes, keys: list[str]) -> str:
    """Judge an accusation: passed, failed or indeterminate."""
    try:
        found = fields(read(data, most=96 * KIB, levels=3), "consistency first second type")
        need(found["type"] == "longbien:split-view/1", "another type")
        first, second = note(found["first"]), note(found["second"])
        told = consistency(found["consistency"])
    except Wrong:
        return "failed"
    if not contradict(first, second, told):
        return "failed"
    own = [key for key in keys if key.split("+")[0] == first[0]]
    if not own:
        return "indeterminate"
    return (
        "passed"
        if all(line_holds(key, one) for key in own for one in (first, second))
        else "failed"
    )


def contradict(first: Note, second: Note, told: tuple[int, bytes, list[bytes]] | None) -> bool:
    """Tell if two checkpoints cannot be of one history."""
    empty = hashlib.sha256(b"").digest()
    if first[0] != second[0]:
        return False
    if first[1] == second[1]:
        is_false_empty = first[1] == 0 and first[2] != empty
        return told is None and (first[2] != second[2] or is_false_empty)
    if told is None:
        return False
    size, root, proof = told
    is_other = size == first[1] and root != first[2]
    return is_other and continues(size, root, second[1], second[2], proof)


# --- transfers -----------------------------------------------------------------------------------


def sealed_object(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Look at the sealed object of an announcement."""
    found = fields(value, "header header_size part_count part_size parts_list size")
    text(found["header"], "[0-9a-f]{64}")
    text(found["parts_list"], "[0-9a-f]{64}")
    header, count = whole(found["header_size"], 1, 128 * KIB), whole(found["part_count"], 1, 786432)
    part, size = whole(found["part_size"], 1, 2**23), whole(found["size"], 1, SEALED_LIMIT)
    need(size - header >= 16 and count == -(-(size - header) // part), "no file in parts")  # noqa: PLR2004 - the tag of an empty file


def missing(data: bytes, count: int) -> None:
    """Look at an answer about missing parts of an object with that many."""
    found = fields(read(data, most=64 * KIB, levels=3), "header list missing through")
    need(isinstance(found["header"], bool) and isinstance(found["list"], bool), "not yes or no")
    through = whole(found["through"], 0, count - 1)
    need(isinstance(found["missing"], list) and len(found["missing"]) <= KIB, "too many runs")
    before = -2
    for run in found["missing"]:
        need(isinstance(run, list) and len(run) == 2, "no run")  # noqa: PLR2004 - first and last
        first, last = whole(run[0], before + 2), whole(run[1], 0, through)
        need(first <= last, "a run backwards")
        before = last


# --- the files -----------------------------------------------------------------------------------


Case = dict[str, Any]
Pairs = list[tuple[object, object]]


def signed_case(case: Case, keys: Case, kind: str) -> Pairs:
    """Look at a signed document: its form, its digest, its signatures."""
    data = case["envelope"].encode()
    look, most = {"message": (message, 260 * KIB), "receipt": (receipt, 8 * KIB)}[kind]
    is_good = holds(look, data)
    found: Pairs = [(case["is_well_formed"], is_good)]
    if is_good:
        pair = keys[case["pair"]]
        found.append((case["sha256"], hashlib.sha256(data).hexdigest()))
        found.append((case["is_signed"], is_signed(data, kind, most, pair)))
    return found


def frame_case(case: Case, keys: Case) -> Pairs:
    """Open a sealed frame and look at what is inside."""
    try:
        plain = opened(base64.b64decode(case["sealed"]), keys["identity"])
        frame(plain)
    except (Wrong, ValueError):
        return [(case["plain"], None)]
    return [(case["plain"], plain.decode())]


def transfer_case(case: Case, _keys: Case) -> Pairs:
    """Look at a sealed object, or at an answer about missing parts."""
    if "sealed" in case:
        return [(case["is_well_formed"], holds(sealed_object, case["sealed"]))]
    found = holds(missing, case["missing"].encode(), case["part_count"])
    return [(case["is_well_formed"], found)]


CHECKS: dict[str, Callable[[Case, Case], Pairs]] = {
    "messages.json": lambda case, keys: signed_case(case, keys, "message"),
    "receipts.json": lambda case, keys: signed_case(case, keys, "receipt"),
    "frames.json": frame_case,
    "answers.json": lambda case, _: [
        (case["is_well_formed"], holds(answer, case["answer"].encode()))
    ],
    "split-views.json": lambda case, _: [
        (case["outcome"], split_view(case["document"].encode(), case["keys"]))
    ],
    "transfers.json": transfer_case,
}


def check(folder: Path) -> int:
    """Check every file; return how many cases agreed."""
    keys = json.loads((folder / "keys.json").read_text())
    count = 0
    for name, look in CHECKS.items():
        for case in json.loads((folder / name).read_text()):
            for expected, found in look(case, keys):
                words = f"{name}, {case['name']}: the file says {expected}, found {found}"
                need(expected == found, words)
            count += 1
    return count


def main() -> int:
    """Check the folder that is named."""
    try:
        count = check(Path(sys.argv[1]))
    except Wrong as error:
        print(f"WRONG: {error}")
        return 1
    print(f"{count} cases agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
