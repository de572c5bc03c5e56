"""Strict acceptance of public keys and ECDSA signatures."""

import hashlib

import pytest
from asn1crypto.keys import PublicKeyInfo
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import trust_world as world
from longbien.primitives.errors import Malformed
from longbien.trust import keys
from longbien.trust.keys import KeyAlgorithm

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P384_ORDER = int(
    "39402006196394479212279040100143613805079739270465446667946905279627659399113263569398956308152"
    "294913554433653942643"
)
FIELD = 2**255 - 19


def spki(private: object) -> bytes:
    """Return the DER public half."""
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public(private: object) -> keys.PublicKey:
    """Return the accepted public half."""
    return keys.parse_public_key(spki(private))


PRIVATE = {
    KeyAlgorithm.P256: lambda: world.ec_key("k"),
    KeyAlgorithm.P384: lambda: world.ec_key("k", "P-384"),
    KeyAlgorithm.ML_DSA_44: MLDSA44PrivateKey.generate,
    KeyAlgorithm.ML_DSA_65: lambda: world.mldsa_key("k"),
    KeyAlgorithm.ML_DSA_87: lambda: world.mldsa_key("k", 87),
}


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_each_accepted_kind_is_recognised(algorithm: str) -> None:
    """The five kinds are told apart and keep their bytes."""
    der = spki(PRIVATE[algorithm]())

    key = keys.parse_public_key(der)

    assert (key.algorithm, key.spki) == (algorithm, der)


def refused_spki() -> dict[str, bytes]:
    """Return encodings of keys that are not the one accepted."""
    private = world.ec_key("k")
    good = spki(private)
    compressed = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    info = PublicKeyInfo.load(good)
    info["public_key"] = compressed
    off = bytearray(good)
    off[-1] ^= 1
    mldsa_der = spki(world.mldsa_key("k"))
    return {
        "nothing": b"",
        "cut": good[:-1],
        "trailing": good + b"\0",
        "compressed point": info.dump(force=True),
        "hybrid point": good[:26] + b"\x06" + good[27:],
        "rsa": spki(rsa.generate_private_key(65537, 1024)),  # noqa: S505  # that it is refused
        "ed25519": spki(ed25519.Ed25519PrivateKey.generate()),
        "another curve": spki(ec.generate_private_key(ec.SECP521R1())),
        "unused bits": good[:25] + b"\x01" + good[26:],
        "ml-dsa cut": mldsa_der[:-1],
        "ml-dsa of another level": mldsa_der.replace(
            bytes.fromhex("0609608648016503040312"), bytes.fromhex("0609608648016503040313")
        ),
    }


@pytest.mark.parametrize("name", refused_spki())
def test_any_other_encoding_of_a_key_is_refused(name: str) -> None:
    """Other kinds, other forms of the point, one byte more or less."""
    with pytest.raises(Malformed) as error:
        keys.parse_public_key(refused_spki()[name])

    assert error.value.code == "key.encoding"


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_a_point_off_the_curve_is_refused(curve: str) -> None:
    """Coordinates that do not solve the equation are no key."""
    der = bytearray(spki(world.ec_key("k", curve)))
    der[-1] ^= 1

    with pytest.raises(Malformed) as error:
        keys.parse_public_key(bytes(der))

    assert error.value.code == "key.point"


@pytest.mark.parametrize(
    ("algorithm", "order"), [(KeyAlgorithm.P256, P256_ORDER), (KeyAlgorithm.P384, P384_ORDER)]
)
def test_numbers_of_a_signature_are_inside_the_group(algorithm: str, order: int) -> None:
    """1 and n-1 are in range; 0 and n are not."""
    for r, s in ((1, 1), (order - 1, order - 1)):
        der = encode_dss_signature(r, s)
        assert keys.parse_ecdsa_signature(der, algorithm=algorithm) == (r, s)

    for r, s in ((0, 1), (1, 0), (order, 1), (1, order)):
        with pytest.raises(Malformed) as error:
            keys.parse_ecdsa_signature(encode_dss_signature(r, s), algorithm=algorithm)
        assert error.value.code == "ecdsa.range"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "3000",
        "3006020101020101" + "00",
        "300702020001020101",
        "3006020181020101",
        "308106020101020101",
        "3080020101020101" + "0000",
        "3006020101020102ff",
        "3009020101020101020101",
    ],
)
def test_a_signature_has_one_encoding(text: str) -> None:
    """Trailing bytes, padded or negative numbers, long lengths and third numbers are refused."""
    with pytest.raises(Malformed) as error:
        keys.parse_ecdsa_signature(bytes.fromhex(text), algorithm=KeyAlgorithm.P256)

    assert error.value.code in {"ecdsa.encoding", "ecdsa.range"}


def test_a_lenient_reader_does_not_make_us_lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is written again and compared, whatever the library accepts."""
    monkeypatch.setattr(keys, "decode_dss_signature", lambda _: (5, 6))

    with pytest.raises(Malformed) as error:
        keys.parse_ecdsa_signature(b"anything", algorithm=KeyAlgorithm.P256)

    assert error.value.code == "ecdsa.encoding"


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_ecdsa_verifies_over_each_sha2_digest(name: str) -> None:
    """A good signature is good; for another digest, key or digest length it is not."""
    signer = world.signer()
    key = keys.parse_public_key(signer.certificates[0].spki)
    digest = hashlib.new(name, b"x").digest()
    signature = signer.sign(digest)

    assert keys.verify_ecdsa(key, signature=signature, digest=digest)
    assert not keys.verify_ecdsa(key, signature=signature, digest=bytes(len(digest)))
    assert not keys.verify_ecdsa(key, signature=signature, digest=digest[:20])
    assert not keys.verify_ecdsa(key, signature=signature + b"\0", digest=digest)
    assert not keys.verify_ecdsa(public(world.ec_key("other")), signature=signature, digest=digest)
    assert not keys.verify_ecdsa(public(world.mldsa_key("k")), signature=signature, digest=digest)


def test_mldsa_verifies_the_message_itself() -> None:
    """A good signature is good; for another message or kind of key it is not."""
    private = world.mldsa_key("k")
    signature = private.sign(b"message")

    assert keys.verify_mldsa_raw(public(private), signature=signature, message=b"message")
    assert not keys.verify_mldsa_raw(public(private), signature=signature, message=b"massage")
    assert not keys.verify_mldsa_raw(public(private), signature=b"", message=b"message")
    ec_public = public(world.ec_key("k"))
    assert not keys.verify_mldsa_raw(ec_public, signature=signature, message=b"message")


def test_mldsa_with_a_context_is_another_signature() -> None:
    """Only the empty context counts, for that is what openssl pkeyutl checks."""
    private = world.mldsa_key("k")
    signature = private.sign(b"message", b"context")

    assert not keys.verify_mldsa_raw(public(private), signature=signature, message=b"message")


LOW_ORDER = [
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    FIELD - 1,
]


@pytest.mark.parametrize("u", LOW_ORDER)
def test_low_order_points_of_x25519_are_refused(u: int) -> None:
    """They give an all-zero secret with every key; the library confirms it."""
    raw = u.to_bytes(32, "little")

    with pytest.raises(Malformed) as error:
        keys.parse_x25519(raw)

    assert error.value.code == "x25519.low-order"
    with pytest.raises(ValueError, match="shared key"):
        x25519.X25519PrivateKey.generate().exchange(x25519.X25519PublicKey.from_public_bytes(raw))


@pytest.mark.parametrize("u", [FIELD, FIELD + 1, FIELD + 18, 2**255 + 9, 2**256 - 1])
def test_x25519_coordinates_are_reduced(u: int) -> None:
    """A second encoding of a point is refused."""
    with pytest.raises(Malformed) as error:
        keys.parse_x25519(u.to_bytes(32, "little"))

    assert error.value.code == "x25519.not-canonical"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_x25519_keys_have_32_bytes(size: int) -> None:
    """Any other size is refused."""
    with pytest.raises(Malformed) as error:
        keys.parse_x25519(bytes([9]) * size)

    assert error.value.code == "x25519.size"


@pytest.mark.parametrize("u", [2, 9, FIELD - 2])
def test_other_x25519_points_are_accepted(u: int) -> None:
    """The neighbours of the refused ones are keys."""
    raw = u.to_bytes(32, "little")

    assert keys.parse_x25519(raw) == raw
