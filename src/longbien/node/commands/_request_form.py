"""``longbien request form``: the fields of a kind of request, to be filled in."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from longbien.treaty.contents import Form, Profile


def add_form(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    form = verbs.add_parser(
        "form",
        help="print the fields of a kind of request, to be filled in",
        description="Print the fields of a kind of request, or of a template used in practice: "
        "name, when it is needed, how it is written, what it holds and its article.  "
        "With --json: an empty object for 'ask --file'.",
    )
    form.add_argument("kind", help="the code of a kind (docs/kinds.md), or t_cy_2018_11")


def print_form(options: argparse.Namespace) -> int:
    """Print it.  Raises Refused ``request.form``: there is no kind and no template of that name."""
    from longbien.node.commands._output import say_json, say_line
    from longbien.primitives.errors import Refused
    from longbien.treaty.contents import load

    law = load()
    form, profile = law.find_form(options.kind), law.profiles.get(options.kind)
    if form is None and profile is None:
        raise Refused(
            "request.form",
            "there is no form and no template {kind}; docs/kinds.md has all",
            kind=options.kind,
        )
    rows = dict(_fields(form) if form is not None else _items(profile))
    if options.json:
        say_json(dict.fromkeys(rows, ""))
        return 0
    for name, words in rows.items():
        say_line(f"{name:32}{words}")
    return 0


def _fields(form: "Form") -> "Iterator[tuple[str, str]]":
    from longbien.treaty.fields import load_types

    types = load_types()
    for one in form.fields:
        kind = types.find_type(form.kind, one.id)
        yield one.id, f"{one.required.value}; {kind}; {one.label} ({one.ref})"


def _items(profile: "Profile | None") -> "Iterator[tuple[str, str]]":
    for one in profile.items if profile is not None else ():
        yield one.id, f"{one.label} (goes into {one.into})"


def unfolded(template: str, contents: "Mapping[str, str]") -> "Mapping[str, str]":
    """Return the fields of a form that a filled-in template makes.

    Raises Refused ``request.form`` for a template, ``request.field`` for an item that there
    is not.
    """
    from longbien.primitives.errors import Refused
    from longbien.treaty.contents import load

    profile = load().profiles.get(template)
    if profile is None:
        raise Refused(
            "request.form",
            "there is no form and no template {kind}; docs/kinds.md has all",
            kind=template,
        )
    known = [one.id for one in profile.items]
    for name in contents:
        if name not in known:
            raise Refused(
                "request.field",
                "{verb} has no field {name}; it has: {known}",
                verb=template,
                name=name,
                known=" ".join(known),
            )
    return profile.folded(contents)
