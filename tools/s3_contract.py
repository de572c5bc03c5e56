"""Hold a real S3 to the contract of the vault: OpenStack Swift with s3api, on this machine.

    python -m venv swift && swift/bin/pip install swift
    python tools/s3_contract.py --swift swift/bin

Starts Swift's four servers on free ports of 127.0.0.1 with one device in a temporary folder, makes
a bucket, and puts, reads, lists, damages and discards through ``adapters.vault_remote``; then seals
and opens an object of 20 MB.  It is no part of the test suite, because Swift brings some
forty packages; it ends with exit code 0 and the word "kept" when every promise was kept.
"""

import argparse
import hashlib
import hmac
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from longbien.adapters.sealed_objects import MemoryPlaintext, open_object, seal_object
from longbien.adapters.vault import scrub
from longbien.adapters.vault_remote import RemoteVault, S3Settings, open_s3
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Unavailable
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import new_identity, recipient_of

ACCESS, SECRET, REGION, BUCKET = "test:tester", "testing", "us-east-1", "vault"
KINDS = ("account", "container", "object")

_SWIFT = """\
[swift-hash]
swift_hash_path_suffix = contract
swift_hash_path_prefix = contract
[storage-policy:0]
name = one
default = yes
"""
_STORE = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = {user}
swift_dir = {folder}
devices = {folder}/devices
recon_cache_path = {folder}
mount_check = false
disable_fallocate = true
workers = 0
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = {user}
swift_dir = {folder}
workers = 0
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
"""


def main() -> int:
    """Start Swift, hold it to the contract, stop it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--swift", type=Path, required=True, help="folder of Swift's programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, swift(options.swift, Path(folder)) as host:
        make_bucket(host)
        vault = open_s3(
            S3Settings(
                bucket=BUCKET,
                endpoint=f"http://{host}",
                region=REGION,
                access_key=ACCESS,
                secret_key=SECRET,
                prefix="parts/",
                allow_http=True,
            )
        )
        hold(vault)
    print("kept")
    return 0


def hold(vault: RemoteVault) -> None:
    """Ask for every promise of the port."""
    parts = [b"", b"x", os.urandom(32), os.urandom(7_341_824)]
    digests = [Digest.of(part) for part in parts]
    require(list(vault.missing(digests)) == [0, 1, 2, 3], "an empty vault holds nothing")
    for digest, part in zip(digests, parts, strict=True):
        vault.put(digest, memoryview(part))
        vault.put(digest, part)
    require(list(vault.missing(digests)) == [], "what was put is there")
    require([vault.get(digest) for digest in digests] == parts, "what was put comes back")
    require(set(vault.held()) == set(digests), "what is there is listed")
    wrong = Digest.of(b"said")
    vault.put(wrong, b"meant")
    require(code_of(vault, wrong) == "vault.changed", "changed bytes are never returned")
    require(vault.discard([wrong, Digest.of(b"never")]) == 1, "what is there is discarded")
    require(code_of(vault, wrong) == "vault.missing", "what is gone is missing")
    me = new_identity(os.urandom)
    data = os.urandom(20_000_000)
    sealed = seal_object(MemoryPlaintext(data), vault, recipients=[recipient_of(me)])
    blocks = open_object(sealed, vault, [me]).blocks()
    require(b"".join(map(bytes, blocks)) == data, "an object is sealed and opened")
    now = Instant(datetime.now(tz=UTC))
    require(not scrub(vault, [sealed], now=now, budget=2**40).damages, "a scrub finds it sound")


def code_of(vault: RemoteVault, digest: Digest) -> str:
    """Return the code of the error that reading ends with."""
    try:
        vault.get(digest)
    except (Integrity, Unavailable) as error:
        return error.code
    return ""


def require(is_kept: object, promise: str) -> None:
    """Say the promise, and end if it was broken."""
    print(f"{'kept  ' if is_kept else 'BROKEN'} {promise}")
    if not is_kept:
        raise SystemExit(1)


# --- Swift --------------------------------------------------------------------------------------


@contextmanager
def swift(programs: Path, folder: Path) -> Iterator[str]:
    """Run Swift in a folder; give the host and port of its S3."""
    (folder / "devices" / "one").mkdir(parents=True)
    (folder / "swift.conf").write_text(_SWIFT)
    facts = {"folder": folder, "user": os.environ.get("USER", "root")}
    with ExitStack() as stack:
        for kind in KINDS:
            port = free_port()
            conf = _STORE.format(port=port, kind=kind, **facts)
            make_ring(programs, folder / f"{kind}.builder", port)
            start(stack, programs / f"swift-{kind}-server", folder / f"{kind}.conf", conf, port)
        port = free_port()
        conf = _PROXY.format(port=port, **facts)
        start(stack, programs / "swift-proxy-server", folder / "proxy.conf", conf, port)
        yield f"127.0.0.1:{port}"


def make_ring(programs: Path, builder: Path, port: int) -> None:
    """Make a ring of one device."""
    for words in (["create", "4", "1", "1"], ["add", f"r1z1-127.0.0.1:{port}/one", "1"]):
        run = [programs / "swift-ring-builder", builder, *words]
        subprocess.run(run, check=True, capture_output=True)
    # it ends with 1 to warn that there is one device only
    run = [programs / "swift-ring-builder", builder, "rebalance"]
    subprocess.run(run, check=False, capture_output=True)


def start(stack: ExitStack, program: Path, path: Path, conf: str, port: int) -> None:
    """Start one server and wait until it listens; it ends with the stack."""
    path.write_text(conf)
    server = subprocess.Popen([program, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(server.wait)
    stack.callback(server.terminate)
    for _ in range(300):
        with socket.socket() as one:
            if not one.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    msg = f"{program.name} does not listen"
    raise SystemExit(msg)


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def make_bucket(host: str) -> None:
    """Make the bucket: one request, signed as AWS asks (Signature Version 4)."""
    at = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    empty = hashlib.sha256(b"").hexdigest()
    heads = {"host": host, "x-amz-content-sha256": empty, "x-amz-date": at}
    names = ";".join(heads)
    lines = [f"{name}:{value}" for name, value in heads.items()]
    request = "\n".join(["PUT", f"/{BUCKET}", "", *lines, "", names, empty])
    scope = f"{at[:8]}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{SECRET}".encode()
    for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}"):
        key = hmac.digest(key, part.encode(), "sha256")
    heads["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope}, SignedHeaders={names}, "
        f"Signature={key.hex()}"
    )
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("PUT", f"/{BUCKET}", headers={**heads, "content-length": "0"})
    answer = connection.getresponse()
    answer.read()
    require(answer.status == http.HTTPStatus.OK, "a bucket is made")


if __name__ == "__main__":
    sys.exit(main())
