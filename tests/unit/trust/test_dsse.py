import hashlib
import json

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ec, mldsa

from longbien.adapters.raw_signers import hybrid_key, software_raw_signer
from longbien.exercise.states import SignerPair, signer_pair
from longbien.primitives.canonical import Json, encode_json
from longbien.primitives.errors import LongBienError, Malformed, Refused
from longbien.primitives.ids import KeyId
from longbien.trust import dsse
from longbien.trust.keys import parse_public_key

KIND = "application/vnd.longbien.message+json"
A, B = signer_pair("dsse/a"), signer_pair("dsse/b")
PAYLOAD = b'{"what":"a message"}'
SIGNED = dsse.sign_envelope(PAYLOAD, payload_type=KIND, signers=A.both)
DATA = dsse.encode_envelope(SIGNED)


def code_of(data: bytes, *, payload_type: str = KIND, **options: int) -> str:
    """Return the code with which an envelope is refused."""
    with pytest.raises(Malformed) as caught:
        dsse.parse_envelope(data, payload_type=payload_type, **options)
    return caught.value.code


def changed(**fields: Json) -> bytes:
    """Return the envelope with fields replaced."""
    return encode_json({**json.loads(DATA), **fields})


def only(pair: SignerPair, which: str) -> dsse.Envelope:
    """Return an envelope signed with one key of a pair."""
    return dsse.sign_envelope(PAYLOAD, payload_type=KIND, signers=[getattr(pair, which)])


def test_pae_is_that_of_the_specification() -> None:
    """The test vector of DSSE's protocol.md, byte for byte."""
    pae = dsse.encode_pae(b"hello world", payload_type="http://example.com/HelloWorld")
    assert pae == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_pae_counts_bytes() -> None:
    """Lengths are of UTF-8 bytes, so that no two pairs share an encoding."""
    assert dsse.encode_pae(b"\n", payload_type="ß") == b"DSSEv1 2 \xc3\x9f 1 \n"


def test_written_and_read() -> None:
    """What was signed is read as it was written, and says the same to any JSON reader."""
    assert dsse.parse_envelope(DATA, payload_type=KIND) == SIGNED
    assert encode_json(json.loads(DATA)) == DATA
    assert json.loads(DATA)["payloadType"] == KIND
    assert encode_json(dsse.envelope_to_json(SIGNED)) == DATA
    assert dsse.envelope_from_json(json.loads(DATA), payload_type=KIND) == SIGNED


def test_key_ids_are_digests_of_the_public_key() -> None:
    """A key id is what sha256sum prints over the DER public key."""
    expected = "sha256:" + hashlib.sha256(A.ec.spki).hexdigest()
    assert dsse.key_id_of(A.ec.spki).text == expected
    assert A.public.ids == (A.ec.key_id, A.mldsa.key_id)


def test_signatures_stand_in_order() -> None:
    """Whoever signs first, the bytes have one order."""
    turned = dsse.sign_envelope(PAYLOAD, payload_type=KIND, signers=tuple(reversed(A.both)))
    ids = [one.key_id.text for one in turned.signatures]
    assert ids == sorted(ids) == [one.key_id.text for one in SIGNED.signatures]


@pytest.mark.parametrize(
    ("signers", "kind"),
    [((), KIND), ((A.ec, A.ec), KIND), ((A.ec,), "Text Plain"), ((A.ec,), "x" * 128)],
)
def test_what_cannot_be_signed_is_a_bug(signers: tuple[object, ...], kind: str) -> None:
    """No signer, one twice, or a type that is no media type: a fault of the caller."""
    with pytest.raises(ValueError, match="at least one signer, each once"):
        dsse.sign_envelope(PAYLOAD, payload_type=kind, signers=signers)


def test_longest_media_type() -> None:
    """A media type of 127 characters is the longest that is carried."""
    kind = "x" * 127
    signed = dsse.sign_envelope(PAYLOAD, payload_type=kind, signers=[A.ec])
    assert dsse.parse_envelope(dsse.encode_envelope(signed), payload_type=kind) == signed


@pytest.mark.parametrize(
    ("curve", "post_quantum"),
    [
        (ec.SECP256R1, mldsa.MLDSA65PrivateKey),
        (ec.SECP384R1, mldsa.MLDSA87PrivateKey),
    ],
)
def test_accepted_algorithms_verify(curve: type, post_quantum: type) -> None:
    """P-256 and P-384, ML-DSA-65 and -87 sign and verify, each as its key says."""
    first = software_raw_signer(ec.generate_private_key(curve()))
    second = software_raw_signer(post_quantum.generate())
    signed = dsse.sign_envelope(PAYLOAD, payload_type=KIND, signers=(first, second))
    pair = hybrid_key(first, second)
    assert dsse.verify_envelope(signed, keys=[pair.ec, pair.mldsa]) == set(pair.ids)
    assert dsse.require_hybrid(signed, [B.public, pair]) == pair


def test_other_algorithms_never_verify() -> None:
    """A good signature by an ML-DSA-44 key counts for nothing, and no pair holds such a key."""
    key = mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    weak = software_raw_signer(key)
    signed = dsse.sign_envelope(PAYLOAD, payload_type=KIND, signers=[weak])
    assert dsse.verify_envelope(signed, keys=[parse_public_key(weak.spki)]) == frozenset()
    with pytest.raises(Malformed) as caught:
        hybrid_key(A.ec, weak)
    assert caught.value.code == "dsse.pair"


@pytest.mark.parametrize("pair", [(A.ec, B.ec), (A.mldsa, B.mldsa), (A.mldsa, A.ec)])
def test_a_pair_is_of_both_kinds(pair: tuple[object, object]) -> None:
    """Two keys of one kind, or the wrong way round, are not a signer."""
    with pytest.raises(Malformed) as caught:
        hybrid_key(*pair)
    assert caught.value.code == "dsse.pair"


def test_only_trusted_keys_count() -> None:
    """Signatures by keys that nobody asked about are passed over."""
    assert dsse.verify_envelope(SIGNED, keys=[]) == frozenset()
    assert dsse.verify_envelope(SIGNED, keys=[A.public.ec]) == {A.ec.key_id}
    assert dsse.verify_envelope(SIGNED, keys=[B.public.ec, B.public.mldsa]) == frozenset()


@pytest.mark.parametrize("which", ["ec", "mldsa"])
def test_one_of_two_signatures_is_none(which: str) -> None:
    """A good ECDSA signature without the ML-DSA one is refused, and the other way round."""
    half = only(A, which)
    assert len(dsse.verify_envelope(half, keys=[A.public.ec, A.public.mldsa])) == 1
    assert dsse.find_hybrid(half, [A.public]) == ()
    with pytest.raises(Refused) as caught:
        dsse.require_hybrid(half, [A.public])
    assert caught.value.code == "dsse.not-signed"


def test_halves_of_two_signers_are_no_signer() -> None:
    """One's ECDSA and another's ML-DSA signature do not add up."""
    mixed = dsse.sign_envelope(PAYLOAD, payload_type=KIND, signers=(A.ec, B.mldsa))
    assert dsse.find_hybrid(mixed, [A.public, B.public]) == ()


@pytest.mark.parametrize("index", [0, 1])
def test_a_changed_signature_does_not_verify(index: int) -> None:
    """One flipped bit in a signature takes its key out of the result and raises nothing."""
    rows = list(SIGNED.signatures)
    bad = bytes([rows[index].signature[0], rows[index].signature[1] ^ 1])
    rows[index] = evolve(rows[index], signature=bad + rows[index].signature[2:])
    left = dsse.verify_envelope(
        evolve(SIGNED, signatures=tuple(rows)), keys=[A.public.ec, A.public.mldsa]
    )
    assert left == {SIGNED.signatures[1 - index].key_id}


@pytest.mark.parametrize(
    "change", [{"payload": PAYLOAD + b" "}, {"payload_type": KIND.replace("message", "receipt")}]
)
def test_payload_and_type_are_signed(change: dict[str, object]) -> None:
    """A signature over one kind of document is worth nothing over another."""
    keys = [A.public.ec, A.public.mldsa]
    assert dsse.verify_envelope(evolve(SIGNED, **change), keys=keys) == frozenset()


def test_signatures_are_added() -> None:
    """Root holders sign one after another; whoever has signed already keeps that signature."""
    both = dsse.add_signatures(
        SIGNED, dsse.sign_envelope(PAYLOAD, payload_type=KIND, signers=(*A.both, *B.both))
    )
    assert dsse.find_hybrid(both, [A.public, B.public]) == (A.public, B.public)
    assert set(SIGNED.signatures) < set(both.signatures)
    assert dsse.parse_envelope(dsse.encode_envelope(both), payload_type=KIND) == both


def test_signatures_over_other_bytes_are_not_added() -> None:
    """Two files that look alike are not merged."""
    other = dsse.sign_envelope(PAYLOAD + b" ", payload_type=KIND, signers=B.both)
    with pytest.raises(Refused) as caught:
        dsse.add_signatures(SIGNED, other)
    assert caught.value.code == "dsse.other-payload"


ROW = json.loads(DATA)["signatures"][0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (DATA + b"\n", "dsse.not-canonical"),
        (DATA.replace(b'":"', b'": "', 1), "dsse.not-canonical"),
        (DATA[:-1] + b',"payload":""}', "json.duplicate-key"),
        (b"[" * 5, "json.depth"),
        (b"[" * 4, "json.syntax"),
        (b"{", "json.syntax"),
        (b"[]", "dsse.form"),
        (changed(more=1), "dsse.form"),
        (changed(payloadType="application/vnd.longbien.receipt+json"), "dsse.payload-type"),
        (changed(payloadType=None), "dsse.payload-type"),
        (changed(payload=None), "dsse.base64"),
        (changed(payload="é"), "dsse.base64"),
        (changed(payload="QQ"), "dsse.base64"),
        (changed(payload="QR=="), "dsse.base64"),
        (changed(payload="QQ==\n"), "dsse.base64"),
        (changed(payload="Q-=="), "dsse.base64"),
        (changed(signatures=[]), "dsse.signatures"),
        (changed(signatures={}), "dsse.signatures"),
        (changed(signatures=[ROW, ROW]), "dsse.signatures"),
        (changed(signatures=json.loads(DATA)["signatures"][::-1]), "dsse.signatures"),
        (changed(signatures=[ROW] * 65), "dsse.signatures"),
        (changed(signatures=[1]), "dsse.form"),
        (changed(signatures=[{**ROW, "alg": "none"}]), "dsse.form"),
        (changed(signatures=[{**ROW, "keyid": ""}]), "dsse.key-id"),
        (changed(signatures=[{**ROW, "keyid": None}]), "dsse.key-id"),
        (changed(signatures=[{**ROW, "sig": "QUFB" * 1543}]), "dsse.size"),
        (changed(signatures=[{**ROW, "sig": "A" * 6168 + "QUE="}]), "dsse.size"),
    ],
)
def test_malformed_envelopes(data: bytes, code: str) -> None:
    """Every way to write an envelope wrongly has its code."""
    assert code_of(data) == code


def test_sizes_are_bounded() -> None:
    """A payload may have just as many bytes as the caller allows."""
    assert dsse.parse_envelope(DATA, payload_type=KIND, max_payload=len(PAYLOAD)) == SIGNED
    assert code_of(DATA, max_payload=len(PAYLOAD) - 1) == "dsse.size"
    assert code_of(DATA, max_payload=1) == "dsse.size"
    limit = dsse.max_envelope(3)
    assert limit == 4 + 64 * (6172 + 128) + 1024
    assert code_of(b" " * (limit + 1), max_payload=3) == "json.size"
    assert code_of(b" " * limit, max_payload=3) == "json.syntax"


def test_a_payload_of_a_mebibyte() -> None:
    """Unless the caller says otherwise a payload may have 1 MiB."""
    for size, fits in ((2**20, True), (2**20 + 1, False)):
        signed = dsse.sign_envelope(bytes(size), payload_type=KIND, signers=[A.ec])
        data = dsse.encode_envelope(signed)
        if fits:
            assert dsse.parse_envelope(data, payload_type=KIND) == signed
        else:
            assert code_of(data) == "dsse.size"


def test_the_largest_signature_fits() -> None:
    """An ML-DSA-87 signature, 4,627 bytes, is the largest that is read."""
    row = dsse.EnvelopeSignature(key_id=KeyId("sha256:" + "0" * 64), signature=bytes(4627))
    envelope = evolve(SIGNED, signatures=(row,))
    assert dsse.parse_envelope(dsse.encode_envelope(envelope), payload_type=KIND) == envelope
    larger = evolve(SIGNED, signatures=(evolve(row, signature=bytes(4628)),))
    assert code_of(dsse.encode_envelope(larger)) == "dsse.size"


def test_as_many_signatures_as_are_allowed() -> None:
    """64 signatures are read."""
    rows = tuple(
        dsse.EnvelopeSignature(key_id=KeyId(f"sha256:{n:064x}"), signature=b"s") for n in range(64)
    )
    envelope = evolve(SIGNED, signatures=rows)
    assert dsse.parse_envelope(dsse.encode_envelope(envelope), payload_type=KIND) == envelope


def test_every_cut_is_malformed() -> None:
    """No beginning of an envelope is one."""
    for size in range(0, len(DATA), 97):
        with pytest.raises(LongBienError):
            dsse.parse_envelope(DATA[:size], payload_type=KIND)
