"""What signing needs from outside: keys, a time-stamp authority, randomness.

Verifying needs none of these.  The adapters make them real: key files, PKCS#11, HTTP.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from longbien.primitives.digest import Digest
from longbien.trust.certificates import Certificate

RandomBytes: TypeAlias = Callable[[int], bytes]
"""Return that many bytes which nobody can predict."""


class EcSigner(Protocol):
    """A private ECDSA key on P-256 or P-384 and the certificates that speak for it.

    The key may sit in a hardware module: only a digest goes in, only a signature comes out.
    """

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Return the signer's own certificate first, then upwards; the root may be left out."""
        ...

    def sign(self, digest: bytes, /) -> bytes:
        """Sign a digest; return the DER ECDSA-Sig-Value (RFC 3279, 2.2.3).

        ``digest`` is SHA-256 for P-256 and SHA-384 for P-384.  Raises Unavailable where
        the key cannot be reached.
        """
        ...


class MlDsaSigner(Protocol):
    """A private ML-DSA-65 key (FIPS 204) and the certificates that speak for it."""

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Return the signer's own certificate first, then upwards; the root may be left out."""
        ...

    def sign(self, message: bytes, /) -> bytes:
        """Sign the message itself (pure ML-DSA, empty context); return 3309 bytes."""
        ...


class TimeStamper(Protocol):
    """A time-stamp authority that can be asked now (RFC 3161)."""

    def stamp(self, data_sha256: Digest, /) -> bytes:
        """Return the DER TimeStampResp over a SHA-256 digest, its certificates included.

        The answer is not verified here, except that it answers this question: status,
        imprint and nonce.  Raises Unavailable where the authority does not answer, or
        refuses.
        """
        ...
