"""Strict Ed25519: one verdict for one signature, whoever checks it.

RFC 8032 leaves room: libraries differ on points of small order and on encodings that are
not canonical, so two courts could reach two verdicts on one file.  Here such a public key
A, and such a commitment R, is refused before the library is asked.  The scalar S is held
below the group order by the library itself (OpenSSL), as RFC 8032, 5.1.7 demands.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_KEY_SIZE = 32
SIGNATURE_SIZE = 64

_FIELD = 2**255 - 19  # RFC 8032, section 5.1
_WITHOUT_SIGN = 2**255 - 1  # bit 255 is the sign of x; the rest is y

# the y coordinates of the eight points whose order divides 8; each is a class of keys
# under which one signature can fit several messages
_SMALL_ORDER_Y = frozenset(
    {
        0,  # order 4
        1,  # order 1, the neutral point
        _FIELD - 1,  # order 2
        # order 8: y and its negative
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)


def is_strict_point(encoded: bytes) -> bool:
    """Say whether 32 bytes are the canonical encoding of a y that no small-order point has.

    It does not say that the point lies on the curve: the library finds that out.
    """
    if len(encoded) != PUBLIC_KEY_SIZE:
        return False
    y = int.from_bytes(encoded, "little") & _WITHOUT_SIGN
    return y < _FIELD and y not in _SMALL_ORDER_Y


def verify_ed25519(*, public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether ``signature`` is a strict Ed25519 signature; never raises for any bytes."""
    if len(signature) != SIGNATURE_SIZE:
        return False
    if not is_strict_point(public_key) or not is_strict_point(signature[:PUBLIC_KEY_SIZE]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):  # ValueError: the key is no point of the curve
        return False
    return True
