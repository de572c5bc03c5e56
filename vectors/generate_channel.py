"""Make the golden vectors of the channel: fixed seeds, so that each run gives the same files.

ML-DSA and the sealing draw randomness of their own; what they made once is kept in ``book.json``
and taken from there as long as it verifies, or opens.

usage: generate_channel.py FOLDER
"""

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA65PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from longbien.channel.envelope import open_sealed, seal_frame
from longbien.channel.message import Lane, Message, MessageKind, Receipt, ReceiptOutcome
from longbien.channel.split_view import SplitView, encode_split_view
from longbien.channel.transfer import SealedObject, encode_sealed_object
from longbien.channel.wire import (
    MESSAGE_TYPE,
    RECEIPT_TYPE,
    Answer,
    Consistency,
    Frame,
    Gossip,
    encode_answer,
    encode_frame,
    encode_message,
    encode_receipt,
)
from longbien.ledger.checkpoints import Head, SignedCheckpoint, checkpoint_of
from longbien.ledger.cosignatures import ml_dsa_44_message
from longbien.ledger.notes import (
    Ed25519NoteSigner,
    Note,
    NoteSignature,
    SignatureType,
    VerifierKey,
)
from longbien.ledger.tree import consistency_proof_from, nodes_of, root_of
from longbien.primitives.canonical import Json, encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import AuthorityId, CaseId, MessageId
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import HybridIdentity, encode_identity, recipient_of
from longbien.trust.dsse import Envelope, EnvelopeSignature, encode_envelope, encode_pae, key_id_of

NOW = Instant.parse("2026-11-21T09:30:00Z")
IL, VN = AuthorityId("IL/contact-point"), AuthorityId("VN/contact-point")
THREAD = CaseId("6f1f5f0e-27b6-4c61-9d4e-2f8f0a1b2c3d")
BOOK = "book.json"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def seed(name: str) -> bytes:
    """Return a fixed seed: these keys protect nothing."""
    return hashlib.sha256(f"long bien golden channel: {name}".encode()).digest()


class Book:
    """What was made once with randomness that nobody can repeat."""

    def __init__(self, folder: Path) -> None:
        path = folder / BOOK
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        self._used: dict[str, str] = {}

    def keep(
        self, name: bytes, make: Callable[[], bytes], is_good: Callable[[bytes], bool]
    ) -> bytes:
        """Return what is known under a name, if it is still good, or make it."""
        key = hashlib.sha256(name).hexdigest()
        found = base64.b64decode(self._known.get(key, ""))
        if not found or not is_good(found):
            found = make()
        self._used[key] = self._known[key] = base64.b64encode(found).decode()
        return found

    def write(self, folder: Path) -> None:
        """Keep those that were used."""
        write(folder / BOOK, dict(sorted(self._used.items())))


def write(path: Path, value: object) -> None:
    """Write one file for people and programs."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def verifies(verify: Callable[[bytes, bytes], None], message: bytes) -> Callable[[bytes], bool]:
    """Return a check of signatures over a message."""

    def is_good(signature: bytes) -> bool:
        try:
            verify(signature, message)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is made anew
            return False
        return True

    return is_good


class Pair:
    """The two keys of an authority."""

    def __init__(self, name: str, book: Book) -> None:
        number = int.from_bytes(seed(f"{name} ec")) % (P256_ORDER - 1) + 1
        self._ec = ec.derive_private_key(number, ec.SECP256R1())
        self._mldsa = MLDSA65PrivateKey.from_seed_bytes(seed(f"{name} ml-dsa"))
        self._book = book
        self.spki = [
            key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            for key in (self._ec, self._mldsa)
        ]

    def signed(self, payload: bytes, kind: str) -> Envelope:
        """Sign a document; ECDSA by RFC 6979, so that it is the same each time."""
        pae = encode_pae(payload, payload_type=kind)
        public = self._mldsa.public_key()
        made = [
            self._ec.sign(pae, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)),
            self._book.keep(
                self.spki[1] + pae,
                lambda: self._mldsa.sign(pae),
                verifies(public.verify, pae),
            ),
        ]
        rows = [
            EnvelopeSignature(key_id=key_id_of(spki), signature=signature)
            for spki, signature in zip(self.spki, made, strict=True)
        ]
        rows.sort(key=lambda row: row.key_id.text)
        return Envelope(payload_type=kind, payload=payload, signatures=tuple(rows))


class Ledger:
    """A ledger with both kinds of key."""

    def __init__(self, origin: str, book: Book) -> None:
        self.origin = origin
        self._ed25519 = Ed25519NoteSigner(
            name=origin, private_key=Ed25519PrivateKey.from_private_bytes(seed(origin))
        )
        self._mldsa = MLDSA44PrivateKey.from_seed_bytes(seed(origin))
        self._book = book
        self._key = VerifierKey(
            name=origin,
            kind=SignatureType.ML_DSA_44,
            public_key=self._mldsa.public_key().public_bytes_raw(),
        )
        self.keys = [self._ed25519.vkey, self._key.text]

    def sign(self, head: Head) -> SignedCheckpoint:
        """Sign a head, whatever it says."""
        stated = checkpoint_of(head)
        text = ml_dsa_44_message(self.origin, head, timestamp=0)
        public = self._mldsa.public_key()
        blob = self._book.keep(
            self._key.text.encode() + text,
            lambda: self._mldsa.sign(text),
            verifies(public.verify, text),
        )
        lines = (
            self._ed25519.sign(stated.text, now=NOW),
            NoteSignature(name=self.origin, key_id=self._key.key_id, blob=bytes(8) + blob),
        )
        return SignedCheckpoint(checkpoint=stated, note=Note(text=stated.text, signatures=lines))

    def checkpoint(self, size: int, fork: int | None = None) -> SignedCheckpoint:
        """Sign the tree of a size; from entry ``fork`` on it is another one."""
        root = root_of(leaves(size, fork))
        return self.sign(Head(origin=self.origin, size=size, root=root))


def leaves(count: int, fork: int | None = None) -> bytes:
    """Return the leaf hashes of a tree."""
    return b"".join(
        seed(f"leaf {at}" if fork is None or at < fork else f"other leaf {at}")
        for at in range(count)
    )


def consistency(old: int, new: int, fork: int | None = None) -> Consistency:
    """Return what a ledger says about two of its sizes."""
    row = leaves(new, fork)
    proof = consistency_proof_from(nodes_of(row), old_size=old, new_size=new)
    return Consistency(old_size=old, old_root=root_of(row[: old * 32]), proof=proof)


def message_of(number: int = 1, **changes: Any) -> Message:  # noqa: ANN401 - any field
    """Return message ``number`` of the thread."""
    message = Message(
        id=MessageId(f"00000000-0000-4000-8000-{number:012d}"),
        kind=MessageKind.REQUEST,
        thread=THREAD,
        sequence=number,
        sender=IL,
        recipient=VN,
        purpose="preservation",
        created_at=NOW,
        expires_at=NOW.plus(timedelta(days=30)),
        schema="longbien:preservation.request/1",
        lane=Lane.PRESERVATION,
        exercise=True,
        content={"subject": "t\u00e0i kho\u1ea3n 17", "days": 90},
    )
    return evolve(message, **changes)


class Maker:
    """Makes all files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._book = Book(folder)
        self._il, self._vn = Pair("IL", self._book), Pair("VN", self._book)
        self._ledger = Ledger("longbien.il/node", self._book)
        self._other = Ledger("longbien.vn/node", self._book)
        self._identity = HybridIdentity(seed("VN age"))

    def make(self) -> None:
        """Write every file."""
        keys: dict[str, object] = {
            "IL": [base64.b64encode(spki).decode() for spki in self._il.spki],
            "VN": [base64.b64encode(spki).decode() for spki in self._vn.spki],
            "identity": encode_identity(self._identity),
            "ledgers": self._ledger.keys + self._other.keys,
        }
        write(self._folder / "keys.json", keys)
        write(self._folder / "messages.json", self._messages())
        write(self._folder / "receipts.json", self._receipts())
        write(self._folder / "frames.json", self._frames())
        write(self._folder / "answers.json", self._answers())
        write(self._folder / "split-views.json", self._split_views())
        write(self._folder / "transfers.json", transfers())
        self._book.write(self._folder)

    # --- signed documents ---

    def _messages(self) -> list[dict[str, object]]:
        good = {
            "a request": message_of(),
            "an answer in urgent lane": message_of(
                2,
                kind=MessageKind.ANSWER,
                lane=Lane.URGENT,
                in_reply_to=message_of().id,
                content={},
                created_at=Instant.parse("2026-11-21T09:30:00.000001Z"),
            ),
            "a drill": message_of(
                3,
                kind=MessageKind.DRILL,
                purpose="drill",
                schema="longbien:drill/1",
                content={"answer_by": str(NOW), "challenge": 271828},
            ),
            "a suite that is not known here": message_of(4, suite="LB2"),
            "names above the basic plane": message_of(
                5, content={"\U0001f600": 1, "\ufb33": 2, "e\u0301": '\u0000\u001f"\\/'}
            ),
        }
        found = [self._case(name, encode_message(one), "IL") for name, one in good.items()]
        payload = encode_message(message_of())
        found.append(self._case("signed by somebody else", payload, "IL", signer=self._vn))
        value = json.loads(payload)
        for name, change in BAD_MESSAGES.items():
            changed = encode_json(
                {key: one for key, one in (value | change).items() if one is not ...}
            )
            found.append(self._case(name, changed, "IL", is_well_formed=False))
        for name, data in bad_spellings(payload).items():
            found.append(self._case(name, data, "IL", is_well_formed=False))
        return found + self._bad_envelopes(payload)

    def _case(
        self,
        name: str,
        payload: bytes,
        pair: str,
        *,
        signer: Pair | None = None,
        is_well_formed: bool = True,
        kind: str = MESSAGE_TYPE,
    ) -> dict[str, object]:
        by = signer or (self._il if pair == "IL" else self._vn)
        data = encode_envelope(by.signed(payload, kind))
        return {
            "name": name,
            "envelope": data.decode(),
            "is_well_formed": is_well_formed,
            "is_signed": signer is None,
            "pair": pair,
            "sha256": Digest.of(data).hex,
        }

    def _bad_envelopes(self, payload: bytes) -> list[dict[str, object]]:
        whole = self._il.signed(payload, MESSAGE_TYPE)
        broken = evolve(whole.signatures[0], signature=b"\x00" * 70)
        both = self._vn.signed(payload, MESSAGE_TYPE).signatures + whole.signatures
        three = tuple(sorted(both, key=lambda row: row.key_id.text))[:3]
        rows = {
            "one signature": (evolve(whole, signatures=whole.signatures[:1]), False),
            "three signatures": (evolve(whole, signatures=three), False),
            "signatures out of order": (evolve(whole, signatures=whole.signatures[::-1]), False),
            "another payload type": (evolve(whole, payload_type=RECEIPT_TYPE), False),
            "one broken signature": (
                evolve(whole, signatures=(broken, whole.signatures[1])),
                True,
            ),
        }
        found: list[dict[str, object]] = []
        for name, (envelope, is_well_formed) in rows.items():
            data = encode_envelope(envelope)
            found.append(
                {
                    "name": name,
                    "envelope": data.decode(),
                    "is_well_formed": is_well_formed,
                    "is_signed": False,
                    "pair": "IL",
                    "sha256": Digest.of(data).hex,
                }
            )
        return found

    def _receipts(self) -> list[dict[str, object]]:
        signed = encode_envelope(self._il.signed(encode_message(message_of()), MESSAGE_TYPE))
        accepted = Receipt(
            message=message_of().id,
            message_sha256=Digest.of(signed),
            sender=VN,
            recipient=IL,
            received_at=NOW.plus(timedelta(seconds=1)),
            outcome=ReceiptOutcome.ACCEPTED,
            commitments=(b"\x01" + seed("commitment"),),
        )
        refused = evolve(
            accepted, outcome=ReceiptOutcome.REFUSED, code="message.expired", commitments=()
        )
        found = [
            self._case(name, encode_receipt(one), "VN", kind=RECEIPT_TYPE)
            for name, one in {"accepted": accepted, "refused": refused}.items()
        ]
        value = json.loads(encode_receipt(accepted))
        for name, change in BAD_RECEIPTS.items():
            changed = encode_json(value | change)
            found.append(self._case(name, changed, "VN", is_well_formed=False, kind=RECEIPT_TYPE))
        return found

    # --- frames and answers ---

    def _gossip(self) -> Gossip:
        return Gossip(
            at=NOW,
            checkpoint=self._ledger.checkpoint(9),
            consistency=consistency(4, 9),
            seen=self._other.checkpoint(5),
            others=(self._other.checkpoint(2),),
        )

    def _frames(self) -> list[dict[str, object]]:
        signed = encode_envelope(self._il.signed(encode_message(message_of()), MESSAGE_TYPE))
        frame = Frame(envelope=signed, gossip=self._gossip())
        plain = encode_frame(frame)
        sealed = self._sealed(frame)
        found: list[dict[str, object]] = [
            {"name": "a frame", "sealed": letters(sealed), "plain": plain.decode()}
        ]
        for name, at in {"in the header": 40, "in the payload": -20, "the last byte": -1}.items():
            changed = bytearray(sealed)
            changed[at] ^= 1
            found.append(
                {"name": f"a flipped bit {name}", "sealed": letters(changed), "plain": None}
            )
        found.append({"name": "a cut frame", "sealed": letters(sealed[:-1]), "plain": None})
        return found

    def _sealed(self, frame: Frame) -> bytes:
        plain = encode_frame(frame)

        def is_good(sealed: bytes) -> bool:
            try:
                return open_sealed(sealed, identities=[self._identity]) == plain
            except LongBienError:
                return False

        return self._book.keep(
            b"sealed" + plain,
            lambda: seal_frame(
                frame,
                recipients=[recipient_of(self._identity)],
                random_bytes=lambda count: seed("sealing")[:count],
            ),
            is_good,
        )

    def _answers(self) -> list[dict[str, object]]:
        (accepted, *_) = self._receipts()
        receipt = str(accepted["envelope"]).encode()
        good = encode_answer(Answer(receipt=receipt, gossip=self._gossip()))
        value = json.loads(good)
        rows = {"an answer": (good, True)}
        for name, change in BAD_GOSSIP.items():
            changed = value | {"gossip": value["gossip"] | change}
            rows[name] = (encode_json(changed), False)
        rows["no receipt"] = (encode_json({"gossip": value["gossip"]}), False)
        rows["a space behind"] = (good + b" ", False)
        return [
            {"name": name, "answer": data.decode(), "is_well_formed": is_good}
            for name, (data, is_good) in rows.items()
        ]

    # --- split views ---

    def _split_views(self) -> list[dict[str, object]]:
        one, two = self._ledger.checkpoint, self._other.checkpoint
        nothing = Head(origin=self._ledger.origin, size=0, root=Digest.of(b"nothing"))
        lone, told = self._ledger.sign(nothing), consistency(5, 9, 2)
        bare = one(5, 2)
        half = evolve(bare, note=evolve(bare.note, signatures=bare.note.signatures[:1]))
        rows: dict[str, tuple[SplitView, str]] = {
            "one size, two roots": (SplitView(first=one(5), second=one(5, 2)), "passed"),
            "two sizes, odd": (
                SplitView(first=one(5), second=one(9, 2), consistency=told),
                "passed",
            ),
            "two sizes, a complete older tree": (
                SplitView(first=one(4), second=one(9, 2), consistency=consistency(4, 9, 2)),
                "passed",
            ),
            "an empty tree with a root": (SplitView(first=lone, second=lone), "passed"),
            "the same twice": (SplitView(first=one(5), second=one(5)), "failed"),
            "honest growth": (
                SplitView(first=one(5), second=one(9), consistency=consistency(5, 9)),
                "failed",
            ),
            "growth without proof": (SplitView(first=one(5), second=one(9, 2)), "failed"),
            "a proof that does not hold": (
                SplitView(
                    first=one(5),
                    second=one(9, 2),
                    consistency=evolve(told, old_root=Digest.of(b"invented")),
                ),
                "failed",
            ),
            "a proof that is too long": (
                SplitView(
                    first=one(5),
                    second=one(9, 2),
                    consistency=evolve(told, proof=(*told.proof, bytes(32))),
                ),
                "failed",
            ),
            "a proof that is too short": (
                SplitView(
                    first=one(5),
                    second=one(9, 2),
                    consistency=evolve(told, proof=told.proof[:-1]),
                ),
                "failed",
            ),
            "the larger one first": (
                SplitView(first=one(9, 2), second=one(5), consistency=told),
                "failed",
            ),
            "two ledgers": (SplitView(first=one(5), second=two(5, 2)), "failed"),
            "one kind of signature missing": (SplitView(first=one(5), second=half), "failed"),
        }
        found: list[dict[str, object]] = [
            {
                "name": name,
                "document": encode_split_view(split).decode(),
                "keys": self._ledger.keys,
                "outcome": outcome,
            }
            for name, (split, outcome) in rows.items()
        ]
        stranger = {**found[0], "name": "keys of another ledger", "keys": self._other.keys}
        return [*found, stranger | {"outcome": "indeterminate"}]


BAD_MESSAGES: dict[str, dict[str, Any]] = {
    "a field too many": {"approved": True},
    "a field missing": {"suite": ...},
    "another protocol": {"protocol": 2},
    "a protocol that is no number": {"protocol": True},
    "an unknown kind": {"kind": "order"},
    "an unknown lane": {"lane": "bulk"},
    "sequence zero": {"sequence": 0},
    "of one State": {"sender": "VN/central-authority"},
    "a reply to itself": {"in_reply_to": "00000000-0000-4000-8000-000000000001"},
    "an id in capitals": {"id": "00000000-0000-4000-8000-00000000000A"},
    "a time with an offset": {"created_at": "2026-11-21T10:30:00+01:00"},
    "a time with needless zeros": {"created_at": "2026-11-21T09:30:00.000000Z"},
    "a leap second": {"created_at": "2026-12-31T23:59:60Z"},
    "a day that is none": {"created_at": "2026-02-29T00:00:00Z"},
    "a schema without version": {"schema": "longbien:preservation.request"},
    "no suite": {"suite": ""},
    "content that is a list": {"content": []},
    "exercise as a number": {"exercise": 1},
    "too deep": {"content": {"a": [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}},
}
BAD_RECEIPTS: dict[str, dict[str, Any]] = {
    "an acceptance with a code": {"code": "message.expired"},
    "a refusal without a code": {"outcome": "refused"},
    "a short commitment": {"commitments": ["AAAA"]},
    "too many commitments": {"commitments": ["A" * 44] * 65},
    "another suite": {"suite": "LB2"},
    "a protocol that is no number": {"protocol": True},
    "a digest in capitals": {"message_sha256": "A" * 64},
}
BAD_GOSSIP: dict[str, dict[str, Any]] = {
    "gossip without a checkpoint": {"checkpoint": None},
    "gossip with five others": {"others": ["x"] * 5},
    "gossip with a proof of short hashes": {
        "consistency": {"old_root": "A" * 43 + "=", "old_size": 4, "proof": ["AAAA"]}
    },
    "gossip with a checkpoint that is none": {"seen": "hello"},
    "gossip with a time that is none": {"at": "now"},
}


def bad_spellings(payload: bytes) -> dict[str, bytes]:
    """Return a message in ways in which it may not be written."""
    return {
        "a space": payload.replace(b":", b": ", 1),
        "an escape without need": payload.replace(b"subject", b"subjec\\u0074"),
        "a fraction": payload.replace(b'"sequence":1', b'"sequence":1.0'),
        "a name twice": payload[:-1] + b',"thread":"6f1f5f0e-27b6-4c61-9d4e-2f8f0a1b2c3d"}',
        "a number beyond 2^53": payload.replace(b'"sequence":1', b'"sequence":9007199254740992'),
    }


def transfers() -> list[dict[str, object]]:
    """Return sealed objects and answers about missing parts."""
    small = SealedObject(
        header=Digest(seed("header")),
        header_size=1627,
        parts_list=Digest(seed("list")),
        part_count=3,
        part_size=2**23,
        size=1627 + 2 * 2**23 + 1,
    )
    good = encode_sealed_object(small)
    largest = 128 * 1024 + 16 + 5 * 2**40 + 16 * 5 * 2**24
    count = -(-(largest - 128 * 1024) // 2**23)
    objects: dict[str, tuple[dict[str, Json], bool]] = {
        "three parts": (good, True),
        "the largest object": (
            good | {"header_size": 128 * 1024, "size": largest, "part_count": count},
            True,
        ),
        "above the largest": (
            good | {"header_size": 128 * 1024, "size": largest + 1, "part_count": count},
            False,
        ),
        "a part too few": (good | {"part_count": 2}, False),
        "parts too large": (good | {"part_size": 2**23 + 1}, False),
        "a number as text": (good | {"size": "16778844"}, False),
        "an empty file": (good | {"size": 1627 + 16, "part_count": 1}, True),
        "less than an empty file": (good | {"size": 1627 + 15, "part_count": 1}, False),
    }
    answers = {
        "nothing missing": ('{"header":false,"list":false,"missing":[],"through":2}', True),
        "two runs": ('{"header":true,"list":false,"missing":[[0,0],[2,2]],"through":2}', True),
        "runs that touch": (
            '{"header":false,"list":false,"missing":[[0,0],[1,2]],"through":2}',
            False,
        ),
        "a run beyond": ('{"header":false,"list":false,"missing":[[2,3]],"through":2}', False),
        "a run past through": (
            '{"header":false,"list":false,"missing":[[2,2]],"through":1}',
            False,
        ),
        "a run backwards": ('{"header":false,"list":false,"missing":[[2,1]],"through":2}', False),
    }
    found: list[dict[str, object]] = [
        {"name": name, "sealed": value, "is_well_formed": is_good}
        for name, (value, is_good) in objects.items()
    ]
    return found + [
        {"name": name, "missing": data, "part_count": 3, "is_well_formed": is_good}
        for name, (data, is_good) in answers.items()
    ]


def letters(data: bytes | bytearray) -> str:
    """Write bytes as base64."""
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    Maker(Path(sys.argv[1])).make()
