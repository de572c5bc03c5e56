"""Key folders: where private keys lie, who may read them, how they come to be.

A folder appears whole or not at all and is never overwritten.  Private keys are PKCS#8 PEM,
mode 0600, on request under a passphrase.  Trusted for: everything that is signed with them.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from longbien.adapters.files import make_folders, sync_folder, sync_tree
from longbien.adapters.locked_keys import lock_key
from longbien.adapters.signers import SignerKeys, SoftwareEcSigner, SoftwareMlDsaSigner
from longbien.ledger.cosignatures import Ed25519Cosigner, MlDsa44Cosigner
from longbien.ledger.notes import Ed25519NoteSigner
from longbien.primitives.errors import Refused, Unavailable
from longbien.trust.certificates import (
    Certificate,
    Crl,
    Material,
    encode_pem,
    parse_certificates,
    parse_crls,
)
from longbien.trust.issuing import Issuer

MAX_SECRET = 2**16  # bytes of a private key file, a PIN or a passphrase
MAX_PUBLIC = 2**23  # bytes of a file of certificates or revocation lists
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

PrivateKey: TypeAlias = (
    ec.EllipticCurvePrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
    | Ed25519PrivateKey
)
K = TypeVar("K")


# --- files -----------------------------------------------------------------------------------


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Fill a new folder under another name, then give it its own: whole, or not there.

    Raises Refused ``keystore.exists`` where it is there already and ``keystore.half-made``
    where an earlier try was killed; Unavailable ``keystore.disk``.
    """
    partial = folder.with_name(folder.name + ".partial")
    if folder.exists():
        raise Refused(
            "keystore.exists",
            "{folder} is there already and is not overwritten; choose another folder",
            folder=folder,
        )
    try:
        make_folders(folder.parent)
        partial.mkdir(mode=0o700)
    except FileExistsError:
        raise Refused(
            "keystore.half-made",
            "an earlier try was cut off; look at it and remove it: rm -r {partial}",
            partial=partial,
        ) from None
    except OSError as error:
        raise _disk(partial, error) from None
    try:
        yield partial
        sync_tree(partial)
        partial.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise _disk(folder, error) from None
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_new(path: Path, data: bytes, *, is_secret: bool = False) -> None:
    """Write a file that is not there yet, and have it on the disk when this returns."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(
            path, "xb", opener=lambda name, _: os.open(name, flags, 0o600)
        ) as file:  # the mode from the first moment
            if not is_secret:
                os.fchmod(file.fileno(), 0o644)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except FileExistsError:
        raise Refused(
            "keystore.exists",
            "{folder} is there already and is not overwritten; choose another folder",
            folder=path,
        ) from None
    except OSError as error:
        raise _disk(path, error) from None


def read_public(path: Path) -> bytes:
    """Read a certificate or another file without secrets.

    Raises Refused ``keystore.missing`` and ``keystore.too-large``; Unavailable
    ``keystore.disk``.
    """
    return _read(path, limit=MAX_PUBLIC)


def read_secret(path: Path) -> bytes:
    """Read a key, PIN or passphrase file that nobody else on this machine may read.

    Raises Refused ``keystore.open-to-others`` (with the command that repairs it), and what
    ``read_public`` raises.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise _disk(path, error) from None
    if stat.S_ISREG(mode) and mode & _OTHERS:
        raise Refused(
            "keystore.open-to-others",
            "others on this machine may read {path}; if nobody has, repair it: chmod 600 {path}",
            path=path,
        )
    return _read(path, limit=MAX_SECRET)


def _read(path: Path, *, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise _disk(path, error) from None
    if len(data) > limit:
        raise Refused("keystore.too-large", "{path} is too large to be a key", path=path)
    return data


def read_passphrase(path: Path | None) -> bytes | None:
    """Return the first line of a passphrase file; None where there is no file.

    Raises Refused ``keystore.empty-passphrase``, and what ``read_secret`` raises.
    """
    if path is None:
        return None
    line = read_secret(path).split(b"\n", 1)[0].rstrip(b"\r")
    if not line:
        raise Refused("keystore.empty-passphrase", "the first line of {path} is empty", path=path)
    return line


def _missing(path: Path) -> Refused:
    return Refused(
        "keystore.missing",
        "{path} is not there; the key folders are made with: longbien keys",
        path=path,
    )


def _disk(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        "keystore.disk", "{path}: {why}", path=path, why=error.strerror or "input/output error"
    )


# --- private keys ------------------------------------------------------------------------------


def write_private(path: Path, key: PrivateKey, *, passphrase: bytes | None) -> None:
    """Write a private key as PKCS#8 PEM, mode 0600."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    if passphrase:
        pem = lock_key(der, passphrase, random_bytes=os.urandom)
    else:
        pem = encode_pem(der, label="PRIVATE KEY")
    write_new(path, pem, is_secret=True)


def load_private(path: Path, kind: type[K], *, passphrase: bytes | None) -> K:
    """Read a private key of one kind.

    Raises Refused ``keystore.passphrase`` (missing, or wrong) and ``keystore.not-the-kind``,
    and what ``read_secret`` raises.
    """
    pem = read_secret(path)
    is_locked = b"ENCRYPTED" in pem[:64]
    if is_locked and passphrase is None:
        raise Refused(
            "keystore.passphrase",
            "{path} needs its passphrase: give --passphrase-file FILE",
            path=path,
        )
    try:
        key = load_pem_private_key(pem, passphrase if is_locked else None)
    except (ValueError, TypeError):
        if is_locked:
            raise Refused(
                "keystore.passphrase", "the passphrase does not open {path}", path=path
            ) from None
        raise _not_the_kind(path) from None
    if not isinstance(key, kind):
        raise _not_the_kind(path)
    return key


def _not_the_kind(path: Path) -> Refused:
    return Refused(
        "keystore.not-the-kind", "{path} does not hold the kind of key that it should", path=path
    )


# --- folders -----------------------------------------------------------------------------------


@frozen(kw_only=True)
class RootKeys:
    """A State root: EC P-384 and the parallel ML-DSA-87."""

    ec: Issuer
    mldsa: Issuer
    ec_crl: Crl
    mldsa_crl: Crl


@frozen(kw_only=True)
class LogKeys:
    """The keys of one ledger, both under its origin."""

    origin: str
    ed25519: Ed25519NoteSigner
    mldsa44: MlDsa44Cosigner


@frozen(kw_only=True)
class WitnessKeys:
    """The keys of one witness."""

    name: str
    ed25519: Ed25519Cosigner
    mldsa44: MlDsa44Cosigner


def load_root(folder: Path, *, passphrase: bytes | None = None) -> RootKeys:
    """Open ``root/``: ec.key.pem ec.pem mldsa.key.pem mldsa.pem ec.crl mldsa.crl."""
    return RootKeys(
        ec=Issuer(
            certificate=read_certificate(folder / "ec.pem"),
            key=load_private(
                folder / "ec.key.pem",
                ec.EllipticCurvePrivateKey,  # type: ignore[type-abstract]  # only asked about
                passphrase=passphrase,
            ),
        ),
        mldsa=Issuer(
            certificate=read_certificate(folder / "mldsa.pem"),
            key=load_private(
                folder / "mldsa.key.pem",
                mldsa.MLDSA87PrivateKey,  # type: ignore[type-abstract]  # the same
                passphrase=passphrase,
            ),
        ),
        ec_crl=parse_crls(read_public(folder / "ec.crl"))[0],
        mldsa_crl=parse_crls(read_public(folder / "mldsa.crl"))[0],
    )


def load_signer(folder: Path, *, passphrase: bytes | None = None) -> SignerKeys:
    """Open ``signer/``: ec.key.pem ec.pem mldsa.key.pem mldsa.pem chain.pem crls.pem.

    Raises Refused ``keystore.not-a-pair`` where a key does not belong to its certificate.
    """
    own_ec = read_certificate(folder / "ec.pem")
    own_mldsa = read_certificate(folder / "mldsa.pem")
    ec_key = load_private(
        folder / "ec.key.pem",
        ec.EllipticCurvePrivateKey,  # type: ignore[type-abstract]  # only asked about
        passphrase=passphrase,
    )
    mldsa_key = load_private(
        folder / "mldsa.key.pem",
        mldsa.MLDSA65PrivateKey,  # type: ignore[type-abstract]  # the same
        passphrase=passphrase,
    )
    _require_pair(ec_key, own_ec, folder / "ec.pem")
    _require_pair(mldsa_key, own_mldsa, folder / "mldsa.pem")
    material = load_signer_material(folder)
    between = tuple(
        one
        for one in material.certificates
        if one not in {own_ec, own_mldsa} and one.subject_der != one.issuer_der
    )
    return SignerKeys(
        ec=SoftwareEcSigner(key=ec_key, certificates=(own_ec, *_above(own_ec, between))),
        mldsa=SoftwareMlDsaSigner(
            key=mldsa_key, certificates=(own_mldsa, *_above(own_mldsa, between))
        ),
        material=material,
    )


def load_signer_material(folder: Path) -> Material:
    """Read what a package of this signer has to carry; needs no private key."""
    chain = parse_certificates(read_public(folder / "chain.pem"))
    own = (read_certificate(folder / "ec.pem"), read_certificate(folder / "mldsa.pem"))
    # the root is carried too: nobody believes it for that, but its fingerprint can be read out
    return Material(
        certificates=tuple(dict.fromkeys((*own, *chain))),
        crls=parse_crls(read_public(folder / "crls.pem")),
    )


def _above(own: Certificate, between: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """Return the certificates over ``own``, next one first."""
    chain: list[Certificate] = []
    below = own
    for _ in between:
        found = next((one for one in between if one.subject_der == below.issuer_der), None)
        if found is None or found in chain:
            break
        chain.append(found)
        below = found
    return tuple(chain)


def _require_pair(
    key: ec.EllipticCurvePrivateKey | mldsa.MLDSA65PrivateKey, own: Certificate, path: Path
) -> None:
    if public_spki(key) != own.spki:
        raise Refused("keystore.not-a-pair", "the private key does not belong to {path}", path=path)


def public_spki(key: PrivateKey) -> bytes:
    """Return the DER SubjectPublicKeyInfo of a private key's public half."""
    from cryptography.hazmat.primitives.serialization import PublicFormat  # noqa: PLC0415

    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_certificate(path: Path) -> Certificate:
    """Read the first certificate of a PEM file."""
    return parse_certificates(read_public(path))[0]


def write_certificates(path: Path, *certificates: Certificate) -> None:
    """Write certificates as PEM."""
    write_new(path, b"".join(encode_pem(one.der) for one in certificates))


def encode_crls(*crls: Crl) -> bytes:
    """Return revocation lists as PEM."""
    return b"".join(encode_pem(crl.der, label="X509 CRL") for crl in crls)


def load_log(folder: Path, *, passphrase: bytes | None = None) -> LogKeys:
    """Open ``log/``: name.txt ed25519.key.pem mldsa44.key.pem."""
    name, ed25519, mldsa44 = _named_keys(folder, passphrase)
    return LogKeys(
        origin=name,
        ed25519=Ed25519NoteSigner(name=name, private_key=ed25519),
        mldsa44=MlDsa44Cosigner(name=name, private_key=mldsa44),
    )


def load_witness(folder: Path, *, passphrase: bytes | None = None) -> WitnessKeys:
    """Open ``witness/``: name.txt ed25519.key.pem mldsa44.key.pem."""
    name, ed25519, mldsa44 = _named_keys(folder, passphrase)
    return WitnessKeys(
        name=name,
        ed25519=Ed25519Cosigner(name=name, private_key=ed25519),
        mldsa44=MlDsa44Cosigner(name=name, private_key=mldsa44),
    )


def _named_keys(
    folder: Path, passphrase: bytes | None
) -> tuple[str, Ed25519PrivateKey, mldsa.MLDSA44PrivateKey]:
    return (
        read_public(folder / "name.txt").decode("utf-8", "replace").strip(),
        load_private(
            folder / "ed25519.key.pem",
            Ed25519PrivateKey,  # type: ignore[type-abstract]  # only asked about
            passphrase=passphrase,
        ),
        load_private(
            folder / "mldsa44.key.pem",
            mldsa.MLDSA44PrivateKey,  # type: ignore[type-abstract]  # the same
            passphrase=passphrase,
        ),
    )
