"""Packing on a real disk with keys, ledger and witnesses from ``trust_world`` and ``memory_bag``.

Times are fixed and randomness is counted, so that the same exhibits make the same package but for
the signatures.
"""

import hashlib
import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from attrs import evolve

import memory_bag
import trust_world as world
from longbien.adapters.ingest import look_over
from longbien.adapters.ledger_files import create_ledger
from longbien.adapters.ledger_store import LedgerStore
from longbien.adapters.packer import Bookkeeping, Order, Signing, World
from longbien.adapters.survey import Rule
from longbien.adapters.witness_store import WitnessStore
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.evidence.wire import Head
from longbien.primitives.ids import KeyId, PackageId, RequestUrn
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import HybridIdentity, new_identity, recipient_of
from longbien.trust.age.recipients import key_id

ID = PackageId("5f0c3c9e-7f60-4d8e-8d5f-0a1b2c3d4e5f")
ME: HybridIdentity = new_identity(lambda count: b"\x07" * count)
STRANGER: HybridIdentity = new_identity(lambda count: b"\x08" * count)


def key_of(identity: HybridIdentity) -> KeyId:
    """Return the key id of an identity's recipient."""
    return key_id(recipient_of(identity))


def head(**changes: object) -> Head:
    """Return what the package says of itself."""
    good = Head(
        package_id=ID,
        request=RequestUrn("urn:example:xa:2026-0042"),
        legal_basis=("Convention, article 44",),
        use_limits=(UseLimit(kind=UseLimitKind.SPECIALTY, text="Only for this case."),),
        recipients=(key_of(ME),),
        created_at=memory_bag.CREATED,
        created_by="Forensic Laboratory of Exercise A",
        exercise=True,
        software="longbien-test 1",
    )
    return evolve(good, **changes)


def counted() -> Callable[[int], bytes]:
    """Return randomness that is not random."""
    numbers = itertools.count()
    return lambda count: hashlib.shake_256(b"%d" % next(numbers)).digest(count)


def order(source: Path, out: Path, *, rule: Rule = Rule.REFUSE, **changes: object) -> Order:
    """Return the order to pack a folder."""
    survey = look_over(source, links=rule, special=rule)
    return Order(source=source, out=out, survey=survey, head=head(**changes))


def machine(advance: Callable[[int], None] = lambda _: None) -> World:
    """Return a machine whose clock goes by a second a look, from just before the signature."""
    times = (memory_bag.NOW.plus(timedelta(seconds=count)) for count in itertools.count(-90))
    return World(now=lambda: next(times), random_bytes=counted(), advance=advance)


def signing() -> Signing:
    """Return the signer of Exercise A and a time-stamp authority."""
    return Signing(
        ec=world.signer(),
        mldsa=world.mldsa_signer(),
        stamper=world.Stamper(),
        material=memory_bag.trust_material(),
        time_authorities=world.tsa().certificates[:1],
    )


def books(folder: Path) -> Bookkeeping:
    """Return a new ledger; close it through ``books.ledger.close()``."""
    ledger = memory_bag.ledger()
    create_ledger(folder, origin=memory_bag.ORIGIN, keys=[signer.key for signer in ledger.log])
    return Bookkeeping(ledger=LedgerStore(folder), signers=ledger.log, policy=ledger.policy_text)


class Witnesses:
    """The witnesses of ``memory_bag``, each with a state of its own."""

    def __init__(self, folder: Path, *, count: int = 2) -> None:
        self._folder = folder
        self._cosigners = memory_bag.ledger().witnesses[:count]

    def __call__(self, ledger: LedgerStore, /, *, now: Instant) -> None:
        """Cosign."""
        for cosigner in self._cosigners:
            with WitnessStore(self._folder / cosigner.key.name) as store:
                if not store.log_keys(ledger.origin):
                    store.trust_log(ledger.keys)
                store.cosign(ledger, cosigners=[cosigner], now=now)
