"""Acts with the directory: old, hidden, forged and borrowed entries, given to VN's operator."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from attrs import evolve

from hostile.registry import Bound, Kept, add
from hostile.stage import Stage
from longbien.directory.book import Book
from longbien.directory.entry import Minimum, RevocationReason, Roots
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.renewal import next_entry, revoke_key
from longbien.directory.trusted import MAX_CHAIN
from longbien.directory.wire import MAX_SIGNED, SignedEntry, encode_entry, sign_entry
from longbien.exercise.states import (
    NOW,
    State,
    make_book,
    make_state,
    pin_of,
    signer_pair,
    signing_key,
)
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import LongBienError
from longbien.primitives.instants import Instant
from longbien.trust.dsse import sign_envelope

HOUR = timedelta(hours=1)
LATER = NOW.plus(2 * HOUR)
IMPORT = Bound(octets=0, signatures=12, rows=0, hashed=200_000)
"""An entry that is not taken: at most two holders' pairs of keys, old and new, are asked."""


@cache
def cast() -> tuple[State, State, Book]:
    """Return MY as a State of three holders, IL, and the book that VN's operator keeps."""
    il, my = make_state("IL"), make_state("MY", holders=3, threshold=2)
    return il, my, make_book(il, my)


def imported(
    stage: Stage, *entries: bytes, book: Book | None = None, now: Instant = LATER, **named: object
) -> str:
    """Let VN's operator import what MY gave; return why it was refused."""
    kept = book or cast()[2]
    with stage.attacking():
        try:
            kept.decide(entries, now=now, **named)
        except LongBienError as error:
            return error.code
    return ""


def my() -> State:
    """Return the hostile State."""
    return cast()[1]


def rollback(stage: Stage) -> str:
    """Give the version before the newest one again."""
    return imported(stage, my().data, book=make_book(cast()[0], my().renewed()))


def freeze(stage: Stage) -> str:
    """Give the same entry for ever, so that a revocation is never seen."""
    return imported(stage, my().data, now=my().entry.expires_at)


def fast_forward(stage: Stage) -> str:
    """Jump to the largest version, so that no later one is ever taken."""
    jump = next_entry(my().signed, now=NOW.plus(HOUR), lifetime=timedelta(days=90))
    return imported(stage, my().with_version(evolve(jump, version=999_999)).data)


def fork(stage: Stage) -> str:
    """Sign two next versions, one for each half of the world."""
    book = make_book(cast()[0], my().renewed())
    return imported(stage, my().renewed(now=NOW.plus(1.5 * HOUR)).data, book=book)


def wrong_threshold(stage: Stage) -> str:
    """Renew with one holder of the roots where two are needed."""
    return imported(stage, my().renewed(signers=my().holders[:1]).data)


def one_algorithm(stage: Stage) -> str:
    """Renew with the classical keys of all holders and no other."""
    entry = my().renewed().entry
    return imported(stage, sign_entry(entry, signers=[one.ec for one in my().holders]).data)


def halves(stage: Stage) -> str:
    """Add up the halves of different holders."""
    one, two, three = my().holders
    entry = my().renewed().entry
    mixed = sign_entry(entry, signers=[one.ec, two.ec, two.mldsa, three.mldsa])
    return imported(stage, mixed.data)


def operational_keys(stage: Stage) -> str:
    """Sign an entry with the stolen keys of the duty desk."""
    office = my().contact_point
    stolen = [office.signers, office.next_signers]
    return imported(stage, my().renewed(signers=stolen).data)


def stolen_roots(stage: Stage) -> str:
    """Let thieves and one holder change the roots to the thieves' own."""
    thieves = [signer_pair(f"thief {number}") for number in range(2)]
    roots = Roots(threshold=2, holders=tuple(one.public for one in thieves))
    taken = my().renewed(
        lambda entry: evolve(entry, roots=roots), signers=[my().holders[0], *thieves]
    )
    return imported(stage, taken.data)


def stranger(stage: Stage) -> str:
    """Enter the book as a State that nobody has telephoned with."""
    return imported(stage, make_state("FR").data)


def other_fingerprint(stage: Stage) -> str:
    """Give another entry than the one whose fingerprint was read out."""
    return imported(stage, make_state("FR").data, confirmed=roots_fingerprint(my().entry))


def other_state(stage: Stage) -> str:
    """Give one's own entry where another State's is asked for."""
    return imported(stage, my().data, state=cast()[0].code)


def impostor(stage: Stage) -> str:
    """Give an entry in the name of another State, under roots of one's own."""
    return imported(stage, make_state("IL", seed=7).renewed().data)


def key_of_another(stage: Stage) -> str:
    """Show another State's TLS key, to have its connections taken for one's own."""
    thief, (il, _, _) = make_state("FR"), cast()
    endpoint = evolve(thief.entry.endpoints[0], pins=(pin_of(il.tls_key),), certificates=())
    entry = evolve(thief.entry, endpoints=(endpoint,))
    data = evolve(thief, chain=()).with_version(entry).data
    return imported(stage, data, now=NOW, confirmed=roots_fingerprint(entry))


def revocation_undone(stage: Stage) -> str:
    """Bring a revoked key back to life."""
    office, reason = my().contact_point, RevocationReason.KEY_COMPROMISE
    key = office.signers.ec.key_id
    revoked = my().renewed(lambda entry: revoke_key(entry, key=key, at=NOW, reason=reason))
    again = revoked.renewed(_shows(signing_key(office.signers)))
    return imported(stage, again.data, book=make_book(cast()[0], revoked))


def unannounced_key(stage: Stage) -> str:
    """Slip a key in that was never announced."""
    return imported(stage, my().renewed(_shows(signing_key(signer_pair("thief")))).data)


def _shows(key: object) -> Callable[[object], object]:
    office = my().contact_point

    def change(entry: object) -> object:
        changed = evolve(entry.find_authority(office.id), signing_keys=(key,))
        return evolve(entry, authorities=(entry.authorities[0], changed))

    return change


def minimum_lowered(stage: Stage) -> str:
    """Lower the weakest suite that one may be spoken to with."""
    high, low = Minimum(protocol=2, suite="LB2"), Minimum(protocol=2, suite="LB1")
    raised = my().renewed(lambda entry: evolve(entry, minimum=high))
    lowered = raised.renewed(lambda entry: evolve(entry, minimum=low))
    return imported(stage, lowered.data, book=make_book(cast()[0], raised))


def exercise_entry(stage: Stage) -> str:
    """Bring the entry of an exercise into a real book."""
    confirmed = roots_fingerprint(my().entry)
    book = Book(exercise=False)
    return imported(stage, my().data, book=book, now=NOW, confirmed=confirmed)


def lifetime(stage: Stage) -> str:
    """Sign an entry that is valid for ten years."""
    plain = json.loads(encode_entry(my().renewed().entry))
    return imported(stage, _raw(encode_json(plain | {"expires_at": "2036-11-01T12:00:00Z"})))


def key_twice(stage: Stage) -> str:
    """Give two versions in one object, for two readers."""
    payload = encode_entry(my().renewed().entry)
    return imported(stage, _raw(payload[:-1] + b',"version":2}'))


def _raw(payload: bytes) -> bytes:
    envelope = sign_envelope(
        payload,
        payload_type="application/vnd.longbien.entry+json",
        signers=[key for pair in my().holders for key in pair.both],
    )
    return SignedEntry(entry=my().entry, envelope=envelope).data


def endless(stage: Stage) -> str:
    """Give an endless row of versions."""
    return imported(stage, *[b"x"] * (MAX_CHAIN + 1))


def huge(stage: Stage) -> str:
    """Give an entry of endless bytes."""
    return imported(stage, b'{"payload":"' + b"A" * MAX_SIGNED)


CODES = {
    rollback: "directory.rollback",
    freeze: "directory.expired",
    fast_forward: "directory.gap",
    fork: "directory.fork",
    wrong_threshold: "directory.old-roots",
    one_algorithm: "directory.old-roots",
    halves: "directory.old-roots",
    operational_keys: "directory.old-roots",
    stolen_roots: "directory.old-roots",
    stranger: "directory.unconfirmed",
    other_fingerprint: "directory.other-fingerprint",
    other_state: "directory.other-state",
    impostor: "directory.old-roots",
    key_of_another: "directory.key-of-another",
    revocation_undone: "directory.revocation-undone",
    unannounced_key: "directory.unannounced-key",
    minimum_lowered: "directory.minimum-lowered",
    exercise_entry: "directory.exercise",
    lifetime: "directory.lifetime",
    key_twice: "json.duplicate-key",
    endless: "directory.chain",
    huge: "json.size",
}

for do, code in CODES.items():
    add(
        "directory." + do.__name__.replace("_", "-"),
        do,
        tries=(do.__doc__ or "").removesuffix("."),
        threat="T4" if "key" in do.__name__ or "revo" in do.__name__ else "T5",
        code=code,
        kept=Kept.OPERATOR,
        bound=IMPORT,
    )
