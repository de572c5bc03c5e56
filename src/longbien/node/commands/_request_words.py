"""What an officer types at ``longbien request``: which fields a verb has, and how each is read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from longbien.evidence.package import UseLimitKind
from longbien.primitives.canonical import Json
from longbien.primitives.errors import Refused

VERBS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accept": "[conditions...] [text]",
        "acknowledge": "[reference] [text]",
        "agree-to-arrangement": "arrangement [text]",
        "agree-to-conditions": "offer",
        "amend": "contents.NAME... legal_basis... reason [safeguards]",
        "answer-drill": "challenge",
        "answer-lifting": "proposal text",
        "answer-question": "question text",
        "approve": "proposal [reasons]",
        "approve-destruction": "package",
        "approve-release": "package reasons",
        "ask-extension": "[until] [progress]",
        "ask-further-use": "use [package] [recipient]",
        "ask-question": "text",
        "confirm-emergency": "[text]",
        "confirm-preservation": "effective_at [until] [reference] [text]",
        "consult": "topic text [ground] [about]",
        "decide-further-use": "request is_granted [conditions...] [text]",
        "decide-stop": "goes_on reasons [proposal] [package]",
        "declare-executed": "[is_partly] [left_out]",
        "decline-conditions": "offer text",
        "disclose-information": "text legal_basis... [use_limits...] [safeguards]",
        "disclose-partly": "provider path legal_basis... [use_limits...] [safeguards]",
        "end-presence": "told_at [text]",
        "end-preservation": "cause [text]",
        "extend-preservation": "until [extension] [text]",
        "give-safe-conduct": "begins_at text",
        "give-status": "text",
        "hand-back": "at place [text]",
        "hand-over": "at place text legal_basis... [safeguards]",
        "lift-measure": "lifted_at reasons",
        "notify-exculpatory-use": "is_advance text [package]",
        "postpone": "reasons review_at [ground]",
        "propose-arrangement": "text [at] [until] [place]",
        "propose-destruction": "package cause",
        "propose-lifting": "reasons [ground] [lift_at]",
        "propose-release": "exhibits... legal_basis... [use_limits...] [withheld] [safeguards] "
        "[package]",
        "record-consent": "is_given given_at before [text]",
        "refuse": "ground reasons [detail] [consultation] [override]",
        "refuse-extension": "extension reasons",
        "reject": "proposal reasons",
        "reject-destruction": "package reasons",
        "reject-release": "package reasons",
        "report-measure": "measure effective_at authority legal_basis... [until] [text] "
        "[safeguards]",
        "revise": "proposal contents.NAME... legal_basis... [safeguards]",
        "take-back": "proposal",
        "warn": "cause text",
        "withdraw": "reason",
    }
)
"""Each verb in an open case and its fields: ``[ ]`` may be left out, ``...`` may be repeated."""

NUMBERS: Final = frozenset(
    {"about", "arrangement", "challenge", "extension", "offer", "proposal", "question", "request"}
)
YES_OR_NO: Final = frozenset({"goes_on", "is_advance", "is_given", "is_granted", "is_partly"})
_CONTENTS: Final = "contents"


def fields_of(verb: str) -> tuple[str, ...]:
    """Return the names of a verb's fields.  Raises Refused ``request.verb``."""
    if verb not in VERBS:
        raise Refused(
            "request.verb",
            "there is no verb {verb}; see: longbien request act --help",
            verb=verb,
        )
    return tuple(word.strip("[].").removesuffix(".NAME") for word in VERBS[verb].split())


def repeated_fields(verb: str) -> frozenset[str]:
    """Return the fields of a verb that hold several values."""
    words = (word.strip("[]") for word in VERBS[verb].split())
    return frozenset(
        word.removesuffix("...")
        for word in words
        if word.endswith("...") and not word.startswith(_CONTENTS)
    )


def body_of(verb: str, given: Sequence[str]) -> dict[str, Json]:
    """Return the body of a verb, out of ``NAME=VALUE``.

    Raises Refused ``request.verb``, ``request.field``, ``request.twice``, ``request.value``.
    """
    known, repeated = fields_of(verb), repeated_fields(verb)
    plain: dict[str, Json] = {}
    several: dict[str, list[Json]] = {}
    contents: dict[str, Json] = {}
    for text in given:
        name, value = split(text)
        head, dot, part = name.partition(".")
        if head not in known or bool(dot) != (head == _CONTENTS):
            raise Refused(
                "request.field",
                "{verb} has no field {name}; it has: {known}",
                verb=verb,
                name=name,
                known=VERBS[verb],
            )
        if dot:
            _put(contents, part, value)
        elif head in repeated:
            several.setdefault(head, []).append(_value(head, value))
        else:
            _put(plain, head, _value(head, value))
    return {**plain, **several, **({_CONTENTS: contents} if contents else {})}


def contents_of(given: Sequence[str]) -> dict[str, Json]:
    """Return the contents of a request, out of ``NAME=TEXT``.

    Raises Refused ``request.field-form`` and ``request.twice``.
    """
    contents: dict[str, Json] = {}
    for text in given:
        name, value = split(text)
        _put(contents, name, value)
    return contents


def split(text: str) -> tuple[str, str]:
    """Return name and value of ``NAME=VALUE``.  Raises Refused ``request.field-form``."""
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise Refused(
            "request.field-form", "a field is written NAME=TEXT; this is not: {text}", text=text
        )
    return name, value


def _put(body: dict[str, Json], name: str, value: Json) -> None:
    if name in body:
        raise Refused("request.twice", "the field {name} is given twice", name=name)
    body[name] = value


def _value(name: str, text: str) -> Json:
    if name in NUMBERS:
        if not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004 - below 2^53
            raise _unusable(name, "a number", text)
        return int(text)
    if name in YES_OR_NO:
        if text not in {"yes", "no"}:
            raise _unusable(name, "yes or no", text)
        return text == "yes"
    if name == "safeguards":
        raise _unusable(name, "--safeguards FILE", text)
    if name in {"conditions", "use_limits"}:
        return _limit(name, text)
    return text


def _limit(name: str, text: str) -> Json:
    label, colon, words = text.partition(":")
    kind, has_end, _ = label.partition("@")
    if not colon or kind not in list(UseLimitKind):
        raise _unusable(name, f"KIND:TEXT with KIND one of {', '.join(UseLimitKind)}", text)
    if not has_end:
        return {"kind": kind, "text": words}
    # a time has colons of its own: it ends with the first Z
    time, _, words = text[len(kind) + 1 :].partition("Z:")
    return {"kind": kind, "text": words, "until": f"{time}Z"}


def _unusable(name: str, form: str, text: str) -> Refused:
    return Refused(
        "request.value", "{name} is written as {form}; this is not: {text}",
        name=name, form=form, text=text,
    )  # fmt: skip
