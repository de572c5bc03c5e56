"""States with entries, keys and signers for tests: every key follows from code and seed.

``make_state("IL")`` gives a State of an exercise with two authorities, one root holder and a
signed entry of version 1; the keys are made once a process.  ``make_book(il, vn)`` gives a book
in which they are believed.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

from attrs import evolve, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from longbien.adapters.raw_signers import hybrid_key, software_raw_signer
from longbien.directory.book import Book
from longbien.directory.entry import (
    Authority,
    ContactKind,
    ContactPoint,
    Declaration,
    DeclarationKind,
    Endpoint,
    KeyCommitment,
    LocalName,
    Minimum,
    OfficeHours,
    Roots,
    SealingKey,
    SigningKey,
    StateEntry,
)
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.renewal import next_entry
from longbien.directory.wire import SignedEntry, sign_entry
from longbien.ledger.cosignatures import Ed25519Cosigner, MlDsa44Cosigner
from longbien.ledger.notes import Ed25519NoteSigner, NoteSignature, VerifierKey
from longbien.primitives.digest import Digest
from longbien.primitives.ids import AuthorityId, StateCode
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import HybridIdentity, recipient_of
from longbien.trust.age.recipients import HybridRecipient, encode_recipient
from longbien.trust.dsse import HybridKey, RawSigner

NOW = Instant(datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC))
LIFETIME = timedelta(days=90)
OFFICES = ("central-authority", "contact-point")

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@frozen(kw_only=True)
class SignerPair:
    """The two private keys of one signer."""

    ec: RawSigner = field(repr=False)
    mldsa: RawSigner = field(repr=False)

    @property
    def both(self) -> tuple[RawSigner, RawSigner]:
        """Return them in the order of ``HybridKey``."""
        return self.ec, self.mldsa

    @property
    def public(self) -> HybridKey:
        """Return the public halves."""
        return hybrid_key(self.ec, self.mldsa)

    @property
    def commitment(self) -> KeyCommitment:
        """Return the announcement of this pair."""
        return KeyCommitment(ec=self.ec.key_id, mldsa=self.mldsa.key_id)


class LedgerSigner(Protocol):
    """A key that signs or cosigns checkpoints."""

    @property
    def key(self) -> VerifierKey:
        """Return the public half."""
        ...

    @property
    def vkey(self) -> str:
        """Return the public half as a vkey."""
        ...

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:
        """Sign a checkpoint as of now."""
        ...


@frozen(kw_only=True)
class Office:
    """One authority and its secrets."""

    id: AuthorityId
    signers: SignerPair
    """In use; valid from a day before the first entry to 29 days after it."""

    next_signers: SignerPair
    """Announced in the entry."""

    identity: HybridIdentity = field(repr=False)

    @functools.cached_property
    def recipient(self) -> HybridRecipient:
        """Return what others seal for."""
        return cast("HybridRecipient", recipient_of(self.identity))

    @property
    def recipient_text(self) -> str:
        """Return the same as age writes it."""
        return encode_recipient(self.recipient)


@frozen(kw_only=True)
class State:
    """A State, its secrets and the versions of its entry so far."""

    code: StateCode
    seed: int
    holders: tuple[SignerPair, ...]
    offices: Mapping[str, Office]
    """By their short names: ``contact-point``."""

    log: tuple[LedgerSigner, ...]
    """The keys that sign its ledger."""

    witness: tuple[LedgerSigner, ...]
    """The keys with which it witnesses the ledgers of others."""

    tls_key: ec.EllipticCurvePrivateKey = field(repr=False)
    next_tls_key: ec.EllipticCurvePrivateKey = field(repr=False)
    chain: tuple[SignedEntry, ...] = field(repr=False)

    @property
    def signed(self) -> SignedEntry:
        """Return the newest version."""
        return self.chain[-1]

    @property
    def entry(self) -> StateEntry:
        """Return what the newest version says."""
        return self.signed.entry

    @property
    def data(self) -> bytes:
        """Return the bytes of the newest version, envelope and all."""
        return self.signed.data

    @property
    def contact_point(self) -> Office:
        """Return the authority ``XX/contact-point``."""
        return self.offices["contact-point"]

    @property
    def tls_pin(self) -> Digest:
        """Return the digest of the TLS key's SubjectPublicKeyInfo."""
        return pin_of(self.tls_key)

    def renewed(
        self,
        change: Callable[[StateEntry], StateEntry] = lambda entry: entry,
        *,
        now: Instant | None = None,
        signers: Sequence[SignerPair] | None = None,
    ) -> "State":
        """Return the State one version on: ``change`` is applied, then the holders sign."""
        at = now or self.entry.issued_at.plus(timedelta(hours=1))
        entry = change(next_entry(self.signed, now=at, lifetime=LIFETIME))
        return self.with_version(entry, signers=signers)

    def with_version(
        self, entry: StateEntry, *, signers: Sequence[SignerPair] | None = None
    ) -> "State":
        """Return the State with any further version, right or wrong."""
        pairs = self.holders if signers is None else signers
        signed = sign_entry(entry, signers=[key for pair in pairs for key in pair.both])
        return evolve(self, chain=(*self.chain, signed))


def make_state(
    code: str = "IL",
    *,
    now: Instant = NOW,
    seed: int = 0,
    exercise: bool = True,
    offices: Sequence[str] = OFFICES,
    holders: int = 1,
    threshold: int = 1,
    address: tuple[str, int] = ("localhost", 8443),
) -> State:
    """Return a State whose entry of version 1 is issued at ``now`` and valid for 90 days."""
    state = StateCode(code)
    made = State(
        code=state,
        seed=seed,
        holders=tuple(
            signer_pair("/".join((code, str(seed), "root", str(n)))) for n in range(holders)
        ),
        offices={name: _office(code, name, seed) for name in sorted(offices)},
        log=_log(code, seed),
        witness=_witness(code, seed),
        tls_key=_ec_key(f"{code}/{seed}/tls"),
        next_tls_key=_ec_key(f"{code}/{seed}/tls-next"),
        chain=(),
    )
    entry = _first_entry(made, now=now, exercise=exercise, threshold=threshold, address=address)
    return made.with_version(entry)


def make_book(*states: State, exercise: bool = True, now: Instant | None = None) -> Book:
    """Return a book with all versions of these States accepted, fingerprints confirmed."""
    book = Book(exercise=exercise)
    for state in states:
        update = book.decide(
            [one.data for one in state.chain],
            now=now or state.entry.issued_at,
            state=state.code,
            confirmed=roots_fingerprint(state.entry),
        )
        book = book.with_update(update)
    return book


@functools.cache
def signer_pair(name: str) -> SignerPair:
    """Return the P-256 and ML-DSA-65 keys that follow from a name."""
    return SignerPair(
        ec=software_raw_signer(_ec_key(name)),
        mldsa=software_raw_signer(mldsa.MLDSA65PrivateKey.from_seed_bytes(_bytes(name + "/q"))),
    )


def signing_key(
    pair: SignerPair, *, now: Instant = NOW, days: float = 29, since: float = -1
) -> SigningKey:
    """Return a pair as it stands in an entry, valid from ``since`` days to ``days`` after now."""
    return SigningKey(
        keys=pair.public,
        not_before=now.plus(timedelta(days=since)),
        not_after=now.plus(timedelta(days=days)),
    )


def pin_of(key: ec.EllipticCurvePrivateKey) -> Digest:
    """Return the pin of a TLS key: SHA-256 of its SubjectPublicKeyInfo."""
    public = key.public_key()
    return Digest.of(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


_certificates: dict[Digest, bytes] = {}


def tls_certificate(key: ec.EllipticCurvePrivateKey, *, host: str = "localhost") -> bytes:
    """Return a DER certificate that the key signs for itself, made once a process."""
    pin = pin_of(key)
    if pin not in _certificates:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(int.from_bytes(pin.raw[:16], "big") | 1)
            .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        _certificates[pin] = made.public_bytes(Encoding.DER)
    return _certificates[pin]


def _bytes(name: str) -> bytes:
    return hashlib.sha256(f"directory world: {name}".encode()).digest()


@functools.cache
def _ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(_bytes(name + "/e"), "big") % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


@functools.cache
def _office(code: str, name: str, seed: int) -> Office:
    root = f"{code}/{seed}/{name}"
    return Office(
        id=AuthorityId(f"{code}/{name}"),
        signers=signer_pair(f"{root}/1"),
        next_signers=signer_pair(f"{root}/2"),
        identity=HybridIdentity(_bytes(f"{root}/age")),
    )


@functools.cache
def _log(code: str, seed: int) -> tuple[Ed25519NoteSigner, MlDsa44Cosigner]:
    origin = f"longbien.{code.lower()}/node"
    ed25519, mldsa44 = _note_keys(f"{code}/{seed}/log")
    return (
        Ed25519NoteSigner(name=origin, private_key=ed25519),
        MlDsa44Cosigner(name=origin, private_key=mldsa44),
    )


@functools.cache
def _witness(code: str, seed: int) -> tuple[Ed25519Cosigner, MlDsa44Cosigner]:
    name = f"longbien.{code.lower()}/witness"
    ed25519, mldsa44 = _note_keys(f"{code}/{seed}/witness")
    return (
        Ed25519Cosigner(name=name, private_key=ed25519),
        MlDsa44Cosigner(name=name, private_key=mldsa44),
    )


def _note_keys(name: str) -> tuple[Ed25519PrivateKey, mldsa.MLDSA44PrivateKey]:
    return (
        Ed25519PrivateKey.from_private_bytes(_bytes(name + "/d")),
        mldsa.MLDSA44PrivateKey.from_seed_bytes(_bytes(name + "/q")),
    )


def _first_entry(
    state: State, *, now: Instant, exercise: bool, threshold: int, address: tuple[str, int]
) -> StateEntry:
    return StateEntry(
        state=state.code,
        exercise=exercise,
        version=1,
        previous=None,
        issued_at=now,
        expires_at=now.plus(LIFETIME),
        roots=Roots(threshold=threshold, holders=tuple(one.public for one in state.holders)),
        authorities=tuple(_authority(one, now) for one in state.offices.values()),
        endpoints=(
            Endpoint(
                host=address[0],
                port=address[1],
                pins=(pin_of(state.tls_key),),
                next_pins=(pin_of(state.next_tls_key),),
                certificates=(tls_certificate(state.tls_key),),
            ),
        ),
        ledger_keys=tuple(one.vkey for one in state.log),
        witness_keys=tuple(one.vkey for one in state.witness),
        package_roots=(Digest(_bytes(f"{state.code}/{state.seed}/certificate")),),
        declarations=(
            Declaration(
                kind=DeclarationKind.DECLARATION,
                basis="UNCC",
                article="40(14)",
                code="languages",
                values=("en",),
            ),
        ),
        minimum=Minimum(protocol=1, suite="LB1"),
    )


def _authority(office: Office, now: Instant) -> Authority:
    name = office.id.text[3:]
    return Authority(
        id=office.id,
        names=(LocalName(language="en", text=f"Exercise {name} of {office.id.state}"),),
        competences=(name,),
        languages=("en", "fr"),
        time_zone="UTC",
        office_hours=(OfficeHours(days=(1, 2, 3, 4, 5), opens="08:00", closes="17:00"),),
        contact_points=(
            ContactPoint(kind=ContactKind.TELEPHONE, value="+999 555 0100", purpose="duty"),
        ),
        signing_keys=(signing_key(office.signers, now=now),),
        next_keys=(office.next_signers.commitment,),
        sealing_keys=(
            SealingKey(
                recipient=office.recipient,
                not_before=now.plus(timedelta(days=-1)),
                not_after=now.plus(timedelta(days=365)),
            ),
        ),
    )
