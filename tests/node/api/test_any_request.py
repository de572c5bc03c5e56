import json
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

from api_world import Clock, Door, Pair, executing, open_pair
from outside import REPOSITORY

DOCUMENT = json.loads((REPOSITORY / "spec" / "api.json").read_bytes())
OPERATIONS = sorted(
    one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()
)
EXAMPLES = 12  # of each operation: the whole file in less than a minute

checks.load_all_checks()
CHECKS = checks.CHECKS.get_by_names(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    )
)


@pytest.fixture(scope="module")
def door(template: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an officer of a node in which something has happened already."""
    folder = tmp_path_factory.mktemp("busy")
    with open_pair(template.folder, folder, clock=Clock(template.made)) as pair:
        yield _busy(pair)


def _busy(pair: Pair) -> Door:
    case = executing(pair)
    pair.vn.door("linh").put(f"/cases/{case}/exhibits/E1", b"x")
    return pair.vn.door("any")


@pytest.fixture(scope="module")
def known(door: Door) -> str:
    """Give the case that is there."""
    return str(door.get("/cases").json["cases"][0]["case"])


@pytest.fixture(scope="module")
def schema(door: Door) -> schemathesis.BaseSchema:
    """Give the document as the running application tells it."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", door.application)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_any_request_gets_the_answer_that_is_documented(
    schema: schemathesis.BaseSchema, door: Door, known: str, name: str
) -> None:
    """Whatever is sent about a case that is there: no fault of ours, and what the document says."""
    operation = schema.find_operation_by_id(name)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def holds(case: schemathesis.Case) -> None:
        if "case" in case.path_parameters:
            case.path_parameters["case"] = known
        case.call_and_validate(headers={"Authorization": f"Bearer {door.token}"}, checks=CHECKS)

    holds()
