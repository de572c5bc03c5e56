"""Nodes as real processes: an old copy that was put back, and a ledger with two histories."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from longbien.node.settings import SQLITE_FILE
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import CaseId
from node_walks import Desk, Desks
from node_world import Forker, Pair, Station, introduce, make_pair, make_station, start_all, until

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


@pytest.fixture
def own_pair(forker: Forker, tmp_path: Path) -> Iterator[Pair]:
    """Give two running nodes that a test may do anything to."""
    made = make_pair(forker, tmp_path)
    start_all(made.stations)
    yield made
    made.kill()


# --- an old copy --------------------------------------------------------------------------------


def keep(station: Station, where: Path) -> None:
    """Copy the database of a node that has stopped."""
    where.mkdir()
    for path in station.folder.glob(f"{SQLITE_FILE}*"):
        shutil.copy2(path, where)


def put_back(station: Station, where: Path, *, with_head: bool) -> None:
    """Put a copy in the place of the database; on another machine no head was noted."""
    for path in station.folder.glob(f"{SQLITE_FILE}*"):
        if not (path.name.endswith(".head") and with_head):
            path.unlink()
    for path in where.iterdir():
        if not path.name.endswith(".head"):
            shutil.copy2(path, station.folder)


def refusal(desk: Desk, case: CaseId) -> str:
    """Return the code with which a node refuses to sign a statement."""
    patient = desk.station.officer()
    patient.attempts = 1
    with pytest.raises(Unavailable) as caught:
        patient.act(case, "give-status", text="this would be another history")
    return caught.value.code


def test_a_restored_old_copy_is_noticed_and_signs_nothing(own_pair: Pair, tmp_path: Path) -> None:
    """At the next exchange the node stops signing; its peer is well; the newer copy goes on."""
    il, vn = own_pair.stations
    desks = Desks.of(own_pair, tmp_path / "none")
    case = desks.ask("preservation")
    own_pair.quiet()
    vn.stop()
    keep(vn, tmp_path / "old")
    vn.start()
    desks.say(desks.vn, case, "acknowledge")
    desks.say(desks.vn, case, "ask-question", text="Which time zone?")
    own_pair.quiet()
    vn.stop()
    keep(vn, tmp_path / "new")
    put_back(vn, tmp_path / "old", with_head=False)
    vn.start()

    number = desks.il.document(case)["questions"][0]["number"]
    desks.il.first.act(case, "answer-question", question=number, text="UTC")
    until("VN has noticed", lambda: "behind-witness" in vn.roles["peer"].log.read_text())

    assert refusal(desks.vn, case) == "ledger.behind-witness"
    assert il.status()["ready"]
    assert il.fsck() == "PASSED"
    vn.stop()
    put_back(vn, tmp_path / "new", with_head=False)
    vn.start()
    desks.vn.wait(case, "IL's answer", lambda desk: desk.heard(case) == 2)
    desks.say(desks.vn, case, "give-status", text="it goes on")
    own_pair.quiet()
    assert [one.fsck() for one in own_pair.stations] == ["PASSED", "PASSED"]


def an_old_copy_signs_nothing(pair: Pair, place: Path, *words: str, with_head: bool) -> None:
    """Put an old copy of VN back: it refuses to sign; with the newer one it goes on."""
    vn = pair.vn
    desks = Desks.of(pair, place / "none")
    case = desks.ask("preservation")
    pair.quiet()
    vn.stop()
    keep(vn, place / "old")
    vn.start()
    desks.say(desks.vn, case, "acknowledge")
    pair.quiet()
    for text in words:
        desks.say(desks.vn, case, "ask-question", text=text)
        pair.quiet()
    vn.stop()
    keep(vn, place / "new")
    put_back(vn, place / "old", with_head=with_head)
    vn.start()

    assert refusal(desks.vn, case) == "ledger.behind-witness"
    vn.stop()
    put_back(vn, place / "new", with_head=with_head)
    vn.start()
    desks.say(desks.vn, case, "give-status", text="it goes on")
    pair.quiet()
    assert [one.fsck() for one in pair.stations] == ["PASSED", "PASSED"]


def test_the_machine_itself_notices_an_old_copy(own_pair: Pair, tmp_path: Path) -> None:
    """Put back on the same machine it signs nothing from the start, before any exchange."""
    an_old_copy_signs_nothing(own_pair, tmp_path, with_head=True)


def test_a_whole_folder_put_back_signs_nothing_before_its_peers_were_asked(
    own_pair: Pair, tmp_path: Path
) -> None:
    """On a new machine nothing remembers the newer head but the peers: they are asked first."""
    an_old_copy_signs_nothing(own_pair, tmp_path, "Which time zone?", with_head=False)


# --- two histories ------------------------------------------------------------------------------


def asked(asking: Station, answering: Station) -> None:
    """Let two nodes run, ask and acknowledge, until the asking one has seen the newest head."""
    start_all((asking, answering))
    desks = Desks.of(Pair(il=asking, vn=answering), Path())
    case = desks.ask("preservation")
    desks.say(desks.vn, case, "acknowledge")
    for one in (asking, answering):
        until("it is quiet", one.is_quiet)
    # two heads of one size and two roots are a proof at once, and nobody need be asked
    size = answering.status()["ledger"]["size"]
    until("the newest head is seen", lambda: seen(asking, of=answering) == size)
    for one in (asking, answering):
        one.stop()


def seen(station: Station, *, of: Station) -> int:
    """Return how many entries of another State's ledger a node has seen."""
    (size,) = (one["size"] for one in station.status()["seen"] if one["state"] == of.code)
    return int(size)


def test_two_histories_are_found_at_the_next_exchange_and_proved_offline(
    forker: Forker, tmp_path: Path
) -> None:
    """VN shows IL one history and JP another; IL writes to JP; a third party verifies the proof."""
    with ThreadPoolExecutor(3) as pool:
        il, vn, jp = pool.map(
            lambda one: make_station(forker, tmp_path / one.lower(), one), ("IL", "VN", "JP")
        )
    for here in (il, vn, jp):
        for there in (il, vn, jp):
            if here is not there:
                introduce(here, there)
    fork = tmp_path / "fork"
    shutil.copytree(vn.folder, fork)
    vn.roles["worker"].options += ("--witness", "1")
    try:
        asked(il, vn)
        vn.folder.rename(tmp_path / "first")
        fork.rename(vn.folder)
        asked(jp, vn)  # IL is away: asked by VN's second self, it would tell
        start_all((il, jp))

        desks = Desks.of(Pair(il=il, vn=jp), Path())
        desks.ask("preservation")
        found = until("it is found", lambda: [*alarms(il), *alarms(jp)])
        assert {one.partition(" ")[0] for one in found} == {"ledger.split-view"}
        finder = il if alarms(il) else jp
        forker.run("status", str(finder.folder), "--proofs", str(tmp_path / "proofs"), expect=None)
        (proof,) = (tmp_path / "proofs").iterdir()
        told = forker.run(
            "ledger", "verify-split", str(proof), "--directory", str(jp.folder), "--json"
        )
        assert [one["reason"] for one in json.loads(told)["findings"]] == ["split-view.proved"]
    finally:
        for one in (il, vn, jp):
            one.stop()


def alarms(station: Station) -> list[str]:
    """Return the alarms of a node."""
    found: list[str] = station.status()["alarms"]
    return found
