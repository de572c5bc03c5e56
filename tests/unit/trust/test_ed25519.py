import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from longbien.trust.ed25519 import is_strict_point, verify_ed25519

P = 2**255 - 19
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
SIGNATURE = KEY.sign(b"an exhibit")

D = -121665 * pow(121666, -1, P) % P


def square_root(value: int) -> int:
    """Return a square root modulo P, where there is one (P = 5 modulo 8)."""
    root = pow(value, (P + 3) // 8, P)
    return root if root * root % P == value % P else root * pow(2, (P - 1) // 4, P) % P


# a point of order 8 doubles to one with y = 0, so x^2 = -y^2, so d*y^4 + 2*y^2 - 1 = 0;
# only one of the two solutions for y^2 is a square
ORDER_8 = next(
    y
    for sign in (1, -1)
    if (y := square_root(square := (sign * square_root(1 + D) - 1) * pow(D, -1, P) % P)) ** 2 % P
    == square
)
SMALL_ORDER = (0, 1, P - 1, ORDER_8, P - ORDER_8)

# ed25519-speccheck (Chalkias, Garillot, Nikolaenko: "Taming the many EdDSAs"), cases.json
# at 336651ba: message, public key, signature; the verdict is ours: small order refused
SPECCHECK = (
    (
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        (
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
            "0000000000000000000000000000000000000000000000000000000000000000"
        ),
        False,
    ),
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        (
            "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43"
            "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"
        ),
        False,
    ),
    (
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        (
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
            "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e"
        ),
        False,
    ),
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        (
            "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f"
            "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009"
        ),
        True,
    ),
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        (
            "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512"
            "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09"
        ),
        False,
    ),
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        (
            "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7"
            "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405"
        ),
        False,
    ),
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        (
            "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e"
            "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514"
        ),
        False,
    ),
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        (
            "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942"
            "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22"
        ),
        False,
    ),
    (
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        (
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
            "454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607"
        ),
        False,
    ),
    (
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        (
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
            "084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09"
        ),
        False,
    ),
)


def encoded(y: int, *, sign: bool = False) -> bytes:
    """Return y as a point is encoded."""
    return (y | sign << 255).to_bytes(32, "little")


def test_an_honest_signature_is_accepted() -> None:
    """What RFC 8032 signs is what we accept."""
    assert verify_ed25519(public_key=PUBLIC, signature=SIGNATURE, message=b"an exhibit") is True


@pytest.mark.parametrize(
    ("public", "signature", "message"),
    [
        (PUBLIC, SIGNATURE, b"an exhibit."),
        (PUBLIC, SIGNATURE[:-1], b"an exhibit"),
        (PUBLIC, SIGNATURE + b"\0", b"an exhibit"),
        (PUBLIC, b"", b"an exhibit"),
        (PUBLIC[:-1], SIGNATURE, b"an exhibit"),
        (PUBLIC + b"\0", SIGNATURE, b"an exhibit"),
        (b"", SIGNATURE, b"an exhibit"),
        (bytes([2]) + bytes(31), SIGNATURE, b"an exhibit"),  # y = 2 is not on the curve
    ],
)
def test_anything_else_is_not(public: bytes, signature: bytes, message: bytes) -> None:
    """Another message, another length, a key off the curve: False and never an exception."""
    assert verify_ed25519(public_key=public, signature=signature, message=message) is False


@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("y", SMALL_ORDER)
def test_points_of_small_order_are_refused(y: int, sign: bool) -> None:  # noqa: FBT001 - a parameter
    """None of the eight points of small order passes, whatever its sign bit."""
    assert is_strict_point(encoded(y, sign=sign)) is False


@pytest.mark.parametrize("y", [P, P + 1, P + 2, 2**255 - 1])
def test_points_that_are_not_canonical_are_refused(y: int) -> None:
    """A y at or above the field's prime is a second name of another point."""
    assert is_strict_point(encoded(y)) is False
    assert is_strict_point(encoded(y, sign=True)) is False


@pytest.mark.parametrize("y", [2, 3, P - 2, P - 3])
def test_neighbours_of_the_refused_points_pass(y: int) -> None:
    """The refusal is for exactly these points and for no others near them."""
    assert is_strict_point(encoded(y)) is True
    assert is_strict_point(encoded(y, sign=True)) is True


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_point_has_32_bytes(length: int) -> None:
    """Another length is no point."""
    assert is_strict_point(b"\x02" * length) is False


def test_a_key_of_small_order_accepts_no_signature_for_any_message() -> None:
    """The identity as key and commitment would fit every message; we refuse it."""
    identity = encoded(1)

    assert not verify_ed25519(public_key=identity, signature=identity + bytes(32), message=b"any")


def test_a_commitment_of_small_order_is_refused_although_the_library_takes_it() -> None:
    """R is held to the same rule as A: speccheck case 2 verifies in the library."""
    message, public, signature, _ = (SPECCHECK[2][0], SPECCHECK[2][1], SPECCHECK[2][2], None)
    key, sig = bytes.fromhex(public), bytes.fromhex(signature)

    assert is_strict_point(key) is True
    assert is_strict_point(sig[:32]) is False
    assert verify_ed25519(public_key=key, signature=sig, message=bytes.fromhex(message)) is False


@pytest.mark.parametrize(("message", "public", "signature", "verdict"), SPECCHECK)
def test_speccheck(message: str, public: str, signature: str, *, verdict: bool) -> None:
    """The published edge cases get one verdict, without cofactor, and S below the order."""
    found = verify_ed25519(
        public_key=bytes.fromhex(public),
        signature=bytes.fromhex(signature),
        message=bytes.fromhex(message),
    )

    assert found is verdict
