"""Helpers of the tests of the ledger's store: a ledger in a folder, filled and published."""

from pathlib import Path

import pytest

from ledger_cast import (
    NOW,
    log_signers,
    seed,
)
from longbien.adapters.ledger_store import LedgerStore
from longbien.primitives.errors import LongBienError

SIGNERS = log_signers()
KEYS = tuple(signer.key for signer in SIGNERS)


def randomness(count: int) -> bytes:
    """Return bytes that differ along the way, and are the same in each run."""
    return b"".join(seed(f"random {number}") for number in range(count // 32 + 1))[:count]


def event(number: int) -> bytes:
    """Return a numbered event."""
    return b'{"number":%d}' % number


def fill(store: LedgerStore, count: int) -> range:
    """Append that many events."""
    first = store.size
    return store.append(
        [event(number) for number in range(first, first + count)], random_bytes=randomness
    )


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def published(folder: Path, *counts: int) -> None:
    """Append and publish, batch by batch."""
    with LedgerStore(folder) as store:
        for count in counts:
            fill(store, count)
            store.checkpoint(signers=SIGNERS, now=NOW)


def code_of(folder: Path) -> str:
    """Return the code with which the store refuses to open; its text names the folder."""
    with pytest.raises(LongBienError) as caught:
        LedgerStore(folder)
    assert str(folder) in str(caught.value) or "tiles of" in str(caught.value)
    return caught.value.code
