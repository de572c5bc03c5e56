"""The one family of errors that may leave a pure room.

Sorted by who must act.  HTTP status, exit code and translation are chosen at
the doors, not here.
"""


class LongBienError(Exception):
    """Base of every error raised on purpose.

    ``code`` is a public promise, documented in ``spec/codes.md``: logs, interfaces
    and translations depend on it.  ``text`` is the English template for people and
    may change; ``facts`` fill it in.  Facts never reach a log: they may name a file.
    """

    def __init__(self, code: str, text: str, /, **facts: object) -> None:
        self.code = code
        self.text = text
        self.facts = facts
        super().__init__(text.format(**facts))

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way between two processes with code and facts intact."""
        return _rebuilt, (type(self), self.code, self.text, self.facts)


class Refused(LongBienError):
    """Our rules forbid what was asked: the officer must act."""


class Malformed(LongBienError):
    """The bytes they sent cannot be read: the peer must act."""


class Unavailable(LongBienError):
    """The world did not answer: the worker must act, and may try again if ``retry``."""

    def __init__(self, code: str, text: str, /, *, retry: bool = False, **facts: object) -> None:
        self.retry = retry
        super().__init__(code, text, **facts)

    def __reduce__(self) -> tuple[object, ...]:
        """Carry ``retry`` along with the facts."""
        return _rebuilt, (type(self), self.code, self.text, {**self.facts, "retry": self.retry})


class Integrity(LongBienError):
    """Our own store disagrees with itself: stop."""


def _rebuilt(
    kind: type[LongBienError], code: str, text: str, facts: dict[str, object]
) -> LongBienError:
    return kind(code, text, **facts)
