import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import trust_world
from longbien.adapters.raw_signers import (
    hybrid_key,
    raw_ec_signer,
    raw_mldsa_signer,
    software_raw_signer,
)
from longbien.adapters.signers import SoftwareEcSigner, SoftwareMlDsaSigner
from longbien.exercise.states import signer_pair
from longbien.trust.dsse import key_id_of, require_hybrid, sign_envelope
from longbien.trust.keys import KeyAlgorithm

KIND = "application/vnd.longbien.message+json"


@pytest.mark.parametrize(
    ("curve", "algorithm"), [("P-256", KeyAlgorithm.P256), ("P-384", KeyAlgorithm.P384)]
)
def test_signers_with_certificates_sign_envelopes(curve: str, algorithm: KeyAlgorithm) -> None:
    """What signs packages signs envelopes too, under the key ids of its certificates."""
    one, two = trust_world.signer(curve), trust_world.mldsa_signer()
    ec_signer = raw_ec_signer(SoftwareEcSigner(key=one.key, certificates=one.certificates))
    mldsa_signer = raw_mldsa_signer(SoftwareMlDsaSigner(key=two.key, certificates=two.certificates))
    pair = hybrid_key(ec_signer, mldsa_signer)

    signed = sign_envelope(b"{}", payload_type=KIND, signers=(ec_signer, mldsa_signer))

    assert require_hybrid(signed, [pair]) == pair
    assert pair.ids == (ec_signer.key_id, mldsa_signer.key_id)
    assert (ec_signer.algorithm, mldsa_signer.algorithm) == (algorithm, KeyAlgorithm.ML_DSA_65)
    assert ec_signer.key_id == key_id_of(one.certificates[0].spki)
    assert mldsa_signer.spki == two.certificates[0].spki


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1])
def test_software_keys_know_what_they_are(curve: type) -> None:
    """Algorithm, public key and key id follow from the private key."""
    key = ec.generate_private_key(curve())
    signer = software_raw_signer(key)
    expected = {256: KeyAlgorithm.P256, 384: KeyAlgorithm.P384}[key.key_size]
    assert (signer.algorithm, signer.key_id) == (expected, key_id_of(signer.spki))


def test_no_private_key_in_a_repr() -> None:
    """What is printed of a signer holds neither half of its key."""
    pair = signer_pair("repr")
    assert "PrivateKey" not in repr(pair.ec) + repr(pair.mldsa)
    assert "spki" not in repr(pair.ec)
