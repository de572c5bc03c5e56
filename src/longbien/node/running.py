"""A node that is running: its folder opened, every port made real, one bundle for all processes.

The officers' door, the peer endpoint and the worker each open the node by themselves; what they
share is on the disk.
"""

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field
from django.db import DEFAULT_DB_ALIAS

from longbien.adapters.addresses import is_plain_on_this_machine
from longbien.adapters.directory_files import DirectoryFolder
from longbien.adapters.failpoints import arm_from
from longbien.adapters.keystore import load_log, load_signer, load_witness, read_secret
from longbien.adapters.law_files import LawFolder
from longbien.adapters.peer_connections import CallLimits, PeerConnections, PeerEndpoint
from longbien.adapters.peer_tls import Admission, OwnTls, PeerCertificate, parse_peer_certificate
from longbien.adapters.raw_signers import raw_ec_signer, raw_mldsa_signer
from longbien.adapters.registry_files import RegistryFiles
from longbien.adapters.vault import PartStore
from longbien.adapters.vault_local import LocalVault
from longbien.adapters.vault_remote import S3Settings, open_s3
from longbien.casework.policy import STANDARD, Policy
from longbien.desk.office import Office, Seat, Settings
from longbien.directory.book import Book
from longbien.node.calendars import find_calendar
from longbien.node.configuration import NodeSettings, read_settings
from longbien.node.key_folder import KeyFolder
from longbien.node.master_key import load_master_key
from longbien.node.settings import add_database, database_of, setup_django
from longbien.node.state_profiles import PROFILES, read_states
from longbien.node.witness_policy import read_witness_policy
from longbien.primitives.ids import AuthorityId, StateCode
from longbien.primitives.instants import Instant
from longbien.treaty.law import Law
from longbien.treaty.profiles import LimitCode, StateProfile
from longbien.trust.age.identities import parse_identities

if TYPE_CHECKING:
    from longbien.node.store.opening import Store
    from longbien.node.store.watch import Watch

_GOSSIP_EVERY: Final = timedelta(milliseconds=100)  # docs/decisions/0012


def now() -> Instant:
    """Return the time of this machine."""
    return Instant(datetime.now(UTC))


@define(kw_only=True)
class Node:
    """Everything of one node, open in this process.  Close it when done."""

    settings: NodeSettings
    keys: KeyFolder
    directory: DirectoryFolder
    store: "Store"
    vault: PartStore
    office: Office
    network: PeerConnections

    _admitted: tuple[Book, Admission] | None = field(default=None, init=False)

    @property
    def state(self) -> StateCode:
        """Return whose node this is."""
        return self.settings.state

    @cached_property
    def own_tls(self) -> OwnTls:
        """Return the certificate and key that it shows."""
        return OwnTls(certificate=self.keys.tls_certificate, key=self.keys.tls_key)

    def admission(self) -> Admission:
        """Return the certificates of all other States in the newest directory."""
        book = self.directory.book()
        if self._admitted is None or self._admitted[0] is not book:
            others = (state for state in book.states() if state != self.state)
            certificates = (one for state in others for one in peer_certificates(book, state))
            self._admitted = (book, Admission(certificates))
        return self._admitted[1]

    def watch(self) -> "Watch":
        """Return what tells, for one thread, if anything was committed."""
        from longbien.node.store.watch import Watch  # noqa: PLC0415 - Django is set up

        return Watch(self.store.keys.using, self.store.health)

    def close(self) -> None:
        """Let go of everything."""
        self.network.close()
        self.store.close()
        close = getattr(self.vault, "close", None)
        if close is not None:
            close()


def peer_certificates(book: Book, state: StateCode) -> Iterator[PeerCertificate]:
    """Return the certificates in a State's entry whose keys are pinned there."""
    pins = book.pins(state)
    for endpoint in book.endpoints(state):
        for der in endpoint.certificates:
            found = parse_peer_certificate(der, state=state)
            if found.spki_sha256 in pins:
                yield found


@contextmanager
def open_node(
    folder: Path,
    *,
    clock: Callable[[], Instant] = now,
    random_bytes: Callable[[int], bytes] = os.urandom,
    using: str = DEFAULT_DB_ALIAS,
) -> Iterator[Node]:
    """Open a node for a process; a process that has several gives each a database alias.

    Raises Refused ``node.…``, ``failpoint.…`` and what opening its keys, directory, store and
    vault raises; each error names the command that mends it.
    """
    settings = read_settings(folder, environ=os.environ)
    setup_django(settings)
    if using != DEFAULT_DB_ALIAS:
        add_database(using, database_of(settings))
    keys = KeyFolder(settings.path_of(settings.keys))
    directory = DirectoryFolder(folder / "directory")
    store = _open_store(
        settings, keys, directory, clock=clock, random_bytes=random_bytes, using=using
    )
    vault = open_vault(settings)
    office = _open_office(settings, keys, directory, store, vault)
    network = _connections(keys, directory)
    node = Node(
        settings=settings,
        keys=keys,
        directory=directory,
        store=store,
        vault=vault,
        office=office,
        network=network,
    )
    try:
        arm_from(os.environ)
        yield node
    finally:
        node.close()


def _open_office(
    settings: NodeSettings,
    keys: KeyFolder,
    directory: DirectoryFolder,
    store: "Store",
    vault: PartStore,
) -> Office:
    witness = load_witness(keys.witness)
    book, law = directory.book(), LawFolder(settings.path_of("law"))
    law.keep_program()
    states = read_states(
        settings.folder / PROFILES, exercise=settings.exercise, adopted=law.profiles(book)
    )
    return Office(
        state=settings.state,
        seats={one: _seat(keys, one) for one in keys.authorities(settings.state)},
        exercise=settings.exercise,
        journal=store.journal,
        register=store.register,
        queue=store.queue,
        ledger=store.ledger,
        witnessings=store.witnessings,
        vault=vault,
        book=directory.book,
        cosigners=(witness.ed25519, witness.mldsa44),
        clock=store.keys.clock,
        locate=RegistryFiles(settings.path_of(settings.registries)),
        calendar=lambda one: find_calendar(directory.book(), one, now=store.keys.clock()),
        random_bytes=store.keys.random_bytes,
        policy=_policy(law.law(book), states.find_profile(settings.state.text)),
        states=states,
        settings=Settings(gossip_every=_GOSSIP_EVERY),
        alone=_one_at_a_time(),
    )


def _policy(law: Law, profile: StateProfile | None) -> Policy:
    """Return the State's policy: its law, and how long that lets evidence be kept."""
    days = profile.find_days(LimitCode.RECEIVED_RETENTION) if profile is not None else None
    return evolve(STANDARD, law=law, keep_received=None if days is None else timedelta(days=days))


def _one_at_a_time() -> Callable[[Hashable], threading.Lock]:
    locks: dict[Hashable, threading.Lock] = {}
    return lambda what: locks.setdefault(what, threading.Lock())


def _open_store(
    settings: NodeSettings,
    keys: KeyFolder,
    directory: DirectoryFolder,
    *,
    clock: Callable[[], Instant],
    random_bytes: Callable[[int], bytes],
    using: str,
) -> "Store":
    from longbien.node.store.opening import open_store  # noqa: PLC0415 - Django must be set up

    log = load_log(keys.log)
    return open_store(
        master=load_master_key(settings, random_bytes=random_bytes),
        signers=(log.ed25519, log.mldsa44),
        clock=clock,
        monotonic=time.monotonic,
        random_bytes=random_bytes,
        policy=lambda: read_witness_policy(
            directory.book(), settings.state, quorum=settings.witness_quorum
        ),
        free_bytes=settings.free_bytes,
        using=using,
    )


def open_vault(settings: NodeSettings) -> PartStore:
    """Open the vault that the settings name: a folder, or ``s3://bucket/prefix``."""
    if settings.vault.startswith("s3://"):
        return open_s3(_s3(settings))
    return LocalVault(settings.path_of(settings.vault))


def _s3(settings: NodeSettings) -> S3Settings:
    bucket, _, prefix = settings.vault.removeprefix("s3://").partition("/")
    secret = settings.s3_secret_key_file
    return S3Settings(
        bucket=bucket,
        prefix=prefix,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=read_secret(settings.path_of(secret)).strip().decode() if secret else "",
        allow_http=is_plain_on_this_machine(settings.s3_endpoint),
    )


def _seat(keys: KeyFolder, authority: AuthorityId) -> Seat:
    signers = load_signer(keys.signer(authority))
    identities = parse_identities(read_secret(keys.recipient(authority) / "identity.txt"))
    return Seat(
        authority=authority,
        signers=(raw_ec_signer(signers.ec), raw_mldsa_signer(signers.mldsa)),
        identities=identities,
    )


def connections_of(node: Node, limits: CallLimits) -> PeerConnections:
    """Return connections to peers with limits of their own; whoever asks closes them."""
    return _connections(node.keys, node.directory, limits)


def _connections(
    keys: KeyFolder, directory: DirectoryFolder, limits: CallLimits | None = None
) -> PeerConnections:
    return PeerConnections(
        own=OwnTls(certificate=keys.tls_certificate, key=keys.tls_key),
        find_endpoint=lambda state: _endpoint(directory.book(), state),
        limits=limits,
    )


def _endpoint(book: Book, state: StateCode) -> PeerEndpoint | None:
    endpoints = book.endpoints(state)
    if not endpoints:
        return None
    return PeerEndpoint(
        state=state,
        addresses=tuple((one.host, one.port) for one in endpoints),
        certificates=tuple(peer_certificates(book, state)),
    )
