"""The small files of a local ledger: its settings, its checkpoint, what witnesses have seen."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from longbien.adapters.files import make_folders
from longbien.adapters.ledger_disk import Disk, disk_errors, replace_file
from longbien.adapters.ledger_journal import MAGIC
from longbien.ledger.checkpoints import SignedCheckpoint, parse_signed_checkpoint
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.log import Witnessed
from longbien.ledger.notes import MAX_NOTE, VerifierKey, is_key_name, parse_vkey
from longbien.ledger.tiles import Tile
from longbien.ledger.tree import HASH_SIZE
from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Malformed, Refused

FORMAT: Final = "longbien-ledger-1"
_MAX_SMALL = 2**20  # bytes of ledger.json and witnessed.json


@frozen(kw_only=True)
class Settings:
    """Which log this is."""

    origin: str
    keys: tuple[VerifierKey, ...]


def create_ledger(
    folder: Path, *, origin: str, keys: Sequence[VerifierKey], disk: Disk | None = None
) -> None:
    """Make an empty ledger in ``folder``, which must not hold one.

    ``keys`` are the public halves of the log's own keys; their name is the origin.
    Raises Refused ``ledger.exists``, ``ledger.origin``; Unavailable.
    """
    if not is_key_name(origin) or not keys or any(key.name != origin for key in keys):
        raise Refused(
            "ledger.origin",
            "the log's keys must bear its origin as their name: {origin}",
            origin=origin,
        )
    used = disk or Disk()
    with disk_errors(folder):
        private = folder / "private"
        make_folders(private, mode=0o700)
        if (folder / "ledger.json").exists():
            raise Refused("ledger.exists", "{folder} holds a ledger already", folder=folder)
        settings = {"format": FORMAT, "keys": [key.text for key in keys], "origin": origin}
        replace_file(used, private / "offsets", b"")
        replace_file(used, private / "journal", MAGIC)
        # the settings come last: without them there is no ledger here, and init may run again
        replace_file(used, folder / "ledger.json", encode_json(settings))


def read_settings(folder: Path) -> Settings:
    """Read ``ledger.json``.  Raises Refused ``ledger.absent``; Integrity ``ledger.settings``."""
    try:
        data = (folder / "ledger.json").read_bytes()
    except FileNotFoundError:
        raise Refused(
            "ledger.absent",
            "{folder} holds no ledger; make one with: longbien ledger init {folder}",
            folder=folder,
        ) from None
    try:
        match parse_canonical(data, max_size=_MAX_SMALL):
            case {"format": "longbien-ledger-1", "keys": [*texts], "origin": str(origin)}:
                keys = tuple(parse_vkey(str(text).encode()) for text in texts)
                if keys and all(key.name == origin for key in keys):
                    return Settings(origin=origin, keys=keys)
    except Malformed:
        pass
    raise Integrity(
        "ledger.settings", "{folder}/ledger.json is damaged; restore it from a copy", folder=folder
    )


def find_published(folder: Path, settings: Settings) -> SignedCheckpoint | None:
    """Read ``checkpoint`` and check that this log has signed it, with each of its keys.

    Raises Integrity ``ledger.checkpoint-damaged``.
    """
    try:
        with (folder / "checkpoint").open("rb") as file:
            data = file.read(MAX_NOTE + 1)
    except FileNotFoundError:
        return None
    try:
        signed = parse_signed_checkpoint(data)
    except Malformed as error:
        raise _checkpoint_damaged(folder, error) from None
    is_ours = signed.checkpoint.head.origin == settings.origin and all(
        any(
            verify_line(key=key, checkpoint=signed.checkpoint, signature=line).is_valid
            for line in signed.note.signatures
        )
        for key in settings.keys
    )
    if not is_ours:
        raise _checkpoint_damaged(folder, "it does not bear this log's signatures")
    return signed


def _checkpoint_damaged(folder: Path, why: LongBienError | str) -> Integrity:
    return Integrity(
        "ledger.checkpoint-damaged",
        "{folder}/checkpoint is damaged ({why}); take the last one from a witness or a copy",
        folder=folder,
        why=why,
    )


def read_tile(folder: Path, tile: Tile) -> bytes:
    """Read a tile or bundle.  Raises Integrity ``ledger.tile-damaged`` with the repair command."""
    try:
        data = (folder / tile.path).read_bytes()
    except FileNotFoundError:
        data = b""
    if not data or (tile.level is not None and len(data) != tile.width * HASH_SIZE):
        raise tile_damaged(folder, tile)
    return data


def tile_damaged(folder: Path, tile: Tile) -> Integrity:
    """Return the error that names the tile and the repair."""
    return Integrity(
        "ledger.tile-damaged",
        "{folder}/{path} is missing or damaged; make it again with: "
        "longbien ledger repair {folder}",
        folder=folder,
        path=tile.path,
    )


# --- what witnesses have seen --------------------------------------------------------------------


def encode_witnessed(seen: Iterable[Witnessed]) -> bytes:
    """Write what witnesses have seen, sorted by their names."""
    rows: list[Json] = [
        {"root": told.root.hex if told.root else None, "size": told.size, "witness": told.witness}
        for told in sorted(seen, key=lambda told: told.witness)
    ]
    return encode_json(rows)


def read_witnessed(folder: Path) -> tuple[Witnessed, ...]:
    """Read ``private/witnessed.json``; none where there is no such file yet.

    Raises Integrity ``ledger.settings``.
    """
    path = folder / "private" / "witnessed.json"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    try:
        rows = parse_canonical(data, max_size=_MAX_SMALL)
        if isinstance(rows, list):
            return tuple(_witnessed(row) for row in rows)
    except Malformed:
        pass
    raise Integrity("ledger.settings", "{folder} is damaged; restore it from a copy", folder=path)


def _witnessed(row: Json) -> Witnessed:
    match row:
        case {"root": str(root), "size": int(size), "witness": str(witness)}:
            return Witnessed(witness=witness, size=size, root=Digest.parse(root))
        case {"root": None, "size": int(size), "witness": str(witness)}:
            return Witnessed(witness=witness, size=size)
    raise Malformed("ledger.witnessed", "this is not what a witness has seen")
