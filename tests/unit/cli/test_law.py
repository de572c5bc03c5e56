import argparse
import json
import re
from pathlib import Path

import pytest

import pseudo
from law_world import SIGNED, pack_bytes, rule_row
from longbien.casework.law_words import law_english
from longbien.casework.telling import Teller
from longbien.cli import _law_text, law
from longbien.primitives.errors import LongBienError
from longbien.treaty.law import Law, load_law
from longbien.treaty.offences import load_concordance
from longbien.treaty.pack_diff import spell_pair
from longbien.treaty.packs import parse_pack
from longbien.treaty.states import load_examples, load_states


def run(*arguments: str, language: str = "en") -> int:
    """Run ``longbien law`` with these arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--language", default="en")
    law.add_to(parser.add_subparsers())
    options = parser.parse_args(["--language", language, "law", *arguments])
    code: int = options.run(options)
    return code


def ask(capsys: pytest.CaptureFixture[str], *arguments: str, ends: int = 0) -> object:
    """Run with ``--json`` and return the one document."""
    assert run(*arguments, "--json") == ends
    return json.loads(capsys.readouterr().out)


def test_a_rule_for_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """One rule in the fields of the pack's own form, and whether it may bind."""
    rule = ask(capsys, "show", "uncc-42-6-closed-list")

    assert rule["value"] == {"closed_grounds": ["40(21)(b)", "40(21)(c)", "40(22)"]}
    assert (rule["grade"], rule["may_bind"], rule["verified_by"]) == ("M", False, None)


def test_rules_of_an_article_and_of_a_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """An article shows all of its paragraphs; a kind alone shows every basis."""
    article = ask(capsys, "show", "42")
    kind = ask(capsys, "show", "--kind", "preservation")
    both = ask(capsys, "show", "29", "--kind", "preservation", "--basis", "Budapest")

    assert {row["ref"].split("(")[0] for row in article} == {"42"}
    assert {"UNCC", "Budapest"} < {row["basis"] for row in kind}
    assert {row["basis"] for row in both} == {"Budapest"}


def test_the_packs_for_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """Which editions there are, each with its digest."""
    packs = {row["id"]: row for row in ask(capsys, "show")}

    assert packs["uncc"]["verified_rules"] == 0
    assert packs["uncc"]["state"] is None
    assert len(packs["uncc"]["sha256"]) == 64


def test_faults_for_a_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault with its code; the exit code says that there is one."""
    bad = tmp_path / "bad.json"
    bad.write_bytes(pack_bytes(rule_row("vn-law-1", effects=[])))
    (row,) = ask(capsys, "check", str(bad), ends=1)

    assert row["outcome"] == "FAILED"
    assert "law.effect-missing" in {one["reason"] for one in row["findings"]}
    assert {row["outcome"] for row in ask(capsys, "check")} == {"PASSED"}


def test_two_files_that_contradict_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files that are checked together are also compared with each other."""
    for name, title in (("a.json", "One"), ("b.json", "Other")):
        (tmp_path / name).write_bytes(pack_bytes(title=title))
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]

    assert run("check", *files) == 1
    assert capsys.readouterr().out.count("[law.pack-twice]") == 2


def test_a_change_for_a_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a field was and what it is; packs that are the same say so."""
    before, after = tmp_path / "1.json", tmp_path / "2.json"
    before.write_bytes(pack_bytes())
    after.write_bytes(pack_bytes(rule_row("vn-law-1", text="Other."), version=2))
    (change,) = ask(capsys, "diff", str(before), str(after))

    assert change["change"] == "changed"
    assert change["fields"]["text"] == {"after": "Other.", "before": "Words for an officer."}
    assert run("diff", "uncc", "uncc") == 0
    assert "Both have the same rules." in capsys.readouterr().out


def test_a_verified_rule_names_its_lawyer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who verified it, when, and against which text; nothing is said of warning only."""
    changed = load_law().with_packs(parse_pack(pack_bytes(rule_row("vn-law-1", **SIGNED))))
    text = "\n".join(
        _law_text.rule_lines(changed, changed.get_rule("vn-law-1"), Teller(law_english()))
    )
    monkeypatch.setattr(law, "_law", lambda _: Law(packs=changed.packs[-1:]))

    assert "a lawyer of the ministry, on 2026-11-20, against the text" in text
    assert run("show", "42") == 0
    assert "All of them were verified by a lawyer." in capsys.readouterr().out


def test_what_cannot_be_found() -> None:
    """An unknown rule, article, kind or file has its own code."""
    for arguments, code in (
        (("show", "uncc-0"), "law.unknown-rule"),
        (("show", "700"), "law.nothing-there"),
        (("show", "--kind", "wishes"), "law.nothing-there"),
        (("check", "absent.json"), "law.absent"),
        (("diff", "uncc", "absent.json"), "law.absent"),
    ):
        with pytest.raises(LongBienError) as caught:
            run(*arguments)
        assert caught.value.code == code


COMMANDS = (
    "show",
    "show 42",
    "show 10 --basis EU-2023-1543",
    "show --kind preservation",
    "show --kind extradition",
    "show uncc-42-8-floor",
    "show uncc-42-6-closed-list",
    "check",
    "diff uncc uncc",
    "diff budapest uncc",
    *(f"gaps {state}" for state in load_concordance().names),
    "gaps IL --examples",
    "gaps VN --examples --articles 13",
    "compare VN IL",
    "compare VN IL --examples",
    "bases VN IL --on 2026-11-21",
    "bases VN IL --on 2027-11-21 --examples",
    "bases VN EU",
)


@pytest.fixture(scope="module")
def nobody() -> Teller:
    """Return the language that nobody speaks."""
    return Teller(pseudo.translation().words(law_english()))


@pytest.fixture(scope="module")
def proper() -> list[str]:
    """Return what stays as it is in every language, the longest first."""
    law, states = load_law(), load_states()
    for profile in load_examples():
        states = states.with_profile(profile)
    rules = [rule for pack in law.packs for rule in pack.rules]
    provisions = [one for cell in states.concordance.cells.values() for one in cell.provisions]
    own = [cell for each in states.profiles.values() for cell in each.offences.values()]
    found = {
        "SHA-256",
        *(", ".join(each.languages) for each in states.profiles.values()),
        *(one.id for one in (*law.packs, *rules)),
        *(one.basis for one in rules),
        *(spell_pair(*pair) for rule in rules for pair in rule.value.items()),
        *states.concordance.names.values(),
        *(one.cite for one in provisions),
        *(one.cite.partition(" (")[0] for one in provisions),
        # what a State says itself is quoted
        *(one.text for each in states.profiles.values() for one in each.declarations),
        *(one.title for each in states.profiles.values() for one in each.parties),
        *(limit.law for each in states.profiles.values() for limit in each.limits),
        *(text for cell in own for one in cell.provisions for text in (one.cite, one.note)),
        *(one.text for cell in own for one in cell.records),
    }
    return sorted(found - {""}, key=len, reverse=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_sentence_escapes_the_catalogue(
    command: str,
    nobody: Teller,
    proper: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands outside it is a name, a code, a citation, or what a State says itself."""
    monkeypatch.setattr(law, "_teller", lambda _: nobody)

    assert run(*command.split()) == 0

    said = capsys.readouterr().out
    rest = pseudo.bare(" ".join(said.split()))
    for name in proper:
        rest = rest.replace(name, " ")
    rest = re.sub(r"[0-9a-f]{64}|\d+\([a-z0-9]+\)(\([a-z]\))?|\b[VPM]\b|\b[A-Z]{2}\b", " ", rest)
    assert "⟦" in said
    assert re.findall(r"[^\W\d_]{2,}", rest) == []


def test_a_translators_file_speaks_the_law(
    nobody: Teller, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--language``, from the right to the left, each fact kept apart; not in a document."""
    path = tmp_path / "xa.po"
    path.write_text(pseudo.document(), encoding="utf-8")

    assert run("show", "uncc-42-8-floor", language=str(path)) == 0
    assert run("show", "uncc-42-8-floor", "--json", language=str(path)) == 0
    told, _, document = capsys.readouterr().out.partition("{")

    law_here = load_law()
    rule = law_here.get_rule("uncc-42-8-floor")
    assert told.splitlines() == _law_text.rule_lines(law_here, rule, nobody)
    assert "⟦: ⟧\u2068" in told
    assert "⟦" not in document
