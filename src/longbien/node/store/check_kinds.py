"""Of which kind values are: SQLite keeps any kind in any column, and calls any number true.

A number where a text was, or a 4 that is read as false and selected as true, is written by
nobody but who changes the file.  PostgreSQL keeps kinds apart by itself.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps

from longbien.node.store.check_tree import Problem
from longbien.node.store.statements import execute

if TYPE_CHECKING:
    from django.db.models import Field

_KINDS: Final = {"BinaryField": "blob", "CharField": "text"}


def odd_values(using: str) -> Iterator[Problem]:
    """Name the columns of an SQLite database in which a value is not of the column's kind."""
    for model in apps.get_app_config("store").get_models():
        for one in model._meta.concrete_fields:  # noqa: SLF001 - Django's documented model API
            table = model._meta.db_table  # noqa: SLF001 - the same
            found = execute(
                using,
                f'SELECT 1 FROM "{table}" WHERE {_is_odd(one)} LIMIT 1',  # noqa: S608 - names of our own models
                (),
            )
            if found:
                yield Problem(reason="store.value-odd", subject=f"{table}.{one.column}")


def _is_odd(one: "Field[Any, Any]") -> str:
    name, form = f'"{one.column}"', one.get_internal_type()
    kinds = [_KINDS.get(form, "integer"), *(["null"] if one.null else [])]
    kind = ", ".join(f"'{kind}'" for kind in kinds)
    odd = f"typeof({name}) NOT IN ({kind})"
    return f"{odd} OR {name} NOT IN (0, 1)" if form == "BooleanField" else odd
