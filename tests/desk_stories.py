"""Stories that tests tell in a world: who does what, in which order, until a case is closed.

Every officer's act carries an idempotency key and is repeated until it was answered, as a case
system does whose node went down in the middle.
"""

from attrs import frozen

from desk_parcels import put_object
from desk_world import Node, World
from longbien.casework import commands as c
from longbien.casework.events import Exhibit
from longbien.casework.standing import state_of
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, PackageId


@frozen(kw_only=True)
class Ending:
    """What must be the same, whatever happened on the way."""

    states: tuple[tuple[str, str], ...]
    """Of each case, at the requesting and the requested State."""

    events: tuple[tuple[str, ...], ...]
    """Kinds of all journal entries of each case on each side, sorted."""

    numbers: tuple[tuple[int, int], ...]
    """Messages sent and received in each case, as each side counts."""


def ending_of(world: World, *cases: CaseId) -> Ending:
    """Return how cases between IL and VN have ended."""
    sides = (world["IL"], world["VN"])
    return Ending(
        states=tuple(tuple(stand(side, case) for side in sides) for case in cases),
        events=tuple(
            tuple(sorted(one.kind for one in side.machine.tables.events[case]))
            for case in cases
            for side in sides
        ),
        numbers=tuple(
            (counted.sent, counted.received)
            for case in cases
            for side, peer in (sides, sides[::-1])
            for counted in [side.machine.journal.numbers(case, peer.state.code)]
        ),
    )


def stand(node: Node, case: CaseId) -> str:
    """Return where a case stands at a node."""
    found = node.case(case)
    return state_of(found).value if found else "unknown"


def preservation(world: World) -> CaseId:
    """IL asks VN to preserve, VN acknowledges and confirms."""
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn).case
    world.quiet()
    vn.act(case, c.Acknowledge(reference="VN-7"))
    vn.act(case, c.ConfirmPreservation(effective_at=world.now))
    world.quiet()
    return case


def stored_data(world: World, preserved: CaseId | None = None) -> CaseId:
    """IL asks for the data, two officers of VN release them, IL verifies, VN closes."""
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn, "mla_stored_data", preservation=preserved).case
    il.act(case, c.Approve(proposal=1), "second")
    world.quiet()
    vn.act(case, c.Acknowledge())
    vn.act(case, c.Accept())
    release(world, case)
    world.quiet()
    vn.act(case, c.DeclareExecuted())
    world.quiet()
    return case


def release(world: World, case: CaseId) -> PackageId:
    """VN takes an exhibit in, and two officers let it go."""
    vn = world["VN"]
    package = PackageId.from_random(world.rng.randbytes(16))
    vn.act(case, c.TakeExhibit(exhibit=exhibit(vn)))
    vn.act(
        case,
        c.ProposeRelease(
            package=package,
            exhibits=("E1",),
            legal_basis=("UNCC 40(3)(c)",),
            authorisation="Order 7 of the district court",
        ),
    )
    vn.act(case, c.ApproveRelease(package=package), "second")
    return package


def exhibit(node: Node, name: str = "E1") -> Exhibit:
    """Return an exhibit that the vault of a node has taken in."""
    sealed = node.surely(lambda: put_object(node))
    return Exhibit(
        id=name,
        sealed=sealed,
        sha256=Digest.of(name.encode()),
        size=150,
        tree=Digest.of(b"tree"),
        original_name="mail.mbox",
    )


def destruction(world: World, case: CaseId, package: PackageId) -> None:
    """IL destroys what it was given, two officers agreeing."""
    il = world["IL"]
    cause = c.DestructionCause.PROCEEDINGS_ENDED
    il.act(case, c.ProposeDestruction(package=package, cause=cause))
    il.act(case, c.ApproveDestruction(package=package), "second")
    world.quiet()
