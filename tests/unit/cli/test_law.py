import argparse
import json
from pathlib import Path

import pytest

from law_world import SIGNED, pack_bytes, rule_row
from longbien.cli import _law_text, law
from longbien.primitives.errors import LongBienError
from longbien.treaty.law import Law, load_law
from longbien.treaty.packs import parse_pack


def run(*arguments: str) -> int:
    """Run ``longbien law`` with these arguments."""
    parser = argparse.ArgumentParser()
    law.add_to(parser.add_subparsers())
    options = parser.parse_args(["law", *arguments])
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
    text = "\n".join(_law_text.rule_lines(changed, changed.get_rule("vn-law-1")))
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
