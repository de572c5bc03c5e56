"""Whom the reader believes: logs, witnesses and the quorum (C2SP tlog-policy).

The policy comes from the relying party, never from the package that is judged by it.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Final

from attrs import frozen

from longbien.ledger.notes import SignatureType, VerifierKey, parse_vkey
from longbien.primitives.errors import Malformed

MAX_POLICY: Final = 2**20  # bytes
MAX_LOGS: Final = 1024  # the specification wants at least 32 of each; 193 States fit
MAX_WITNESSES: Final = 1024
MAX_GROUPS: Final = 1024

NONE: Final = "none"  # the quorum that asks for no witness at all

_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_WORDS = re.compile(r"[^ \t]+")  # only these two separate words, no other white space of Unicode
_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)

_LOG_KINDS = {SignatureType.ED25519, SignatureType.ML_DSA_44}
_WITNESS_KINDS = {SignatureType.ED25519_COSIGNATURE, SignatureType.ML_DSA_44}


@frozen(kw_only=True)
class Log:
    """One key of one log; the key's name is the origin of the log's checkpoints."""

    key: VerifierKey
    url: str = ""


@frozen(kw_only=True)
class Witness:
    """One cosigner, under the name that this policy gives it."""

    name: str
    key: VerifierKey
    url: str = ""


@frozen(kw_only=True)
class Group:
    """Members of which ``threshold`` must have witnessed a checkpoint."""

    name: str
    threshold: int
    members: tuple[str, ...]


@frozen(kw_only=True)
class Policy:
    """A whole policy: parsed, and consistent in itself."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[Witness, ...] = ()

    groups: tuple[Group, ...] = ()
    """In the order of the file: a group names only what stands before it."""

    quorum: str
    """The name of a witness or a group, or ``none``."""

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys that speak for the log of that origin; none if it is not believed."""
        return tuple(log.key for log in self.logs if log.key.name == origin)

    def is_met_by(self, cosigned: AbstractSet[str]) -> bool:
        """Say whether these witnesses, by their names in this policy, make the quorum."""
        if self.quorum == NONE:
            return True
        present = set(cosigned) & {witness.name for witness in self.witnesses}
        for group in self.groups:
            if len(present.intersection(group.members)) >= group.threshold:
                present.add(group.name)
        return self.quorum in present


def parse_policy(data: bytes) -> Policy:
    """Read a policy file.

    Stricter than C2SP: the file is UTF-8, and no key may be both a log's and a witness's,
    for then a log could witness itself.  Raises Malformed ``ledger.policy`` (with the line
    number) or ``ledger.vkey``.
    """
    reader = _Reader()
    for number, line in enumerate(_lines_of(data), start=1):
        words = _WORDS.findall(line)
        if words and not words[0].startswith("#"):
            reader.take(number, words)
    return reader.finish()


def _lines_of(data: bytes) -> list[str]:
    if len(data) > MAX_POLICY or _FORBIDDEN.search(data):
        raise Malformed(
            "ledger.policy",
            "line {line}: {why}",
            line=0,
            why="the file is too large, or holds control characters",
        )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Malformed("ledger.policy", "line {line}: {why}", line=0, why="not UTF-8") from None
    if text and not text.endswith("\n"):
        raise Malformed(
            "ledger.policy", "line {line}: {why}", line=0, why="the last line has no end"
        )
    return text.split("\n")[:-1]


class _Reader:
    """Collects the lines of one file; thrown away afterwards."""

    def __init__(self) -> None:
        self.line = 0
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.names: set[str] = set()
        self.members: set[str] = set()
        self.keys: set[bytes] = set()
        self.quorum: str | None = None

    def take(self, number: int, words: list[str]) -> None:
        self.line = number
        takers: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        self._check(words[0] in takers, "an unknown word at the start")
        takers[words[0]](words[1:])

    def finish(self) -> Policy:
        if self.quorum is None:
            raise self._malformed("there is no quorum line")
        return Policy(
            logs=tuple(self.logs),
            witnesses=tuple(self.witnesses),
            groups=tuple(self.groups),
            quorum=self.quorum,
        )

    def _log(self, words: list[str]) -> None:
        self._check(1 <= len(words) <= 2, "a log line is: log <vkey> [<url>]")  # noqa: PLR2004 - as the text says
        self._check(len(self.logs) < MAX_LOGS, "too many logs")
        key = self._new_key(words[0])
        self._check(key.kind in _LOG_KINDS, "this type of key does not sign checkpoints")
        self.logs.append(Log(key=key, url=words[1] if words[1:] else ""))

    def _witness(self, words: list[str]) -> None:
        self._check(2 <= len(words) <= 3, "a witness line is: witness <name> <vkey> [<url>]")  # noqa: PLR2004 - as the text says
        self._check(len(self.witnesses) < MAX_WITNESSES, "too many witnesses")
        name, key = self._new_name(words[0]), self._new_key(words[1])
        self._check(key.kind in _WITNESS_KINDS, "this type of key does not cosign")
        self.witnesses.append(Witness(name=name, key=key, url=words[2] if words[2:] else ""))

    def _group(self, words: list[str]) -> None:
        self._check(len(words) >= 3, "a group line is: group <name> all|any|<k> <name>...")  # noqa: PLR2004 - as the text says
        self._check(len(self.groups) < MAX_GROUPS, "too many groups")
        name, rule, *members = words
        for member in members:
            self._check(member in self.names, "a member that no line before defines")
            self._check(member not in self.members, "a name may be a member only once")
            self.members.add(member)
        self._new_name(name)
        threshold = self._threshold(rule, len(members))
        self.groups.append(Group(name=name, threshold=threshold, members=tuple(members)))

    def _quorum(self, words: list[str]) -> None:
        self._check(len(words) == 1, "a quorum line is: quorum <name>")
        self._check(self.quorum is None, "a second quorum line")
        self._check(
            words[0] == NONE or words[0] in self.names, "a quorum that no line before defines"
        )
        self.quorum = words[0]

    def _threshold(self, rule: str, count: int) -> int:
        if rule in {"all", "any"}:
            return count if rule == "all" else 1
        self._check(
            bool(_THRESHOLD.fullmatch(rule)) and int(rule) <= count,
            "a threshold is all, any, or a number from 1 to the number of members",
        )
        return int(rule)

    def _new_name(self, name: str) -> str:
        self._check(name != NONE and name not in self.names, "a name that is taken")
        self.names.add(name)
        return name

    def _new_key(self, text: str) -> VerifierKey:
        key = parse_vkey(text.encode())
        # under two names a key would count twice; as log and witness it would vouch for itself
        self._check(key.public_key not in self.keys, "a key that stands on a line before")
        self.keys.add(key.public_key)
        return key

    def _check(self, fits: bool, why: str) -> None:  # noqa: FBT001 - the condition is the point
        if not fits:
            raise self._malformed(why)

    def _malformed(self, why: str) -> Malformed:
        return Malformed("ledger.policy", "line {line}: {why}", line=self.line, why=why)
