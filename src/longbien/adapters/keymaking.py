"""Making keys: each kind of key folder, and a complete training set.

The certificates themselves are built in ``trust.issuing``; the folders are kept in
``keystore``.  Private keys are drawn by the cryptographic library.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from longbien.adapters.files import write_durably
from longbien.adapters.keystore import (
    encode_crls,
    load_log,
    load_private,
    load_root,
    load_witness,
    new_folder,
    read_certificate,
    read_public,
    write_certificates,
    write_new,
    write_private,
)
from longbien.adapters.tsa import OPENSSL_CONFIG
from longbien.ledger.notes import is_key_name
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import encode_identities, new_identity, recipient_of
from longbien.trust.age.recipients import encode_recipient
from longbien.trust.certificates import Certificate, Crl, parse_crls
from longbien.trust.issuing import (
    SERIAL_BYTES,
    Issuer,
    Name,
    RevokedEntry,
    Validity,
    issue_crl,
    issue_root,
    issue_signer,
    issue_time_authority,
    parse_crl_number,
    parse_revoked,
)

ROOT_DAYS: Final = 3650  # a root is meant to outlive the cases in which it is named
SIGNER_DAYS: Final = 30  # threats.md T4: working keys are short-lived
CRL_DAYS: Final = 30
SignerKey: TypeAlias = ec.EllipticCurvePrivateKey | mldsa.MLDSA65PrivateKey
CURVES: Final = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}


@frozen(kw_only=True)
class Workshop:
    """What making keys needs from the machine: the time, randomness, a passphrase."""

    now: Instant
    random_bytes: Callable[[int], bytes] = field(repr=False)
    passphrase: bytes | None = field(default=None, repr=False)

    def serial(self) -> int:
        """Return a new serial number: positive, 127 bits long, 126 of them unpredictable."""
        return int.from_bytes(self.random_bytes(SERIAL_BYTES), "big") % 2**126 + 2**126


# --- State root and signer ---------------------------------------------------------------------


def make_root(
    folder: Path, *, name: Name, days: int = ROOT_DAYS, workshop: Workshop
) -> tuple[Certificate, Certificate]:
    """Make ``root/``: a P-384 root, the parallel ML-DSA-87 root, their first empty lists.

    The two names differ in the common name only ("… EC", "… ML-DSA"), so that no software
    takes one for the other.  Returns both certificates.
    """
    ec_key = ec.generate_private_key(ec.SECP384R1())
    mldsa_key = mldsa.MLDSA87PrivateKey.generate()
    validity = Validity.of_days(workshop.now, days)
    made = [
        Issuer(
            key=key,
            certificate=issue_root(
                key,
                name=_named(name, f"{name.common_name} {kind}"),
                validity=validity,
                serial=workshop.serial(),
            ),
        )
        for key, kind in ((ec_key, "EC"), (mldsa_key, "ML-DSA"))
    ]
    with new_folder(folder) as new:
        for issuer, label in zip(made, ("ec", "mldsa"), strict=True):
            write_private(new / f"{label}.key.pem", issuer.key, passphrase=workshop.passphrase)
            write_certificates(new / f"{label}.pem", issuer.certificate)
            crl = _first_crl(issuer, workshop)
            write_new(new / f"{label}.crl", crl.der)
    return made[0].certificate, made[1].certificate


def _named(name: Name, common_name: str) -> Name:
    return Name(
        country=name.country,
        organisation=name.organisation,
        common_name=common_name,
        is_exercise=name.is_exercise,
    )


def _first_crl(issuer: Issuer, workshop: Workshop) -> Crl:
    return issue_crl(
        issuer,
        number=1,
        this_update=workshop.now,
        next_update=Validity.of_days(workshop.now, CRL_DAYS).not_after,
    )


def make_signer(
    folder: Path,
    *,
    root: Path,
    name: Name,
    curve: str = "P-256",
    days: int = SIGNER_DAYS,
    workshop: Workshop,
) -> tuple[Certificate, Certificate]:
    """Make ``signer/`` below a root folder: an EC and an ML-DSA-65 key with one name.

    Raises Refused ``keys.outlives-root`` where the certificates would be valid longer than
    the root's.  Returns both certificates.
    """
    above = load_root(root, passphrase=workshop.passphrase)
    validity = Validity.of_days(workshop.now, days)
    _require_shorter(validity, above.ec.certificate)
    _require_shorter(validity, above.mldsa.certificate)
    keys: tuple[SignerKey, SignerKey] = (
        ec.generate_private_key(CURVES[curve]()),
        mldsa.MLDSA65PrivateKey.generate(),
    )
    made = [
        issue_signer(
            key.public_key(),
            name=name,
            validity=validity,
            serial=workshop.serial(),
            issuer=issuer,
        )
        for key, issuer in zip(keys, (above.ec, above.mldsa), strict=True)
    ]
    with new_folder(folder) as new:
        for label, key, certificate in zip(("ec", "mldsa"), keys, made, strict=True):
            write_private(new / f"{label}.key.pem", key, passphrase=workshop.passphrase)
            write_certificates(new / f"{label}.pem", certificate)
        write_certificates(new / "chain.pem", above.ec.certificate, above.mldsa.certificate)
        write_new(new / "crls.pem", encode_crls(above.ec_crl, above.mldsa_crl))
    return made[0], made[1]


def _require_shorter(validity: Validity, root: Certificate) -> None:
    if validity.not_after > root.not_after:
        raise Refused(
            "keys.outlives-root",
            "the certificate would be valid longer than its root, which ends {end}; "
            "ask for fewer --days",
            end=root.not_after,
        )


# --- revocation --------------------------------------------------------------------------------


def renew_crls(root: Path, *, days: int = CRL_DAYS, workshop: Workshop) -> tuple[Crl, Crl]:
    """Sign both lists of a root folder again, with the next number and the same entries."""
    above = load_root(root, passphrase=workshop.passphrase)
    return (
        _next_crl(root / "ec.crl", above.ec, above.ec_crl, days=days, workshop=workshop),
        _next_crl(root / "mldsa.crl", above.mldsa, above.mldsa_crl, days=days, workshop=workshop),
    )


def renew_tsa_crl(tsa: Path, *, days: int = CRL_DAYS, workshop: Workshop) -> Crl:
    """Sign the list of an exercise authority's folder again."""
    issuer = Issuer(
        certificate=read_certificate(tsa / "tsa-root.pem"),
        key=load_private(
            tsa / "tsa-root.key.pem",
            ec.EllipticCurvePrivateKey,  # type: ignore[type-abstract]  # only asked about
            passphrase=workshop.passphrase,
        ),
    )
    old = parse_crls(read_public(tsa / "tsa.crl"))[0]
    return _next_crl(tsa / "tsa.crl", issuer, old, days=days, workshop=workshop)


def revoke(
    certificate: Certificate,
    *,
    root: Path,
    entry: RevokedEntry,
    days: int = CRL_DAYS,
    workshop: Workshop,
) -> Crl:
    """Put a certificate on the list of the root that issued it.  Returns the new list.

    Raises Refused ``keys.not-ours`` where the root did not issue it and
    ``keys.revoked-already``.
    """
    above = load_root(root, passphrase=workshop.passphrase)
    is_ec = certificate.issuer_der == above.ec.certificate.subject_der
    issuer, old, path = (
        (above.ec, above.ec_crl, root / "ec.crl")
        if is_ec
        else (above.mldsa, above.mldsa_crl, root / "mldsa.crl")
    )
    if certificate.issuer_der != issuer.certificate.subject_der:
        raise Refused(
            "keys.not-ours",
            "this root did not issue the certificate of {who}",
            who=certificate.subject,
        )
    if any(one.serial == certificate.serial for one in parse_revoked(old)):
        raise Refused(
            "keys.revoked-already",
            "the certificate of {who} is on the list already",
            who=certificate.subject,
        )
    return _next_crl(path, issuer, old, entry, days=days, workshop=workshop)


def _next_crl(
    path: Path,
    issuer: Issuer,
    old: Crl,
    *entries: RevokedEntry,
    days: int,
    workshop: Workshop,
) -> Crl:
    crl = issue_crl(
        issuer,
        number=parse_crl_number(old) + 1,
        this_update=workshop.now,
        next_update=Validity.of_days(workshop.now, days).not_after,
        revoked=(*parse_revoked(old), *entries),
    )
    write_durably(path, crl.der)
    return crl


def hand_on_crls(root: Path, *, signer: Path) -> None:
    """Copy a root's newest lists into a signer's folder, where packages take them from."""
    lists = [parse_crls(read_public(root / f"{label}.crl"))[0] for label in ("ec", "mldsa")]
    write_durably(signer / "crls.pem", encode_crls(*lists))


# --- recipient, log, witness -------------------------------------------------------------------


def make_recipient(folder: Path, *, workshop: Workshop) -> str:
    """Make ``recipient/``: identity.txt (secret) and recipient.txt.  Returns ``age1pq…``."""
    identity = new_identity(workshop.random_bytes)
    public = encode_recipient(recipient_of(identity))
    with new_folder(folder) as new:
        secret = encode_identities([identity], created_at=workshop.now)
        write_new(new / "identity.txt", secret, is_secret=True)
        write_new(new / "recipient.txt", f"{public}\n".encode("ascii"))
    return public


def make_log(folder: Path, *, name: str, workshop: Workshop) -> tuple[str, str]:
    """Make ``log/``: the keys of a ledger.  Returns its vkeys, Ed25519 first."""
    with new_folder(folder) as new:
        _make_named(new, name, workshop)
        keys = load_log(new, passphrase=workshop.passphrase)
        vkeys = (keys.ed25519.vkey, keys.mldsa44.vkey)
        write_new(new / "vkeys.txt", "".join(f"{vkey}\n" for vkey in vkeys).encode("utf-8"))
    return vkeys


def make_witness(folder: Path, *, name: str, workshop: Workshop) -> tuple[str, str]:
    """Make ``witness/``: the keys of a cosigner.  Returns its vkeys, Ed25519 first."""
    with new_folder(folder) as new:
        _make_named(new, name, workshop)
        keys = load_witness(new, passphrase=workshop.passphrase)
        vkeys = (keys.ed25519.vkey, keys.mldsa44.vkey)
        write_new(new / "vkeys.txt", "".join(f"{vkey}\n" for vkey in vkeys).encode("utf-8"))
    return vkeys


def _make_named(new: Path, name: str, workshop: Workshop) -> None:
    if not is_key_name(name):
        raise Refused(
            "keys.name",
            "a ledger or witness is named like authority.example/custody: no spaces, no plus sign",
        )
    write_new(new / "name.txt", f"{name}\n".encode())
    ed25519, mldsa44 = Ed25519PrivateKey.generate(), mldsa.MLDSA44PrivateKey.generate()
    write_private(new / "ed25519.key.pem", ed25519, passphrase=workshop.passphrase)
    write_private(new / "mldsa44.key.pem", mldsa44, passphrase=workshop.passphrase)


# --- exercise ----------------------------------------------------------------------------------


def make_tsa(
    folder: Path, *, country: str, days: int = ROOT_DAYS, workshop: Workshop
) -> Certificate:
    """Make ``tsa/``: an exercise time-stamp authority below a root of its own.

    Always marked EXERCISE: it stamps the clock of this machine.  The key is not under a
    passphrase, for openssl could not ask for it.  Returns the root's certificate.
    """
    validity = Validity.of_days(workshop.now, days)
    name = Name(
        country=country,
        organisation="Exercise Time-Stamp Authority",
        common_name="Exercise Time Root",
        is_exercise=True,
    )
    root_key, key = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))
    root = issue_root(root_key, name=name, validity=validity, serial=workshop.serial())
    issuer = Issuer(certificate=root, key=root_key)
    own = issue_time_authority(
        key.public_key(),
        name=_named(name, "Exercise Time-Stamp Authority"),
        validity=validity,
        serial=workshop.serial(),
        issuer=issuer,
    )
    with new_folder(folder) as new:
        write_new(new / "tsa.cnf", OPENSSL_CONFIG)
        write_new(new / "serial.txt", b"01\n")
        write_private(new / "tsa.key.pem", key, passphrase=None)
        write_private(new / "tsa-root.key.pem", root_key, passphrase=workshop.passphrase)
        write_certificates(new / "tsa.pem", own)
        write_certificates(new / "tsa-root.pem", root)
        write_new(new / "tsa.crl", _first_crl(issuer, workshop).der)
    return root


def make_exercise(
    folder: Path,
    *,
    country: str = "XA",
    quorum: int = 2,
    days: int = 365,
    workshop: Workshop,
) -> None:
    """Make a complete training set, everything in it marked EXERCISE.

    root/ signer/ recipient/ log/ witness-1/ witness-2/ tsa/ trust/.  The signer is of the
    requested State ``country`` (a code from XA to XZ is nobody's: ISO 3166-1); the witnesses
    are of two other States.  ``quorum`` of the two must have cosigned.
    """
    host = f"exercise-{country.lower()}.example"
    state = Name(
        country=country,
        organisation=f"Exercise State {country}",
        common_name="Exercise Root",
        is_exercise=True,
    )
    with new_folder(folder) as new:
        make_root(new / "root", name=state, workshop=workshop)
        make_signer(
            new / "signer",
            root=new / "root",
            name=_named(state, "Exercise Central Authority"),
            days=days,
            workshop=workshop,
        )
        make_recipient(new / "recipient", workshop=workshop)
        logs = make_log(new / "log", name=f"{host}/custody", workshop=workshop)
        witnesses = [
            make_witness(
                new / f"witness-{n}", name=f"exercise-witness-{n}.example", workshop=workshop
            )
            for n in (1, 2)
        ]
        make_tsa(new / "tsa", country=country, workshop=workshop)
        _make_trust(new, policy=_policy(logs, witnesses, quorum=quorum))


def _make_trust(new: Path, *, policy: str) -> None:
    """Make ``trust/``: what a relying party of the exercise gives to ``--trust``."""
    roots, times = new / "trust" / "roots", new / "trust" / "tsa-roots"
    roots.mkdir(parents=True)
    times.mkdir()
    for label in ("ec", "mldsa"):
        write_new(roots / f"{label}.pem", read_public(new / "root" / f"{label}.pem"))
    write_new(times / "tsa.pem", read_public(new / "tsa" / "tsa-root.pem"))
    write_new(new / "trust" / "policy.txt", policy.encode("utf-8"))


def _policy(logs: tuple[str, str], witnesses: list[tuple[str, str]], *, quorum: int) -> str:
    """Return a C2SP tlog-policy: a witness counts when both of its keys have cosigned."""
    # "all": neither a broken curve nor a broken lattice alone can stand in for a witness
    lines = ["# EXERCISE", *(f"log {vkey}" for vkey in logs)]
    for number, (ed25519, mldsa44) in enumerate(witnesses, start=1):
        name = f"witness-{number}"
        lines += [
            f"witness {name}-ed25519 {ed25519}",
            f"witness {name}-mldsa44 {mldsa44}",
            f"group {name} all {name}-ed25519 {name}-mldsa44",
        ]
    names = " ".join(f"witness-{number}" for number in range(1, len(witnesses) + 1))
    lines += [f"group witnesses {quorum} {names}", "quorum witnesses"]
    return "\n".join(lines) + "\n"
