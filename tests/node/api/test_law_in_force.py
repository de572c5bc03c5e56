"""A node with a law of its own: what its State has signed is in force, and stays at hand."""

import argparse
import json
import shutil
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest
from django.db import connections

from api_world import Clock, Template, asked, open_pair
from law_world import pack_bytes, rule_row
from longbien.adapters.directory_files import DirectoryFolder
from longbien.adapters.directory_making import root_signers
from longbien.adapters.law_files import KEPT, LawFolder
from longbien.casework.case import Duty, Officer
from longbien.node.commands import case as command
from longbien.node.running import open_node
from longbien.primitives.ids import AuthorityId, OfficerId, StateCode
from longbien.treaty.state_packs import sign_file

MAI = Officer(
    id=OfficerId("mai"),
    authority=AuthorityId("VN/contact-point"),
    duties=frozenset({Duty.CASE_OFFICER}),
)


def ceiling(days: int, version: int) -> bytes:
    """Return VN's pack, which sets another limit of its orders than article 25(2)."""
    row = rule_row("vn-law-1", ref="25(2)", replaces="uncc-25-2-ceiling", value={"max_days": days})
    return pack_bytes(row, version=version)


def profile() -> bytes:
    """Return what VN says of itself."""
    file = resources.files("longbien.treaty").joinpath("example_profiles", "vn.json")
    return json.dumps({**json.loads(file.read_text("utf-8")), "example": False}).encode()


def adopt(node: Path, data: bytes) -> None:
    """Sign a file with the root that an exercise keeps in the node, and take it in."""
    signature = sign_file(data, signers=root_signers([node / "keys" / "root"], passphrase=None))
    book = DirectoryFolder(node / "directory").book()
    LawFolder(node / "law").accept(data, signature, book=book, own=StateCode("VN"))


def test_a_decision_replays_under_the_law_of_its_day(
    template: Template, tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Decided under VN's first pack, asked again after its second one: the first one speaks."""
    made, folder = tmp_path / "made", tmp_path / "nodes"
    shutil.copytree(template.folder, made)
    adopt(made / "VN", ceiling(30, version=1))
    adopt(made / "VN", profile())
    with open_pair(made, folder, clock=clock) as pair:
        _, case = asked(pair)
        office = pair.vn.node.office
        assert office.policy.law.get_rule("uncc-25-2-ceiling").id == "vn-law-1"
        assert not office.states.is_example("VN")
        assert office.policy.keep_received == timedelta(days=3650)
        linh = pair.vn.door("linh")
        until = str(clock().plus(timedelta(days=61)))
        told = linh.act(case, "confirm-preservation", effective_at=str(clock()), until=until)
        assert [one["code"] for one in told.json["warnings"]] == ["preservation.beyond-order"]

    adopt(folder / "VN", ceiling(120, version=2))
    options = argparse.Namespace(json=True, case=case, reason="review", replay=True)
    capsys.readouterr()  # the log of the interface
    with open_node(folder / "VN", clock=clock, using="again") as node:
        assert node.office.policy.law.get_rule("uncc-25-2-ceiling").value["max_days"] == 120
        command._decisions(node, MAI, options)
        (decision,) = json.loads(capsys.readouterr().out)["decisions"]
        options.json, options.language = False, "en"
        command._decisions(node, MAI, options)
        lines = capsys.readouterr().out.splitlines()
        connections["again"].close()

    (rule,) = decision["again"]["rules"]
    assert (decision["again"]["same"], rule["facts"]["days"]) == (True, "30")
    assert [one["id"] for one in decision["edition"]][-1] == "vn-law"
    assert lines[-1].strip() == "asked again, the rules of that time say the same"
    kept = {one.stem for one in (folder / "VN" / "law" / KEPT).iterdir()}
    assert {one["digest"] for one in decision["edition"][:-1]} == kept
