"""Fuzz what nodes say to each other: frames, messages, receipts, gossip, transfers."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from longbien.channel.outbound import encode_silence, parse_silence
from longbien.channel.split_view import encode_split_view, parse_split_view
from longbien.channel.transfer import (
    encode_missing,
    encode_sealed_object,
    encode_window,
    parse_missing,
    parse_parts_list,
    parse_sealed_object,
    parse_window,
)
from longbien.channel.wire import (
    encode_answer,
    encode_frame,
    encode_gossip,
    encode_message,
    encode_receipt,
    parse_answer,
    parse_frame,
    parse_gossip,
    parse_message,
    parse_receipt,
)
from longbien.primitives.canonical import encode_json, parse_canonical
from longbien.primitives.errors import Malformed

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "channel"


def _one_form(data: bytes, parse: Callable[[bytes], Any], encode: Callable[[Any], bytes]) -> None:
    try:
        found = parse(data)
    except Malformed:
        return
    if encode(found) != data:
        raise AssertionError


def fuzz_frame(data: bytes) -> None:
    """Take a frame and an answer apart; each is put together as it stood there."""
    _one_form(data, parse_frame, encode_frame)
    _one_form(data, parse_answer, encode_answer)


def fuzz_message(data: bytes) -> None:
    """Read a message; one value has one form."""
    _one_form(data, parse_message, encode_message)


def fuzz_receipt(data: bytes) -> None:
    """Read a receipt; the same."""
    _one_form(data, parse_receipt, encode_receipt)


def fuzz_gossip(data: bytes) -> None:
    """Read gossip, the proof of a split view, a statement of silence; the same."""
    _one_form(data, parse_gossip, encode_gossip)
    _one_form(data, parse_split_view, encode_split_view)
    _one_form(data, parse_silence, encode_silence)


def fuzz_transfer(data: bytes) -> None:
    """Read an announced object, its list, what is missing of it, and a window of it."""
    try:
        sealed = parse_sealed_object(parse_canonical(data, max_size=4096, max_depth=3))
    except Malformed:
        return
    if encode_json(encode_sealed_object(sealed)) != data:
        raise AssertionError
    for rest in (data, b"", b"{}"):
        _quietly(lambda rest=rest: parse_parts_list(rest, sealed=sealed))


def fuzz_missing(data: bytes) -> None:
    """Read what is missing of an object, and which parts are asked for; one form each."""
    sealed = OBJECT
    _one_form(data, lambda one: parse_missing(one, sealed=sealed), encode_missing)
    if data:
        _one_form(
            data,
            lambda one: parse_window(one, sealed=sealed),
            lambda found: encode_window(first=found[0], last=found[1]),
        )


def _quietly(parse: Callable[[], object]) -> None:
    try:
        parse()
    except Malformed:
        return


def _kept(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())
    return found[:6]


def _payloads(name: str) -> list[bytes]:
    return [
        base64.b64decode(json.loads(one["envelope"])["payload"])
        for one in _kept(name)
        if one["is_well_formed"]
    ]


_OBJECTS = [encode_json(one["sealed"]) for one in _kept("transfers") if one["is_well_formed"]]
OBJECT = parse_sealed_object(parse_canonical(_OBJECTS[0], max_size=4096, max_depth=3))
_FRAMES = [one["plain"].encode() for one in _kept("frames") if one["plain"]]

SEEDS = {
    "fuzz_frame": [*_FRAMES, *(one["answer"].encode() for one in _kept("answers"))],
    "fuzz_message": _payloads("messages"),
    "fuzz_receipt": _payloads("receipts"),
    "fuzz_gossip": [
        *(encode_gossip(parse_frame(one).gossip) for one in _FRAMES[:1]),
        *(one["document"].encode() for one in _kept("split-views")),
    ],
    "fuzz_transfer": _OBJECTS,
    "fuzz_missing": [b'{"header":true,"list":false,"parts":[[0,1]]}', b'{"first":0,"last":1}'],
}
