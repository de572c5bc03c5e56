"""How a node stands: numbers and codes for whoever keeps it running."""

from attrs import frozen

from longbien.desk.records import alarms_of
from longbien.node.running import Node
from longbien.node.turned_away import Listed, turned_away
from longbien.primitives.canonical import Json
from longbien.primitives.instants import Instant


@frozen(kw_only=True)
class Witnessed:
    """How much of a ledger a State knows: another one of ours, or we of another's."""

    state: str
    size: int


@frozen(kw_only=True)
class Known:
    """A State of the directory."""

    state: str
    version: int
    expires_at: Instant
    is_current: bool


@frozen(kw_only=True)
class Standing:
    """One look at a node."""

    state: str
    is_ready: bool
    code: str
    ledger_size: int
    witnessed: tuple[Witnessed, ...]
    """What the other States have cosigned of our ledger."""

    seen: tuple[Witnessed, ...]
    """What we have recorded of the other States' ledgers."""

    to_send: int
    chores: int
    known: tuple[Known, ...]
    alarms: tuple[str, ...]
    turned_away: tuple[Listed, ...]
    """What was refused of other States' nodes in the last thirty days."""

    def to_json(self) -> Json:
        """Return it as a document."""
        return {
            "alarms": list(self.alarms),
            "chores": self.chores,
            "code": self.code,
            "directory": [
                {
                    "current": one.is_current,
                    "expires_at": str(one.expires_at),
                    "state": one.state,
                    "version": one.version,
                }
                for one in self.known
            ],
            "ledger": {
                "size": self.ledger_size,
                "witnessed": [{"size": one.size, "state": one.state} for one in self.witnessed],
            },
            "ready": self.is_ready,
            "seen": [{"size": one.size, "state": one.state} for one in self.seen],
            "state": self.state,
            "to_send": self.to_send,
            "turned_away": [one.to_json() for one in self.turned_away],
        }


def standing_of(node: Node) -> Standing:
    """Look at a node.  Raises Unavailable where its store cannot be read."""
    from longbien.node.store.models import Chore, Outbox  # noqa: PLC0415 - Django is set up

    readiness, using = node.store.health.ready(), node.store.keys.using
    return Standing(
        state=str(node.state),
        is_ready=readiness.is_ready,
        code=readiness.code,
        ledger_size=node.office.ledger.size(),
        witnessed=tuple(_witnessed(node)),
        seen=tuple(_seen(node)),
        to_send=Outbox.objects.using(using).filter(is_open=True).count(),
        chores=Chore.objects.using(using).filter(is_open=True).count(),
        known=tuple(_known(node)),
        alarms=tuple(f"{one.alarm.code} {one.alarm.subject}" for one in alarms_of(node.office)),
        turned_away=turned_away(node.store.audit, now=node.office.clock()),
    )


def _witnessed(node: Node) -> list[Witnessed]:
    found = []
    for state in node.office.peers():
        heads = [
            node.office.ledger.cosigned_by(key.name) for key in node.office.witness_keys(state)
        ]
        size = min((head.size if head else 0 for head in heads), default=0)
        found.append(Witnessed(state=str(state), size=size))
    return found


def _seen(node: Node) -> list[Witnessed]:
    found = []
    for state in node.office.peers():
        origins = dict.fromkeys(key.name for key in node.office.ledger_keys(state))
        heads = [node.office.witnessings.recorded(origin) for origin in origins]
        size = max((head.size for head in heads if head), default=0)
        found.append(Witnessed(state=str(state), size=size))
    return found


def _known(node: Node) -> list[Known]:
    book, now = node.directory.book(), node.office.clock()
    return [
        Known(
            state=str(state),
            version=book.get_entry(state).version,
            expires_at=book.get_entry(state).expires_at,
            is_current=now < book.get_entry(state).expires_at,
        )
        for state in book.states()
    ]
