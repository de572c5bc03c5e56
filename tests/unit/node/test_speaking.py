"""No text of the officers' commands escapes the catalogue."""

import json
import re
from argparse import Namespace
from pathlib import Path

import pytest
from attrs import evolve

import pseudo
from casework_points import STOPPED
from longbien.casework.statements import RequestMade
from longbien.casework.wire import SAFEGUARDS, content_of
from longbien.cli import main
from longbien.node.commands import status
from longbien.node.commands._speaking import Speaker, english_words
from longbien.node.commands.words_english import MEMBERS, SAID
from longbien.node.standing import Known, Standing, Witnessed
from longbien.node.turned_away import Listed
from longbien.primitives.ids import CaseId
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load
from outside import REPOSITORY
from request_world import CASE, DONE, LINE, PACKAGE, Node, perform

_FACT = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|[A-Z]{2}/[a-z-]+|[\d,]+|[a-z]+(?:[.-][a-z]+)+"
)

TEXTS = [name for name in SAFEGUARDS.fields if name not in {"checks", "ends_at"}]


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


@pytest.mark.parametrize("kind", ["preservation", "extradition", "t_cy_2018_11"])
def test_what_a_form_says_comes_out_of_the_catalogue(
    kind: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fields with when they are needed and how they are written; items of a template."""
    law = load()
    form = law.find_form(kind)
    rows = form.fields if form is not None else law.profiles[kind].items
    names = sorted((one.id for one in rows), key=len, reverse=True)
    into = [one.into for one in law.profiles["t_cy_2018_11"].items]

    arguments = ["--language", language, "request", "--token-file", "none", "form", kind]
    assert main.run(arguments) == 0

    said = capsys.readouterr().out
    refs = [one.ref for one in form.fields] if form is not None else []
    assert said.count("⟦") >= len(rows)
    assert escaped(said, *sorted({*names, *into, *refs}, key=len, reverse=True)) == []


def test_what_a_check_says_comes_out_of_the_catalogue(
    token: Path, language: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Remarks of every severity, with their field and grade."""
    file = tmp_path / "request.json"
    file.write_text("{}")
    remarks = [
        {"code": code, "ref": "40(15)", "confidence": "P", "severity": severity, "facts": facts,
         "sentence": "In English."}
        for code, severity, facts in (
            ("form.field-missing", "missing", {"field": "necessity"}),
            ("ip.no-time", "wrong", {"field": "identifiers", "line": "2"}),
            ("preservation.none-before", "note", {}),
        )
    ]  # fmt: skip

    perform(Node({"warnings": remarks}), token, "check", str(file), before=["--language", language])

    said = capsys.readouterr().out
    assert said.count("⟦") > len(remarks)
    assert escaped(said, "necessity", "identifiers") == []


def test_what_a_letter_says_comes_out_of_the_catalogue(
    token: Path, language: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Lines and page: every label; what an officer wrote stays as it was written."""
    request = RequestMade(
        contents=(("necessity", "Q"),),
        legal_basis=("Q",),
        is_emergency=True,
        emergency="Q",
        reply_by=Instant.parse("2026-06-01T12:00:00Z"),
        reply_reason="Q",
        preservation=CaseId.parse(CASE),
        safeguards=evolve(STOPPED, **dict.fromkeys(TEXTS, "Q")),
    )
    due = {"clock": "preserved-until", "at": "2026-06-01T12:00:00Z", "rule": "42(8) M"}
    case = {**LINE, "clocks": [due], "request": content_of(request)}
    path = tmp_path / "letter.html"
    words = ["letter", CASE, "--reason", "x"]
    before = ["--language", language]

    perform(Node(case), token, *words, before=before)
    perform(Node(case), token, *words, "--html", str(path), before=before)

    said = capsys.readouterr().out
    _, _, body = path.read_text(encoding="utf-8").partition("</style>")
    shown = re.sub(r"<[^>]+>", " ", body)
    assert 'dir="rtl"' in path.read_text(encoding="utf-8")
    facts = (
        str(path),
        "the holder says so",
        "IL/contact-point",
        "VN/contact-point",
        "42(8) M",
        "42(3)(e)",
        "UTC",
    )
    assert set(escaped(said, *facts)) == {"Q"}
    assert set(escaped(shown, *facts)) == {"Q"}


def test_what_a_status_says_comes_out_of_the_catalogue(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A node that accepts, one that does not, an expired entry, what was turned away, an alarm."""
    at = Instant.parse("2026-06-01T12:00:00Z")
    seen = (Witnessed(state="VN", size=3),)
    known = tuple(
        Known(state="VN", version=1, expires_at=at, is_current=is_current)
        for is_current in (True, False)
    )
    turned = tuple(
        Listed(peer=peer, code="message.not-signed", count=7, last_at=at) for peer in ("VN", "")
    )
    for is_ready in (True, False):
        standing = Standing(
            state="IL", is_ready=is_ready, code="store.full", ledger_size=4, witnessed=seen,
            seen=seen, to_send=1, chores=2, known=known,
            alarms=("ledger.split-view VN-ledger",), turned_away=turned,
        )  # fmt: skip
        status._tell(standing, Speaker.of(Namespace(language=language)))

    assert escaped(capsys.readouterr().out, "IL", "VN-ledger", "VN", "[", "]") == []


def test_no_sentence_of_the_commands_is_dead() -> None:
    """Each one is named somewhere in the program."""
    source = REPOSITORY / "src" / "longbien"
    text = "".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py"))

    dead = [code for code in SAID if f'"{code.removeprefix("said.")}"' not in text]
    assert dead == []


def test_what_an_error_says_comes_out_of_the_catalogue(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of our own; its code stays as it is."""
    arguments = ["--language", language, "request", "--token-file", "no-such", "list"]

    assert main.run(arguments) == 1
    told, _, code = capsys.readouterr().err.removeprefix("longbien: ").partition(" [")
    assert code == "request.no-token]\n"
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
