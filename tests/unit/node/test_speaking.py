"""No text of the officers' commands escapes the catalogue."""

import json
import re
from pathlib import Path

import pytest

import pseudo
from longbien.cli import main
from longbien.node.commands._speaking import english_words
from longbien.node.commands.words_english import MEMBERS
from outside import REPOSITORY
from request_world import CASE, DONE, LINE, PACKAGE, Node, perform

_FACT = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|[A-Z]{2}/[a-z-]+|[\d,]+|[a-z]+(?:[.-][a-z]+)+"
)


@pytest.fixture
def language(tmp_path: Path) -> str:
    """Return a file with the language that nobody speaks."""
    path = tmp_path / "xa.po"
    path.write_text(pseudo.document(), encoding="utf-8")
    return str(path)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return a file with a token."""
    path = tmp_path / "token"
    path.write_text("lbt_0123456789abcdef_secret\n")
    path.chmod(0o600)
    return path


def escaped(text: str, *facts: str) -> list[str]:
    """Return the words that are neither out of the catalogue nor facts."""
    rest = pseudo.bare(text)
    for fact in facts:
        rest = rest.replace(fact, " ")
    return re.findall(r"[A-Za-z]+", _FACT.sub(" ", rest))


def test_what_request_says_comes_out_of_the_catalogue(
    token: Path, language: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each thing that it can say, warnings included."""
    warning = {
        "code": "form.field-missing",
        "ref": "",
        "confidence": "V",
        "severity": "missing",
        "facts": {"field": "x"},
        "sentence": "",
    }
    line = {**LINE, "state": "asked", "next_due": {**LINE["next_due"]}}
    exhibit = {
        "id": "E1", "original_name": "x", "size": 1, "sha256": "00" * 32, "tree": "00" * 32,
    }  # fmt: skip
    file = tmp_path / "x"
    file.write_bytes(b"x")
    spoken = ["--language", language]
    calls: list[tuple[object, list[str]]] = [
        ({**DONE, "warnings": [warning]}, ["act", CASE, "acknowledge"]),
        ({**DONE, "repeated": True}, ["act", CASE, "acknowledge"]),
        (
            {**DONE, "messages": []},
            ["act", CASE, "propose-release", "--field", f"package={PACKAGE}"],
        ),
        ({"cases": [line, {**line, "next_due": None, "exercise": False}], "next": None}, ["list"]),
        (line, ["show", CASE, "--reason", "x"]),
        (
            {"exhibit": exhibit, "done": {**DONE, "repeated": True}},
            ["upload", CASE, "E1", str(file)],
        ),
    ]
    for answer, words in calls:
        perform(Node(answer), token, *words, before=spoken)

    said = capsys.readouterr().out
    assert "⟦" in said
    assert escaped(said, "00" * 32, "E1", "x") == []


def test_what_an_error_says_comes_out_of_the_catalogue(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of our own; its code stays as it is."""
    arguments = ["--language", language, "request", "--token-file", "no-such", "list"]

    assert main.run(arguments) == 1
    told, _, code = capsys.readouterr().err.removeprefix("longbien: ").partition(" [")
    assert code == "keystore.missing]\n"
    assert "⟦" in told
    assert escaped(told, "no-such") == []


def test_an_error_of_the_node_is_said_in_the_officers_language(
    token: Path,
) -> None:
    """The node sends its words with their facts; the officer's program translates them."""
    text = "{verb} has no field {name}; it has: {known}"
    problem = {
        "code": "request.field", "detail": "x", "text": text,
        "facts": {"verb": "a", "name": "b", "known": "c"},
    }  # fmt: skip
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its class is the status's
        perform(Node(problem, status=422), token, "list")

    told = pseudo.translation().error_text(caught.value)  # type: ignore[arg-type]  # the house's own
    assert told == "\u2068a\u2069⟦ has no field ⟧\u2068b\u2069⟦; it has: ⟧\u2068c\u2069"


@pytest.mark.parametrize(
    "text", ["{0}", "{verb.__class__}", "{other}", "{", "{verb!r}", "{verb:>9}"]
)
def test_a_text_that_is_no_template_is_not_filled_in(text: str, token: Path) -> None:
    """What a node sends is never read as more than words and names of facts."""
    problem = {"code": "a.b", "detail": "as it came", "text": text, "facts": {"verb": "a"}}
    with pytest.raises(Exception, match="as it came"):
        perform(Node(problem, status=422), token, "list")


def test_every_member_of_a_case_has_a_name() -> None:
    """What the interface can say of a case is labelled; no label is of nothing."""
    schemas = json.loads((REPOSITORY / "spec" / "api.json").read_text())["components"]["schemas"]
    found: set[str] = set()
    waiting, known = ["CaseAnswer"], set()
    while waiting:
        schema = schemas[waiting.pop()]
        found |= schema.get("properties", {}).keys()
        named = set(re.findall(r'schemas/(\w+)"', json.dumps(schema))) - known
        known |= named
        waiting += named

    assert {name.partition(".")[2] for name in MEMBERS} == found


def test_no_word_of_the_commands_is_of_casework_too() -> None:
    """The joined catalogue has lost nothing."""
    assert english_words().words["said.yes"] == "yes"
    assert english_words().words["state.asked"]
