"""Labels stick to what was received, and say for what it may be used."""

import pytest
from attrs import evolve

from casework_points import P1
from longbien.casework import commands as c
from longbien.casework.use_limits import Purpose, Recipient, Use, labels_of, require_covered
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.exercise import two_sides as w
from longbien.primitives.errors import Refused

SPECIALTY = UseLimit(kind=UseLimitKind.SPECIALTY, text="this case")
SECRET = UseLimit(kind=UseLimitKind.CONFIDENTIALITY, text="not public")
KEPT = UseLimit(kind=UseLimitKind.RETENTION, text="a month", until=w.START)
OPENED = evolve(SECRET, until=w.START)
IN_COURT = Use(purpose=Purpose.REQUEST, to=Recipient.COURT, name="District court")
TAX = Use(purpose=Purpose.FURTHER_USE, to=Recipient.AUTHORITY, name="Tax office", number=2)
ABROAD = Use(purpose=Purpose.FURTHER_USE, to=Recipient.ABROAD, name="Police of XX", number=2)
FOR_THE_ACCUSED = Use(purpose=Purpose.EXCULPATORY, to=Recipient.DEFENCE, name="counsel")
ASK = c.AskFurtherUse(package=P1, use="tax")
ASK_ABROAD = c.AskFurtherUse(package=P1, use="their case", recipient="police of xx")


def given(*limits: UseLimit) -> w.World:
    """Return a world in which a package with these labels has come."""
    world = w.executing()
    world.vn_does(evolve(w.PROPOSE_RELEASE, use_limits=limits))
    world.vn_does(w.APPROVE_RELEASE, by=w.MINH)
    world.vn.act(w.PACKED, None)
    world.settle()
    return world


def asked(world: w.World, ask: c.AskFurtherUse = ASK, *, granted: bool = True) -> w.World:
    """Let IL ask for a further use, and VN decide."""
    world.il_does(ask)
    world.il_does(c.Approve(proposal=2), by=w.NOA)
    number = world.vn.held.uses[0].number
    world.vn_does(c.DecideFurtherUse(request=number, is_granted=granted, conditions=(SECRET,)))
    if granted:
        world.vn_does(c.Approve(proposal=1), by=w.MINH)
    return world


def code_of(world: w.World, use: Use) -> str:
    """Return why a use is not covered; nothing where it is."""
    case = world.il.held
    package = case.packages[0]
    number = case.uses[0].number if case.uses else use.number
    wanted = evolve(use, number=number if use.number else 0)
    try:
        require_covered(case, package, wanted, w.START)
    except Refused as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("limits", "use", "code"),
    [
        ((SPECIALTY,), IN_COURT, ""),
        ((SPECIALTY,), evolve(IN_COURT, to=Recipient.AUTHORITY), ""),
        ((SPECIALTY,), TAX, "export.not-asked"),
        ((), TAX, "export.not-asked"),
        ((), evolve(IN_COURT, to=Recipient.ABROAD), "export.not-asked"),
        ((SECRET,), IN_COURT, ""),
        ((SECRET,), evolve(IN_COURT, to=Recipient.OWN), ""),
        ((SECRET,), evolve(IN_COURT, to=Recipient.DEFENCE), "export.confidential"),
        ((SECRET,), evolve(IN_COURT, to=Recipient.AUTHORITY), "export.confidential"),
        ((OPENED,), evolve(IN_COURT, to=Recipient.DEFENCE), ""),
        ((KEPT,), IN_COURT, "export.retention-ended"),
        ((evolve(KEPT, until=None),), IN_COURT, ""),
        ((), FOR_THE_ACCUSED, "export.no-notice"),
    ],
)
def test_what_labels_cover(limits: tuple[UseLimit, ...], use: Use, code: str) -> None:
    """Every kind of label against every kind of use."""
    assert code_of(given(*limits), use) == code


def test_another_use_is_asked_for_and_granted() -> None:
    """Asked is not enough; what was granted brings labels of its own."""
    refused = asked(given(SPECIALTY), granted=False)
    assert code_of(refused, TAX) == "export.not-granted"

    granted = asked(given(SPECIALTY))
    assert code_of(granted, TAX) == ""
    case = granted.il.held
    assert labels_of(case, case.packages[0]) == (SPECIALTY, SECRET)


def test_a_passing_on_names_its_recipient() -> None:
    """The consent is for one State or organisation, and for no other."""
    named = asked(given(), ASK_ABROAD)

    assert code_of(named, ABROAD) == ""
    assert code_of(named, evolve(ABROAD, name="Police of YY")) == "export.other-recipient"
    assert code_of(named, evolve(ABROAD, name=" ")) == "export.other-recipient"
    assert code_of(asked(given()), ABROAD) == "export.other-recipient"


def test_the_defence_is_never_locked_out() -> None:
    """A notice, and no consent: even where it is confidential or should be gone."""
    world = given(SECRET, KEPT)
    world.il_does(c.NotifyExculpatoryUse(is_advance=True, text="what was said in messages"))
    assert code_of(world, FOR_THE_ACCUSED) == "export.no-notice"

    world.il_does(c.NotifyExculpatoryUse(package=P1, is_advance=True, text="page 3"))
    assert code_of(world, FOR_THE_ACCUSED) == ""
