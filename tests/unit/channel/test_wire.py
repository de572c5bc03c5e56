import json

import pytest

from channel_world import (
    IL,
    VN,
    VN_POINT,
    checkpoint,
    consistency_of,
    frame_of,
    gossip_of,
    id_of,
    message_of,
    receipt_of,
)
from longbien.channel.message import MAX_CONTENT, MessageKind, ReceiptOutcome
from longbien.channel.wire import (
    MAX_FRAME,
    MAX_MESSAGE,
    MAX_NOTE,
    Answer,
    consistency_from_json,
    encode_answer,
    encode_frame,
    encode_gossip,
    encode_message,
    encode_receipt,
    is_code,
    parse_answer,
    parse_frame,
    parse_gossip,
    parse_message,
    parse_receipt,
    schema_of,
)
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import Malformed, Refused


def changed(data: bytes, **fields: object) -> bytes:
    """Return a canonical document with some fields changed; ``...`` takes one away."""
    value = json.loads(data) | fields
    return encode_json({name: one for name, one in value.items() if one is not ...})


MESSAGE, RECEIPT, GOSSIP = (
    encode_message(message_of()),
    encode_receipt(receipt_of()),
    encode_gossip(gossip_of()),
)


# --- messages ---


def test_a_message_comes_back_as_it_was() -> None:
    """What was written is read, with every field."""
    message = message_of(2, in_reply_to=id_of(1), content={"a": [1, {"b": None}]})

    assert parse_message(encode_message(message)) == message


def test_a_message_is_written_in_one_way() -> None:
    """The bytes of a message are fixed, field by field."""
    assert MESSAGE == (
        b'{"content":{"subject":"account 17"},"created_at":"2026-11-01T12:00:00Z",'
        b'"exercise":true,"expires_at":"2026-11-08T12:00:00Z",'
        b'"id":"00000000-0000-4000-8000-000000000001","in_reply_to":null,"kind":"request",'
        b'"lane":"preservation","protocol":1,"purpose":"preservation",'
        b'"recipient":"VN/contact-point","schema":"longbien:preservation.request/1",'
        b'"sender":"IL/contact-point","sequence":1,"suite":"LB1",'
        b'"thread":"11111111-1111-4111-8111-111111111111"}'
    )


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_has_its_place_on_the_wire(kind: MessageKind) -> None:
    """A message of each kind is written and read."""
    assert parse_message(encode_message(message_of(kind=kind))).kind is kind


def test_a_content_within_its_limit_is_written() -> None:
    """The limit is on the canonical bytes of the content, to the byte."""
    largest = {"a": "x" * (MAX_CONTENT - 8)}

    assert parse_message(encode_message(message_of(content=largest))).content == largest
    with pytest.raises(Refused) as caught:
        encode_message(message_of(content={"a": "x" * (MAX_CONTENT - 7)}))
    assert caught.value.code == "message.content-size"
    assert caught.value.facts == {"limit": 262144}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", []),
        ("content", None),
        ("created_at", "2026-11-01T12:00:00+00:00"),
        ("created_at", "2026-11-01"),
        ("created_at", 1),
        ("exercise", 1),
        ("exercise", "true"),
        ("expires_at", None),
        ("id", "00000000-0000-4000-8000-00000000000G"),
        ("id", None),
        ("in_reply_to", "x"),
        ("in_reply_to", "00000000-0000-4000-8000-000000000001"),
        ("kind", "order"),
        ("kind", 1),
        ("lane", "fast"),
        ("lane", None),
        ("purpose", ""),
        ("purpose", "x" * 65),
        ("purpose", "Preservation"),
        ("purpose", 1),
        ("recipient", "VN"),
        ("schema", "preservation/1"),
        ("schema", "longbien:preservation/0"),
        ("schema", "longbien:preservation/10000"),
        ("schema", "longbien:preservation"),
        ("sender", "il/contact-point"),
        ("sequence", 0),
        ("sequence", True),
        ("sequence", "1"),
        ("suite", "none"),
        ("suite", ""),
        ("suite", None),
        ("thread", "../x"),
        ("protocol", True),
    ],
)
def test_a_field_out_of_its_form_is_named(field: str, value: object) -> None:
    """Each field has one form; another is refused by the field's name."""
    with pytest.raises(Malformed) as caught:
        parse_message(changed(MESSAGE, **{field: value}))

    assert caught.value.code == "channel.form"
    assert caught.value.facts == {"what": "a message", "field": field}


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_protocol_is_told_first(version: object) -> None:
    """A peer of another version learns that, and not that some field is missing."""
    with pytest.raises(Malformed) as caught:
        parse_message(changed(MESSAGE, protocol=version, added=1))

    assert caught.value.code == "channel.protocol"


@pytest.mark.parametrize("fields", [{"added": 1}, {"suite": ...}, {"content": ...}])
def test_a_message_has_exactly_its_fields(fields: dict[str, object]) -> None:
    """A field more or less is refused: ignoring it could turn a refusal into a permission."""
    with pytest.raises(Malformed) as caught:
        parse_message(changed(MESSAGE, **fields))

    assert caught.value.code == "channel.fields"
    assert caught.value.facts == {"what": "a message"}


def test_a_message_is_an_object() -> None:
    """A list or a number is no message."""
    for data in (b"[]", b"1", b"null"):
        with pytest.raises(Malformed, match="other fields"):
            parse_message(data)


def test_a_message_goes_abroad() -> None:
    """Sender and recipient are of two States."""
    with pytest.raises(Malformed) as caught:
        parse_message(changed(MESSAGE, sender="VN/central-authority"))

    assert caught.value.code == "message.parties"


def test_a_message_is_bounded_before_it_is_read() -> None:
    """Size and depth are capped."""
    with pytest.raises(Malformed) as caught:
        parse_message(b"x" * (MAX_MESSAGE + 1))
    assert caught.value.code == "json.size"
    with pytest.raises(Malformed) as caught:
        parse_message(b"[" * 17 + b"]" * 17)
    assert caught.value.code == "json.depth"


def test_a_schema_has_a_name_and_a_version() -> None:
    """A schema's text is taken apart."""
    assert schema_of("longbien:a.b_c-d/12") == ("longbien:a.b_c-d", 12)
    with pytest.raises(ValueError, match="a schema is written"):
        schema_of("longbien:a")


# --- receipts ---


def test_a_receipt_comes_back_as_it_was() -> None:
    """What was written is read, refused or accepted."""
    refused = receipt_of(outcome=ReceiptOutcome.REFUSED, code="message.expired", commitments=())

    assert parse_receipt(RECEIPT) == receipt_of()
    assert parse_receipt(encode_receipt(refused)) == refused


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "message.expired"),
        ("code", None),
        ("commitments", ["AA=="]),
        ("commitments", ["A" * 43 + "="]),
        ("commitments", ["!" * 44]),
        ("commitments", ["A" * 41 + "!!!"]),
        ("commitments", ["\u00e9" * 44]),
        ("commitments", [1]),
        ("commitments", {}),
        ("commitments", ["AQ" + "A" * 42] * 65),
        ("message", 1),
        ("message_sha256", "A" * 64),
        ("outcome", "maybe"),
        ("received_at", ""),
        ("recipient", "x"),
        ("sender", "x"),
        ("suite", "LB2"),
        ("protocol", True),
    ],
)
def test_a_receipt_out_of_its_form_is_refused(field: str, value: object) -> None:
    """Each field of a receipt has one form, and an acceptance has no code."""
    with pytest.raises(Malformed) as caught:
        parse_receipt(changed(RECEIPT, **{field: value}))

    assert caught.value.code == "channel.form"
    assert caught.value.facts == {"what": "a receipt", "field": field}


@pytest.mark.parametrize("code", ["", "expired", "Message.expired", "a." + "b" * 63])
def test_a_refusal_says_why(code: str) -> None:
    """A refused receipt has a code of ours."""
    with pytest.raises(Malformed, match="code"):
        parse_receipt(changed(RECEIPT, outcome="refused", code=code))


def test_a_receipt_of_another_protocol_is_refused() -> None:
    """Nothing is guessed about a receipt of a later version."""
    with pytest.raises(Malformed) as caught:
        parse_receipt(changed(RECEIPT, protocol=2))

    assert caught.value.code == "channel.protocol"


def test_sixty_four_commitments_fit() -> None:
    """The largest receipt that may be written is read."""
    full = receipt_of(commitments=(bytes(33),) * 64)

    assert parse_receipt(encode_receipt(full)) == full


def test_the_form_of_codes() -> None:
    """Codes are lower-case words with dots, at most 64 letters."""
    assert is_code("a.b-c")
    assert is_code("a." + "b" * 62)
    assert not is_code("a." + "b" * 63)
    assert not is_code("ab")


# --- gossip ---


def test_gossip_comes_back_as_it_was() -> None:
    """What was told is read, with and without the parts that may be missing."""
    full = gossip_of(
        consistency=consistency_of(2, 3),
        seen=checkpoint(VN, 5),
        others=(checkpoint(VN, 1), checkpoint(IL, 2)),
    )

    assert parse_gossip(encode_gossip(full)) == full
    assert encode_gossip(parse_gossip(GOSSIP)) == GOSSIP


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", "now"),
        ("checkpoint", None),
        ("checkpoint", "x" * (MAX_NOTE + 1)),
        ("others", None),
        ("others", [1]),
        ("others", ["x"] * 5),
        ("seen", 1),
    ],
)
def test_gossip_out_of_its_form_is_refused(field: str, value: object) -> None:
    """Each field of gossip has one form, and the number of notes is bounded."""
    with pytest.raises(Malformed) as caught:
        parse_gossip(changed(GOSSIP, **{field: value}))

    assert caught.value.code == "channel.form"
    assert caught.value.facts == {"what": "gossip", "field": field}


def test_a_note_in_gossip_is_a_checkpoint() -> None:
    """What is no signed checkpoint is refused by the ledger's own code."""
    with pytest.raises(Malformed) as caught:
        parse_gossip(changed(GOSSIP, seen="hello"))

    assert caught.value.code == "ledger.note"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("old_size", -1),
        ("old_size", "2"),
        ("old_root", "AA=="),
        ("old_root", None),
        ("proof", None),
        ("proof", ["AA=="]),
        ("proof", ["A" * 43 + "="] * 64),
    ],
)
def test_a_consistency_proof_out_of_its_form_is_refused(field: str, value: object) -> None:
    """Sizes, roots and hashes of a proof have one form."""
    good = {"old_root": "A" * 43 + "=", "old_size": 1, "proof": ["A" * 43 + "="] * 63}

    assert consistency_from_json(good) is not None
    assert consistency_from_json(None) is None
    with pytest.raises(Malformed) as caught:
        consistency_from_json(good | {field: value})
    assert caught.value.facts["field"] == field


# --- frames and answers ---


def test_a_frame_is_canonical_and_comes_back() -> None:
    """The frame around the signed bytes is itself canonical JSON, and nothing is lost."""
    frame = frame_of()
    data = encode_frame(frame)

    assert encode_json(json.loads(data)) == data
    assert parse_frame(data) == frame


def test_an_answer_is_canonical_and_comes_back() -> None:
    """So is an answer."""
    answer = Answer(
        receipt=b'{"payload":"","payloadType":"x","signatures":[]}', gossip=gossip_of(VN)
    )
    data = encode_answer(answer)

    assert encode_json(json.loads(data)) == data
    assert parse_answer(data) == answer


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"envelope":{}}',
        b'{"envelope":{},"gossip":{',
        b'{"gossip":{},"receipt":{}}',
        b' {"envelope":{},"gossip":{}}',
        b'{"envelope":' + b" " * MAX_FRAME + b',"gossip":{}}',
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    """A frame begins, is divided and ends in one way."""
    with pytest.raises(Malformed) as caught:
        parse_frame(data)

    assert caught.value.code == "channel.frame"


def test_a_second_gossip_hidden_in_a_frame_is_refused() -> None:
    """A doubled name lands in the gossip, which has no such field."""
    data = encode_frame(frame_of())
    hidden = data[:-1] + b',"gossip":' + GOSSIP + b"}"

    with pytest.raises(Malformed, match="JSON"):
        parse_frame(hidden)


def test_the_point_of_the_world() -> None:
    """The world's messages go to VN's contact point."""
    assert message_of().recipient == VN_POINT
