"""The folder of trust that the relying party gives: whom it believes, from nobody's package.

``roots/*.pem`` (State roots, EC and ML-DSA), ``tsa-roots/*.pem`` (time-stamp authorities),
``policy.txt`` (C2SP tlog-policy: ledgers and witnesses) and, where the package cannot carry
them, ``material/*.pem *.crl *.ocsp``.  Each part may be missing: then nobody is believed
for it, and the verdict is INDETERMINATE at best.
"""

from pathlib import Path

from attrs import Factory, frozen

from longbien.evidence.checks_signatures import parse_material
from longbien.ledger.policy import MAX_POLICY, Policy, parse_policy
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import KeyId
from longbien.trust.certificates import Anchors, Certificate, Material, parse_certificates

_MAX_FILE = 16 * 2**20  # bytes of one file: the revocation list of a large State
_MAX_FILES = 4096  # 193 States with some roots each


@frozen(kw_only=True)
class Trusted:
    """What the folder holds."""

    anchors: Anchors = Factory(Anchors)
    policy: Policy | None = None
    material: Material = Factory(Material)


def read_trust(folder: Path | None) -> Trusted:
    """Read the folder; None believes nobody.

    Raises Unavailable ``trust-folder.unreadable``, Refused ``trust-folder.empty`` where not
    one part is there (a mistyped path must not look like distrust), ``trust-folder.file``,
    and Malformed as the parsers do.
    """
    if folder is None:
        return Trusted()
    policy = folder / "policy.txt"
    found = Trusted(
        anchors=Anchors(
            signers=_certificates(folder / "roots"), time=_certificates(folder / "tsa-roots")
        ),
        policy=parse_policy(_read(policy, limit=MAX_POLICY)) if policy.is_file() else None,
        material=_material(folder / "material"),
    )
    if found == Trusted():
        raise Refused(
            "trust-folder.empty",
            "{folder} holds no roots/*.pem, no tsa-roots/*.pem and no policy.txt",
            folder=folder,
        )
    return found


def read_recipient(text: str) -> KeyId:
    """Return the key id of a recipient: ``sha256:…``, ``age1…``, or its file or key folder."""
    if text.startswith("sha256:"):
        return KeyId.parse(text)
    if not text.startswith("age1"):
        path = Path(text) / "recipient.txt" if Path(text).is_dir() else Path(text)
        lines = _read(path, limit=2**16).decode("ascii", "replace").splitlines()
        text = next((line for line in lines if line.startswith("age1")), text)
    from longbien.trust.age.recipients import (  # noqa: PLC0415 - only with --me
        key_id,
        parse_recipient,
    )

    return key_id(parse_recipient(text))


def _certificates(folder: Path) -> tuple[Certificate, ...]:
    return tuple(
        certificate
        for path in _listed(folder, (".pem",))
        for certificate in parse_certificates(_read(path, limit=_MAX_FILE))
    )


def _material(folder: Path) -> Material:
    files = {
        path.name: _read(path, limit=_MAX_FILE)
        for path in _listed(folder, (".pem", ".crl", ".ocsp"))
    }
    material, findings = parse_material(files)
    if findings:
        raise Refused(
            "trust-folder.file",
            "{name} in {folder} cannot be read: {why}",
            name=findings[0].subject,
            folder=folder,
            why=dict(findings[0].facts)["why"],
        )
    return material


def _listed(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in endings)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error
    if len(found) > _MAX_FILES:
        raise Refused("trust-folder.file", "{folder} holds too many files", folder=folder)
    return found


def _read(path: Path, *, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(data) > limit:
        raise Refused("trust-folder.file", "{path} is too large", path=path)
    return data


def _unreadable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        "trust-folder.unreadable", "{path} cannot be read: {why}", path=path, why=error.strerror
    )
