"""Selective disclosure: a part of a signed package, with the proof that it belongs to the whole.

``disclosure.json`` shows the records of the files that are given, each with its own salt and
its path to the signed exhibit tree, the head of the description, and how much is withheld.
It names nothing of what stays closed.  Judging one lives in ``verify_disclosure``.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from attrs import field, frozen
from attrs.validators import ge

from longbien.evidence.hashing import leaf_count
from longbien.evidence.layout import is_discloser_trust
from longbien.evidence.manifests import ManifestLine
from longbien.evidence.package import LEAF_SIZE, MAX_FILES, Package, PayloadFile
from longbien.evidence.ranges import prove_run
from longbien.evidence.records import HEAD_NAME, exhibit_leaves, record_salt
from longbien.evidence.wire import MAX_DESCRIPTION, canonical, file_record, head_of, parse_package
from longbien.ledger.tree import MAX_PROOF, inclusion_proof_from, nodes_of
from longbien.primitives.canonical import Json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import PackageId
from longbien.primitives.instants import Instant

FORMAT = "LB-Disclosure 1"
PARTS = "parts"

MAX_TRUST_FILES = 64
MAX_RUN_PROOF = 2 * MAX_PROOF  # a run has a left and a right edge
MAX_BY = 4000  # characters

_NO_SALT = "0" * 64  # where the form wants the package's salt, which is never given away
_FIELDS = frozenset(
    {"disclosure_id", "format", "given", "made_at", "made_by", "package", "trust", "withheld"}
)
_GIVEN_FIELDS = frozenset({"blocks", "end", "index", "proof", "record", "salt", "start"})
_PRIVATE_FIELDS = frozenset({"files", "notices", "salt"})
_MAX_NUMBER: Final = 2**53 - 1


class Reason(StrEnum):
    """Why a file is withheld: a code, never a text, so that nothing is told by the way."""

    NOT_REQUESTED = "withheld.not-requested"
    NOT_RELEVANT = "withheld.not-relevant"
    PRIVILEGED = "withheld.privileged"
    PERSONAL_DATA = "withheld.personal-data"
    OTHER_PROCEEDINGS = "withheld.other-proceedings"
    ESSENTIAL_INTERESTS = "withheld.essential-interests"
    NOT_STATED = "withheld.not-stated"


@frozen(kw_only=True)
class GivenFile:
    """One file that is given, whole or a run of its 1 MiB blocks, and its place in the whole."""

    file: PayloadFile
    index: int = field(validator=ge(0))
    """Its place among all files of the package, from 0."""

    salt: bytes = field(repr=False)
    proof: tuple[bytes, ...] = field(repr=False)
    """RFC 6962 inclusion proof of its record in the exhibit tree."""

    start: int = field(validator=ge(0))
    """First byte: a multiple of the leaf size."""

    end: int
    """The byte after the last one: a multiple of the leaf size, or the file's size."""

    blocks: tuple[bytes, ...] = field(repr=False)
    """What ``ranges`` proves the run of blocks with; empty for a whole file."""

    @property
    def is_whole(self) -> bool:
        """Tell if nothing of the file is missing."""
        return self.start == 0 and self.end == self.file.size


@frozen(kw_only=True)
class Disclosure:
    """What ``disclosure.json`` says."""

    disclosure_id: PackageId
    made_at: Instant
    made_by: str
    package: Package
    """The head of the package's description; its files are only those that are given."""

    head_salt: bytes = field(repr=False)
    given: tuple[GivenFile, ...]
    """In the order of the package."""

    withheld: tuple[tuple[Reason, int], ...]
    """Coded reasons, and how many files each."""

    trust: tuple[ManifestLine, ...] = ()
    """The discloser's own certificates and revocation lists, below ``discloser/``."""

    @property
    def places(self) -> tuple[str, ...]:
        """Return where each given file's bytes stand."""
        return tuple(place_of(number, given) for number, given in enumerate(self.given, 1))


@frozen(kw_only=True)
class Selection:
    """A file to be given, or a part of it."""

    path: str
    start: int = 0
    end: int | None = None
    """None: to the end of the file."""


def disclosure_folder(disclosure_id: PackageId) -> str:
    """Return the name of the folder of a disclosure."""
    return f"LBD-{disclosure_id}"


def place_of(number: int, given: GivenFile) -> str:
    """Return where the bytes of the ``number``-th given file stand, from 1.

    A whole file keeps its path, so that ``sha256sum`` finds it where the package has it.
    """
    return given.file.path if given.is_whole else f"{PARTS}/{number}.bin"


# --- choosing --------------------------------------------------------------------------------


def disclose(
    package: Package,
    selections: Sequence[Selection],
    *,
    disclosure_id: PackageId,
    made_at: Instant,
    made_by: str,
    reasons: Mapping[Reason, int],
    leaves: Callable[[PayloadFile], bytes],
    trust: tuple[ManifestLine, ...] = (),
) -> Disclosure:
    """Choose what is given of a package that was verified.

    ``leaves`` returns the leaf hashes of a file of which only a part is given.  ``reasons``
    must add up to the number of files that are withheld altogether.  Raises Refused
    ``disclosure.unknown-file``, ``disclosure.range``, ``disclosure.twice``,
    ``disclosure.nothing``, ``disclosure.reasons``.
    """
    chosen = _chosen(package, selections)
    _require_accounted(len(package.files) - len(chosen), reasons)
    nodes = nodes_of(exhibit_leaves(package))
    size = len(package.files)
    given = tuple(
        _give(
            package,
            index,
            chosen[index],
            proof=inclusion_proof_from(nodes, index=index, size=size),
            leaves=leaves,
        )
        for index in sorted(chosen)
    )
    return Disclosure(
        disclosure_id=disclosure_id,
        made_at=made_at,
        made_by=made_by,
        package=_reduced(package, given),
        head_salt=record_salt(package.salt, HEAD_NAME),
        given=given,
        withheld=tuple((code, reasons[code]) for code in sorted(reasons) if reasons[code]),
        trust=trust,
    )


def _chosen(package: Package, selections: Sequence[Selection]) -> dict[int, Selection]:
    indexes = {file.path: index for index, file in enumerate(package.files)}
    chosen: dict[int, Selection] = {}
    for selection in selections:
        if selection.path not in indexes:
            raise Refused(
                "disclosure.unknown-file", "{path} is no file of the package", path=selection.path
            )
        index = indexes[selection.path]
        if index in chosen:
            raise Refused("disclosure.twice", "{path} is chosen twice", path=selection.path)
        chosen[index] = selection
    if not chosen:
        raise Refused("disclosure.nothing", "nothing of the package is chosen")
    return chosen


def _require_accounted(withheld: int, reasons: Mapping[Reason, int]) -> None:
    if sum(reasons.values()) != withheld:
        raise Refused(
            "disclosure.reasons",
            "{withheld} files are withheld, but the reasons are for {stated}",
            withheld=withheld,
            stated=sum(reasons.values()),
        )


def _give(
    package: Package,
    index: int,
    selection: Selection,
    *,
    proof: tuple[bytes, ...],
    leaves: Callable[[PayloadFile], bytes],
) -> GivenFile:
    file = package.files[index]
    start, end = _widened(file, selection)
    whole = start == 0 and end == file.size
    return GivenFile(
        file=file,
        index=index,
        salt=record_salt(package.salt, file.path),
        proof=proof,
        start=start,
        end=end,
        blocks=()
        if whole
        else prove_run(leaves(file), first=start // LEAF_SIZE, end=leaf_count(end)),
    )


def _widened(file: PayloadFile, selection: Selection) -> tuple[int, int]:
    """Widen a range of bytes to whole blocks: a block is the smallest thing that is proven."""
    end = file.size if selection.end is None else selection.end
    if (selection.start, end) != (0, file.size) and not 0 <= selection.start < end <= file.size:
        raise Refused(
            "disclosure.range",
            "bytes {start} to {end} are no part of {path} with its {size} bytes",
            start=selection.start,
            end=end,
            path=file.path,
            size=file.size,
        )
    start = selection.start // LEAF_SIZE * LEAF_SIZE
    return start, min(leaf_count(end) * LEAF_SIZE, file.size)


def _reduced(package: Package, given: tuple[GivenFile, ...]) -> Package:
    return Package(
        package_id=package.package_id,
        request=package.request,
        legal_basis=package.legal_basis,
        use_limits=package.use_limits,
        recipients=package.recipients,
        created_at=package.created_at,
        created_by=package.created_by,
        files=tuple(one.file for one in given),
        salt=bytes.fromhex(_NO_SALT),
        exercise=package.exercise,
        software=package.software,
        suite=package.suite,
    )


# --- bytes -----------------------------------------------------------------------------------


def encode_disclosure(disclosure: Disclosure) -> bytes:
    """Return the canonical bytes of ``disclosure.json``."""
    return canonical(
        {
            "disclosure_id": str(disclosure.disclosure_id),
            "format": FORMAT,
            "given": [_given_record(given) for given in disclosure.given],
            "made_at": str(disclosure.made_at),
            "made_by": disclosure.made_by,
            "package": {"head": head_of(disclosure.package), "salt": disclosure.head_salt.hex()},
            "trust": [{"path": line.path, "sha256": line.sha256.hex} for line in disclosure.trust],
            "withheld": [
                {"code": code.value, "files": count} for code, count in disclosure.withheld
            ],
        }
    )


def _given_record(given: GivenFile) -> dict[str, Json]:
    return {
        "blocks": [value.hex() for value in given.blocks],
        "end": given.end,
        "index": given.index,
        "proof": [value.hex() for value in given.proof],
        "record": file_record(given.file),
        "salt": given.salt.hex(),
        "start": given.start,
    }


def parse_disclosure(data: bytes) -> Disclosure:
    """Read ``disclosure.json``; the bytes must be canonical.

    Raises Malformed ``json.…``, ``disclosure.field``, ``disclosure.format``,
    ``disclosure.value``, and what the package's own fields raise.
    """
    value = _fields(parse_canonical(data, max_size=MAX_DESCRIPTION), _FIELDS)
    if value["format"] != FORMAT:
        raise Malformed("disclosure.format", "the format is not {known}", known=FORMAT)
    rows = [_fields(row, _GIVEN_FIELDS) for row in _rows(value["given"], MAX_FILES)]
    head = _fields(value["package"], frozenset({"head", "salt"}))
    package = _parse_head(head["head"], [row["record"] for row in rows])
    return Disclosure(
        disclosure_id=PackageId.parse(_text(value["disclosure_id"])),
        made_at=_instant(value["made_at"]),
        made_by=_text(value["made_by"]),
        package=package,
        head_salt=_hash(head["salt"]),
        given=_parse_given(package.files, rows),
        withheld=_parse_withheld(value["withheld"]),
        trust=_parse_trust(value["trust"]),
    )


def _parse_head(head: Json, records: list[Json]) -> Package:
    """Read head and records as what they are: a description of which most is left out."""
    if not isinstance(head, dict) or head.keys() & _PRIVATE_FIELDS:
        raise Malformed("disclosure.field", "the head of the description is missing or too much")
    whole: dict[str, Json] = {**head, "files": records, "notices": [], "salt": _NO_SALT}
    return parse_package(canonical(whole))


def _parse_given(
    files: tuple[PayloadFile, ...], rows: list[Mapping[str, Json]]
) -> tuple[GivenFile, ...]:
    given = tuple(_parse_given_file(file, row) for file, row in zip(files, rows, strict=True))
    indexes = [one.index for one in given]
    if any(before >= after for before, after in pairwise(indexes)):
        raise _bad_value("index")
    return given


def _parse_given_file(file: PayloadFile, row: Mapping[str, Json]) -> GivenFile:
    given = GivenFile(
        file=file,
        index=_number(row["index"]),
        salt=_hash(row["salt"]),
        proof=tuple(map(_hash, _rows(row["proof"], MAX_PROOF))),
        start=_number(row["start"]),
        end=_number(row["end"]),
        blocks=tuple(map(_hash, _rows(row["blocks"], MAX_RUN_PROOF))),
    )
    aligned = given.end % LEAF_SIZE == 0 or given.end == file.size
    within = given.is_whole or given.start < given.end <= file.size
    if given.start % LEAF_SIZE or not aligned or not within or (given.is_whole and given.blocks):
        raise _bad_value("start")
    return given


def _parse_withheld(value: Json) -> tuple[tuple[Reason, int], ...]:
    found = []
    for row in _rows(value, len(Reason)):
        record = _fields(row, frozenset({"code", "files"}))
        code, count = _text(record["code"]), _number(record["files"])
        if code not in list(Reason) or count < 1:
            raise _bad_value("withheld")
        found.append((Reason(code), count))
    if [code for code, _ in found] != sorted({code for code, _ in found}):
        raise _bad_value("withheld")
    return tuple(found)


def _parse_trust(value: Json) -> tuple[ManifestLine, ...]:
    found = []
    for row in _rows(value, MAX_TRUST_FILES):
        record = _fields(row, frozenset({"path", "sha256"}))
        path = _text(record["path"])
        if not is_discloser_trust(path):
            raise _bad_value("trust")
        found.append(ManifestLine(path=path, sha256=Digest(_hash(record["sha256"]))))
    paths = [line.path for line in found]
    if paths != sorted(set(paths)):
        raise _bad_value("trust")
    return tuple(found)


def _bad_value(name: str) -> Malformed:
    return Malformed("disclosure.value", "{name} has a value that it may not have", name=name)


def _fields(value: Json, names: frozenset[str]) -> Mapping[str, Json]:
    if not isinstance(value, dict) or value.keys() != names:
        raise Malformed("disclosure.field", "an object is missing or has other fields")
    return value


def _rows(value: Json, most: int) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Malformed("disclosure.field", "a list is missing or has more than {n} rows", n=most)
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_BY:
        raise Malformed("disclosure.field", "a text is missing, empty or too long")
    return value


def _number(value: Json) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_NUMBER:  # bool is a subclass of int
        raise Malformed("disclosure.field", "a whole number below 2**53 is missing")
    return value


def _hash(value: Json) -> bytes:
    return Digest.parse(_text(value)).raw


def _instant(value: Json) -> Instant:
    text = _text(value)
    instant = Instant.parse(text)
    if str(instant) != text:
        raise _bad_value("made_at")
    return instant
