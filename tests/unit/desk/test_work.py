"""What the worker notes."""

from collections.abc import Callable

import pytest

from desk_stories import asked, destruction, preservation, release, stored_data
from longbien.casework import commands as c
from longbien.desk import work
from longbien.evidence.custody import TakenIn
from longbien.exercise.parcels import put_object
from longbien.exercise.world import World
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.verdict import Finding, Outcome, Verdict


@pytest.fixture
def world() -> World:
    """Return two States."""
    return World("IL", "VN")


def code_of(act: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def test_custody_is_in_the_ledger_as_the_package_will_disclose_it(world: World) -> None:
    """The bytes of the package's own events, with salt and leaf, of that package alone."""
    vn = world["VN"]
    case = stored_data(world)
    package = vn.case(case).packages[0].announced.package

    found = work.custody_of(vn.office, case, package)

    assert [one.kind for one in found] == ["custody.taken-in", "custody.packed"]
    assert b'"kind":"taken-in"' in found[0].body
    assert vn.machine.ledger.size() > found[1].leaf > found[0].leaf
    assert work.custody_of(vn.office, case, vn.office.new_package_id()) == ()


def test_the_same_custody_is_noted_once(world: World) -> None:
    """A worker that was stopped does its work again."""
    vn = world["VN"]
    case = asked(world, "mla_stored_data")
    vn.act(case, c.Accept())
    package = release(world, case)
    event = TakenIn(
        package_id=package,
        request=case.urn,
        at=world.now,
        by="Laboratory",
        exhibits=1,
        files=1,
        bytes=1,
    )

    first = work.note_custody(vn.office, case, event)

    assert work.note_custody(vn.office, case, event).version == first.version


def test_a_package_is_announced_once_and_kept_in_both_forms(world: World) -> None:
    """For the recipient and at home; the second note changes nothing."""
    vn = world["VN"]
    case = asked(world, "mla_stored_data")
    vn.act(case, c.Accept())
    package = release(world, case)
    found, released = work.get_release(vn.office, case, package)
    assert (found.id, released.exhibits) == (case, ("E1",))
    sealed, at_home = put_object(vn), put_object(vn)
    facts = {"transfer": vn.office.new_transfer_id(), "sealed": sealed, "at_home": [at_home]}

    done = work.note_packed(vn.office, case, package, **facts)
    again = work.note_packed(vn.office, case, package, **facts)

    assert len(done.messages) == 1
    assert (again.version, again.messages) == (done.version, ())
    assert vn.machine.tables.objects[-2:] == [(case, sealed), (case, at_home)]


def test_nothing_is_packed_that_was_not_released(world: World) -> None:
    """Unknown, not approved, or rejected."""
    vn = world["VN"]
    case = asked(world, "mla_stored_data")
    vn.act(case, c.Accept())
    package = release(world, case)
    vn.act(case, c.RejectRelease(package=package, reasons="the wrong exhibit"), "second")

    for wanted in (package, vn.office.new_package_id()):
        assert (
            code_of(lambda wanted=wanted: work.get_release(vn.office, case, wanted))
            == "release.not-approved"
        )


def test_only_the_giving_state_pushes(world: World) -> None:
    """The transfer as it was announced; the receiver has nothing to push."""
    il, vn = world["IL"], world["VN"]
    case = stored_data(world)
    said = vn.case(case).packages[0].announced

    assert work.get_push(vn.office, case, said.transfer).announced == said
    other = vn.office.new_transfer_id()
    assert code_of(lambda: work.get_push(il.office, case, said.transfer)) == "transfer.unknown"
    assert code_of(lambda: work.get_push(vn.office, case, other)) == "transfer.unknown"


def test_the_verdict_goes_to_the_other_state_with_its_reasons(world: World) -> None:
    """Everything that did not pass, each reason once."""
    il, vn = world["IL"], world["VN"]
    bad = Verdict.of(
        [
            Finding(check="a.b", outcome=Outcome.PASSED, reason="fine.so"),
            Finding(check="a.c", outcome=Outcome.FAILED, reason="changed.file"),
            Finding(check="a.d", outcome=Outcome.INDETERMINATE, reason="key.unknown"),
            Finding(check="a.e", outcome=Outcome.FAILED, reason="changed.file"),
        ]
    )
    il.parcels.verdict = bad
    case = stored_data(world)

    verified = vn.case(case).packages[0].verified

    assert (verified.outcome, verified.findings) == (
        Outcome.FAILED,
        ("changed.file", "key.unknown"),
    )
    package = vn.case(case).packages[0].announced.package
    assert verified.report == Digest.of(b"report of %s" % package.text.encode())


def test_what_the_receiver_keeps_at_home_is_kept_with_the_case(world: World) -> None:
    """The package under the case's own key, once it was checked."""
    il = world["IL"]
    case = stored_data(world)
    package = il.case(case).packages[0].announced.package
    at_home = put_object(il)
    verdict = Verdict.of([Finding(check="a.b", outcome=Outcome.FAILED, reason="a.b")])

    work.note_checked(
        il.office, case, package, verdict=verdict, report=Digest.of(b"r"), at_home=[at_home]
    )

    assert il.machine.tables.objects[-1] == (case, at_home)
    assert (
        code_of(lambda: work.get_arrived(il.office, case, il.office.new_package_id()))
        == "package.not-arrived"
    )


def test_a_package_that_has_not_arrived_is_not_checked(world: World) -> None:
    """On the giving side nothing arrives."""
    vn = world["VN"]
    case = stored_data(world)
    package = vn.case(case).packages[0].announced.package

    assert code_of(lambda: work.get_arrived(vn.office, case, package)) == "package.not-arrived"


def test_nothing_is_certified_that_two_officers_did_not_let_go(world: World) -> None:
    """One of them is not enough."""
    il = world["IL"]
    case = stored_data(world)
    package = il.case(case).packages[0].announced.package
    cause = c.DestructionCause.CONDITION
    il.act(case, c.ProposeDestruction(package=package, cause=cause))

    def note() -> object:
        return work.note_destroyed(il.office, case, package, method="shredded")

    assert code_of(note) == "destruction.not-approved"
    il.act(case, c.RejectDestruction(package=package, reasons="not yet"), "second")
    destruction(world, case, package)
    assert note().messages == ()  # certified already
    assert world["VN"].case(case).packages[0].is_destroyed


def test_a_preservation_learns_of_the_request_that_follows_it(world: World) -> None:
    """On both sides: that it came, and that it was decided."""
    kept = preservation(world)
    case = stored_data(world, kept)

    for node in world.nodes.values():
        (link,) = node.case(kept).links
        assert (link.case, link.is_decided) == (case, True)
        assert work.link(node.office, case, kept).version == node.case(kept).version


def test_only_a_preservation_between_the_same_two_is_told(world: World) -> None:
    """Not a case that nobody knows, not one of another kind."""
    il = world["IL"]
    case = asked(world, "mla_stored_data")

    assert work.link(il.office, case, il.new_case_id()) is None
    assert work.link(il.office, case, case) is None
    assert code_of(lambda: work.link(il.office, il.new_case_id(), case)) == "desk.no-such-case"
