"""``longbien request form``: the fields of a kind of request, to be filled in."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from longbien.node.commands._speaking import Speaker
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
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker
    from longbien.treaty.contents import Form, load

    form = load().find_form(options.kind) or _template(options.kind)
    if options.json:
        rows = form.fields if isinstance(form, Form) else form.items
        say_json({one.id: "" for one in rows})
    elif isinstance(form, Form):
        _tell_fields(form, Speaker.of_law(options))
    else:
        _tell_items(form, Speaker.of_law(options))
    return 0


def _template(name: str) -> "Profile":
    from longbien.primitives.errors import Refused
    from longbien.treaty.contents import load

    profile = load().profiles.get(name)
    if profile is None:
        raise Refused(
            "request.form",
            "there is no form and no template {kind}; docs/kinds.md has all",
            kind=name,
        )
    return profile


def _tell_fields(form: "Form", speaker: "Speaker") -> None:
    from longbien.treaty.fields import load_types

    types = load_types()
    for one in form.fields:
        required = speaker.name("required", one.required.value)
        speaker.tell("form-field", name=one.id, required=required, ref=one.ref)
        speaker.tell("form-words", text=speaker.name(f"field.{form.kind}", one.id))
        kind = types.find_type(form.kind, one.id)
        if kind is not None:
            speaker.tell("form-words", text=speaker.data(types.written[kind]))


def _tell_items(profile: "Profile", speaker: "Speaker") -> None:
    for one in profile.items:
        speaker.tell("form-item", name=one.id, field=one.into)
        speaker.tell("form-words", text=speaker.data(one.label))


def unfolded(template: str, contents: "Mapping[str, str]") -> "Mapping[str, str]":
    """Return the fields of a form that a filled-in template makes.

    Raises Refused ``request.form`` for a template, ``request.field`` for an item that there
    is not.
    """
    from longbien.primitives.errors import Refused

    profile = _template(template)
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
