"""Identifiers: which account, line, device, wallet it is about, and whether that can be right.

In a field of identifiers each line is one: ``KIND VALUE [port N] [at INSTANT]``.  In any other
text what looks like an identifier is judged as well, without being asked for more than it says.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from attrs import evolve, frozen

from longbien.casework.completeness.addresses import judge_ip
from longbien.casework.completeness.judged import Judged, good
from longbien.casework.completeness.names import (
    judge_account,
    judge_domain,
    judge_email,
    judge_url,
)
from longbien.casework.completeness.numbers import (
    judge_digest,
    judge_iban,
    judge_imei,
    judge_imsi,
    judge_lei,
    judge_mac,
    judge_opaque,
    judge_phone,
)
from longbien.casework.completeness.periods import Period, find_instant, find_period, has_naked_side
from longbien.casework.completeness.wallets import judge_transaction, judge_wallet

MAX_LINES: Final = 500
"""Lines of one field that are judged; more than that is a request for everything."""


def _free(_text: str) -> Judged:
    return good("")


JUDGES: Final[Mapping[str, Callable[[str], Judged]]] = MappingProxyType(
    {
        "account": judge_account,
        "device": judge_opaque,
        "domain": judge_domain,
        "email": judge_email,
        "iban": judge_iban,
        "imei": judge_imei,
        "imsi": judge_imsi,
        "ip": judge_ip,
        "lei": judge_lei,
        "mac": judge_mac,
        "md5": judge_digest(16),
        "phone": judge_phone,
        "sha1": judge_digest(20),
        "sha256": judge_digest(32),
        "sha512": judge_digest(64),
        "transaction": judge_transaction,
        "url": judge_url,
        "user": judge_opaque,
        "wallet": judge_wallet,
        # what no number names
        "item": _free,
        "person": _free,
    }
)
"""Kinds of identifiers and who judges them."""

_TAIL = re.compile(r"\s(port|at)\s+(\S+)\s*$", re.ASCII)
_PORT = re.compile(r"\d{1,5}", re.ASCII)
_MAX_PORT: Final = 65535


@frozen(kw_only=True)
class Identifier:
    """One identifier as it was written."""

    kind: str
    line: int
    judged: Judged
    port: int | None = None
    at: Period | None = None
    """When it was used; an instant is a period of no length."""

    has_naked_time: bool = False
    has_bad_tail: bool = False

    @property
    def names_something(self) -> bool:
        """Tell whether somebody could look it up."""
        return bool(self.judged.canonical)

    def on_line(self, number: int) -> "Identifier":
        """Return the same, on another line."""
        return evolve(self, line=number)

    @property
    def token(self) -> str:
        """Return what two requests about the same thing have in common; never to be stored."""
        return f"{self.kind} {self.judged.canonical}"


@frozen(kw_only=True)
class _Tail:
    port: int | None = None
    at: Period | None = None
    has_naked_time: bool = False
    is_bad: bool = False


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines of a field that are not empty, with their numbers, up to a bound."""
    for number, line in enumerate(text.splitlines()[:MAX_LINES], start=1):
        if line.strip():
            yield number, line.strip()


def find_identifier(line: str, number: int) -> Identifier | None:
    """Read a line of a field of identifiers; None where its kind is not known."""
    kind, _, rest = line.partition(" ")
    judge = JUDGES.get(kind.rstrip(":").lower())
    if judge is None or not rest.strip():
        return None
    value, tail = _split(rest.strip())
    return Identifier(
        kind=kind.rstrip(":").lower(),
        line=number,
        judged=judge(value),
        port=tail.port,
        at=tail.at,
        has_naked_time=tail.has_naked_time,
        has_bad_tail=tail.is_bad,
    )


def _split(rest: str) -> tuple[str, _Tail]:
    said: dict[str, str] = {}
    value = rest
    while (found := _TAIL.search(value)) and found[1] not in said:
        said[found[1]] = found[2]
        value = value[: found.start()]
    return value.strip(), _tail(said)


def _tail(said: Mapping[str, str]) -> _Tail:
    port = _port(said["port"]) if "port" in said else None
    at = _when(said["at"]) if "at" in said else None
    naked = at is None and "at" in said and has_naked_side(said["at"])
    is_bad = ("port" in said and port is None) or ("at" in said and at is None and not naked)
    return _Tail(port=port, at=at, has_naked_time=naked, is_bad=is_bad)


def _port(text: str) -> int | None:
    number = int(text) if _PORT.fullmatch(text) else 0
    return number if 0 < number <= _MAX_PORT else None


def _when(text: str) -> Period | None:
    instant = find_instant(text)
    return Period(begin=instant, end=instant) if instant else find_period(text)


# --- in prose -----------------------------------------------------------------------------------

_PATTERNS: Final = tuple(
    (kind, re.compile(pattern, re.ASCII))
    for kind, pattern in (
        ("url", r"\bhttps?://[^\s<>\"']{4,500}"),
        ("email", r"(?<![\w/@.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"),
        ("ip", r"(?<![\w./:-])\d{1,3}(?:\.\d{1,3}){3}(?![\w:-]|\.\d)"),
        ("ip", r"(?<![\w./:-])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?![\w:])"),
        ("wallet bitcoin", r"\b(?:bc1|BC1)[0-9A-Za-z]{11,87}\b"),
        ("wallet bitcoin", r"\b[13][1-9A-HJ-NP-Za-km-z]{32,34}\b"),
        ("wallet ethereum", r"\b0x[0-9A-Fa-f]{40}\b"),
        ("wallet tron", r"\bT[1-9A-HJ-NP-Za-km-z]{33}\b"),
        ("iban", r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?\b"),
        ("imei", r"(?<=IMEI )\d{15}\b"),
        ("phone", r"(?<![\w+])\+\d[\d ().-]{6,18}\d\b"),
        ("sha256", r"\b[0-9A-Fa-f]{64}\b"),
    )
)


def in_prose(text: str) -> Iterator[Identifier]:
    """Return what looks like an identifier in a text, line by line, each place once."""
    for number, line in lines_of(text):
        rest = line
        for pattern_kind, pattern in _PATTERNS:
            kind, _, chain = pattern_kind.partition(" ")
            found = pattern.findall(rest)
            for one in found:
                value = one.rstrip(".,;)")
                judged = JUDGES[kind](f"{chain} {value}".strip())
                yield Identifier(kind=kind, line=number, judged=judged)
            rest = pattern.sub(" ", rest) if found else rest
