"""Write ``spec/api.json``: the OpenAPI document of the officers' API."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import django_world  # noqa: E402, F401 - the models need Django to be set up
from longbien.node.api.document import openapi_document  # noqa: E402

DOCUMENT = ROOT / "spec" / "api.json"


def main() -> None:
    """Write the document."""
    DOCUMENT.write_bytes(openapi_document())
    print(f"wrote {DOCUMENT.name}")


if __name__ == "__main__":
    main()
