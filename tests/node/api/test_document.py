import json
import re

from api_world import Door, Pair
from longbien.node.api.document import openapi_document
from longbien.node.api.problems import STATUSES
from longbien.node.store.officers import Scope
from outside import REPOSITORY

COMMITTED = REPOSITORY / "spec" / "api.json"
GUIDE = REPOSITORY / "docs" / "api.md"
_ROW = re.compile(r"^\| `(GET|POST|PUT) (/[^`]*)` \| ([a-z-]+) \|", re.MULTILINE)


def operations() -> dict[str, dict[str, object]]:
    """Return the operations of the document by method and path."""
    document = json.loads(openapi_document())
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}": one
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    }


def test_the_committed_document_is_that_of_the_program() -> None:
    """spec/api.json is written by tools/make_api.py; run it when the API has changed."""
    assert COMMITTED.read_bytes() == openapi_document()


def test_the_document_is_served(pair: Pair) -> None:
    """Without a token, as it is committed."""
    found = Door(application=pair.il.application).get("/openapi.json")

    assert found.headers["Content-Type"] == "application/json"
    assert found.body == COMMITTED.read_bytes()


def test_the_document_says_openapi_3_1() -> None:
    """In its version, and with every reference inside of it."""
    text = openapi_document().decode()
    document = json.loads(text)

    assert document["openapi"] == "3.1.0"
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', text):
        found = document
        for part in reference.split("/"):
            found = found[part]


def test_every_change_asks_for_a_key_and_every_secret_for_a_token() -> None:
    """Each POST and PUT that changes something; only the watchers' two addresses are open."""
    for name, one in operations().items():
        headers = {p["name"]: p["required"] for p in one["parameters"] if p["in"] == "header"}
        if not name.startswith("GET") and name != "POST /requests/check":
            assert headers["Idempotency-Key"] is True, name
        assert ("security" in one) == (name not in {"GET /live", "GET /ready"}), name


def test_every_operation_has_every_problem() -> None:
    """Each status that a problem may have stands under each operation."""
    for name, one in operations().items():
        assert {str(int(status)) for status in STATUSES} <= set(one["responses"]), name


def test_the_guide_has_every_operation() -> None:
    """docs/api.md lists each, with the scope that it asks for; verbs of acts in one row each."""
    text = GUIDE.read_text()
    listed = {f"{method} {path}": scope for method, path, scope in _ROW.findall(text)}
    documented = set(operations()) | {"GET /openapi.json"}

    assert set(listed) == documented
    assert set(listed.values()) <= {*(scope.value for scope in Scope), "-"}


def test_the_guide_has_every_status() -> None:
    """Each status that a problem may have is explained."""
    rows = set(re.findall(r"^\| (\d{3}) \|", GUIDE.read_text(), re.MULTILINE))

    assert rows == {str(int(status)) for status in STATUSES}
