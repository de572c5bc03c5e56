"""A node at the other end of ``longbien request``: it notes what it is asked, and answers."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from longbien.adapters.api_exchange import ApiCall, ApiReply, FileBody
from longbien.cli import main
from longbien.node.commands import request

CASE = "6f1d2c3b-4a59-4e60-8d7c-0123456789ab"
PACKAGE = "0b9f2f5e-1111-4222-8333-444455556666"
DONE: dict[str, Any] = {
    "case": CASE,
    "version": 3,
    "messages": [PACKAGE],
    "warnings": [],
    "repeated": False,
}
LINE: dict[str, Any] = {
    "case": CASE,
    "kind": "preservation",
    "side": "requesting",
    "own": "IL/contact-point",
    "peer": "VN/contact-point",
    "state": "sent",
    "lane": "preservation",
    "exercise": True,
    "version": 3,
    "changed_at": "2026-03-01T12:00:00.000Z",
    "next_due": {"clock": "preserved-until", "at": "2026-06-01T12:00:00.000Z"},
}


@define
class Reply:
    """An answer of the stub."""

    status: int
    body: bytes

    def header(self, _name: str, /) -> str:
        """Return no header."""
        return ""

    def read(self, _limit: int, /) -> bytes:
        """Return the body."""
        return self.body

    def pieces(self) -> Iterator[bytes]:
        """Give the body."""
        yield self.body


@define
class Node:
    """A node that notes what it is asked and gives one answer."""

    answer: Any
    status: int = 200
    calls: list[ApiCall] = field(factory=list)

    @contextmanager
    def __call__(self, call: ApiCall) -> Iterator[ApiReply]:
        """Answer a call."""
        self.calls.append(call)
        if isinstance(call.body, FileBody):
            list(call.body.pieces())
        yield Reply(self.status, json.dumps(self.answer).encode())

    @property
    def body(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the document of the only call."""
        (call,) = self.calls
        assert isinstance(call.body, bytes)
        return json.loads(call.body)


def perform(node: Node, token: Path, *words: str, before: Sequence[str] = ()) -> int:
    """Run ``longbien request`` against the stub, with options before the command."""
    typed = [*before, "request", "--token-file", str(token), *words]
    options = main.parser("request").parse_args(typed)
    return request.perform(options, node)
