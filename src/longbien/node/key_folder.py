"""Where the secrets of a node lie: one folder below the node's own, one place for each key.

Nothing here leaves the node.  The State's root is here in an exercise only; a real one is made
and kept offline with ``longbien keys root``.
"""

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from longbien.primitives.ids import AuthorityId, StateCode


@frozen
class KeyFolder:
    """The paths of one node's keys."""

    path: Path

    @property
    def root(self) -> Path:
        """Return the State's root, where it is here."""
        return self.path / "root"

    @property
    def log(self) -> Path:
        """Return the keys that sign the ledger's checkpoints."""
        return self.path / "log"

    @property
    def witness(self) -> Path:
        """Return the keys that cosign other States' ledgers."""
        return self.path / "witness"

    @property
    def tls_certificate(self) -> Path:
        """Return the certificate that the node shows to other nodes."""
        return self.path / "tls" / "certificate.pem"

    @property
    def tls_key(self) -> Path:
        """Return its key."""
        return self.path / "tls" / "key.pem"

    @property
    def tsa(self) -> Path:
        """Return the exercise time-stamp authority."""
        return self.path / "tsa"

    def signer(self, authority: AuthorityId) -> Path:
        """Return the two keys with which an authority signs, and their certificates."""
        return self._authorities / _name(authority) / "signer"

    def recipient(self, authority: AuthorityId) -> Path:
        """Return what opens messages and packages that are sealed for an authority."""
        return self._authorities / _name(authority) / "recipient"

    def authorities(self, state: StateCode) -> Iterator[AuthorityId]:
        """Name the authorities that have keys here, in the order of their names."""
        for folder in sorted(self._authorities.iterdir()):
            yield AuthorityId.parse(f"{state}/{folder.name}")

    @property
    def _authorities(self) -> Path:
        return self.path / "authorities"


def _name(authority: AuthorityId) -> str:
    return authority.text.partition("/")[2]
