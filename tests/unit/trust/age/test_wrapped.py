import pytest
from attrs import evolve

from longbien.primitives.errors import Malformed
from longbien.trust.age.header import FileKey, Stanza, encode_base64
from longbien.trust.age.identities import HybridIdentity, recipient_of
from longbien.trust.age.recipients import wrap_file_key
from longbien.trust.age.wrapped import HybridShare, X25519Share, parse_wrapped

BASE = (9).to_bytes(32, "little")
X25519 = Stanza(kind="X25519", arguments=(encode_base64(BASE),), body=bytes(32))
ENC = b"k" * 1088 + BASE
HYBRID = Stanza(kind="mlkem768x25519", arguments=(encode_base64(ENC),), body=bytes(32))


def code_of(stanza: Stanza) -> tuple[str, object]:
    """Return the code and the kind that a stanza is refused with."""
    with pytest.raises(Malformed) as caught:
        parse_wrapped(stanza)
    return caught.value.code, caught.value.facts.get("kind")


def test_a_stanza_of_a_known_kind_gives_its_parts() -> None:
    """Share and body are those that stand in the stanza."""
    assert parse_wrapped(X25519) == X25519Share(share=BASE, body=bytes(32))
    assert parse_wrapped(HYBRID) == HybridShare(enc=ENC, body=bytes(32))


@pytest.mark.parametrize("kind", ["x25519", "MLKEM768X25519", "scrypt", "grease", "X25519-"])
def test_a_stanza_of_an_unknown_kind_is_left_alone(kind: str) -> None:
    """Unknown kinds may have any form."""
    assert parse_wrapped(Stanza(kind=kind, arguments=("?", "!"), body=b"any")) is None


@pytest.mark.parametrize("stanza", [X25519, HYBRID], ids=lambda stanza: stanza.kind)
def test_a_known_kind_keeps_its_form(stanza: Stanza) -> None:
    """One argument of the exact size, canonical, and a body of the exact size: nothing else."""
    share = ENC if stanza is HYBRID else BASE
    wrong = [
        evolve(stanza, arguments=()),
        evolve(stanza, arguments=(*stanza.arguments, "AA")),
        evolve(stanza, arguments=(encode_base64(share[1:]),)),
        evolve(stanza, arguments=(encode_base64(b"\0" + share),)),
        evolve(stanza, arguments=("",)),
        evolve(stanza, body=bytes(31)),
        evolve(stanza, body=bytes(33)),
        evolve(stanza, body=b""),
    ]

    assert {code_of(one) for one in wrong} == {("age.header.recipient", stanza.kind)}
    padded = evolve(stanza, arguments=(stanza.arguments[0] + "=",))
    assert code_of(padded)[0] == "age.header.base64"


@pytest.mark.parametrize("stanza", [X25519, HYBRID], ids=lambda stanza: stanza.kind)
def test_a_low_order_share_is_refused(stanza: Stanza) -> None:
    """A share that makes every secret zero is an attack, in either kind."""
    zero = bytes(32) if stanza is X25519 else b"k" * 1088 + bytes(32)

    code = code_of(evolve(stanza, arguments=(encode_base64(zero),)))

    assert code == ("age.header.low-order", stanza.kind)


def test_a_real_hybrid_stanza_has_this_form() -> None:
    """What we write, we read."""
    recipient = recipient_of(HybridIdentity(bytes(32)))
    stanza = wrap_file_key(recipient, file_key=FileKey(bytes(16)), random_bytes=bytes)

    assert isinstance(parse_wrapped(stanza), HybridShare)
