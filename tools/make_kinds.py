"""Write ``docs/kinds.md`` from the treaty data and the tables."""

from pathlib import Path

from longbien.casework.kind_table import document

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "kinds.md"


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"wrote {DOCUMENT.name}")


if __name__ == "__main__":
    main()
