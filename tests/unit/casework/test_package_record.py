"""What goes into a package: safeguards, labels, decisions, in plain words."""

from attrs import evolve

from casework_points import GO_ON, stopped
from longbien.casework import commands as c
from longbien.casework.package_record import record_files
from longbien.casework.statements import RequestMade
from longbien.evidence.checks_record import check_record
from longbien.evidence.layout import RECORD, RECORD_TEXT
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIMIT
from longbien.primitives.canonical import parse_canonical
from longbien.primitives.verdict import Outcome


def test_a_record_names_no_officer() -> None:
    """Two persons show as two; both safeguard records, labels and decisions are there."""
    world = stopped()
    world.vn_does(GO_ON, w.APPROVE_RELEASE, by=w.MINH)
    case = world.vn.held
    files = record_files(case, case.releases[0])
    document = parse_canonical(files[RECORD])
    text = files[RECORD_TEXT].decode()

    assert isinstance(document, dict)
    (found,) = check_record(files[RECORD], None)
    assert found.outcome is Outcome.PASSED
    assert b"linh" not in files[RECORD] + files[RECORD_TEXT]
    decisions = document["decisions"]
    assert isinstance(decisions, list)
    assert [(one["what"], one["by"]) for one in decisions if isinstance(one, dict)] == [
        ("acceptance", ["officer 1"]),
        ("stop-list-yes", ["officer 2"]),
        ("release", ["officer 1", "officer 2"]),
    ]
    assert "Is a minor concerned? yes - the holder says so" in text
    assert "Stop list: it goes on  (officer 2)" in text


def test_a_record_is_the_same_at_each_attempt() -> None:
    """What happens after the approval is not in it."""
    world = w.executing()
    world.vn_does(evolve(w.PROPOSE_RELEASE, use_limits=(LIMIT, evolve(LIMIT, until=None))))
    world.vn_does(w.APPROVE_RELEASE, by=w.MINH)
    case = world.vn.held
    first = record_files(case, case.releases[0])
    world.vn_does(c.Consult(topic=c.Topic.OTHER, text="a word"), c.Accept())
    again = world.vn.held

    assert record_files(again, again.releases[0]) == first
    assert "[confidentiality] not public" in first[RECORD_TEXT].decode()


def test_a_record_without_safeguards_of_the_request() -> None:
    """Another program may have sent it without."""
    world = w.executing()
    world.vn_does(w.PROPOSE_RELEASE)
    world.vn_does(w.APPROVE_RELEASE, by=w.MINH)
    case = world.vn.held
    assert isinstance(case.request, RequestMade)
    for request in (evolve(case.request, safeguards=None), None):
        bare = evolve(case, request=request)
        document = parse_canonical(record_files(bare, bare.releases[0])[RECORD])
        assert isinstance(document, dict)
        assert isinstance(document["safeguards"], dict)
        assert document["safeguards"]["requesting"] is None
