"""Write ``docs/life-cycles.md`` from the tables."""

from pathlib import Path

from longbien.casework.diagrams import document

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "life-cycles.md"


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"wrote {DOCUMENT.name}")


if __name__ == "__main__":
    main()
