"""Verifying: one function for the command line, the node's door, the court and export.

Bytes come in through a ``BagSource``; who is trusted and what time it is are arguments.
"""

from itertools import islice

from longbien.evidence.checks_layout import MAX_ENTRIES
from longbien.evidence.layout import DISCLOSURE
from longbien.evidence.reading import Reader, Spread
from longbien.evidence.report import Report
from longbien.evidence.source import BagSource
from longbien.evidence.verify_package import verify_package
from longbien.ledger.policy import Policy
from longbien.primitives.ids import KeyId
from longbien.primitives.instants import Instant
from longbien.trust.certificates import Anchors, Material


def verify(
    source: BagSource,
    *,
    anchors: Anchors,
    policy: Policy | None,
    now: Instant,
    recipient: KeyId | None = None,
    material: Material | None = None,
    spread: Spread = map,
    quick: bool = False,
) -> Report:
    """Judge a package, or a partial disclosure of one, by what the relying party believes.

    ``anchors`` and ``policy`` are the relying party's own: what the package carries never
    adds to them.  ``recipient`` is its own key, which the package must name; None where it
    is not a recipient.  ``material`` are certificates and revocation lists that it has
    itself.  ``spread`` measures many files, ``map`` or several threads.

    ``quick`` hashes each byte of a package once: of a file above one block its signed chunk tree
    is computed, but not the SHA-256 of the whole file.  A disclosure is always judged in full.

    The steps are those of ``verify_package`` and ``verify_disclosure``.  Never raises for
    bad evidence; Unavailable leaves where the bag cannot be read.
    """
    reader = Reader(
        anchors=anchors,
        policy=policy,
        now=now,
        recipient=recipient,
        material=material or Material(),
    )
    # one more than there may be: the layout check then says that it is too much
    entries = tuple(islice(source.entries(), MAX_ENTRIES + 1))
    if any(entry.path == DISCLOSURE for entry in entries):
        # loaded when there is one: a package is judged sooner without
        from longbien.evidence.verify_disclosure import verify_disclosure  # noqa: PLC0415 - see above

        return verify_disclosure(source, entries, reader=reader, spread=spread)
    return verify_package(source, entries, reader=reader, spread=spread, quick=quick)
