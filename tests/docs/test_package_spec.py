import re

from longbien.evidence import layout, names, package, wire
from longbien.evidence.custody import MAX_EVENT_LINE, MAX_EVENTS_FILE
from longbien.evidence.instructions import encode_verify_script
from longbien.evidence.manifests import MAX_BAG_INFO, MAX_MANIFEST, PROFILE
from outside import REPOSITORY

TEXT = (REPOSITORY / "spec" / "package.md").read_text()


def test_the_published_script_is_the_one_in_every_package() -> None:
    """A court compares the two with one command."""
    assert (REPOSITORY / "spec" / "verify.sh").read_bytes() == encode_verify_script()


def test_every_required_file_is_described() -> None:
    """The table of the layout names all that each bag must have."""
    for path in (*layout.REQUIRED_TAGS, layout.TAG_MANIFEST):
        assert f"`{path}`" in TEXT, path
    first = layout.signature_paths(1)
    for path in (first.cades, first.timestamp, first.post_quantum):
        assert f"`{path}`" in TEXT, path


def test_every_notice_is_described() -> None:
    """What becomes of odd names and files stands in section 4.1."""
    source = REPOSITORY / "src" / "longbien"
    places = ("evidence/names.py", "adapters/survey.py")
    used = {
        code
        for place in places
        for code in re.findall(r'"(ingest\.[a-z0-9-]+)"', (source / place).read_text())
    }

    assert len(used) > 10
    assert {code for code in used if f"`{code}`" not in TEXT} <= {"ingest.empty"}


def test_the_limits_are_those_of_the_program() -> None:
    """A second implementation refuses what we refuse."""
    assert package.MAX_FILES == 1_000_000
    assert "| files | 1,000,000 |" in TEXT
    assert (layout.MAX_PATH, names.MAX_PART) == (255, 80)
    assert (names.MAX_ORIGINAL, names.MAX_DEPTH) == (4096, 64)
    assert (wire.MAX_DESCRIPTION, MAX_MANIFEST) == (512 * 2**20, 400 * 2**20)
    assert (MAX_EVENT_LINE, MAX_EVENTS_FILE, MAX_BAG_INFO) == (16 * 2**10, 16 * 2**20, 16 * 2**10)
    assert (layout.MAX_PROOFS, layout.MAX_SIGNERS) == (9999, 16)
    assert f"`{PROFILE}`" in TEXT
