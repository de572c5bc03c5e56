from datetime import timedelta
from pathlib import Path

import pytest

from api_world import Pair
from longbien.casework.case import Duty
from longbien.exercise.safeguard_records import FOR_COURT, RECORD, WHY
from longbien.primitives.digest import Digest


@pytest.mark.parametrize("authority", ["central-authority", "contact-point"])
def test_the_typed_client_drives_the_main_job(
    running_pair: Pair, tmp_path: Path, authority: str
) -> None:
    """From asking to a verified package and its export, by two States' case systems alone."""
    pair, il, vn = running_pair, running_pair.il, running_pair.vn
    dana = il.door("dana", authority=authority).client()
    omar = il.door("omar", Duty.AUTHORISER, authority=authority).client()
    linh = vn.door("linh").client()
    minh = vn.door("minh", Duty.AUTHORISER).client()
    contents = {"offence_and_facts": "a fraud, by mail", "data_sought": "the mailbox"}
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(range(256)) * 40_000)

    asked = dana.ask(
        kind="preservation", peer=vn.contact_point, contents=contents, legal_basis=["UNCC"]
    )
    pair.deliver()
    linh.acknowledge(asked.case, reference="VN-7")
    linh.confirm_preservation(
        asked.case, effective_at=vn.clock(), until=vn.clock().plus(timedelta(days=90))
    )
    pair.deliver()
    preserved = dana.wait_for(asked.case, {"preserving"}, wait=lambda: False)

    wanted = dana.ask(
        kind="mla_stored_data",
        safeguards=RECORD,
        peer=vn.contact_point,
        contents=contents,
        legal_basis=["UNCC"],
        preservation=asked.case,
    )
    proposal = dana.read_case(wanted.case, reason="check it").document["proposals"][0]["number"]
    omar.act(wanted.case, "approve", proposal=proposal)
    pair.deliver()
    linh.acknowledge(wanted.case)
    linh.accept(wanted.case)
    pair.deliver()
    sent: list[int] = []
    taken = linh.upload_exhibit(wanted.case, "E1", disk, note="the disk", progress=sent.append)
    package = linh.propose_release(
        wanted.case, exhibits=["E1"], legal_basis=["UNCC"], safeguards=RECORD
    )
    minh.approve_release(wanted.case, package, reasons=WHY)
    pair.deliver()
    received = dana.read_case(wanted.case, reason="what arrived")
    outcome = dana.export_package(
        wanted.case, package, tmp_path / "out.tar", reason="the court", use=FOR_COURT
    )
    receipts = linh.read_receipts(wanted.case, reason="for the file")
    advice = linh.read_advice(wanted.case, reason="what the law says", compare=False)

    assert preserved.state == "preserving"
    assert taken.sha256 == Digest.of(disk.read_bytes())
    assert sum(sent) == taken.size == 10_240_000
    assert received.packages[0]["verified"]["findings"] == []
    assert received.packages[0]["verified"]["outcome"] == "passed"
    assert outcome == "passed"
    assert [one["code"] for one in advice["named"]][:1] == ["basis.named-does-not-bind"]
    assert advice == dana.read_advice(wanted.case, reason="ours is the same")
    assert disk.read_bytes() in (tmp_path / "out.tar").read_bytes()
    assert {one["direction"] for one in receipts["receipts"]} == {"sent", "received"}
