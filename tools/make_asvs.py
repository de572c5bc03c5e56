"""Write ``docs/asvs.md`` from ``docs/asvs.csv``: what shows each requirement of OWASP ASVS 5.0.

usage: make_asvs.py [--json]        --json: the counts as one JSON document, nothing is written
"""

import argparse
import csv
import json
from collections import Counter
from pathlib import Path

from attrs import frozen

DOCS = Path(__file__).resolve().parents[1] / "docs"
TABLE = DOCS / "asvs.csv"
STATES = ("met", "gap", "not-applicable")

_HEAD = """\
# OWASP ASVS 5.0, levels 1 and 2

Written by `tools/make_asvs.py` from [asvs.csv](asvs.csv). The ids are those of OWASP's Application
Security Verification Standard 5.0.0; its texts are at <https://github.com/OWASP/ASVS> under
CC BY-SA 4.0 and are not repeated here: the words beside an id are ours and only remind of it.
A requirement that is met names the tests, sections or decisions that show it; one that is not is a
gap and says what is missing; one that does not apply says why. A test holds every name against the
repository, and the list of ids against the standard.
"""


@frozen(kw_only=True)
class Row:
    """One requirement."""

    id: str
    level: int
    about: str
    state: str
    shown_by: tuple[str, ...]
    """Tests (``tests/…py::test_name``) and sections (``docs/…md#anchor``)."""
    note: str


def read_rows(path: Path = TABLE) -> list[Row]:
    """Read the mapping."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(
                id=one["id"],
                level=int(one["level"]),
                about=one["about"],
                state=one["state"],
                shown_by=tuple(one["shown_by"].split()),
                note=one["note"],
            )
            for one in csv.DictReader(file)
        ]


def counts(rows: list[Row]) -> dict[str, int]:
    """Count the requirements by their state."""
    by = Counter(row.state for row in rows)
    return {
        "requirements": len(rows),
        "unmapped": sum(not row.shown_by and not row.note for row in rows),
        "applicable": by["met"] + by["gap"],
        "met": by["met"],
        "gap": by["gap"],
        "not_applicable": by["not-applicable"],
    }


def document(rows: list[Row]) -> str:
    """Return the page."""
    told = counts(rows)
    apply = f"{told['applicable']} apply, {told['met']} of them are met, {told['gap']} are gaps"
    parts = [
        _HEAD,
        f"{told['requirements']} requirements: {apply}; {told['not_applicable']} do not apply.\n",
        "## Gaps\n",
        "| id | level | about | what is missing |\n|---|---|---|---|",
        *(
            f"| {row.id} | {row.level} | {row.about} | {row.note} |"
            for row in rows
            if row.state == "gap"
        ),
        "\n## All\n",
        "| id | level | about | | shown by | |\n|---|---|---|---|---|---|",
        *(
            f"| {row.id} | {row.level} | {row.about} | {row.state.replace('-', ' ')} | "
            f"{'<br>'.join(map(_shown, row.shown_by))} | {row.note} |"
            for row in rows
        ),
    ]
    return "\n".join(parts) + "\n"


def _shown(name: str) -> str:
    file, separator, _ = name.partition("::")
    if separator:
        return f"`{name.removeprefix('tests/')}`"
    path, _, anchor = file.partition("#")
    target = path.removeprefix("docs/") if path.startswith("docs/") else f"../{path}"
    return f"[{Path(path).stem}: {anchor}]({target}#{anchor})"


def main() -> None:
    """Write the page, or print the counts."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--json", action="store_true")
    rows = read_rows()
    if arguments.parse_args().json:
        print(json.dumps(counts(rows)))
        return
    (DOCS / "asvs.md").write_text(document(rows), encoding="utf-8")
    print(counts(rows))


if __name__ == "__main__":
    main()
