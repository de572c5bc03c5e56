import json
from typing import Any

import pytest
from attrs import evolve

import memory_bag
from longbien.evidence import case_uco
from longbien.evidence.case_uco import encode_case

PACKAGE = memory_bag.describe(memory_bag.Plan())


def by_type(data: bytes) -> dict[str, list[Any]]:
    """Return the things of a graph by their type."""
    found: dict[str, list[Any]] = {}
    for thing in json.loads(data)["@graph"]:
        found.setdefault(thing["@type"].partition(":")[2], []).append(thing)
    return found


def test_the_same_package_has_the_same_description() -> None:
    """Every id follows from the package id."""
    other = evolve(PACKAGE, package_id=type(PACKAGE.package_id)(str(PACKAGE.package_id)[::1]))

    assert encode_case(PACKAGE) == encode_case(other)


def test_each_file_has_its_digest_and_name() -> None:
    """SHA256 as a plain string, the value as hexBinary, the name as it was found."""
    things = by_type(encode_case(PACKAGE))
    file = things["File"][0]
    name, content = file["uco-core:hasFacet"]
    digest = content["uco-observable:hash"]

    assert len(things["File"]) == 3
    assert name["uco-observable:filePath"] == PACKAGE.files[0].path
    assert name["uco-observable:fileName"] == "image.dd"
    assert name["uco-observable:sizeInBytes"] == {
        "@type": "xsd:integer",
        "@value": str(PACKAGE.files[0].size),
    }
    assert digest["uco-types:hashMethod"] == "SHA256"
    assert digest["uco-types:hashValue"]["@value"] == PACKAGE.files[0].sha256.hex.upper()


def test_each_exhibit_has_a_provenance_record() -> None:
    """With its number, its size, and the files that it is made of."""
    things = by_type(encode_case(PACKAGE))
    numbers = [one["case-investigation:exhibitNumber"] for one in things["ProvenanceRecord"]]
    files = [thing["@id"] for thing in things["File"]]

    assert numbers == ["E0001", "E0002"]
    assert [ref["@id"] for ref in things["ProvenanceRecord"][1]["uco-core:object"]] == files[1:]
    assert things["InvestigativeAction"][0]["uco-action:result"] == [
        {"@id": one["@id"]} for one in things["ProvenanceRecord"]
    ]


def test_an_exercise_says_so() -> None:
    """Training material is never taken for evidence."""
    real = evolve(PACKAGE, exercise=False)

    assert by_type(encode_case(PACKAGE))["Bundle"][0]["uco-core:description"].startswith("EXERCISE")
    assert b"EXERCISE" not in encode_case(real)


def test_without_a_legal_basis_none_is_claimed() -> None:
    """Only what the package knows is said."""
    bare = by_type(encode_case(evolve(PACKAGE, legal_basis=())))
    full = by_type(encode_case(PACKAGE))

    assert "case-investigation:authorizationType" not in bare["Authorization"][0]
    assert full["Authorization"][0]["case-investigation:authorizationType"] == [
        "UN Convention against Cybercrime, article 44"
    ]


def test_a_large_package_describes_its_exhibits_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million files would make a gigabyte that nobody reads; the manifest names them."""
    monkeypatch.setattr(case_uco, "MAX_FILES_DESCRIBED", 2)

    things = by_type(encode_case(PACKAGE))

    assert "File" not in things
    assert "uco-core:object" not in things["ProvenanceRecord"][0]
    assert things["ProvenanceRecord"][1]["uco-core:description"].startswith("2 files, ")
    assert "3 files" in things["Bundle"][0]["uco-core:description"]


def test_every_thing_is_in_the_bundle() -> None:
    """Nothing in the graph is left unnamed."""
    graph = json.loads(encode_case(PACKAGE))["@graph"]

    assert [ref["@id"] for ref in graph[0]["uco-core:object"]] == [one["@id"] for one in graph[1:]]
