"""What ``longbien verify`` and ``longbien disclose`` add to the verifier: folders, files, keys."""

import json
import re
from pathlib import Path

import pytest

import memory_bag
import pseudo
import trust_world
from longbien.cli import disclose, main, verify
from longbien.cli._trust_folder import Trusted, read_recipient, read_trust
from longbien.primitives.errors import LongBienError, Malformed, Refused, Unavailable
from longbien.primitives.ids import KeyId


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out a good package and the folder of trust; stop the clocks."""
    for path, data in memory_bag.good().items():
        target = tmp_path / "LB" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    memory_bag.write_trust(tmp_path / "trust")
    monkeypatch.chdir(tmp_path)
    for command in (verify, disclose):
        monkeypatch.setattr(command, "_now", lambda: memory_bag.NOW)
    return tmp_path


@pytest.mark.parametrize("threads", ["1", "2"])
def test_json_is_one_document(
    *, place: Path, capsys: pytest.CaptureFixture[str], threads: str
) -> None:
    """Machines read the verdict from standard output, with either number of threads."""
    assert place

    code = main.run(["verify", "LB", "--trust", "trust", "--json", "--threads", threads])

    value = json.loads(capsys.readouterr().out)
    assert (code, value["outcome"], value["format"]) == (0, "PASSED", "LB-Report 1")
    assert value["mode"] == "full"


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_quick_verification_says_so_to_machines_and_people(
    *, place: Path, capsys: pytest.CaptureFixture[str], threads: str
) -> None:
    """The document, the first words, the last words and the page."""
    command = ["verify", "LB", "--trust", "trust", "--quick", "--threads", threads]

    assert main.run([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mode"] == "quick"
    assert main.run([*command, "--html", "report.html"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert (told[1], told[-1]) == (
        "PASSED (quick verification)",
        "Verdict: PASSED (quick verification)",
    )
    page = (place / "report.html").read_text(encoding="utf-8")
    assert "PASSED (quick verification)</h1>" in page
    assert "<title>PASSED (quick verification) · " in page


def test_the_page_is_written_whole(place: Path) -> None:
    """No half-made file is left, and the exit code is the verdict's."""
    assert main.run(["verify", "LB", "--html", "report.html"]) == 3
    assert (place / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not (place / "report.html.partial").exists()


def test_a_page_that_cannot_be_written_is_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The officer learns it, in one line."""
    assert place

    assert main.run(["verify", "LB", "--html", "absent/report.html"]) == 1
    assert "[report.unwritten]" in capsys.readouterr().err


@pytest.mark.parametrize("trust", [("--trust", "trust"), ()])
def test_a_report_speaks_the_readers_language(
    place: Path, capsys: pytest.CaptureFixture[str], trust: tuple[str, ...]
) -> None:
    """Text and page; a document for machines is the same in every language."""
    (place / "xa.po").write_text(pseudo.document(), encoding="utf-8")
    command = ["--language", "xa.po", "verify", "LB", *trust]

    main.run([*command, "--details", "--html", "report.html"])
    told = capsys.readouterr().out
    main.run([*command, "--json"])
    document = capsys.readouterr().out

    page = (place / "report.html").read_text(encoding="utf-8")
    assert escaped(told) == []
    assert 'dir="rtl"' in page
    assert "⟦" not in document


# what the sample itself says, and what is a place, a code or an algorithm
_FACTS = re.compile(
    r"longbien verify --trust DIR LB|DIR/[a-z./-]+|\[[a-z.-]+\]|[a-z]*manifest-sha256\.txt"
    r"|(CN=[A-Za-z -]+,OU=EXERCISE,O=)?State of Exercise A|LB-[0-9a-f-]+|[0-9a-f]{4,}"
    r"|Authority|Root|TSA|ML-DSA|Forensic Laboratory of Exercise A|urn:example:xa:2026-0042"
    r"|UN Convention against Cybercrime, article 44|Only for the investigation named in the request"
    r"|[a-z.]*[a-z]+\.example(/[a-z]+)?|sha256|ecdsa-p\d+|invoice\S+exe|UTC|longbien"
    r"|\b(taken-in|packed)\b|custody/policy\.txt|trust/[a-z0-9./-]+"
)


def escaped(text: str) -> list[str]:
    """Return words that come neither out of the catalogue nor from the sample."""
    return re.findall(r"[A-Za-z]{3,}", _FACTS.sub(" ", pseudo.bare(" ".join(text.split()))))


def test_the_folder_of_trust_is_read_whole(tmp_path: Path) -> None:
    """Roots, time-stamp roots, policy, and material of one's own."""
    memory_bag.write_trust(tmp_path / "trust")
    (tmp_path / "trust" / "material").mkdir()
    for name, data in memory_bag.trust_files(memory_bag.trust_material()).items():
        (tmp_path / "trust" / "material" / name).write_bytes(data)

    found = read_trust(tmp_path / "trust")

    assert set(found.anchors.signers) == set(trust_world.anchors().signers)
    assert found.anchors.time == trust_world.anchors().time
    assert found.policy == memory_bag.ledger().policy
    assert len(found.material.crls) == 3
    assert read_trust(None) == Trusted()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("roots/x.pem", b"no", Malformed),
        ("policy.txt", b"no", Malformed),
        ("material/x.crl", b"no", Refused),
        ("policy.txt", b"#" * (2**20 + 1), Refused),
    ],
)
def test_a_bad_file_of_trust_stops_everything(
    *, tmp_path: Path, name: str, data: bytes, kind: type[LongBienError]
) -> None:
    """A root that was meant must not be left out in silence."""
    (tmp_path / "trust" / Path(name).parent).mkdir(parents=True)
    (tmp_path / "trust" / name).write_bytes(data)

    with pytest.raises(kind):
        read_trust(tmp_path / "trust")


def test_a_recipient_is_given_in_four_ways(tmp_path: Path) -> None:
    """Its id, itself, its file, its folder; all name the same key."""
    text = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    (tmp_path / "recipient.txt").write_text(f"# mine\n{text}\n", encoding="ascii")

    found = {
        read_recipient(text),
        read_recipient(str(tmp_path / "recipient.txt")),
        read_recipient(str(tmp_path)),
    }

    (key,) = found
    assert read_recipient(str(key)) == key
    assert isinstance(key, KeyId)
    with pytest.raises(Unavailable):
        read_recipient(str(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--give", "data/E0001/image.dd:1-x"], "disclose.range"),
        (["--give", "data/E0001/image.dd:0-999"], "disclosure.range"),
        (["--give", "E0001", "--reason", "because"], "disclose.reason"),
        (["--give", "E0001", "--reason", "privileged=x"], "disclose.reason"),
        (
            ["--give", "E0001", "--reason", "privileged", "--reason", "not-relevant"],
            "disclose.reason",
        ),
        (["--give", "E0001", "--reason", "privileged=3"], "disclosure.reasons"),
        (["--give", "E0001", "--give", "E0001"], "disclosure.twice"),
    ],
)
def test_a_wrong_selection_leaves_nothing_behind(
    *, place: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    """One line with a code, and no folder."""
    arguments = ["disclose", "LB", "--out", "out", "--by", "Court", "--trust", "trust", *words]

    assert main.run(arguments) == 1
    assert f"[{code}]" in capsys.readouterr().err
    assert not (place / "out").exists()


def test_nothing_is_disclosed_from_a_package_that_failed(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even with the switch that lets INDETERMINATE through."""
    (place / "LB" / "data" / "E0001" / "image.dd").write_bytes(b"other")

    arguments = ["disclose", "LB", "--out", "out", "--by", "Court", "--give", "E0001"]
    assert main.run([*arguments, "--trust", "trust", "--despite-indeterminate"]) == 1
    assert "[disclose.failed]" in capsys.readouterr().err


def test_reasons_are_counted_and_the_document_says_what_was_made(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One reason without a count takes the rest; without any it is not stated."""
    arguments = ["disclose", "LB", "--out", "out", "--by", "Court", "--give", "E0001"]
    arguments += ["--trust", "trust", "--json", "--reason", "privileged=1"]

    assert main.run(arguments) == 0

    value = json.loads(capsys.readouterr().out)
    assert (value["given"], value["withheld"], value["outcome"]) == (1, 2, "INDETERMINATE")
    text = (place / value["folder"] / "DISCLOSURE.txt").read_text(encoding="utf-8")
    assert "1  privileged" in text
    assert "1  reason not stated" in text


def test_keys_need_a_clock(place: Path) -> None:
    """A signature without a time stamp would prove nothing: wrong usage."""
    assert place

    with pytest.raises(SystemExit) as caught:
        main.run(["disclose", "LB", "--out", "o", "--by", "x", "--give", "E0001", "--keys", "k"])

    assert caught.value.code == 2
