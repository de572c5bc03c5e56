import io
import json
from pathlib import Path

import pytest

from longbien.cli import main
from longbien.exercise.safeguard_records import RECORD
from longbien.node.api.bodies import ACTS
from longbien.node.commands import request
from longbien.node.commands._request_words import (
    NUMBERS,
    VERBS,
    YES_OR_NO,
    body_of,
    contents_of,
    fields_of,
    repeated_fields,
)
from longbien.node.commands._speaking import Speaker, english_words
from longbien.primitives.errors import LongBienError, Refused, Unavailable
from request_world import CASE, DONE, LINE, PACKAGE, Node, perform


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return a file with a token."""
    path = tmp_path / "token"
    path.write_text("lbt_0123456789abcdef_secret\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Return a file with a safeguard record."""
    path = tmp_path / "record.json"
    path.write_text(json.dumps(RECORD))
    return path


def test_ask_sends_the_safeguard_record(token: Path, record: Path) -> None:
    """It is typed once, into a file."""
    node = Node(DONE)
    words = ["ask", "--kind", "mla_stored_data", "--to", "VN/contact-point", "--basis", "UNCC"]
    perform(node, token, *words, "--safeguards", str(record))

    assert node.body["safeguards"] == RECORD


def test_ask_with_a_template_of_practice(token: Path) -> None:
    """What was typed item by item arrives as the fields of the form."""
    node = Node(DONE)
    words = ["ask", "--kind", "preservation", "--to", "VN/contact-point", "--basis", "UNCC 42"]
    words += ["--template", "t_cy_2018_11", "--field", "offence=a fraud"]
    perform(node, token, *words)

    assert node.body["contents"] == {"offence_and_facts": "a fraud"}


def test_an_empty_record_is_printed(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All its fields and questions, none of them answered."""
    assert main.run(["request", "--token-file", str(token), "safeguards"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found.keys() == RECORD.keys()
    assert found["checks"].keys() == RECORD["checks"].keys()
    assert {one["answer"] for one in found["checks"].values()} == {""}


def test_ask_sends_what_was_typed(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Kind, authority, legal bases and fields arrive; the officer reads what was done."""
    node = Node(DONE)
    words = ["ask", "--kind", "preservation", "--to", "VN/contact-point", "--basis", "UNCC 42"]
    words += ["--basis", "Treaty", "--field", "a=one", "--field", "b=two=2"]

    assert perform(node, token, *words) == 0
    assert node.body == {
        "verb": "ask",
        "kind": "preservation",
        "peer": "VN/contact-point",
        "contents": {"a": "one", "b": "two=2"},
        "legal_basis": ["UNCC 42", "Treaty"],
    }
    (call,) = node.calls
    assert (call.method, call.path) == ("POST", "/api/v1/cases")
    assert call.headers["Authorization"] == "Bearer lbt_0123456789abcdef_secret"
    assert capsys.readouterr().out == (
        f"Case {CASE}, version 3.\nMessages to the other State, sent by the worker: 1.\n"
    )


def test_ask_in_an_emergency(token: Path, tmp_path: Path) -> None:
    """Emergency, reply date, preservation, key and the fields of a file arrive as such."""
    node = Node(DONE)
    path = tmp_path / "contents.json"
    path.write_text('{"a": "from the file"}')
    words = ["ask", "--kind", "stored-data", "--to", "VN/contact-point", "--basis", "UNCC"]
    words += ["--file", str(path), "--field", "b=typed", "--emergency", "a life", "--key", "mine"]
    words += ["--reply-by", "2026-03-01T12:00:00Z", "--reply-reason", "trial"]
    perform(node, token, *words, "--preservation", CASE)

    assert node.body["contents"] == {"a": "from the file", "b": "typed"}
    assert (node.body["is_emergency"], node.body["emergency"]) == (True, "a life")
    assert (node.body["reply_by"], node.body["reply_reason"]) == ("2026-03-01T12:00:00Z", "trial")
    assert node.body["preservation"] == CASE
    assert node.calls[0].headers["Idempotency-Key"] == "mine"


def test_warnings_are_read_out(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that speaks against it stands in the answer, in words and as JSON."""
    warning = {
        "code": "form.field-missing",
        "ref": "40(15)",
        "confidence": "V",
        "severity": "missing",
        "facts": {"field": "language"},
    }
    told = {**warning, "sentence": "The same in English."}
    node = Node({**DONE, "messages": [], "warnings": [told]})
    perform(node, token, "act", CASE, "approve", "--field", "proposal=1")
    perform(node, token, "act", CASE, "approve", "--field", "proposal=1", "--json")

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Nothing leaves yet: recorded here, or a second officer must approve it."
    assert lines[2] == (
        "Warning [form.field-missing] (40(15)): "
        "The field language belongs in every such request. Fill it in."
    )
    assert json.loads(lines[3]) == {
        "case": CASE,
        "messages": [],
        "repeated": False,
        "version": 3,
        "warnings": [warning],
    }


def test_what_was_done_before_is_said(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An officer who repeats a call learns that nothing was done twice."""
    perform(Node({**DONE, "repeated": True}), token, "act", CASE, "acknowledge")

    assert "nothing was done again" in capsys.readouterr().out


def test_act_names_case_verb_and_version(token: Path) -> None:
    """The fields of the verb are the body; the version that was seen goes as If-Match."""
    node = Node(DONE)
    words = ["act", CASE, "answer-question", "--field", "question=2", "--field", "text=Yes."]
    perform(node, token, *words, "--seen", "7")

    assert node.body == {"question": 2, "text": "Yes."}
    assert node.calls[0].path == f"/api/v1/cases/{CASE}/acts/answer-question"
    assert node.calls[0].headers["If-Match"] == '"7"'


def test_a_release_gets_an_id_and_says_it(
    token: Path, record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its id is drawn here, or stays the same under one key, or is the one that was given."""
    words = ["act", CASE, "propose-release", "--field", "exhibits=E1", "--field", "exhibits=E2"]
    words += ["--field", "legal_basis=UNCC", "--safeguards", str(record)]
    node = Node(DONE)
    for more in ([], ["--key", "k"], ["--key", "k"], ["--field", f"package={PACKAGE}"]):
        perform(node, token, *words, *more, "--json")
    bodies = [json.loads(call.body) for call in node.calls if isinstance(call.body, bytes)]
    said = [json.loads(line)["package"] for line in capsys.readouterr().out.splitlines()]

    assert [body["exhibits"] for body in bodies] == [["E1", "E2"]] * 4
    assert [body["safeguards"] for body in bodies] == [RECORD] * 4
    assert said == [body["package"] for body in bodies]
    assert said[1] == said[2] != said[0]
    assert said[3] == PACKAGE
    perform(node, token, *words)
    assert "a second officer lets it go with approve-release" in capsys.readouterr().out


def test_list(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a case; a case without a clock has none; JSON has the same."""
    node = Node({"cases": [LINE, {**LINE, "next_due": None, "exercise": False}], "next": None})
    perform(node, token, "list")
    perform(node, token, "list", "--json")
    lines = capsys.readouterr().out.splitlines()

    shown = f"{CASE}  Expedited preservation of stored electronic data  VN/contact-point  sent"
    due = "The data are preserved until 2026-06-01T12:00:00Z"
    assert lines[0] == f"EXERCISE  {shown}  {due}"
    assert lines[1:3] == [shown, "2 cases"]
    assert [one["due_at"] for one in json.loads(lines[3])["cases"]] == [
        "2026-06-01T12:00:00Z",
        None,
    ]


def test_show(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole case, as an outline or as it came; the reason goes with the call."""
    node = Node({**LINE, "proposals": [{"number": 1, "text": "two\nlines", "ground": ""}]})
    perform(node, token, "show", CASE, "--reason", "I decide it")
    perform(node, token, "show", CASE, "--reason", "I decide it", "--json")
    text, _, document = capsys.readouterr().out.rstrip("\n").rpartition("\n")

    assert node.calls[0].headers["Longbien-Reason"] == "I%20decide%20it"
    assert "state: sent\n" in text
    assert "exercise: yes\n" in text
    assert text.endswith("proposals:\n  -\n    number: 1\n    text: two / lines")
    assert json.loads(document) == node.answer


def test_outline_says_no_and_leaves_out_what_is_empty() -> None:
    """False and zero are facts, nothing is none."""
    document = {"a": False, "b": 0, "c": None, "d": "", "e": [], "f": ["x", "y"], "g": {}}

    speaker = Speaker(english_words())
    told = list(request.outline(document, speaker))

    assert told == ["a: no", "b: 0", "f:", "  - x", "  - y", "g:"]


def test_upload(token: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file goes as bytes; the officer reads size and digest; JSON has both."""
    path = tmp_path / "disk.img"
    path.write_bytes(b"x" * 3)
    digest = "cd2eb0837c9b4c962c22d2ff8b5441b7b45805887f051d39bf133b583baf6860"
    exhibit = {"id": "E1", "original_name": "disk.img", "size": 3, "sha256": digest}
    node = Node({"exhibit": {**exhibit, "tree": "0" * 64}, "done": DONE})
    words = ["upload", CASE, "E1", str(path), "--note", "a disk"]
    perform(node, token, *words)
    perform(node, token, *words, "--json")
    lines = capsys.readouterr().out.splitlines()

    assert node.calls[0].path == f"/api/v1/cases/{CASE}/exhibits/E1"
    assert node.calls[0].headers["Longbien-Note"] == "a%20disk"
    assert lines[:2] == [
        "E1 is in the vault: 3 bytes of disk.img.",
        f"SHA-256 {digest}, as the node has computed it.",
    ]
    assert json.loads(lines[2]) == {
        "exhibit": "E1",
        "sha256": digest,
        "size": 3,
        "tree": "0" * 64,
        "version": 3,
    }


def test_a_file_that_is_not_there(token: Path, tmp_path: Path) -> None:
    """It is named; nothing was sent."""
    node = Node(DONE)
    for words in (["upload", CASE, "E1"], ["act", CASE, "accept", "--file"]):
        with pytest.raises(Unavailable) as caught:
            perform(node, token, *words, str(tmp_path / "none"))
        assert caught.value.code == "disk.absent"
    assert node.calls == []


class Terminal(io.StringIO):
    """A stream that people watch."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_progress_is_one_line_for_each_percent() -> None:
    """The line is rewritten as the percentage grows, and wiped at the end."""
    stream = Terminal()
    with request.Progress(400 * 2**20, stream) as progress:
        progress.advance(2 * 2**20)
        progress.advance(2 * 2**20)
        progress.advance(2**10)
    clear = "\r\x1b[K"

    assert stream.getvalue() == (
        f"{clear}sent 2 of 400 MiB  0 %{clear}sent 4 of 400 MiB  1 %{clear}"
    )


def test_progress_is_silent_without_a_terminal() -> None:
    """A log holds no progress; an empty file has one all the same."""
    stream = io.StringIO()
    with request.Progress(0, stream) as progress:
        progress.advance(1)

    assert stream.getvalue() == ""


def test_what_the_node_refuses_is_raised_under_its_code(token: Path) -> None:
    """The officer meets the node's own words."""
    node = Node({"code": "officer.four-eyes", "detail": "a second {officer} must"}, status=409)
    with pytest.raises(Refused, match=r"a second \{officer\} must") as caught:
        perform(node, token, "act", CASE, "approve", "--field", "proposal=1")

    assert caught.value.code == "officer.four-eyes"


@pytest.mark.parametrize("text", ["", "secret", "lbt_" + "x" * 300, "lbt_é"])
def test_a_file_without_a_token(token: Path, text: str) -> None:
    """What is no token is sent to nobody."""
    token.write_text(text)
    node = Node(DONE)
    with pytest.raises(Refused) as caught:
        perform(node, token, "list")

    assert caught.value.code == "request.token"
    assert node.calls == []


def test_a_token_that_others_may_read(token: Path) -> None:
    """It is refused, with the command that repairs it."""
    token.chmod(0o644)
    with pytest.raises(Refused) as caught:
        perform(Node(DONE), token, "list")

    assert caught.value.code == "keystore.open-to-others"


def test_run_speaks_http(token: Path) -> None:
    """The address is that of an HTTP interface."""
    options = main.parser("request").parse_args(
        ["request", "--api", "ftp://x", "--token-file", str(token), "list"]
    )
    with pytest.raises(Refused) as caught:
        request.run(options)

    assert caught.value.code == "api-client.address"


# --- words ----------------------------------------------------------------------------------------


def test_the_verbs_are_those_of_the_interface() -> None:
    """Names, order of need, repetition, numbers and yes-or-no are those of the node's schema."""
    assert set(VERBS) == set(ACTS)
    for verb, kind in ACTS.items():
        fields = kind.model_fields
        optional = {word.strip("[].") for word in VERBS[verb].split() if word.startswith("[")}
        needed = {name for name, one in fields.items() if one.is_required()}
        drawn = {"package"} if verb == "propose-release" else set()

        assert set(fields_of(verb)) == set(fields), verb
        assert set(fields) - optional == needed - drawn, verb
        for name, one in fields.items():
            assert (one.annotation is int) == (name in NUMBERS), (verb, name)
            assert (one.annotation is bool) == (name in YES_OR_NO), (verb, name)
            is_several = getattr(one.annotation, "__origin__", None) is tuple
            assert is_several == (name in repeated_fields(verb)), (verb, name)


def test_each_form_of_a_field() -> None:
    """Numbers, yes and no, lists, limits, contents and texts are read as they are meant."""
    limits = ["use_limits=specialty:Case 7", "use_limits=other@2027-01-01T00:00:00Z:a: b"]

    assert body_of("decide-further-use", ["request=12", "is_granted=yes", "text=x=y"]) == {
        "request": 12,
        "is_granted": True,
        "text": "x=y",
    }
    assert body_of("declare-executed", ["is_partly=no"]) == {"is_partly": False}
    assert body_of("disclose-partly", limits) == {
        "use_limits": [
            {"kind": "specialty", "text": "Case 7"},
            {"kind": "other", "text": "a: b", "until": "2027-01-01T00:00:00Z"},
        ]
    }
    assert body_of("amend", ["contents.a=1", "contents.b=2", "reason=r"]) == {
        "contents": {"a": "1", "b": "2"},
        "reason": "r",
    }
    assert contents_of(["a=1", "b=2"]) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("verb", "given", "code"),
    [
        ("fly", [], "request.verb"),
        ("approve", ["wings=2"], "request.field"),
        ("approve", ["proposal.x=2"], "request.field"),
        ("amend", ["contents=2"], "request.field"),
        ("approve", ["proposal"], "request.field-form"),
        ("approve", ["=1"], "request.field-form"),
        ("approve", ["proposal="], "request.field-form"),
        ("approve", ["proposal=1", "proposal=1"], "request.twice"),
        ("amend", ["contents.a=1", "contents.a=2"], "request.twice"),
        ("approve", ["proposal=-1"], "request.value"),
        ("approve", ["proposal=1" + 15 * "0"], "request.value"),
        ("approve", ["proposal=²"], "request.value"),
        ("declare-executed", ["is_partly=true"], "request.value"),
        ("propose-release", ["safeguards=x"], "request.value"),
        ("accept", ["conditions=secret"], "request.value"),
        ("accept", ["conditions=never:x"], "request.value"),
    ],
)
def test_what_cannot_be_meant(verb: str, given: list[str], code: str) -> None:
    """A slip is named before anything is sent."""
    with pytest.raises(Refused) as caught:
        body_of(verb, given)

    assert caught.value.code == code


def test_a_file_of_fields_that_is_none(token: Path, tmp_path: Path) -> None:
    """A list, or a field that was typed too, is refused."""
    path = tmp_path / "body.json"
    for text, code in (
        ("[1]", "request.file"),
        ("{", "request.file"),
        ('{"text": "a"}', "request.twice"),
    ):
        path.write_text(text)
        with pytest.raises(LongBienError) as caught:
            perform(
                Node(DONE), token, "act", CASE, "accept", "--field", "text=b", "--file", str(path)
            )
        assert caught.value.code == code


def test_every_verb_stands_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """An officer finds all verbs and their fields without a document."""
    with pytest.raises(SystemExit):
        main.parser("request").parse_args(["request", "--token-file", "t", "act", "--help"])
    shown = capsys.readouterr().out

    assert [verb for verb in VERBS if f"  {verb} " not in shown] == []
