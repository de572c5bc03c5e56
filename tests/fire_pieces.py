"""Small pieces of work on disks, each with what must hold after it was cut off anywhere.

``do`` says what was acknowledged, ``check`` opens again what is left, holds it against that, and
does the work once more: whatever happened, the next start works.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen
from django.db import connections

import store_world as world
from ledger_cast import ALPHA, LATER, NOW, ORIGIN, ed25519_log
from longbien.adapters.bag_writer import PARTIAL, new_bag
from longbien.adapters.files import write_durably
from longbien.adapters.keymaking import Workshop, make_log
from longbien.adapters.keystore import load_log
from longbien.adapters.ledger_files import create_ledger
from longbien.adapters.ledger_repair import audit_ledger
from longbien.adapters.ledger_store import LedgerStore
from longbien.adapters.vault_local import LocalVault, create_vault
from longbien.adapters.witness_store import WitnessStore
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.node.checking import check_node
from longbien.node.making import Plan, make_node
from longbien.node.running import now, open_node
from longbien.node.settings import SQLITE_FILE
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, StateCode
from longbien.primitives.verdict import Outcome

Say = Callable[[str], object]
LOG: Final = ed25519_log()
PARTS: Final = tuple(bytes([number]) * 40_000 for number in (1, 2, 3))
FILES: Final = {"bagit.txt": b"one\n", "data/a.txt": b"two\n", "data/b/c.txt": bytes(9000)}
WORDS: Final = (b"the first word\n", b"the second word, a longer one\n", b"third\n")


@frozen(kw_only=True)
class Piece:
    """A piece of work in a folder."""

    prepare: Callable[[Path], None]
    do: Callable[[Path, Say], None]
    check: Callable[[Path, frozenset[str]], None]
    """Is told what was acknowledged."""


def _nothing(_folder: Path) -> None:
    """Begin in an empty folder."""


# --- the store of a node ------------------------------------------------------------------------


def _new_store(folder: Path) -> None:
    world.forget(world.new_sqlite(folder))


def _keep(folder: Path, say: Say) -> None:
    alias = world.sqlite_alias(folder / SQLITE_FILE)
    world.mark_randomness(os.urandom(16))
    with world.opened(alias) as store:
        for number in range(1, 4):
            case = world.case_id(number)
            sent, heard = (world.outgoing(case, 1),), world.incoming(case, 1)
            store.journal.commit(world.change(case, 0, outgoing=sent, incoming=heard))
            say(f"kept {number}")
        leased = store.queue.lease_messages(
            now=world.clock(), until=world.at(88_000), limit=2, lanes=frozenset(Lane)
        )
        for one in leased:
            store.queue.settle_message(one, receipt=b"signed", outcome=ReceiptOutcome.ACCEPTED)
            say(f"settled {one.message.id}")


def _kept(folder: Path, said: frozenset[str]) -> None:
    alias = world.sqlite_alias(folder / SQLITE_FILE)
    world.mark_randomness(os.urandom(16))
    with world.opened(alias) as store:
        for number in range(1, 4):
            count = len(store.journal.load(world.case_id(number)))
            assert count == 1 or (count == 0 and f"kept {number}" not in said), (number, count)
        found = world.findings(store)
        assert found == [], found
        leased = store.queue.lease_messages(
            now=world.at(88_001), until=world.at(89_000), limit=9, lanes=frozenset(Lane)
        )
        again = [f"settled {one.message.id}" for one in leased]
        assert not said & set(again), again
        store.journal.commit(world.change(world.case_id(50), 0))
        assert world.findings(store) == []


# --- the ledger of the commands -----------------------------------------------------------------


def _log(folder: Path, say: Say) -> None:
    ledger, witness = folder / "books" / "ledger", folder / "books" / "witness"
    create_ledger(ledger, origin=ORIGIN, keys=(LOG.key,))
    say("made ledger")
    with WitnessStore(witness) as judge:
        judge.trust_log((LOG.key,))
    say("trusted log")
    with LedgerStore(ledger) as store:
        for count in (2, 3):
            store.append([b'{"n":%d}' % count] * count, random_bytes=os.urandom)
            say(f"logged {store.size}")
        signed = store.checkpoint(signers=(LOG,), now=NOW)
        say(f"published {signed.checkpoint.head.size}")
        with WitnessStore(witness) as judge:
            judge.cosign(store, cosigners=(ALPHA,), now=LATER)
            say("cosigned 5")


def _logged(folder: Path, said: frozenset[str]) -> None:
    told = {word: _largest(said, word) for word in ("logged", "published", "cosigned")}
    ledger, witness = folder / "books" / "ledger", folder / "books" / "witness"
    if "made ledger" not in said:
        with suppress(Refused):  # it may be there all the same
            create_ledger(ledger, origin=ORIGIN, keys=(LOG.key,))
    with LedgerStore(ledger) as store:
        assert store.size >= told["logged"], store.size
        published = store.published.checkpoint.head.size if store.published else 0
        assert published >= told["published"], published
    assert audit_ledger(ledger).differing == ()
    with LedgerStore(ledger) as store, WitnessStore(witness) as judge:
        if "trusted log" not in said:
            judge.trust_log((LOG.key,))
        recorded = judge.recorded(ORIGIN)
        assert (recorded.size if recorded else 0) >= told["cosigned"]
        store.append([b'{"again":true}'], random_bytes=os.urandom)
        store.checkpoint(signers=(LOG,), now=LATER)
        judge.cosign(store, cosigners=(ALPHA,), now=LATER)
    assert audit_ledger(ledger).differing == ()


def _largest(said: frozenset[str], word: str) -> int:
    return max((int(one.split()[1]) for one in said if one.startswith(word)), default=0)


# --- keys ---------------------------------------------------------------------------------------


def _make_keys(folder: Path, say: Say) -> None:
    workshop = Workshop(now=NOW, random_bytes=os.urandom)
    make_log(folder / "safe" / "log", name=ORIGIN, workshop=workshop)
    say("made log")


def _keys_made(folder: Path, said: frozenset[str]) -> None:
    safe = folder / "safe"
    if "made log" in said or (safe / "log").exists():
        assert load_log(safe / "log").ed25519.key.name == ORIGIN
        return
    if (safe / "log.partial").exists():  # it says so, and what to do
        code = ""
        try:
            _make_keys(folder, lambda _: None)
        except Refused as error:
            code = error.code
        assert code == "keystore.half-made", code
        shutil.rmtree(safe / "log.partial")
    _make_keys(folder, lambda _: None)
    load_log(safe / "log")


# --- the vault ----------------------------------------------------------------------------------


def _store_parts(folder: Path, say: Say) -> None:
    create_vault(folder / "vault")
    say("made vault")
    with LocalVault(folder / "vault", spare=0) as vault:
        for number, part in enumerate(PARTS):
            vault.put(Digest.of(part), part)
            say(f"stored {number}")


def _parts_stored(folder: Path, said: frozenset[str]) -> None:
    where = folder / "vault"
    if "made vault" not in said:  # what was never told to be there is made again
        shutil.rmtree(where, ignore_errors=True)
        create_vault(where)
    with LocalVault(where, spare=0) as vault:
        vault.clear_incoming()
        for number, part in enumerate(PARTS):
            if f"stored {number}" in said:
                assert vault.get(Digest.of(part)) == part
        for part in PARTS:
            vault.put(Digest.of(part), part)
            assert vault.get(Digest.of(part)) == part


# --- a bag, a small file ------------------------------------------------------------------------


def _write_bag(folder: Path, say: Say) -> None:
    with new_bag(folder / "out" / "of", "LB-x") as bag:
        bag.write(FILES)
    say("wrote bag")


def _bag_written(folder: Path, said: frozenset[str]) -> None:
    where = folder / "out" / "of"
    if "wrote bag" in said or (where / "LB-x").exists():
        assert _read_all(where / "LB-x") == FILES
        return
    with suppress(FileNotFoundError):
        shutil.rmtree(where / f"LB-x{PARTIAL}")
    _write_bag(folder, lambda _: None)


def _read_all(folder: Path) -> Mapping[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _write_words(folder: Path, say: Say) -> None:
    for number, word in enumerate(WORDS):
        write_durably(folder / "word", word)
        say(f"word {number}")


def _words_written(folder: Path, said: frozenset[str]) -> None:
    newest = max((int(one.split()[1]) for one in said if one.startswith("word")), default=-1)
    path = folder / "word"
    if newest >= 0 or path.exists():
        assert path.read_bytes() in WORDS[max(newest, 0) :]
    _write_words(folder, lambda _: None)


# --- a whole node -------------------------------------------------------------------------------


def _plan() -> Plan:
    return Plan(
        state=StateCode("VN"),
        organisation="Exercise State VN",
        authorities=(AuthorityId("VN/contact-point"),),
        exercise=True,
        host="127.0.0.1",
        port=7420,
        api_listen="127.0.0.1:7421",
        peer_listen="127.0.0.1:7420",
    )


def _make_node(folder: Path, say: Say) -> None:
    workshop = Workshop(now=now(), random_bytes=os.urandom)
    make_node(folder / "srv" / "node", _plan(), workshop=workshop)
    say("made node")


def _node_made(folder: Path, said: frozenset[str]) -> None:
    where = folder / "srv" / "node"
    if "made node" not in said and not where.exists():
        shutil.rmtree(where.with_name("node.partial"), ignore_errors=True)
        _make_node(folder, lambda _: None)
    alias = f"fire{next(_aliases)}"
    with open_node(where, using=alias) as node:
        verdict = check_node(node, reads_vault=True)
    connections[alias].close()
    assert verdict.outcome is Outcome.PASSED, verdict


_aliases = itertools.count(1)

PIECES: Final[Mapping[str, Piece]] = {
    "store": Piece(prepare=_new_store, do=_keep, check=_kept),
    "ledger": Piece(prepare=_nothing, do=_log, check=_logged),
    "keys": Piece(prepare=_nothing, do=_make_keys, check=_keys_made),
    "vault": Piece(prepare=_nothing, do=_store_parts, check=_parts_stored),
    "bag": Piece(prepare=_nothing, do=_write_bag, check=_bag_written),
    "node": Piece(prepare=_nothing, do=_make_node, check=_node_made),
    "words": Piece(prepare=_nothing, do=_write_words, check=_words_written),
}
