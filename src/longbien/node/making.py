"""Making a node: keys, directory, database, vault and settings, whole or not at all.

``init`` makes, everything else only opens.  The folder gets its name when all is in it.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from attrs import evolve, field, frozen
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import DEFAULT_DB_ALIAS, connections

from longbien.adapters.at_rest import create_master_key
from longbien.adapters.directory_files import DirectoryFolder, create_directory
from longbien.adapters.directory_making import (
    AuthorityKeys,
    NodeFacts,
    NodeKeys,
    first_entry,
    root_signers,
)
from longbien.adapters.keymaking import (
    SIGNER_DAYS,
    Workshop,
    make_log,
    make_recipient,
    make_root,
    make_signer,
    make_tsa,
    make_witness,
)
from longbien.adapters.keystore import (
    load_log,
    new_folder,
    read_certificate,
    write_new,
    write_private,
)
from longbien.adapters.peer_tls import issue_peer_certificate
from longbien.adapters.vault_local import create_vault
from longbien.directory.entry import Authority, Endpoint, LocalName, StateEntry
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.wire import sign_entry
from longbien.node.configuration import FILE, NodeSettings, read_settings
from longbien.node.key_folder import KeyFolder
from longbien.node.master_key import load_master_key, seal_master_key
from longbien.node.settings import SQLITE_FILE, setup_django
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, StateCode
from longbien.primitives.instants import Instant
from longbien.trust.certificates import encode_pem
from longbien.trust.issuing import Name, Validity

TLS_DAYS: Final = 365
SESSION_KEY_BYTES: Final = 64


@frozen(kw_only=True)
class Plan:
    """What kind of node is wanted."""

    state: StateCode
    organisation: str
    authorities: tuple[AuthorityId, ...]
    exercise: bool
    host: str
    """Where other nodes reach this one, as its entry says it."""

    port: int
    api_listen: str
    peer_listen: str
    database: str = "sqlite"
    roots: tuple[Path, ...] = ()
    """The State's root folders, brought from where they are kept; none: an exercise makes one."""

    tsa_url: str = ""
    signer_days: int = SIGNER_DAYS
    passphrase: bytes | None = field(default=None, repr=False)
    """Of the roots."""


def make_node(folder: Path, plan: Plan, *, workshop: Workshop) -> StateEntry:
    """Make a node in a new folder and return its first entry.

    Raises Refused ``keystore.exists`` where the folder is there already, ``node.root-needed``,
    ``node.time-needed``; what making keys, databases and vaults raises.
    """
    _require_possible(plan)
    with new_folder(folder) as new:
        return _make_all(new, plan, workshop)


def _require_possible(plan: Plan) -> None:
    if not plan.exercise and not plan.roots:
        raise Refused(
            "node.root-needed",
            "a State's root is made apart and kept offline: longbien keys root; then give its "
            "folder with --root, or make a node for exercises with --exercise",
        )
    if not plan.exercise and not plan.tsa_url:
        raise Refused(
            "node.time-needed",
            "packages need a time-stamp authority: give its address with --tsa-url, or make a "
            "node for exercises with --exercise",
        )


def _make_all(new: Path, plan: Plan, workshop: Workshop) -> StateEntry:
    write_new(new / FILE, encode_settings(plan).encode())
    settings = read_settings(new, environ={})
    keys = KeyFolder(settings.path_of(settings.keys))
    keys.path.mkdir(mode=0o700)
    roots = plan.roots or (keys.root,)
    if not plan.roots:
        make_root(keys.root, name=_name(plan, "Root"), workshop=workshop)
    _make_keys(keys, plan, roots, workshop)
    _make_secrets(settings, workshop)
    entry = _make_directory(new / "directory", keys, plan, roots, workshop)
    create_vault(settings.path_of(settings.vault))
    _make_database(settings, keys, workshop)
    return entry


def encode_settings(plan: Plan) -> str:
    """Write ``node.toml``: only what differs from node to node; docs/settings.md has the rest."""
    lines = [
        "# A Long Bien node.  Every setting is explained in docs/settings.md.",
        f'state = "{plan.state}"',
        f"exercise = {'true' if plan.exercise else 'false'}",
        f'peer_listen = "{plan.peer_listen}"',
        f'api_listen = "{plan.api_listen}"',
        f'database = "{plan.database}"',
    ]
    if plan.tsa_url:
        lines.append(f'tsa_url = "{plan.tsa_url}"')
    return "\n".join(lines) + "\n"


# --- keys -------------------------------------------------------------------------------------


def _make_keys(keys: KeyFolder, plan: Plan, roots: Sequence[Path], workshop: Workshop) -> None:
    host = f"longbien.{plan.state.text.lower()}"
    with_root = evolve(workshop, passphrase=plan.passphrase)
    for authority in plan.authorities:
        keys.signer(authority).parent.mkdir(parents=True, mode=0o700)
        make_signer(
            keys.signer(authority),
            root=roots[0],
            name=_name(plan, authority.text.partition("/")[2].replace("-", " ").title()),
            days=plan.signer_days,
            workshop=with_root,
        )
        make_recipient(keys.recipient(authority), workshop=workshop)
    make_log(keys.log, name=f"{host}/ledger", workshop=workshop)
    make_witness(keys.witness, name=f"{host}/witness", workshop=workshop)
    if plan.exercise:
        make_tsa(keys.tsa, country=plan.state.text, workshop=workshop)
    _make_tls(keys, plan, workshop)


def _make_tls(keys: KeyFolder, plan: Plan, workshop: Workshop) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = issue_peer_certificate(
        key,
        name=_name(plan, "Node"),
        validity=Validity.of_days(workshop.now, TLS_DAYS),
        serial=workshop.serial(),
    )
    keys.tls_key.parent.mkdir(mode=0o700)
    write_private(keys.tls_key, key, passphrase=None)
    write_new(keys.tls_certificate, encode_pem(made.der))


def _name(plan: Plan, common_name: str) -> Name:
    words = f"Exercise {common_name}" if plan.exercise else common_name
    return Name(
        country=plan.state.text,
        organisation=plan.organisation,
        common_name=words,
        is_exercise=plan.exercise,
    )


def _make_secrets(settings: NodeSettings, workshop: Workshop) -> None:
    for path in (settings.master_key_file, settings.session_key_file):
        settings.path_of(path).parent.mkdir(exist_ok=True, mode=0o700)
    create_master_key(
        settings.path_of(settings.master_key_file), random_bytes=workshop.random_bytes
    )
    session = workshop.random_bytes(SESSION_KEY_BYTES).hex().encode()
    write_new(settings.path_of(settings.session_key_file), session, is_secret=True)


# --- directory and database --------------------------------------------------------------------


def _make_directory(
    folder: Path, keys: KeyFolder, plan: Plan, roots: Sequence[Path], workshop: Workshop
) -> StateEntry:
    folder.mkdir(mode=0o700)
    certificate = read_certificate(keys.tls_certificate)
    facts = NodeFacts(
        state=plan.state,
        exercise=plan.exercise,
        endpoints=(
            Endpoint(
                host=plan.host,
                port=plan.port,
                pins=(Digest.of(certificate.spki),),
                certificates=(certificate.der,),
            ),
        ),
    )
    entry = first_entry(
        facts,
        authorities=[_authority(keys, plan, one) for one in plan.authorities],
        keys=NodeKeys(roots=roots, log=keys.log, witness=keys.witness),
        now=workshop.now,
    )
    if plan.exercise:
        root = read_certificate(keys.tsa / "tsa-root.pem")
        entry = evolve(entry, time_roots=(root.sha256,))
    signed = sign_entry(entry, signers=root_signers(roots, passphrase=plan.passphrase))
    create_directory(folder, own=plan.state, exercise=plan.exercise)
    DirectoryFolder(folder).accept(
        [signed.data], now=workshop.now, state=plan.state, confirmed=roots_fingerprint(entry)
    )
    return entry


def _authority(keys: KeyFolder, plan: Plan, authority: AuthorityId) -> AuthorityKeys:
    name = authority.text.partition("/")[2]
    mark = "Exercise: " if plan.exercise else ""
    return AuthorityKeys(
        authority=Authority(
            id=authority,
            names=(LocalName(language="en", text=f"{mark}{plan.organisation}, {name}"),),
            competences=(name,),
            languages=("en",),
            time_zone="UTC",
            office_hours=(),
            contact_points=(),
            signing_keys=(),
            next_keys=(),
            sealing_keys=(),
        ),
        signer=keys.signer(authority),
        recipient=keys.recipient(authority),
    )


def _make_database(settings: NodeSettings, keys: KeyFolder, workshop: Workshop) -> None:
    setup_django(settings)
    if settings.database == "sqlite":
        # models can be imported only when Django knows its settings
        from longbien.node.store.opening import create_sqlite_file  # noqa: PLC0415

        create_sqlite_file(settings.folder / SQLITE_FILE)
    _bring_up_to_date(settings, keys, workshop)
    connections[DEFAULT_DB_ALIAS].close()  # the folder gets its name only now


def upgrade_node(folder: Path) -> None:
    """Give a node's database the tables of this version of the program.  Nothing is removed.

    Raises Refused ``node.absent``, ``store.exists`` where the database is another node's.
    """
    settings = read_settings(folder, environ=os.environ)
    setup_django(settings)
    keys = KeyFolder(settings.path_of(settings.keys))
    workshop = Workshop(now=Instant(datetime.now(UTC)), random_bytes=os.urandom)
    _bring_up_to_date(settings, keys, workshop)


def seal_node(folder: Path) -> None:
    """Put the node's master key under the security module that its settings name.

    Raises Refused ``node.absent``, ``at-rest.no-module``; what the module raises.
    """
    settings = read_settings(folder, environ=os.environ)
    seal_master_key(settings, random_bytes=os.urandom)


def _bring_up_to_date(settings: NodeSettings, keys: KeyFolder, workshop: Workshop) -> None:
    from longbien.node.store.opening import create_store  # noqa: PLC0415 - Django is set up
    from longbien.node.store.turn import StoreKeys  # noqa: PLC0415

    log = load_log(keys.log)
    create_store(
        StoreKeys(
            using=DEFAULT_DB_ALIAS,
            master=load_master_key(settings, random_bytes=workshop.random_bytes),
            signers=(log.ed25519, log.mldsa44),
            clock=lambda: workshop.now,
            random_bytes=workshop.random_bytes,
        )
    )
