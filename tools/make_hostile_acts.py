"""Write ``docs/hostile-acts.md`` from the table of hostile acts in the tests."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "hostile-acts.md"


def main() -> None:
    """Write the document."""
    sys.path.insert(0, str(ROOT / "tests"))
    from hostile.table import document  # noqa: PLC0415 - it is found only now

    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"wrote {DOCUMENT.name}")


if __name__ == "__main__":
    main()
