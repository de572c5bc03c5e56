"""Private keys under a passphrase: PKCS#8 (RFC 5958) with PBES2 (RFC 8018), as OpenSSL reads it.

``cryptography`` writes such files with 2,048 rounds of PBKDF2, and nothing else can be asked of
it: a passphrase of people would be tried out quickly by whoever copies the file.  So the
structure is put together here, of asn1crypto's types; hashing and cipher are the library's.
"""

from collections.abc import Callable
from typing import Final

from asn1crypto import algos, core, keys
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from longbien.trust.certificates import encode_pem

ROUNDS: Final = 600_000  # OWASP's figure for PBKDF2 with HMAC-SHA-256
_SALT: Final = 16  # bytes
_KEY: Final = 32
_BLOCK: Final = 16


def lock_key(der: bytes, passphrase: bytes, *, random_bytes: Callable[[int], bytes]) -> bytes:
    """Encrypt a private key (PKCS#8 in DER) under a passphrase; return PEM."""
    salt, start = random_bytes(_SALT), random_bytes(_BLOCK)
    key = PBKDF2HMAC(algorithm=SHA256(), length=_KEY, salt=salt, iterations=ROUNDS)
    # PKCS#8 knows no authenticated mode; a changed file does not load, or is another key
    cipher = Cipher(algorithms.AES256(key.derive(passphrase)), modes.CBC(start)).encryptor()
    padding = PKCS7(8 * _BLOCK).padder()
    padded = padding.update(der) + padding.finalize()
    locked = keys.EncryptedPrivateKeyInfo(
        {
            "encryption_algorithm": _algorithm(salt, start),
            "encrypted_data": cipher.update(padded) + cipher.finalize(),
        }
    )
    return encode_pem(locked.dump(), label="ENCRYPTED PRIVATE KEY")


def _algorithm(salt: bytes, start: bytes) -> algos.EncryptionAlgorithm:
    stretched = {
        "algorithm": "pbkdf2",
        "parameters": algos.Pbkdf2Params(
            {
                "salt": algos.Pbkdf2Salt(name="specified", value=core.OctetString(salt)),
                "iteration_count": ROUNDS,
                "prf": {"algorithm": "sha256", "parameters": core.Null()},
            }
        ),
    }
    cipher = {"algorithm": "aes256_cbc", "parameters": core.OctetString(start)}
    return algos.EncryptionAlgorithm(
        {
            "algorithm": "pbes2",
            "parameters": {"key_derivation_func": stretched, "encryption_scheme": cipher},
        }
    )
