"""Statistics out of a real node's journal: by the command and by the interface."""

import json
import re

import pytest

import pseudo
from api_world import ASK, Pair, asked
from longbien.casework.case import Duty
from longbien.casework.statistics.suppression import publishable
from longbien.casework.statistics.tables import ALL, Statistics
from longbien.casework.statistics.wire import to_json
from longbien.cli import main
from longbien.node.commands import statistics
from longbien.node.commands._speaking import Speaker, english_words
from longbien.node.counting import count_cases
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import Refused


def whole(found: Statistics) -> int | None:
    """Return how many cases there are in all."""
    return next((one.cases for one in found.lines if one.dimension == ALL), 0)


def test_an_older_head_gives_the_same_bytes_again(pair: Pair) -> None:
    """What has happened since is left out; the document names the head."""
    asked(pair)
    before = count_cases(pair.vn.node, since=None, until=None)
    asked(pair)
    after = count_cases(pair.vn.node, since=None, until=None)
    again = count_cases(pair.vn.node, since=None, until=None, size=before.head.size)

    assert encode_json(to_json(again)) == encode_json(to_json(before))
    assert (whole(before), whole(after)) == (1, 2)
    assert before.head == again.head != after.head


def test_a_period_takes_cases_by_their_opening(pair: Pair) -> None:
    """From its first instant until before its end."""
    asked(pair)
    (row,) = pair.vn.door("eve").get("/cases").json["cases"]
    opened = pair.vn.node.office.clock()

    assert row["kind"] == "preservation"
    assert whole(count_cases(pair.vn.node, since=opened, until=None)) in {0, 1}
    with pytest.raises(Refused, match="ends before"):
        count_cases(pair.vn.node, since=opened, until=opened)
    with pytest.raises(Refused, match="holds"):
        count_cases(pair.vn.node, since=None, until=None, size=10**6)


def test_an_auditor_reads_them_and_nobody_else(pair: Pair) -> None:
    """For publication, unless the auditor asks for all numbers."""
    asked(pair)
    officer = pair.vn.door("linh", Duty.CASE_OFFICER)
    auditor = pair.vn.door("mai", Duty.AUDITOR)

    assert officer.get("/statistics").code == "statistics.auditor-only"
    assert auditor.get("/statistics").json["rows"][0]["cases"] is None
    found = auditor.get("/statistics?publish=false").json
    assert found["rows"][0]["cases"] == 1
    assert found["ledger"]["size"] == count_cases(pair.vn.node, since=None, until=None).head.size


def test_what_is_printed_comes_out_of_the_catalogue(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    """In whole and for publication; only codes, numbers and the ledger's name are facts."""
    dana, _ = asked(pair)
    dana.post("/cases", {**ASK, "legal_basis": ["an old custom"]})
    speaker = Speaker(pseudo.translation().words(english_words()))
    capsys.readouterr()  # the log of the interface
    found = count_cases(pair.il.node, since=None, until=None)
    for one in (found, publishable(found)):
        statistics._tell(one, speaker)

    said = pseudo.bare(capsys.readouterr().out)
    for fact in (found.head.origin, found.head.root.hex, "UNCC", "VN"):
        said = said.replace(fact, " ")
    assert re.findall(r"[A-Za-z]+", re.sub(r"\bPT?\d+[MHD]\b", " ", said)) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(60, "PT1M"), (3600, "PT1H"), (90000, "PT25H"), (86400 * 31, "P31D")]
)
def test_a_duration_is_short(seconds: int, text: str) -> None:
    """ISO 8601, in its largest whole unit."""
    assert statistics.duration(seconds) == text


def test_the_command_counts_a_node(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    """As text, as a table and as a document; a threshold below five is refused."""
    asked(pair)
    folder = str(pair.vn.node.settings.folder)
    capsys.readouterr()  # the log of the interface

    assert main.run(["statistics", folder, "--json", "--until", "2100-01-01T00:00:00Z"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["cases"] == 1
    assert main.run(["statistics", folder, "--csv", "--publish"]) == 0
    assert capsys.readouterr().out.startswith("side,by,value,cases,")
    assert main.run(["statistics", folder]) == 0
    assert "requested State" in capsys.readouterr().out
    assert main.run(["statistics", folder, "--publish", "--threshold", "2"]) == 1
    assert "[statistics.threshold]" in capsys.readouterr().err
