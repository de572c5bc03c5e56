"""``evidence/case.jsonld``: the package in CASE/UCO 1.5, for laboratories that read it.

Written from templates with nothing but what the package knows itself; every id follows from the
package id, so the same package has the same description.  ``case_validate`` accepts it without
any allowance.  It is a courtesy: where it and package.json differ, package.json is right.
"""

import uuid
from collections.abc import Iterator

from longbien.evidence.manifests import PROFILE
from longbien.evidence.package import Package, PayloadFile
from longbien.evidence.wire import canonical
from longbien.primitives.canonical import Json

MAX_FILES_DESCRIBED = 10_000  # of a larger package exhibits are described, not each file

_CONTEXT: dict[str, Json] = {
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "kb": "urn:longbien:case:",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def encode_case(package: Package) -> bytes:
    """Return the bytes of ``evidence/case.jsonld``: one bundle."""
    ids = _Ids(package)
    whole = len(package.files) <= MAX_FILES_DESCRIBED
    things = [
        *_frame(package, ids),
        *_exhibits(package, ids, with_files=whole),
        *((_file(file, ids) for file in package.files) if whole else ()),
    ]
    members: list[Json] = [{"@id": thing["@id"]} for thing in things]
    bundle: dict[str, Json] = {
        "@id": ids.of("bundle"),
        "@type": "uco-core:Bundle",
        "uco-core:description": _description(package),
        "uco-core:name": f"LB-{package.package_id}",
        "uco-core:object": members,
    }
    graph: list[Json] = [bundle, *things]
    return canonical({"@context": _CONTEXT, "@graph": graph})


class _Ids:
    """Ids that follow from the package id and a name: anybody can make them again."""

    def __init__(self, package: Package) -> None:
        self._space = uuid.uuid5(uuid.UUID(str(package.package_id)), PROFILE)

    def of(self, kind: str, name: str = "") -> str:
        return f"kb:{kind}-{uuid.uuid5(self._space, f'{kind}/{name}')}"

    def ref(self, kind: str, name: str = "") -> dict[str, Json]:
        return {"@id": self.of(kind, name)}


def _description(package: Package) -> str:
    kind = "EXERCISE, not evidence: " if package.exercise else ""
    return (
        f"{kind}{len(package.files)} files, {package.payload_bytes} bytes, "
        f"{len(package.exhibits)} exhibits; the payload manifest names them all"
    )


def _frame(package: Package, ids: _Ids) -> Iterator[dict[str, Json]]:
    """Describe why, by whom and with what the exhibits were preserved."""
    yield {
        "@id": ids.of("investigation"),
        "@type": "case-investigation:Investigation",
        "case-investigation:relevantAuthorization": ids.ref("authorization"),
        "uco-core:name": str(package.request),
        "uco-core:object": [ids.ref("action"), *_provenance_refs(package, ids)],
    }
    basis: dict[str, Json] = (
        {"case-investigation:authorizationType": list(package.legal_basis)}
        if package.legal_basis
        else {}
    )
    yield {
        "@id": ids.of("authorization"),
        "@type": "case-investigation:Authorization",
        "case-investigation:authorizationIdentifier": str(package.request),
        **basis,
    }
    yield {
        "@id": ids.of("organization"),
        "@type": "uco-identity:Organization",
        "uco-core:name": package.created_by,
    }
    yield {
        "@id": ids.of("tool"),
        "@type": "uco-tool:Tool",
        "uco-core:name": package.software,
    }
    yield {
        "@id": ids.of("action"),
        "@type": "case-investigation:InvestigativeAction",
        "uco-action:endTime": {"@type": "xsd:dateTime", "@value": str(package.created_at)},
        "uco-action:instrument": ids.ref("tool"),
        "uco-action:performer": ids.ref("organization"),
        "uco-action:result": _provenance_refs(package, ids),
        "uco-core:name": "preserved",
    }


def _provenance_refs(package: Package, ids: _Ids) -> list[Json]:
    return [ids.ref("provenance-record", exhibit) for exhibit in package.exhibits]


def _exhibits(package: Package, ids: _Ids, *, with_files: bool) -> Iterator[dict[str, Json]]:
    members: dict[str, list[PayloadFile]] = {exhibit: [] for exhibit in package.exhibits}
    for file in package.files:
        members[file.exhibit].append(file)
    for exhibit, files in members.items():
        size = sum(file.size for file in files)
        refs: list[Json] = [ids.ref("file", file.path) for file in files]
        yield {
            "@id": ids.of("provenance-record", exhibit),
            "@type": "case-investigation:ProvenanceRecord",
            "case-investigation:exhibitNumber": exhibit,
            "uco-core:description": f"{len(files)} files, {size} bytes",
            **({"uco-core:object": refs} if with_files else {}),
        }


def _file(file: PayloadFile, ids: _Ids) -> dict[str, Json]:
    return {
        "@id": ids.of("file", file.path),
        "@type": "uco-observable:File",
        "uco-core:hasFacet": [
            {
                "@id": ids.of("file-facet", file.path),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": file.original_name.rpartition("/")[2],
                "uco-observable:filePath": file.path,
                "uco-observable:sizeInBytes": _integer(file.size),
            },
            {
                "@id": ids.of("content-data-facet", file.path),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:hash": {
                    "@id": ids.of("hash", file.path),
                    "@type": "uco-types:Hash",
                    # a plain string: a typed literal is a warning since UCO 1.4, later an error
                    "uco-types:hashMethod": "SHA256",
                    "uco-types:hashValue": {
                        "@type": "xsd:hexBinary",
                        "@value": file.sha256.hex.upper(),
                    },
                },
                "uco-observable:sizeInBytes": _integer(file.size),
            },
        ],
    }


def _integer(value: int) -> dict[str, Json]:
    return {"@type": "xsd:integer", "@value": str(value)}
