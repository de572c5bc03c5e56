"""Fuzz the package's files: only Malformed may leave, and one value has one form."""

from contextlib import suppress

from longbien.evidence.custody import encode_events, parse_events
from longbien.evidence.layout import parse_bag_folder
from longbien.evidence.manifests import (
    encode_bag_info,
    encode_manifest,
    parse_bag_info,
    parse_payload_manifest,
    parse_tag_manifest,
)
from longbien.evidence.names import assign_paths, find_clash, is_payload_path
from longbien.evidence.tar import BLOCK, FileBegin, TarReader, plan_tar
from longbien.evidence.wire import encode_package, parse_package
from longbien.primitives.errors import Malformed, Refused

_ID = "0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f"
_A = "a" * 64


def fuzz_package_json(data: bytes) -> None:
    """Read a description; what is read is written as it stood there."""
    try:
        package = parse_package(data)
    except Malformed:
        return
    if encode_package(package) != data:
        raise AssertionError


def fuzz_events(data: bytes) -> None:
    """Read custody events; the same."""
    try:
        events = parse_events(data)
    except Malformed:
        return
    if encode_events(events) != data:
        raise AssertionError


def fuzz_manifests(data: bytes) -> None:
    """Read both kinds of manifest; the same."""
    for parse in (parse_payload_manifest, parse_tag_manifest):
        try:
            lines = parse(data)
        except Malformed:
            continue
        if encode_manifest(lines) != data:
            raise AssertionError


def fuzz_bag_info(data: bytes) -> None:
    """Read bag-info; the same."""
    try:
        info = parse_bag_info(data)
    except Malformed:
        return
    if encode_bag_info(info) != data:
        raise AssertionError


def fuzz_tar(data: bytes) -> None:
    """Read a tar in two pieces; every name that comes out is one of the layout."""
    reader = TarReader()
    half = len(data) // 3
    files = []
    try:
        for piece in (data[:half], data[half:]):
            for event in reader.feed(piece):
                if isinstance(event, FileBegin):
                    files.append((event.path, event.size))
                    if len(data) > BLOCK and event.size > len(data):
                        reader.skip()
        reader.finish()
    except Malformed:
        return
    if plan_tar(f"LB-{_ID}", mtime=0, files=files).size < len(files) * BLOCK:
        raise AssertionError


def fuzz_names(data: bytes) -> None:
    """Map names; the result is portable and one to one.  Read the name of a bag's folder."""
    with suppress(Malformed):
        parse_bag_folder(data.decode("utf-8", "replace"))
    names = [name for name in dict.fromkeys(data.split(b"\n")) if name]
    try:
        mapped = assign_paths(names)
    except Refused:
        return
    inner = {name[:at] for name in names for at in range(len(name)) if name[at : at + 1] == b"/"}
    if inner & set(names):
        return  # no disk has a file and a folder of one name
    if len(set(mapped)) != len(names) or not all(map(is_payload_path, mapped)):
        raise AssertionError
    if find_clash(sorted(mapped)):
        raise AssertionError


_PACKAGE = (
    '{"created_at":"2026-11-21T09:30:00Z","created_by":"x","exercise":true,"files":[{"original_name":"a",'
    f'"path":"data/E0001/a","sha256":"{_A}","size":1,"tree":{{"alg":"rfc6962-sha256","leaf":1048576,'
    f'"root":"{_A}"}}}}],"format":"LB-Bag 1","legal_basis":["x"],"notices":[{{'
    f'"code":"ingest.sparse","name":"a"}}],"package_id":"{_ID}","recipients":["sha256:{_A}"],"request":"urn:example:x",'
    f'"salt":"{_A}","software":"x","suite":"LB1","use_limits":[{{"kind":"other","text":"x"}}]}}'
)
_EVENT = (
    '{"event":{"at":"2026-11-21T09:30:00Z","by":"x","bytes":1,"exhibits":1,"files":1,"kind":"taken-in",'
    f'"package_id":"{_ID}","request":"urn:example:x"}},"proof":"custody/0001.tlog-proof","salt":"{_A}"}}\n'
)
_INFO = (
    "Bag-Software-Agent: x\nBagIt-Profile-Identifier: urn:longbien:profile:lb-bag-1\n"
    "Bagging-Date: 2026-11-21\nExternal-Identifier: urn:example:x\n"
    f"Internal-Sender-Identifier: LB-{_ID}\nLB-Exercise: yes\n"
    f"LB-Exhibit-Tree: rfc6962-sha256 1 {_A}\nLB-Package-Head: sha256 {_A}\nPayload-Oxum: 1.1\n"
)
_PLAN = plan_tar(
    f"LB-{_ID}", mtime=7, files=[("data/E0001/" + "/".join(["d" * 80] * 3), 0), ("bagit.txt", 0)]
)

SEEDS = {
    "fuzz_package_json": [_PACKAGE.encode()],
    "fuzz_events": [_EVENT.encode()],
    "fuzz_manifests": [f"{_A}  data/E0001/a\n".encode(), f"{_A}  bagit.txt\n".encode()],
    "fuzz_bag_info": [_INFO.encode()],
    "fuzz_tar": [b"".join(p for p in _PLAN.pieces(0, _PLAN.size) if isinstance(p, bytes))],
    "fuzz_names": [b"a\nA\nb/c\ncon\n-x\n.y"],
}
