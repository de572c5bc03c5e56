"""What goes into a package and into a letter: safeguards, labels, decisions, in plain words."""

from datetime import timedelta

from attrs import evolve

from casework_points import GO_ON, STOPPED, stopped
from longbien.casework import commands as c
from longbien.casework.letters import Letter, letter_lines
from longbien.casework.package_record import record_files
from longbien.casework.statements import RequestMade
from longbien.evidence.checks_record import check_record
from longbien.evidence.layout import RECORD, RECORD_TEXT
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIMIT
from longbien.primitives.canonical import parse_canonical
from longbien.primitives.verdict import Outcome

LETTER = Letter(case=w.CASE, kind="mla_stored_data", sender=w.IL, recipient=w.VN, exercise=False)


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


def test_a_letter_has_everything() -> None:
    """Each field with its paragraph, the bases, the deadlines, the safeguards."""
    request = w.asked(w.ASK_STORED_DATA).vn.held.request
    assert isinstance(request, RequestMade)
    full = evolve(
        request,
        contents=(*request.contents, ("own_field", "two\nlines")),
        is_emergency=True,
        emergency="a life",
        reply_by=w.START.plus(timedelta(days=3)),
        reply_reason="a hearing",
        safeguards=STOPPED,
    )
    clocks = (("reply-due", "2026-11-24T03:00:00Z", "40(26) P"), ("own", "x", "y"))
    lines = list(letter_lines(evolve(LETTER, exercise=True, clocks=clocks), full))
    text = "\n".join(lines)

    assert lines[0].startswith("EXERCISE")
    assert "From: IL/contact-point" in lines
    assert "Legal basis: UNCC 44" in lines
    assert "Emergency: a life" in lines
    assert "(40(15)" in text
    assert "own_field\n  two\n  lines" in text
    assert "Is a minor concerned? yes" in text
    assert "own: x (y)" in lines


def test_a_plain_letter_has_no_more() -> None:
    """A kind that the data say nothing of is written as it is."""
    request = RequestMade(contents=(("purpose", "p"),), legal_basis=("UNCC",))
    lines = list(letter_lines(evolve(LETTER, kind="preservation"), request))
    unknown = list(letter_lines(evolve(LETTER, kind="drill"), request))

    assert lines[-2:] == ["purpose", "  p"]
    assert unknown[-2:] == ["purpose", "  p"]
    assert not any("EXERCISE" in one for one in lines)
