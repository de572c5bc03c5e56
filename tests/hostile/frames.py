"""Acts with bytes: messages that two readers could read in two ways, frames that are none."""

import gzip
import json
from collections.abc import Callable

from attrs import evolve

from hostile.registry import FRAME, JUDGED, Bound, act, add
from hostile.stage import Stage
from longbien.channel.envelope import sign_document, sign_message
from longbien.channel.message import MAX_CONTENT
from longbien.channel.wire import MESSAGE_TYPE, Frame, encode_frame, encode_gossip, encode_message
from longbien.desk.gossip import tell
from longbien.exercise.forge import frame_of
from longbien.primitives.canonical import encode_json
from longbien.trust.age.envelope import encode_header, new_file_key
from longbien.trust.age.stream import NONCE, payload_cipher, seal_chunks, sealed_size

FULL = Bound(octets=2**20 + 20_000, signatures=4, rows=3, hashed=2**21)
"""As much as a message may have."""


def sealed_plain(stage: Stage, plain: bytes) -> bytes:
    """Seal any bytes for VN, as ``seal_frame`` seals a frame."""
    draw = stage.world.rng.randbytes
    file_key, nonce = new_file_key(draw), draw(NONCE)
    header = encode_header(file_key, [stage.vn.state.contact_point.recipient], draw)
    out = bytearray(len(header) + NONCE + sealed_size(len(plain)))
    out[: len(header)] = header
    out[len(header) : len(header) + NONCE] = nonce
    seal_chunks(
        payload_cipher(file_key, nonce),
        memoryview(plain),
        memoryview(out)[len(header) + NONCE :],
        first_index=0,
        is_end=True,
    )
    return bytes(out)


def plain_of(stage: Stage) -> bytes:
    """Return a good frame before it is sealed."""
    signed = sign_message(stage.message(), signers=stage.my.state.contact_point.signers.both)
    gossip = tell(stage.my.office, stage.vn.state.code)
    return encode_frame(Frame(envelope=signed, gossip=gossip))


def spelled(stage: Stage, change: Callable[[bytes], bytes]) -> str:
    """Sign and send a message whose bytes were changed before it was signed."""
    before = encode_message(stage.message())
    after = change(before)
    assert after != before
    signed = sign_document(
        after,
        payload_type=MESSAGE_TYPE,
        signers=stage.my.state.contact_point.signers.both,
    )
    return stage.send_signed(signed)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return a change that puts one text in another's place."""
    return lambda data: data.replace(old, new, 1)


def extended(**fields: object) -> Callable[[bytes], bytes]:
    """Return a change that adds fields and keeps the canonical form."""
    return lambda data: encode_json(json.loads(data) | fields)


SPELLED = {
    "key-twice": (
        "Name a second recipient under the same key",
        lambda data: data[:-1] + b',"recipient":"VN/central-authority"}',
        "json.duplicate-key",
    ),
    "unknown-field": (
        "Add a signed field that one reader obeys and another passes over",
        extended(approved=True),
        "channel.fields",
    ),
    "space": (
        "Spell a message with a space that canonical JSON has not",
        replaced(b'"lane":', b'"lane": '),
        "json.not-canonical",
    ),
    "escape": (
        "Spell a letter by its number",
        replaced(b"fraud", b"fr\\u0061ud"),
        "json.not-canonical",
    ),
    "float": (
        "Give the number of a message as a float",
        replaced(b'"sequence":1', b'"sequence":1.0'),
        "json.number",
    ),
    "big-integer": (
        "Give a number that a double cannot hold",
        replaced(b'"sequence":1', b'"sequence":18446744073709551617'),
        "json.number",
    ),
    "not-a-number": (
        "Give NaN where a number stands",
        replaced(b'"sequence":1', b'"sequence":NaN'),
        "json.number",
    ),
    "byte-order-mark": (
        "Put a byte order mark before a message",
        lambda data: b"\xef\xbb\xbf" + data,
        "json.syntax",
    ),
    "trailing-bytes": (
        "Put bytes behind the end of a message",
        lambda data: data + b" {}",
        "json.syntax",
    ),
    "bad-utf8": ("Send bytes that are no UTF-8", replaced(b"fraud", b"fr\xffud"), "json.syntax"),
    "lone-surrogate": (
        "Send half a character",
        replaced(b"fraud", b"\\ud800"),
        "json.syntax",
    ),
    "deep": (
        "Nest a hundred thousand lists, to break a parser that recurses",
        lambda data: data[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "json.depth",
    ),
    "sequence-as-text": (
        "Give the number of a message as text",
        replaced(b'"sequence":1', b'"sequence":"1"'),
        "channel.form",
    ),
    "sequence-zero": (
        "Give a message the number before the first",
        replaced(b'"sequence":1', b'"sequence":0'),
        "channel.form",
    ),
    "homoglyph-state": (
        "Name a State by letters that only look like its own",
        replaced(b'"VN/', '"\u0056\u039d/'.encode()),
        "channel.form",
    ),
    "other-protocol": (
        "Say that the message is of a protocol that does not exist",
        lambda data: encode_json(json.loads(data) | {"longbien": 99}),
        "channel.fields",
    ),
}

for name, (tries, change, code) in SPELLED.items():
    add(
        f"spelled.{name}",
        lambda stage, change=change: spelled(stage, change),
        tries=tries,
        threat="T16",
        code=code,
        bound=evolve(FULL, signatures=0, rows=0),
    )


@act("spelled.decomposed-text", threat="T16", code="case.text", bound=JUDGED)
def decomposed(stage: Stage) -> str:
    """Send a text in the normal form NFD, which looks the same and hashes otherwise."""
    return spelled(stage, replaced(b"a fraud", "une fraude a\u0300 Paris".encode()))


@act("spelled.hidden-direction", threat="T16", code="case.text", bound=JUDGED)
def hidden_direction(stage: Stage) -> str:
    """Turn the direction of a text around, so that an officer reads another one."""
    return spelled(stage, replaced(b"a fraud", "a \u202edraf\u202c".encode()))


@act("spelled.too-long", threat="T17", code="dsse.size", bound=evolve(FULL, signatures=0, rows=0))
def too_long(stage: Stage) -> str:
    """Write more than a message may hold."""
    return spelled(stage, extended(content={"contents": "x" * (MAX_CONTENT + 5000)}))


# --- frames ---------------------------------------------------------------------------------------


@act("frame.zeros", threat="T16", code="age.header.version", bound=FULL)
def zeros(stage: Stage) -> str:
    """Post a mebibyte of nothing."""
    return stage.post(bytes(2**20))


@act("frame.cut", threat="T16", code="age.payload.chunk", bound=FRAME)
def cut(stage: Stage) -> str:
    """Leave the end of a frame out."""
    return stage.post(frame_of(stage.my, stage.vn, stage.message())[:-5])


@act("frame.flipped-bit", threat="T1", code="age.mac", bound=FRAME)
def flipped(stage: Stage) -> str:
    """Flip a bit in the header of a sealed frame."""
    sealed = bytearray(frame_of(stage.my, stage.vn, stage.message()))
    at = bytes(sealed).index(b"\n--- ") + 10
    sealed[at] = ord("A") if sealed[at] != ord("A") else ord("B")
    return stage.post(bytes(sealed))


@act("frame.trailing-bytes", threat="T16", code="age.payload.chunk", bound=FRAME)
def trailing(stage: Stage) -> str:
    """Put bytes behind the end of a sealed frame."""
    return stage.post(frame_of(stage.my, stage.vn, stage.message()) + b"more")


@act("frame.second-envelope", threat="T16", code="json.syntax", bound=FRAME)
def second_envelope(stage: Stage) -> str:
    """Hide a second envelope in a frame, for a reader that takes the other one."""
    signed = sign_message(stage.message(), signers=stage.my.state.contact_point.signers.both)
    plain = plain_of(stage)
    return stage.post(
        sealed_plain(
            stage, plain.replace(b'{"envelope":', b'{"envelope":' + signed + b',"envelope":', 1)
        )
    )


@act("frame.no-gossip", threat="T7", code="channel.frame", bound=FRAME)
def no_gossip(stage: Stage) -> str:
    """Leave the checkpoint out, so that nobody sees one's ledger."""
    signed = sign_message(stage.message(), signers=stage.my.state.contact_point.signers.both)
    return stage.post(sealed_plain(stage, b'{"envelope":' + signed + b"}"))


@act("frame.brackets", threat="T16", code="channel.frame", bound=evolve(FULL, signatures=0))
def brackets(stage: Stage) -> str:
    """Seal a bomb of brackets."""
    return stage.post(sealed_plain(stage, b'{"envelope":' + b"[" * 100_000))


@act("frame.gossip-flood", threat="T17", code="channel.form", bound=FULL)
def gossip_flood(stage: Stage) -> str:
    """Tell of a thousand ledgers in one breath."""
    signed = sign_message(stage.message(), signers=stage.my.state.contact_point.signers.both)
    told = json.loads(encode_gossip(tell(stage.my.office, stage.vn.state.code)))
    gossip = encode_json(told | {"others": ["x"] * 1000})
    return stage.post(sealed_plain(stage, b'{"envelope":' + signed + b',"gossip":' + gossip + b"}"))


@act("frame.compressed-bomb", threat="T11", code="age.header.version", bound=FULL)
def bomb(stage: Stage) -> str:
    """Announce a compressed body that would unpack to a gibibyte."""
    body = gzip.compress(bytes(2**20)) * 50
    fields = (b"Longbien-Lane: ordinary", b"Content-Encoding: gzip")
    return stage.refusal(stage.request("POST", "/v1/messages", body, *fields))


@act("frame.too-many-recipients", threat="T17", code="age.header.count", bound=FULL)
def too_many_recipients(stage: Stage) -> str:
    """Seal for a hundred recipients, so that every key is tried on every one."""
    head, mac, rest = frame_of(stage.my, stage.vn, stage.message()).partition(b"\n---")
    stanza = head[head.rindex(b"\n-> ") :]
    return stage.post(head + stanza * 99 + mac + rest)


@act("frame.scrypt", threat="T17", code="age.passphrase", bound=FRAME)
def scrypt(stage: Stage) -> str:
    """Ask for a key out of a pass phrase, which costs seconds of work."""
    body = base64_line(16) + b" 30\n" + base64_line(32) + b"\n--- " + base64_line(32) + b"\n"
    return stage.post(b"age-encryption.org/v1\n-> scrypt " + body + bytes(100))


def base64_line(count: int) -> bytes:
    """Return so many zero bytes as age writes them."""
    full, rest = divmod(count, 3)
    return b"AAAA" * full + b"A" * (rest + 1 if rest else 0)
