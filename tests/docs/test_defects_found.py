import re

from outside import REPOSITORY

PAGE = (REPOSITORY / "docs" / "defects-found.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")][2:]
NAME = re.compile(r"`([\w./-]+\.py)::(test_\w+)(?:\[[^`]*\])?`")


def test_every_defect_has_its_regression_test() -> None:
    """Three cells a row; the last names at least one test, as file and function, that exists."""
    assert len(ROWS) >= 6
    for row in ROWS:
        what, how, tests = (cell.strip() for cell in row.strip().strip("|").rsplit("|", 2))
        named = NAME.findall(tests)
        missing = [
            (file, name)
            for file, name in named
            if not (REPOSITORY / file).is_file()
            or f"def {name}(" not in (REPOSITORY / file).read_text()
        ]

        assert (bool(what), bool(how)) == (True, True), row
        assert named, row
        assert missing == [], row
