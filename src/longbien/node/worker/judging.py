"""Judging what arrived: the very check that a court runs, on the package as it lies in the vault.

Whom we believe comes from the directory: the sender's package roots and time roots, the ledgers
and witnesses of all States we know.  What the package carries only proves, it is never believed.
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from longbien.adapters.sealed_bag import SealedBag
from longbien.adapters.sealed_objects import ObjectReader, open_object
from longbien.casework.state import Package
from longbien.channel.transfer import SealedObject
from longbien.directory.book import Book
from longbien.evidence.layout import is_trust
from longbien.evidence.reading import MAX_TRUST_FILE
from longbien.evidence.report import Report
from longbien.evidence.source import BagSource, EntryKind
from longbien.evidence.verify import verify
from longbien.ledger.policy import Policy
from longbien.node.running import Node
from longbien.node.witness_policy import read_witness_policy
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import AuthorityId, KeyId, StateCode
from longbien.trust.age.identities import HybridIdentity, Identity, recipient_of
from longbien.trust.age.recipients import key_id
from longbien.trust.certificates import Anchors, Certificate, parse_certificates

_NOT_FOR_IT: Final = "age.no-match"


@frozen(kw_only=True)
class Judge:
    """Judges for one node."""

    node: Node

    def judge(self, source: BagSource, *, giver: StateCode, recipient: KeyId | None) -> Report:
        """Run ``evidence.verify`` on a package that ``giver`` has made."""
        book = self.node.office.book()
        return verify(
            source,
            anchors=anchors_of(book, giver, source),
            policy=self.policy(giver),
            now=self.node.office.clock(),
            recipient=recipient,
        )

    def policy(self, giver: StateCode) -> Policy:
        """Return whom we ask about the giver's ledger: all witnesses that the directory names."""
        quorum = self.node.settings.witness_quorum
        return read_witness_policy(self.node.office.book(), giver, quorum=quorum)

    def judge_arrived(
        self, package: Package, *, giver: StateCode, own: AuthorityId
    ) -> tuple[Report, SealedObject]:
        """Judge a package that lies in the vault as it came, for the authority of the case.

        Raises Malformed and Refused for what cannot be opened at all; the caller tells that as a
        failure.
        """
        sealed = package.announced.sealed
        reader, key = self._open(sealed, self.node.office.seat_of(own).identities)
        with SealedBag(reader) as bag:
            return self.judge(bag, giver=giver, recipient=key), sealed

    def _open(
        self, sealed: SealedObject, identities: tuple[Identity, ...]
    ) -> tuple[ObjectReader, KeyId | None]:
        """Open it, and tell which of the authority's keys, current or older, it is sealed for."""
        for one in identities:
            try:
                reader = open_object(sealed, self.node.vault, [one])
            except Refused as error:
                if error.code != _NOT_FOR_IT:
                    raise
            else:
                return reader, key_id(recipient_of(one)) if isinstance(
                    one, HybridIdentity
                ) else None
        return open_object(sealed, self.node.vault, identities), None  # it raises, naming them all


def anchors_of(book: Book, giver: StateCode, source: BagSource) -> Anchors:
    """Return the giver's roots: certificates in the package whose digests the directory names."""
    signers, stampers = set(book.package_roots(giver)), set(book.time_roots(giver))
    found = tuple(_carried(source))
    return Anchors(
        signers=tuple(one for one in found if one.sha256 in signers),
        time=tuple(one for one in found if one.sha256 in stampers),
    )


def _carried(source: BagSource) -> Iterable[Certificate]:
    seen = set()
    for entry in source.entries():
        if entry.kind is EntryKind.FILE and is_trust(entry.path) and entry.path.endswith(".pem"):
            try:
                certificates = parse_certificates(source.read(entry.path, limit=MAX_TRUST_FILE))
            except Malformed:
                continue  # a list of revocations, or what the verdict will speak of
            for one in certificates:
                if one.sha256 not in seen:
                    seen.add(one.sha256)
                    yield one
