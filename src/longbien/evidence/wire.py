"""``evidence/package.json`` as bytes: canonical JSON, every field explicit, nothing unknown.

Rule for unknown fields: LB-Bag 1 has none.  A reader refuses a package with a field that it
does not know, so that ignoring one can never turn a refusal into a permission.  A million files
make about 450 MB: hence the C encoder of ``json``, whose output for our values (objects with
ASCII keys, text, whole numbers, booleans) is RFC 8785; a test compares the two.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from attrs import frozen

from longbien.evidence.manifests import is_software
from longbien.evidence.names import MAX_ORIGINAL, find_clash, require_payload_path, text_of
from longbien.evidence.package import (
    FORMAT,
    LEAF_SIZE,
    MAX_FILES,
    SUITE,
    TREE_ALGORITHM,
    IngestNotice,
    Package,
    PayloadFile,
    Tree,
    UseLimit,
    UseLimitKind,
)
from longbien.primitives.canonical import Json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import KeyId, PackageId, RequestUrn
from longbien.primitives.instants import Instant

MAX_DESCRIPTION = 512 * 2**20  # bytes of package.json
MAX_ENTRIES = 100  # legal bases, use limits, recipients
MAX_TEXT = 4000  # characters of one free text
MAX_NOTICES = 2 * MAX_FILES  # most files have none
MAX_HEAD = 8 * 2**20  # bytes: all its texts at their longest, each character escaped
SALT_SIZE = 32

_MAX_NUMBER: Final = 2**53 - 1
_NOTICE = re.compile(r"ingest\.[a-z0-9-]{1,60}", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,4096}", re.ASCII)
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)
_DECODER = json.JSONDecoder()
_HEAD_FIELDS = frozenset(
    {
        "created_at",
        "created_by",
        "exercise",
        "format",
        "legal_basis",
        "package_id",
        "recipients",
        "request",
        "software",
        "suite",
        "use_limits",
    }
)
_FIELDS = _HEAD_FIELDS | {"files", "notices", "salt"}
_FILE_FIELDS = frozenset({"original_name", "path", "sha256", "size", "tree"})
_FILE_FIELDS_HEX = _FILE_FIELDS | {"original_name_hex"}
_TREE_FIELDS = frozenset({"alg", "leaf", "root"})

T = TypeVar("T")


@frozen(kw_only=True)
class Head:
    """What package.json says of the package as a whole; each field as in ``Package``."""

    package_id: PackageId
    request: RequestUrn
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...]
    recipients: tuple[KeyId, ...]
    created_at: Instant
    created_by: str
    exercise: bool = False
    software: str


def package_of(
    head: Head,
    *,
    files: tuple[PayloadFile, ...],
    salt: bytes,
    notices: tuple[IngestNotice, ...],
) -> Package:
    """Put a package together; ``files`` are sorted by path."""
    return Package(
        package_id=head.package_id,
        request=head.request,
        legal_basis=head.legal_basis,
        use_limits=head.use_limits,
        recipients=head.recipients,
        created_at=head.created_at,
        created_by=head.created_by,
        files=files,
        salt=salt,
        notices=notices,
        exercise=head.exercise,
        software=head.software,
    )


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a value that has only ASCII keys and whole numbers."""
    return _ENCODER.encode(value).encode("utf-8")


# --- out ------------------------------------------------------------------------------------


def encode_package(package: Package) -> bytes:
    """Return the bytes of ``evidence/package.json``."""
    return canonical(
        {
            **head_of(package),
            "files": [file_record(file) for file in package.files],
            "notices": [{"code": notice.code, "name": notice.name} for notice in package.notices],
            "salt": package.salt.hex(),
        }
    )


def head_of(package: Package | Head) -> dict[str, Json]:
    """Return what package.json says of the package as a whole: no file, no salt."""
    return {
        "created_at": str(package.created_at),
        "created_by": package.created_by,
        "exercise": package.exercise,
        "format": FORMAT,
        "legal_basis": list(package.legal_basis),
        "package_id": str(package.package_id),
        "recipients": [str(key) for key in package.recipients],
        "request": str(package.request),
        "software": package.software,
        "suite": SUITE,
        "use_limits": [_use_limit_record(limit) for limit in package.use_limits],
    }


def _use_limit_record(limit: UseLimit) -> dict[str, Json]:
    record: dict[str, Json] = {"kind": limit.kind.value, "text": limit.text}
    return record if limit.until is None else {**record, "until": str(limit.until)}


def file_record(file: PayloadFile) -> dict[str, Json]:
    """Return what package.json says of one payload file."""
    record: dict[str, Json] = {
        "original_name": file.original_name,
        "path": file.path,
        "sha256": file.sha256.hex,
        "size": file.size,
        "tree": {"alg": TREE_ALGORITHM, "leaf": file.tree.leaf, "root": file.tree.root.hex},
    }
    if file.original_name_hex:
        record["original_name_hex"] = file.original_name_hex
    return record


# --- in -------------------------------------------------------------------------------------


def parse_package(data: bytes) -> Package:
    """Read ``evidence/package.json``; the bytes must be canonical.

    Raises Malformed: ``json.…``, ``package.size``, ``package.field``, ``package.value``,
    ``package.format``, ``package.suite``, ``package.files``,
    ``package.name``, ``name.not-portable``, ``name.clash``.
    """
    if len(data) > MAX_DESCRIPTION:
        raise Malformed("package.size", "more than {limit} bytes", limit=MAX_DESCRIPTION)
    value = _fields(_parse_json(data), _FIELDS)
    head = _parse_head(value)
    return package_of(
        head,
        files=_parse_files(value["files"]),
        salt=_digest(value["salt"]).raw,
        notices=_all_of(value["notices"], _parse_notice, MAX_NOTICES),
    )


def parse_head(data: bytes) -> Head:
    """Read the head alone, as ``records.encode_head`` writes it; raises as ``parse_package``."""
    if len(data) > MAX_HEAD:
        raise Malformed("package.size", "more than {limit} bytes", limit=MAX_HEAD)
    return _parse_head(_fields(_parse_json(data), _HEAD_FIELDS))


def parse_file_record(value: Json) -> PayloadFile:
    """Read the record of one payload file, as ``file_record`` returns it.

    Raises Malformed as ``parse_package`` does.
    """
    record = _object(value)
    named_in_hex = "original_name_hex" in record
    _fields(record, _FILE_FIELDS_HEX if named_in_hex else _FILE_FIELDS)
    path = _text(record["path"], MAX_TEXT)
    require_payload_path(path)
    original = _text(record["original_name"], MAX_ORIGINAL)
    as_hex = _text(record["original_name_hex"], 2 * MAX_ORIGINAL) if named_in_hex else ""
    if named_in_hex:
        _require_hex_name(as_hex, original)
    return PayloadFile(
        path=path,
        original_name=original,
        original_name_hex=as_hex,
        size=_number(record["size"]),
        sha256=_digest(record["sha256"]),
        tree=_parse_tree(record["tree"]),
    )


def _parse_json(data: bytes) -> Json:
    """Parse quickly what is canonical; what is not goes the slow way and is told why."""
    try:
        value: Json = _DECODER.decode(data.decode("utf-8"))
        if canonical(value) == data:
            return value
    except (ValueError, RecursionError):
        pass
    return parse_canonical(data, max_size=MAX_DESCRIPTION)


def _parse_head(value: Mapping[str, Json]) -> Head:
    if value["format"] != FORMAT:
        raise Malformed("package.format", "the format is not {known}", known=FORMAT)
    if value["suite"] != SUITE:
        raise Malformed("package.suite", "the suite is not {known}", known=SUITE)
    software = _text(value["software"], MAX_TEXT)
    if not is_software(software):
        raise _bad_value("software")
    recipients = _all_of(value["recipients"], _key_id, MAX_ENTRIES)
    if len(set(recipients)) != len(recipients):
        raise _bad_value("recipients")
    return Head(
        package_id=PackageId.parse(_text(value["package_id"], MAX_TEXT)),
        request=RequestUrn.parse(_text(value["request"], MAX_TEXT)),
        legal_basis=_all_of(value["legal_basis"], _free_text, MAX_ENTRIES),
        use_limits=_all_of(value["use_limits"], _parse_use_limit, MAX_ENTRIES),
        recipients=recipients,
        created_at=_instant(value["created_at"]),
        created_by=_free_text(value["created_by"]),
        exercise=_boolean(value["exercise"]),
        software=software,
    )


def _parse_files(value: Json) -> tuple[PayloadFile, ...]:
    files = _all_of(value, parse_file_record, MAX_FILES)
    paths = [file.path for file in files]
    if not files or any(map(str.__ge__, paths, paths[1:])):
        raise Malformed("package.files", "the files are not there, or not in order, each once")
    clash = find_clash(paths)
    if clash:
        raise Malformed("name.clash", "{path} is another file on some disks", path=clash)
    if len({file.original_name_hex or file.original_name for file in files}) != len(files):
        raise Malformed("package.name", "two files have the same original name")
    return files


def _require_hex_name(as_hex: str, original: str) -> None:
    if not _HEX.fullmatch(as_hex) or text_of(bytes.fromhex(as_hex)) != (original, as_hex):
        raise Malformed("package.name", "an original name and its bytes do not agree")


def _parse_tree(value: Json) -> Tree:
    record = _fields(value, _TREE_FIELDS)
    if record["alg"] != TREE_ALGORITHM or record["leaf"] != LEAF_SIZE:
        raise _bad_value("tree")
    return Tree(root=_digest(record["root"]))


def _parse_use_limit(value: Json) -> UseLimit:
    record = _object(value)
    until = "until" in record
    _fields(record, frozenset({"kind", "text", "until"} if until else {"kind", "text"}))
    kind = _text(record["kind"], MAX_TEXT)
    if kind not in list(UseLimitKind):
        raise _bad_value("kind")
    return UseLimit(
        kind=UseLimitKind(kind),
        text=_free_text(record["text"]),
        until=_instant(record["until"]) if until else None,
    )


def _parse_notice(value: Json) -> IngestNotice:
    record = _fields(value, frozenset({"code", "name"}))
    code = _text(record["code"], MAX_TEXT)
    if not _NOTICE.fullmatch(code):
        raise _bad_value("code")
    return IngestNotice(code=code, name=_text(record["name"], MAX_ORIGINAL, least=0))


# --- values ---------------------------------------------------------------------------------


def _bad_value(name: str) -> Malformed:
    return Malformed("package.value", "{name} has a value that it may not have", name=name)


def _object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise Malformed("package.field", "an object is missing")
    return value


def _fields(value: Json, names: frozenset[str]) -> Mapping[str, Json]:
    record = _object(value)
    if record.keys() != names:
        raise Malformed(
            "package.field",
            "missing or unknown fields: {names}",
            names=", ".join(sorted(record.keys() ^ names))[:200],
        )
    return record


def _all_of(value: Json, read: Callable[[Any], T], most: int) -> tuple[T, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise Malformed("package.field", "a list is missing or has more than {n} members", n=most)
    members: Sequence[Any] = value
    return tuple(map(read, members))


def _text(value: Json, most: int, *, least: int = 1) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise Malformed("package.field", "a text is missing, empty or too long")
    return value


def _free_text(value: Json) -> str:
    return _text(value, MAX_TEXT)


def _number(value: Json) -> int:
    # bool is a subclass of int
    if type(value) is not int or not 0 <= value <= _MAX_NUMBER:
        raise Malformed("package.field", "a whole number below 2**53 is missing")
    return value


def _boolean(value: Json) -> bool:
    if not isinstance(value, bool):
        raise Malformed("package.field", "true or false is missing")
    return value


def _digest(value: Json) -> Digest:
    return Digest.parse(_text(value, MAX_TEXT))


def _key_id(value: Json) -> KeyId:
    return KeyId.parse(_text(value, MAX_TEXT))


def _instant(value: Json) -> Instant:
    text = _text(value, MAX_TEXT)
    instant = Instant.parse(text)
    if str(instant) != text:
        raise _bad_value("time")
    return instant
