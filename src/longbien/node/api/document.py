"""The OpenAPI document of the officers' API: what ninja derives, and what holds for all routes."""

import json
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from longbien.node.api.answers import Problem
from longbien.node.api.problems import PROBLEM, STATUSES, phrase_of
from longbien.node.api.routes import PREFIX, api

_REF: Final = "#/components/schemas/{model}"
_TOKEN: Final = {"type": "http", "scheme": "bearer", "bearerFormat": "lbt_<id>_<secret>"}
_OPEN: Final = frozenset({"/api/v1/live", "/api/v1/ready"})


@cache
def openapi_document() -> bytes:
    """Return the document, the same bytes for the same program."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX)))
    found.pop("servers", None)
    schemas = found["components"]["schemas"]
    schemas.update(_problem_schemas())
    found["components"]["responses"] = _problems()
    found["components"]["securitySchemes"] = {"token": _TOKEN}
    for path, method, operation in _operations(found):
        if path not in _OPEN:
            operation["security"] = [{"token": []}]
        _add_problems(operation["responses"])
        if path == "/api/v1/cases/{case}" and method == "get":
            operation["responses"]["304"] = {"description": "it is as the caller knows it"}
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _add_problems(responses: dict[str, Any]) -> None:
    for status in STATUSES:
        responses[str(int(status))] = {"$ref": f"#/components/responses/Problem{int(status)}"}


def _problems() -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {
        f"Problem{int(status)}": {"description": phrase_of(HTTPStatus(status)), "content": content}
        for status in STATUSES
    }


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template=_REF)
    return {**schema.pop("$defs", {}), "Problem": schema}
