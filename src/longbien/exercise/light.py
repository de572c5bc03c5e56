"""The light profile: marks in place of signatures and seals, so that a seed takes milliseconds.

What a key would sign is marked with a keyed hash of the key's public half, and whoever verifies
computes the mark again.  Nobody in the simulation can forge one, for nobody in it computes marks
by hand; everything else, every rule about whose signature must be where, stays the real thing.
The marks of one seed are the same each time, which real signatures are not: ML-DSA draws
randomness inside the library.

It stands in for functions of ``trust`` and ``ledger`` in this process, and goes again with the
``with`` statement.  A process that has loaded a node is refused.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from attrs import evolve, field, frozen

from longbien.casework import wire
from longbien.casework.case import Event
from longbien.casework.life import evolve as evolve_case
from longbien.casework.life import replay as replay_case
from longbien.casework.state import Case
from longbien.desk import changes
from longbien.exercise.states import SignerPair, State
from longbien.ledger import cosignatures, notes
from longbien.ledger.checkpoints import parse_checkpoint
from longbien.ledger.cosignatures import ed25519_message, ml_dsa_44_message
from longbien.ledger.notes import NoteSignature, SignatureType, VerifierKey
from longbien.primitives.ids import KeyId
from longbien.primitives.instants import Instant
from longbien.trust import dsse
from longbien.trust.age import identities, recipients
from longbien.trust.age.header import FileKey, Stanza, encode_base64
from longbien.trust.age.wrapped import ENC_SIZE, HYBRID_KIND, HybridShare
from longbien.trust.dsse import RawSigner
from longbien.trust.keys import KeyAlgorithm, PublicKey

_HASHES: Final = {KeyAlgorithm.P256: hashlib.sha256, KeyAlgorithm.P384: hashlib.sha384}
_SECRET: Final = b"the exercise: nobody's secret"
_TIME: Final = 8  # bytes of the time in a cosignature
_TAG: Final = 16  # bytes under a wrapped file key


def mark(public: bytes, message: bytes) -> bytes:
    """Return the 64 bytes that stand for a signature."""
    key = hashlib.blake2b(public, digest_size=64, key=_SECRET).digest()
    return hashlib.blake2b(message, digest_size=64, key=key).digest()


# --- signing: behind the ports --------------------------------------------------------------


@frozen(kw_only=True)
class LightRawSigner:
    """A signer of envelopes (``trust.dsse.RawSigner``)."""

    algorithm: KeyAlgorithm
    spki: bytes = field(repr=False)
    key_id: KeyId

    def sign(self, pae: bytes, /) -> bytes:
        """Mark what a key of this kind would sign."""
        hashed = _HASHES.get(self.algorithm)
        return mark(self.spki, hashed(pae).digest() if hashed else pae)


@frozen(kw_only=True)
class LightNoteSigner:
    """A signer and cosigner of checkpoints (``NoteSigner``, ``Cosigner``)."""

    key: VerifierKey

    @property
    def vkey(self) -> str:
        """Return the public half as a vkey."""
        return self.key.text

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:
        """Mark what a key of this kind would sign."""
        blob = now.unix.to_bytes(_TIME, "big")
        if self.key.kind is SignatureType.ED25519:
            blob = mark(self.key.public_key, text)
        elif self.key.kind is SignatureType.ED25519_COSIGNATURE:
            blob += mark(self.key.public_key, ed25519_message(text, timestamp=now.unix))
        else:
            head = parse_checkpoint(text).head
            message = ml_dsa_44_message(self.key.name, head, timestamp=now.unix)
            blob += mark(self.key.public_key, message)
        return NoteSignature(name=self.key.name, key_id=self.key.key_id, blob=blob)


def lightened(state: State) -> State:
    """Return a State whose node signs with marks; its entry stays as it was signed."""
    return evolve(
        state,
        offices={
            name: evolve(one, signers=_pair(one.signers)) for name, one in state.offices.items()
        },
        log=tuple(LightNoteSigner(key=one.key) for one in state.log),
        witness=tuple(LightNoteSigner(key=one.key) for one in state.witness),
    )


def _pair(pair: SignerPair) -> SignerPair:
    return SignerPair(ec=_raw(pair.ec), mldsa=_raw(pair.mldsa))


def _raw(signer: RawSigner) -> LightRawSigner:
    return LightRawSigner(algorithm=signer.algorithm, spki=signer.spki, key_id=signer.key_id)


# --- verifying and sealing: in place of the library ------------------------------------------


def _verify_ecdsa(key: PublicKey, *, signature: bytes, digest: bytes) -> bool:
    return signature == mark(key.spki, digest)


def _verify_mldsa(key: PublicKey, *, signature: bytes, message: bytes) -> bool:
    return signature == mark(key.spki, message)


def _verify_ed25519(*, public_key: bytes, signature: bytes, message: bytes) -> bool:
    return signature == mark(public_key, message)


def _verify_ml_dsa_44(public_key: bytes, signature: bytes, message: bytes) -> bool:
    return signature == mark(public_key, message)


class Seals:
    """Wraps file keys for the seal keys of some States."""

    def __init__(self, states: tuple[State, ...]) -> None:
        # by the private key object: a key of the library does not tell its public half cheaply
        self._public = {
            id(one.identity.key): one.recipient.key
            for state in states
            for one in state.offices.values()
        }

    def wrap(self, key: bytes, *, file_key: FileKey) -> Stanza:
        """See ``recipients._wrap_hybrid``."""
        enc = hashlib.shake_256(key + file_key.raw).digest(ENC_SIZE)
        body = self._masked(key, enc, file_key.raw) + mark(key, enc + file_key.raw)[:_TAG]
        return Stanza(kind=HYBRID_KIND, arguments=(encode_base64(enc),), body=body)

    def unwrap(self, private: object, wrapped: HybridShare) -> FileKey | None:
        """See ``identities._unwrap_hybrid``."""
        key = self._public[id(private)]
        raw = self._masked(key, wrapped.enc, wrapped.body[:-_TAG])
        is_whole = mark(key, wrapped.enc + raw)[:_TAG] == wrapped.body[-_TAG:]
        return FileKey(raw) if is_whole else None

    @staticmethod
    def _masked(key: bytes, enc: bytes, raw: bytes) -> bytes:
        mask = mark(key, b"mask" + enc)
        return bytes(one ^ other for one, other in zip(raw, mask, strict=False))


class _Memory:
    """What pure functions gave for the same bytes before, within one seed."""

    def __init__(self) -> None:
        self._parsed: dict[tuple[str, bytes], Event] = {}
        self._evolved: dict[tuple[int, int], Case] = {}
        self._held: list[object] = []  # an object that lives keeps its id

    def parse(self, kind: str, body: bytes) -> Event:
        """See ``casework.wire.parse_event``."""
        found = self._parsed.get((kind, body))
        if found is None:
            found = self._parsed[kind, body] = _parse_event(kind, body)
        return found

    def replay(self, events: Iterable[Event]) -> Case:
        """See ``casework.life.replay``."""
        case: Case | None = None
        for event in events:
            key = (id(case), id(event))
            after = self._evolved.get(key)
            if after is None:
                after = self._evolved[key] = evolve_case(case, event)
                self._held += (case, event)
            case = after
        if case is None:
            return _replay(())
        return case


_parse_event, _replay = wire.parse_event, replay_case


def _standing_in(seals: Seals, memory: _Memory) -> tuple[tuple[ModuleType, str, object], ...]:
    return (
        (dsse, "verify_ecdsa", _verify_ecdsa),
        (dsse, "verify_mldsa_raw", _verify_mldsa),
        (notes, "verify_ed25519", _verify_ed25519),
        (cosignatures, "verify_ed25519", _verify_ed25519),
        (cosignatures, "_verify_ml_dsa_44", _verify_ml_dsa_44),
        (recipients, "_wrap_hybrid", seals.wrap),
        (identities, "_unwrap_hybrid", seals.unwrap),
        (wire, "parse_event", memory.parse),
        (changes, "replay", memory.replay),
    )


@contextmanager
def light(seals: Seals) -> Iterator[None]:
    """Let marks stand for signatures and seals, as long as the ``with`` lasts."""
    if "longbien.node.running" in sys.modules:
        msg = "a process that serves a State verifies signatures"
        raise RuntimeError(msg)
    with standing_in(_standing_in(seals, _Memory())):
        yield


@contextmanager
def standing_in(parts: Iterable[tuple[object, str, object]]) -> Iterator[None]:
    """Put something in the place of attributes, and put the old ones back at the end."""
    before: list[tuple[object, str, object]] = []
    try:
        for owner, name, part in parts:
            before.append((owner, name, vars(owner)[name]))  # a static method stays one
            setattr(owner, name, part)
        yield
    finally:
        for owner, name, part in reversed(before):
            setattr(owner, name, part)
