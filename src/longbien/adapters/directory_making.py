"""Entries out of key folders: what a node shows of its keys, and who signs it.

Private keys are read here only to sign as a root holder; all else comes out of certificates and
public files.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from attrs import evolve, field, frozen

from longbien.adapters.keystore import load_root, read_certificate, read_public
from longbien.adapters.raw_signers import software_raw_signer
from longbien.directory.entry import (
    Authority,
    Declaration,
    Endpoint,
    KeyCommitment,
    Minimum,
    Roots,
    SealingKey,
    SigningKey,
    StateEntry,
)
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant
from longbien.trust.age.recipients import HybridRecipient, parse_recipient
from longbien.trust.dsse import HybridKey, RawSigner
from longbien.trust.keys import parse_public_key

LIFETIME: Final = timedelta(days=90)
SEALING_LIFETIME: Final = timedelta(days=366)  # identities are kept for as long as the cases


@frozen(kw_only=True)
class AuthorityKeys:
    """An authority without keys, and the folders where its keys lie (``longbien keys``)."""

    authority: Authority
    signer: Path
    recipient: Path
    next_signer: Path | None = None


@frozen(kw_only=True)
class NodeKeys:
    """The folders of what belongs to the State as a whole."""

    roots: Sequence[Path]
    log: Path
    witness: Path


@frozen(kw_only=True)
class NodeFacts:
    """What a State says of itself that no key folder tells."""

    state: StateCode
    exercise: bool
    endpoints: tuple[Endpoint, ...]
    threshold: int = 1
    declarations: tuple[Declaration, ...] = ()
    minimum: Minimum = field(factory=lambda: Minimum(protocol=1, suite="LB1"))


def first_entry(
    facts: NodeFacts, *, authorities: Sequence[AuthorityKeys], keys: NodeKeys, now: Instant
) -> StateEntry:
    """Return version 1 of a State's entry, not signed yet.

    Raises Malformed ``directory.*``; Refused ``keystore.*``; Unavailable ``keystore.disk``.
    """
    made = sorted((_with_keys(one, now) for one in authorities), key=lambda one: one.id.text)
    return StateEntry(
        state=facts.state,
        exercise=facts.exercise,
        version=1,
        previous=None,
        issued_at=now,
        expires_at=now.plus(LIFETIME),
        roots=Roots(
            threshold=facts.threshold, holders=tuple(public_pair(one) for one in keys.roots)
        ),
        authorities=tuple(made),
        endpoints=facts.endpoints,
        ledger_keys=read_vkeys(keys.log),
        witness_keys=read_vkeys(keys.witness),
        package_roots=tuple(
            read_certificate(folder / f"{label}.pem").sha256
            for folder in keys.roots
            for label in ("ec", "mldsa")
        ),
        declarations=facts.declarations,
        minimum=facts.minimum,
    )


def _with_keys(given: AuthorityKeys, now: Instant) -> Authority:
    upcoming = () if given.next_signer is None else (read_commitment(given.next_signer),)
    return evolve(
        given.authority,
        signing_keys=(read_signing_key(given.signer),),
        next_keys=upcoming,
        sealing_keys=(read_sealing_key(given.recipient, now=now),),
    )


def public_pair(folder: Path) -> HybridKey:
    """Return the pair of public keys in a root or signer folder (ec.pem, mldsa.pem)."""
    return HybridKey(
        ec=parse_public_key(read_certificate(folder / "ec.pem").spki),
        mldsa=parse_public_key(read_certificate(folder / "mldsa.pem").spki),
    )


def read_signing_key(folder: Path) -> SigningKey:
    """Return the pair of a signer folder, valid while both of its certificates are."""
    both = [read_certificate(folder / f"{label}.pem") for label in ("ec", "mldsa")]
    return SigningKey(
        keys=public_pair(folder),
        not_before=max(one.not_before for one in both),
        not_after=min(one.not_after for one in both),
    )


def read_commitment(folder: Path) -> KeyCommitment:
    """Return the announcement of the pair in a signer folder."""
    ec, mldsa = public_pair(folder).ids
    return KeyCommitment(ec=ec, mldsa=mldsa)


def read_sealing_key(folder: Path, *, now: Instant) -> SealingKey:
    """Return the recipient of a folder, to be sealed for from now on for a year.

    Raises Malformed ``directory.classical-recipient`` and ``age.*``.
    """
    text = read_public(folder / "recipient.txt").decode("ascii", "replace")
    recipient = parse_recipient(text.strip())
    if not isinstance(recipient, HybridRecipient):
        raise Malformed(
            "directory.classical-recipient", "a sealing key is of the post-quantum kind, age1pq…"
        )
    return SealingKey(recipient=recipient, not_before=now, not_after=now.plus(SEALING_LIFETIME))


def read_vkeys(folder: Path) -> tuple[str, ...]:
    """Return the verifier keys of a log or witness folder (vkeys.txt)."""
    return tuple(read_public(folder / "vkeys.txt").decode("utf-8", "replace").split())


def root_signers(folders: Sequence[Path], *, passphrase: bytes | None) -> tuple[RawSigner, ...]:
    """Open the private keys of root holders, two of each.

    Raises Refused ``keystore.*``, ``directory.not-a-root-key``; Unavailable ``keystore.disk``.
    """
    signers: list[RawSigner] = []
    for folder in folders:
        keys = load_root(folder, passphrase=passphrase)
        for issuer in (keys.ec, keys.mldsa):
            signer = software_raw_signer(issuer.key)
            if signer.spki != issuer.certificate.spki:
                raise Refused(
                    "directory.not-a-root-key",
                    "a private key in {folder} does not belong to its certificate",
                    folder=folder,
                )
            signers.append(signer)
    return tuple(signers)
