import os
import re
import subprocess
import sys

from outside import REPOSITORY

README = (REPOSITORY / "README.md").read_text()


def test_the_help_in_the_readme_is_that_of_the_program() -> None:
    """Nobody reads of an option that does not exist."""
    blocks = re.findall(r"<!-- help: longbien (.*?) -->\n```\n(.*?)```\n", README, re.DOTALL)

    assert blocks
    for arguments, text in blocks:
        shown = subprocess.run(
            [sys.executable, "-m", "longbien", *arguments.split()],
            env={**os.environ, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert text == shown


def test_every_link_of_the_documents_leads_somewhere() -> None:
    """A relative link in a document of ours names a file that is there."""
    documents = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
    documents += (REPOSITORY / "spec").glob("*.md")

    for document in documents:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
