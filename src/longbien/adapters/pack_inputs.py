"""What packing needs, opened from key folders, a security module, a ledger, an authority."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import mldsa

from longbien.adapters.files import read_small
from longbien.adapters.keystore import (
    WitnessKeys,
    load_private,
    load_signer,
    load_signer_material,
    load_witness,
    read_certificate,
    read_public,
)
from longbien.adapters.ledger_store import LedgerStore
from longbien.adapters.packer import Signing
from longbien.adapters.pkcs11 import Token, open_signer
from longbien.adapters.signers import SoftwareMlDsaSigner
from longbien.adapters.tsa import HttpTsa, OpensslTsa
from longbien.adapters.witness_store import WitnessStore
from longbien.ledger.notes import VerifierKey
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant
from longbien.trust.age.recipients import Recipient, parse_recipient
from longbien.trust.certificates import (
    Certificate,
    Material,
    parse_certificates,
    parse_crls,
)
from longbien.trust.ports import EcSigner, MlDsaSigner, TimeStamper

STATE = "state"  # what a witness has seen, in its key folder
_MAX_RECIPIENT = 2**14  # bytes of a recipient's file
_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"  # RFC 3161, 2.3


@frozen(kw_only=True)
class Stamping:
    """A time-stamp authority and what a package has to carry of it."""

    stamper: TimeStamper
    material: Material
    authorities: tuple[Certificate, ...]


@frozen(kw_only=True)
class Hardware:
    """Where the ECDSA key is, if it is in a security module."""

    token: Token
    pin: str = field(repr=False)


def exercise_stamping(folder: Path, random_bytes: Callable[[int], bytes]) -> Stamping:
    """Use an authority in a folder, made by ``longbien keys tsa``."""
    tsa = OpensslTsa(folder=folder, random_bytes=random_bytes)
    root = parse_certificates(read_public(folder / "tsa-root.pem"))
    return Stamping(
        stamper=tsa,
        material=tsa.material.with_certificates(root),
        authorities=tsa.material.certificates,
    )


def network_stamping(
    url: str, files: Sequence[Path], random_bytes: Callable[[int], bytes]
) -> Stamping:
    """Use an authority on the network; ``files`` are its certificates and revocation lists, PEM.

    Raises Refused ``pack.no-time-authority`` where no certificate is one for time stamping.
    """
    data = [read_public(path) for path in files]
    certificates = tuple(
        one for pem in data if b"BEGIN CERTIFICATE" in pem for one in parse_certificates(pem)
    )
    authorities = tuple(one for one in certificates if _stamps(one))
    if not authorities:
        raise Refused(
            "pack.no-time-authority",
            "--tsa-material holds no certificate of a time-stamp authority",
        )
    crls = tuple(one for pem in data if b"BEGIN X509 CRL" in pem for one in parse_crls(pem))
    return Stamping(
        stamper=HttpTsa(url=url, random_bytes=random_bytes),
        material=Material(certificates=certificates, crls=crls),
        authorities=authorities,
    )


def _stamps(certificate: Certificate) -> bool:
    from cryptography import x509  # noqa: PLC0415 - only for an authority on the network

    loaded = x509.load_der_x509_certificate(certificate.der)
    try:
        usage = loaded.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return _TIME_STAMPING in {purpose.dotted_string for purpose in usage}


@contextmanager
def open_signing(
    folder: Path, *, stamping: Stamping, passphrase: bytes | None, hardware: Hardware | None
) -> Iterator[Signing]:
    """Open a signer's folder, made by ``longbien keys signer``."""
    roots = tuple(
        one
        for one in parse_certificates(read_public(folder / "chain.pem"))
        if one.subject_der == one.issuer_der
    )
    own = load_signer_material(folder)
    material = Material(
        certificates=tuple(
            dict.fromkeys((*own.certificates, *roots, *stamping.material.certificates))
        ),
        crls=tuple(dict.fromkeys((*own.crls, *stamping.material.crls))),
        ocsps=stamping.material.ocsps,
    )
    with _signers(folder, own, passphrase, hardware) as (ec, post_quantum):
        yield Signing(
            ec=ec,
            mldsa=post_quantum,
            stamper=stamping.stamper,
            material=material,
            time_authorities=stamping.authorities,
        )


@contextmanager
def _signers(
    folder: Path, own: Material, passphrase: bytes | None, hardware: Hardware | None
) -> Iterator[tuple[EcSigner, MlDsaSigner]]:
    if hardware is None:
        keys = load_signer(folder, passphrase=passphrase)
        yield keys.ec, keys.mldsa
        return
    ec_own, mldsa_own = (read_certificate(folder / name) for name in ("ec.pem", "mldsa.pem"))
    between = tuple(one for one in own.certificates if one not in {ec_own, mldsa_own})
    post_quantum = SoftwareMlDsaSigner(
        key=load_private(
            folder / "mldsa.key.pem",
            mldsa.MLDSA65PrivateKey,  # type: ignore[type-abstract]  # only asked about
            passphrase=passphrase,
        ),
        certificates=(mldsa_own, *between),
    )
    with open_signer(hardware.token, pin=hardware.pin, certificates=(ec_own, *between)) as ec:
        yield ec, post_quantum


# --- the ledger's witnesses --------------------------------------------------------------------


@frozen(kw_only=True)
class LocalWitnesses:
    """Witnesses whose keys lie on this machine (port ``Witnessing``): exercises, above all."""

    folders: tuple[Path, ...]
    passphrase: bytes | None = field(repr=False)

    def __call__(self, ledger: LedgerStore, /, *, now: Instant) -> None:
        """Let each of them look at the head, remember it, and cosign."""
        for folder in self.folders:
            keys = self._keys(folder)
            with WitnessStore(folder / STATE) as store:
                if not store.log_keys(ledger.origin):
                    # whoever starts both on one machine vouches for one before the other
                    store.trust_log(ledger.keys)
                store.cosign(ledger, cosigners=(keys.ed25519, keys.mldsa44), now=now)

    def policy(self, ledger_keys: Sequence[VerifierKey]) -> bytes:
        """Return a policy that asks for every one of these witnesses, by any key of its."""
        lines = [f"log {key.text}" for key in ledger_keys]
        for number, folder in enumerate(self.folders, 1):
            keys, name = self._keys(folder), f"witness-{number}"
            lines += [
                f"witness {name}-ed25519 {keys.ed25519.vkey}",
                f"witness {name}-mldsa44 {keys.mldsa44.vkey}",
                f"group {name} any {name}-ed25519 {name}-mldsa44",
            ]
        if not self.folders:
            return ("\n".join([*lines, "quorum none"]) + "\n").encode("utf-8")
        names = " ".join(f"witness-{number}" for number in range(1, len(self.folders) + 1))
        lines += [f"group witnesses all {names}", "quorum witnesses"]
        return ("\n".join(lines) + "\n").encode("utf-8")

    def _keys(self, folder: Path) -> WitnessKeys:
        return load_witness(folder, passphrase=self.passphrase)


# --- recipients --------------------------------------------------------------------------------


def read_recipient(text: str) -> Recipient:
    """Return a recipient: ``age1…`` itself, or a file or folder that holds it."""
    if not text.startswith("age1"):
        path = Path(text)
        path = path / "recipient.txt" if path.is_dir() else path
        data = read_small(path, limit=_MAX_RECIPIENT).decode("ascii", "replace")
        lines = (line.strip() for line in data.splitlines())
        text = next((line for line in lines if line and not line.startswith("#")), "")
    return parse_recipient(text)
