"""Two nodes as real processes: keys that change in mid-transfer, end, or are revoked."""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from longbien.adapters.directory_files import DirectoryFolder
from longbien.adapters.directory_making import root_signers
from longbien.adapters.keystore import encode_pem, write_private
from longbien.adapters.peer_tls import issue_peer_certificate
from longbien.channel.transfer import PART_SIZE
from longbien.directory.renewal import next_entry
from longbien.directory.wire import sign_entry
from longbien.node.demo.line import Line
from longbien.node.demo.stage import free_port
from longbien.node.key_folder import KeyFolder
from longbien.node.running import now
from longbien.primitives.digest import Digest
from longbien.primitives.ids import StateCode
from longbien.trust.issuing import Name, Validity
from node_walks import BASIS, CONTENTS, Desks, released
from node_world import Forker, Pair, Station, free_number, make_pair, start_all, until

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


@pytest.fixture
def line(socket_enabled: None) -> Iterator[Line]:
    """Give a line that will lead to IL."""
    del socket_enabled
    made = Line(free_port())
    yield made
    made.close()


@pytest.fixture
def own_pair(forker: Forker, line: Line, tmp_path: Path) -> Iterator[Pair]:
    """Give two running nodes; what is sent to IL comes over the line."""
    made = make_pair(forker, tmp_path, line=line)
    start_all(made.stations)
    yield made
    made.kill()


def told(here: Station, there: Station) -> None:
    """Let ``here`` take in the newest entry of ``there``; no telephone is needed."""
    file = str(Path(there.forker.path).with_name(f"{there.code}-{free_number()}.entry"))
    there.forker.run("directory", "export", str(there.folder), "--history", "--out", file)
    here.forker.run("directory", "import", str(here.folder), file)


def changed(station: Station, *words: str) -> None:
    """Make and sign the next version of a node's own entry."""
    verb, *more = words
    root = str(KeyFolder(station.folder / "keys").root)
    station.forker.run("directory", verb, str(station.folder), *more, "--root", root)


def shown(station: Station) -> dict[str, Any]:
    """Return a node's own entry."""
    found: dict[str, Any] = json.loads(
        station.forker.run("directory", "show", str(station.folder), station.code, "--json")
    )
    return found


def new_signer(station: Station, peer: Station, folder: Path) -> None:
    """Announce another signer, bring it into use in the directory, and in the node's folder."""
    keys = KeyFolder(station.folder / "keys")
    station.forker.run(
        *("keys", "signer", str(folder), "--root", str(keys.root), "--country", station.code),
        *("--organisation", "Exercise State", "--exercise"),
    )
    key = ("--authority", str(station.authority), "--signer", str(folder))
    for verb in ("announce", "rotate"):
        changed(station, verb, *key)
        told(peer, station)
    shutil.rmtree(keys.signer(station.authority))
    shutil.copytree(folder, keys.signer(station.authority))


def new_tls(station: Station, peer: Station, folder: Path) -> None:
    """Pin another certificate beside the present one, and let the node show it from now on."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    made = issue_peer_certificate(
        key,
        name=Name(
            country=station.code,
            organisation="Exercise State",
            common_name="Exercise Node",
            is_exercise=True,
        ),
        validity=Validity.of_days(now(), 30),
        serial=int.from_bytes(os.urandom(8)),
    )
    endpoint = shown(station)["endpoints"][0]
    endpoint["pins"].append(made.spki_sha256.hex)
    endpoint["certificates"].append(base64.b64encode(made.der).decode())
    endpoint["pins"].sort()
    changes = folder / "changes.json"
    changes.write_text(json.dumps({"endpoints": [endpoint]}))
    changed(station, "renew", "--changes", str(changes))
    told(peer, station)
    keys = KeyFolder(station.folder / "keys")
    keys.tls_key.unlink()
    write_private(keys.tls_key, key, passphrase=None)
    keys.tls_certificate.write_bytes(encode_pem(made.der))


def test_keys_that_change_in_the_middle_of_a_transfer_harm_nothing(
    own_pair: Pair, line: Line, tmp_path: Path
) -> None:
    """Another signing key and another TLS certificate of the giver: the package arrives."""
    il, vn = own_pair.stations
    disk = tmp_path / "disk.img"
    disk.write_bytes(os.urandom(4 * PART_SIZE))
    desks = Desks.of(own_pair, disk)
    case = desks.ask("mla_stored_data")
    desks.say(desks.vn, case, "accept")
    line.hold_after = line.carried + 2 * PART_SIZE
    released(desks, case)
    until("a half is over", line.held.is_set)

    new_signer(vn, il, tmp_path / "next-signer")
    new_tls(vn, il, tmp_path / "next-tls")
    vn.roles["worker"].kill()  # it waits for the line
    vn.stop()
    line.release()
    vn.start()

    verified = desks.vn.wait(
        case,
        "IL has verified",
        lambda desk: [
            one["verified"] for one in desk.document(case)["packages"] if one["verified"]
        ],
    )
    desks.say(desks.vn, case, "declare-executed")
    own_pair.quiet()
    assert [one["outcome"] for one in verified] == ["passed"]
    assert [one.fsck() for one in own_pair.stations] == ["PASSED", "PASSED"]


def test_what_a_revoked_key_has_signed_is_refused(own_pair: Pair, tmp_path: Path) -> None:
    """Made before the revocation and come after it, or made after it: refused with its code."""
    il, vn = own_pair.stations
    desks = Desks.of(own_pair, tmp_path / "none")
    case = desks.ask("preservation")
    desks.say(desks.vn, case, "acknowledge")
    own_pair.quiet()
    il.roles["peer"].stop()
    desks.vn.first.act(case, "give-status", text="perhaps dated back by a thief")
    [mine] = [one for one in shown(vn)["authorities"] if one["id"] == str(vn.authority)]
    out, root = tmp_path / "revoking.entry", KeyFolder(vn.folder / "keys").root
    vn.forker.run(
        *("directory", "revoke", str(vn.folder), "--root", str(root), "--out", str(out)),
        *("--key", key_id(mine["signing_keys"][0]), "--reason", "key-compromise"),
    )
    il.forker.run("directory", "import", str(il.folder), str(out))
    later = desks.ask("preservation")
    il.roles["peer"].start()
    il.roles["peer"].wait_ready()

    desks.vn.first.act(later, "acknowledge")
    log = il.roles["peer"].log
    until("it was refused", lambda: "message.key-revoked" in log.read_text())
    until("the other, too", lambda: "message.not-signed" in log.read_text())
    assert (desks.il.heard(case), desks.il.heard(later)) == (1, 0)
    assert il.fsck() == "PASSED"


def key_id(key: dict[str, Any]) -> str:
    """Return the id of the EC key of a pair in an entry."""
    spki = base64.b64decode(key["ec"])
    return f"sha256:{Digest.of(spki).hex}"


def test_nothing_is_sent_to_a_state_whose_entry_has_expired(own_pair: Pair, tmp_path: Path) -> None:
    """VN's newest entry has run out in IL's directory: it waits with its code until the next."""
    il, vn = own_pair.stations
    desks = Desks.of(own_pair, tmp_path / "none")
    folder = DirectoryFolder(vn.folder / "directory")
    current = folder.book().history(StateCode("VN"))[-1]
    brief = next_entry(current, now=now(), lifetime=timedelta(seconds=2))
    roots = root_signers([KeyFolder(vn.folder / "keys").root], passphrase=None)
    out = tmp_path / "brief.entry"
    out.write_bytes(sign_entry(brief, signers=roots).data + b"\n")
    for one in own_pair.stations:
        one.forker.run("directory", "import", str(one.folder), str(out), expect=None)
    until("it has expired", lambda: brief.expires_at < now())

    case = (
        il.officer()
        .ask(kind="preservation", peer=vn.authority, contents=CONTENTS, legal_basis=BASIS)
        .case
    )
    log = il.roles["worker"].log
    until("it is not sent", lambda: "directory.expired" in log.read_text())
    assert not desks.vn.knows(case)
    changed(vn, "renew")
    told(il, vn)
    until("VN has the case", lambda: desks.vn.knows(case))
