"""By what cases are found that are about the same thing: keyed hashes, made again at any time.

What a request names is personal data and stands in no read model.  A hash under the node's own
key tells nothing to whoever reads the database, not even whether a known number is in it.
"""

from collections.abc import Collection, Mapping, Sequence

from longbien.adapters.at_rest import MasterKey
from longbien.node.store import models
from longbien.node.store.statements import delete_in, insert, rows_in


def write_likenesses(
    using: str,
    master: MasterKey,
    tokens: Mapping[str, Sequence[str]],
    *,
    new: Collection[str] = (),
) -> None:
    """Put down what cases name, in place of what was known of them: nothing of ``new`` ones."""
    delete_in(using, models.Likeness, "case", [case for case in tokens if case not in new])
    rows = [
        models.Likeness(case=case, hash=hash_of(master, token))
        for case, names in tokens.items()
        for token in dict.fromkeys(names)
    ]
    if rows:
        insert(using, rows)


def forget_likenesses(using: str, case: str) -> None:
    """Forget what an erased case was about."""
    delete_in(using, models.Likeness, "case", [case])


def cases_like(using: str, master: MasterKey, tokens: Sequence[str], *, limit: int) -> list[str]:
    """Return cases that name one of these things, those that share most of them first."""
    shared: dict[str, int] = {}
    for row in rows_in(using, models.Likeness, "hash", [hash_of(master, one) for one in tokens]):
        shared[row.case] = shared.get(row.case, 0) + 1
    return sorted(shared, key=lambda case: (-shared[case], case))[:limit]


def hashes_of(master: MasterKey, tokens: Sequence[str]) -> frozenset[str]:
    """Return what is kept of the names of one case."""
    return frozenset(hash_of(master, token) for token in tokens)


def hash_of(master: MasterKey, token: str) -> str:
    """Return what is kept of one name."""
    return master.mark("likeness", token).hex()
