"""Acts with transfers: what was not announced, not in that place, not of that size, not by you."""

from attrs import evolve

from hostile.cases import announced, asked_of, said_in
from hostile.registry import JUDGED, Bound, act, add
from hostile.stage import Stage
from longbien.casework import commands as c
from longbien.casework.wire import content_of
from longbien.channel.transfer import SealedObject
from longbien.desk import transfers
from longbien.exercise.forge import message_of, taken
from longbien.exercise.parcels import PART, put_object
from longbien.primitives.canonical import Json
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, TransferId

KIND = "mla_stored_data"
PIECE = Bound(octets=40_000, signatures=0, rows=0, hashed=20_000)
"""A piece of a transfer that is refused: read at most once, hashed at most once."""

OWN = TransferId.from_random(bytes([9] * 16))


def accepted(stage: Stage, code: str = "MY") -> CaseId:
    """Let VN ask a State for data, and that State accept."""
    case = asked_of(stage, code, KIND)
    stage.world[code].act(case, c.Accept())
    stage.world.quiet()
    return case


class Given:
    """A transfer that a State, MY if none is named, has announced to VN, with its bytes."""

    def __init__(self, stage: Stage, code: str = "MY", transfer: TransferId = OWN) -> None:
        giver = stage.world[code]
        self.case = accepted(stage, code)
        self.said = announced(stage, transfer=transfer, sealed=put_object(giver))
        message = message_of(giver, stage.vn, self.said, kind=KIND, thread=self.case, sequence=2)
        assert not taken(giver, stage.vn, message).code
        vault = giver.machine.vault
        self.header = vault.get(self.sealed.header)
        self.listed = vault.get(self.sealed.parts_list)
        digests = [Digest(self.listed[at : at + 32]) for at in range(0, len(self.listed), 32)]
        self.parts = [vault.get(one) for one in digests]

    @property
    def sealed(self) -> SealedObject:
        """Return what was announced."""
        return self.said.sealed


PIECES = {
    "wrong-index": (
        "Put a part behind the last one",
        "parts/3",
        lambda g: g.parts[0],
        "transfer.index",
    ),
    "wrong-size": (
        "Put a part of another size than announced",
        "parts/0",
        lambda g: g.parts[0] + b"x",
        "transfer.size",
    ),
    "list-size": (
        "Put a longer list of parts",
        "list",
        lambda g: g.listed + bytes(32),
        "transfer.size",
    ),
    "header-size": ("Put a longer header", "header", lambda g: g.header + b"x", "transfer.size"),
    "header-bytes": (
        "Put another header of the same size",
        "header",
        lambda g: bytes(len(g.header)),
        "transfer.part-digest",
    ),
    "list-bytes": (
        "Put a list of other parts",
        "list",
        lambda g: bytes(len(g.listed)),
        "transfer.list-digest",
    ),
    "part-before-list": (
        "Put parts before the list that they are judged by",
        "parts/0",
        lambda g: g.parts[0],
        "transfer.no-list",
    ),
}

for name, (tries, path, body, code) in PIECES.items():
    add(
        f"transfer.{name}",
        lambda stage, path=path, body=body: stage.pushes(f"{OWN}/{path}", body(Given(stage))),
        tries=tries,
        threat="T17" if "size" in code else "T20",
        code=code,
        bound=PIECE,
    )


@act("transfer.swapped-parts", threat="T20", code="transfer.part-digest", bound=PIECE)
def swapped(stage: Stage) -> str:
    """Put one part in the place of another of the same size."""
    given = Given(stage)
    transfers.keep_list(stage.vn.office, stage.my.state.code, OWN, given.listed)
    return stage.pushes(f"{OWN}/parts/0", given.parts[1])


@act("transfer.flipped-bit", threat="T20", code="transfer.part-digest", bound=PIECE)
def flipped(stage: Stage) -> str:
    """Put a part with one bit flipped."""
    given = Given(stage)
    transfers.keep_list(stage.vn.office, stage.my.state.code, OWN, given.listed)
    return stage.pushes(f"{OWN}/parts/0", bytes([given.parts[0][0] ^ 1]) + given.parts[0][1:])


@act("transfer.of-another-state", threat="T1", code="transfer.unknown", bound=PIECE)
def of_another(stage: Stage) -> str:
    """Put a part into a transfer between two other States."""
    return stage.pushes(f"{_honest_transfer(stage)}/parts/0", bytes(PART))


@act("transfer.asked-about-another-state", threat="T22", code="transfer.unknown", bound=PIECE)
def asked_about(stage: Stage) -> str:
    """Ask what is missing of a transfer between two other States."""
    path = f"/v1/transfers/{_honest_transfer(stage)}/missing"
    return stage.refusal(stage.request("POST", path, b""))


def _honest_transfer(stage: Stage) -> TransferId:
    given = Given(stage, "IL", TransferId.from_random(bytes([8] * 16)))
    stage.protect(given.case)
    return given.said.transfer


@act("transfer.never-announced", threat="T17", code="transfer.unknown", bound=PIECE)
def never_announced(stage: Stage) -> str:
    """Put parts that nobody has announced."""
    return stage.pushes(f"{OWN}/parts/0", bytes(PART))


WINDOWS = {
    "window-beyond": ("Ask about parts that there are not", b'{"first":0,"last":99}'),
    "window-backwards": ("Ask about parts from behind to before", b'{"first":2,"last":0}'),
    "window-text": ("Ask about parts in words", b'{"first":"all"}'),
}
for name, (tries, body) in WINDOWS.items():

    def asks(stage: Stage, body: bytes = body) -> str:
        """Ask about a transfer that is under way."""
        Given(stage)
        return stage.refusal(stage.request("POST", f"/v1/transfers/{OWN}/missing", body))

    add(
        f"transfer.{name}",
        asks,
        tries=tries,
        threat="T16",
        code="transfer.missing-form",
        bound=PIECE,
    )


# --- announcements --------------------------------------------------------------------------------


@act("announced.transfer-of-another", threat="T20", code="arrival.taken", bound=JUDGED)
def taken_transfer(stage: Stage) -> str:
    """Announce other bytes under the number of a transfer that is under way."""
    first = Given(stage)
    case = accepted(stage)
    said = announced(stage, transfer=first.said.transfer)
    return said_in(stage, case, said, kind=KIND)


@act("announced.no-room", threat="T17", code="transfer.no-room", bound=evolve(JUDGED, rows=2))
def no_room(stage: Stage) -> str:
    """Announce more than the disk of the other State holds."""
    case = accepted(stage)
    stage.vn.machine.vault.capacity = 100
    return said_in(stage, case, announced(stage), kind=KIND)


def resized(**changes: Json) -> object:
    """Return an act that announces an object of impossible sizes."""

    def announce(stage: Stage) -> str:
        case = accepted(stage)
        said = announced(stage)
        content = content_of(said)
        content = {**content, "sealed": {**content["sealed"], **changes}}
        return said_in(stage, case, said, kind=KIND, content=content)

    return announce


SIZES = {
    "huge-count": (
        "Announce more parts than a list may hold",
        {"part_count": 2**50, "size": 2**52},
    ),
    "no-parts": ("Announce an object without parts", {"part_count": 0}),
    "sizes-that-disagree": ("Announce sizes that cannot all be true", {"size": 1}),
}
for name, (tries, sizes) in SIZES.items():
    add(
        f"announced.{name}",
        resized(**sizes),
        tries=tries,
        threat="T11",
        code="transfer.sealed-form" if name == "no-parts" else "transfer.sealed-sizes",
        bound=JUDGED,
    )
