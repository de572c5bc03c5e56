import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from longbien.adapters import keymaking
from longbien.adapters.keymaking import Workshop
from longbien.adapters.sealing import seal
from longbien.cli import _progress, main
from longbien.cli import pack as pack_command
from longbien.primitives.instants import Instant


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a complete training set and a stranger's key, made once."""
    folder = tmp_path_factory.mktemp("keys")
    # the exercise authority is openssl, which stamps the clock of this machine
    now = Instant(datetime.now(tz=UTC))
    workshop = Workshop(now=now, random_bytes=os.urandom)
    keymaking.make_exercise(folder / "set", workshop=workshop)
    keymaking.make_recipient(folder / "stranger", workshop=workshop)
    return folder


@pytest.fixture
def cast(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a place to work in, with exhibits, a ledger, and witnesses of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys").symlink_to(keys / "set")
    (tmp_path / "stranger").symlink_to(keys / "stranger")
    for number in (1, 2):
        # what a witness has seen belongs to one ledger
        state = keys / "set" / f"witness-{number}" / "state"
        if state.exists():
            state.rename(tmp_path / f"old-state-{number}")
    (tmp_path / "in" / "disk").mkdir(parents=True)
    (tmp_path / "in" / "disk" / "image.dd").write_bytes(bytes(range(256)) * 5000)
    (tmp_path / "in" / "l\u00e4tter\u202e.txt").write_bytes(b"hello")
    assert run("ledger", "init", "ledger", "--keys", "keys/log") == 0
    return tmp_path


MEANS = ["--ledger", "ledger", "--log-keys", "keys/log"]
SIGN = ["--keys", "keys/signer", "--tsa-keys", "keys/tsa"]
WITNESS = ["--witness", "keys/witness-1", "--witness", "keys/witness-2"]
FACTS = ["--out", "out", "--request", "urn:example:xa:7", "--by", "Lab", "--exercise"]
TO = ["--to", "keys/recipient"]
PACK = ["pack", "in", *FACTS, *TO, *SIGN, *MEANS, *WITNESS]
OPEN = ["open", "--identity", "keys/recipient/identity.txt", "--out", "opened"]


def run(*arguments: str) -> int:
    """Run one command; wrong usage is its code, too."""
    try:
        return main.run(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)


@pytest.fixture
def packed(cast: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a package."""
    assert run(*PACK) == 0
    capsys.readouterr()
    (folder,) = (cast / "out").iterdir()
    return folder


def test_a_folder_is_packed_sealed_opened_and_verified(
    cast: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way, with the words that an examiner reads."""
    limit = ["--use-limit", "specialty@2030-01-01T00:00:00Z:Only: this case"]
    basis = ["--legal-basis", "Convention, article 44"]
    assert run(*PACK, *limit, *basis) == 0
    told = capsys.readouterr().out.splitlines()
    (folder,) = (cast / "out").iterdir()
    assert told[0] == f"out/{folder.name}"
    assert told[1] == "2 exhibits, 2 files, 1.2 MiB"
    assert told[2] == "note: l\u00e4tter\\u{202E}.txt [ingest.name-bidi]"
    description = json.loads((folder / "evidence" / "package.json").read_bytes())
    assert description["use_limits"] == [
        {"kind": "specialty", "text": "Only: this case", "until": "2030-01-01T00:00:00Z"}
    ]
    assert description["legal_basis"] == ["Convention, article 44"]
    assert description["exercise"] is True

    assert run("seal", str(folder), *TO) == 0
    sealed = folder.with_name(f"{folder.name}.tar.age")
    assert capsys.readouterr().out.splitlines()[0] == str(sealed)

    assert run(*OPEN, str(sealed), "--trust", "keys/trust") == 0
    assert "\nPASSED\n" in capsys.readouterr().out
    opened = cast / "opened" / folder.name
    for path in folder.rglob("*"):
        if path.is_file():
            assert (opened / path.relative_to(folder)).read_bytes() == path.read_bytes()
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600


def test_the_result_is_one_json_document_on_request(
    cast: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For programs: the same facts, nothing else on stdout."""
    assert run(*PACK, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["files"], made["exhibits"], made["ledger_indexes"]) == (
        2,
        ["E0001", "E0002"],
        [0, 1],
    )
    assert made["folder"] == f"out/LB-{made['package_id']}"
    assert [one["code"] for one in made["notices"]] == ["ingest.name-bidi"]

    assert run("seal", made["folder"], *TO, "--out", "a.age", "--json") == 0
    sealed = json.loads(capsys.readouterr().out)
    assert sealed["file"] == "a.age"
    assert sealed["size"] == (cast / "a.age").stat().st_size

    assert run(*OPEN, "a.age", "--json") == 3  # nobody is believed without --trust
    opened = json.loads(capsys.readouterr().out)
    assert opened["folder"] == f"opened/LB-{made['package_id']}"


def test_a_package_waits_for_witnesses_elsewhere(
    cast: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prepared here, cosigned there, finished here."""
    policy = ["--policy", "keys/trust/policy.txt"]
    assert run("pack", "in", *FACTS, *TO, *MEANS, *policy, "--await-witnesses") == 0
    assert "Not signed yet" in capsys.readouterr().out
    (prepared,) = (cast / "out").iterdir()
    finish = ["pack", "--finish", str(prepared), *SIGN, *MEANS, *policy]

    assert run(*finish) == 1
    assert "[pack.not-witnessed]" in capsys.readouterr().err
    for number in ("1", "2"):
        cosign = ["ledger", "cosign", "ledger", "--witness", f"keys/witness-{number}"]
        assert run(*cosign, "--state", f"seen-{number}", "--log-keys", "keys/log/vkeys.txt") == 0
    assert run(*finish) == 0

    (folder,) = (cast / "out").iterdir()
    assert f"{folder.name}.prepared" == prepared.name
    capsys.readouterr()
    assert run("verify", str(folder), "--trust", "keys/trust") == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pack", "in", *FACTS, *SIGN, "--log-keys", "x"], "--ledger"),
        (["pack", "in", *SIGN, *MEANS], "--out, --request, --by"),
        (["pack", "in", *FACTS, *MEANS, "--tsa-keys", "x"], "--keys"),
        (["pack", "in", *FACTS, *MEANS, "--keys", "x"], "--tsa-keys --tsa-url"),
        (["pack", "in", *FACTS, *MEANS, "--await-witnesses"], "--policy"),
        (["pack", "in", *FACTS, *MEANS, *SIGN, "--hsm-token", "x"], "belong together"),
        (["pack"], "--finish"),
        (["pack", "in", "--finish", "x"], "not allowed"),
        (["seal", "x"], "--to"),
        (["seal", "x", "--add-recipient", "y"], "--identity and --out"),
        (["open", "x"], "--identity"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_done(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and what is missing."""
    assert run(*arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["x", "specialty", "thing:x", "specialty@tomorrow:x"])
def test_a_use_limit_has_its_form(
    cast: Path, limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A condition that was mistyped is not silently another one."""
    assert run(*PACK, "--use-limit", limit) == 1
    assert "[pack.use-limit]" in capsys.readouterr().err or "tomorrow" in limit
    assert not (cast / "out").exists()


def test_many_notices_are_counted(cast: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A screen holds twenty; the rest is in the package."""
    for number in range(25):
        (cast / "in" / f"e{number:02}").mkdir()

    assert run(*PACK) == 0

    told = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("note: ") for line in told) == 21
    assert told[-1] == "note: 6 more, see evidence/package.json"


def test_a_stranger_is_not_sealed_for(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only those whom the signed package names."""
    assert run("seal", str(packed), *TO, "--to", "stranger") == 1
    assert "[seal.not-addressed]" in capsys.readouterr().err
    assert not packed.with_name(f"{packed.name}.tar.age").exists()


def test_one_more_recipient_is_let_in_by_the_header(
    cast: Path, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only one whom the package names; the new file opens as the old one does."""
    assert run("seal", str(packed), *TO, "--out", "a.age") == 0
    add = ["seal", "a.age", "--identity", "keys/recipient/identity.txt", "--out", "b.age"]

    assert run(*add, "--add-recipient", "stranger") == 1
    assert "[seal.not-addressed]" in capsys.readouterr().err
    assert run(*add, "--add-recipient", "keys/recipient") == 0
    assert (cast / "b.age").stat().st_size > (cast / "a.age").stat().st_size
    assert run(*OPEN, "b.age", "--trust", "keys/trust") == 0


def test_rehashing_finds_what_changed_since(
    packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it the receiver's verification finds it, see below."""
    path = packed / "data" / "E0001" / "image.dd"
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    assert run("seal", str(packed), *TO, "--rehash") == 1
    assert "[seal.differs]" in capsys.readouterr().err
    assert list(packed.parent.iterdir()) == [packed]


def test_what_fails_at_the_door_is_not_let_in(
    cast: Path, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed exhibit: the report says why, and nothing is kept unless it is asked for."""
    path = packed / "data" / "E0001" / "image.dd"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert run("seal", str(packed), *TO, "--out", "a.age") == 0
    trust = ["--trust", "keys/trust"]

    assert run(*OPEN, "a.age", *trust) == 1
    told = capsys.readouterr().out
    assert "\nFAILED\n" in told
    assert "nothing of it was kept" in told
    assert list((cast / "opened").iterdir()) == []
    assert run(*OPEN, "a.age", *trust, "--json") == 1
    assert json.loads(capsys.readouterr().out)["folder"] is None
    assert run(*OPEN, "a.age", *trust, "--keep-failed") == 1
    assert [one.name for one in (cast / "opened").iterdir()] == [f"{packed.name}.failed"]


def test_a_package_for_somebody_else_is_not_let_in(
    cast: Path, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signed package that was sealed again for another reader (surreptitious forwarding)."""
    from longbien.adapters.bag_tar import BagTar  # noqa: PLC0415 - only here
    from longbien.adapters.pack_inputs import read_recipient  # noqa: PLC0415 - only here

    with BagTar(packed) as bag:
        seal(bag, cast / "a.age", recipients=[read_recipient("stranger")])

    mine = ["open", "a.age", "--identity", "stranger/identity.txt", "--out", "opened"]
    assert run(*mine, "--trust", "keys/trust") == 1
    assert "[addressee." in capsys.readouterr().out
    assert list((cast / "opened").iterdir()) == []


def test_who_has_no_key_opens_nothing(
    cast: Path, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal is that of the sealed form."""
    assert run("seal", str(packed), *TO, "--out", "a.age") == 0

    assert run("open", "a.age", "--identity", "stranger/identity.txt", "--out", "opened") == 1
    assert "[age.no-match]" in capsys.readouterr().err
    assert run("open", "in/disk/image.dd", "--identity", "stranger/identity.txt", "--out", "o") == 1
    assert "[age." in capsys.readouterr().err
    assert not (cast / "opened").exists()


def test_an_interrupt_leaves_nothing(
    cast: Path, packed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while packing, sealing and opening."""
    assert run("seal", str(packed), *TO, "--out", "a.age") == 0

    def interrupt(_self: object, _count: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_progress.Progress, "advance", interrupt)
    before = sorted(cast.rglob("*"))

    assert run(*PACK) == 130
    assert run("seal", str(packed), *TO, "--out", "b.age") == 130
    assert run(*OPEN, "a.age") == 130
    assert sorted(set(cast.rglob("*")) - {cast / "opened"}) == before
    assert "nothing half made was left behind" in capsys.readouterr().err


def test_the_clock_is_that_of_this_machine() -> None:
    """Time enters at the door, in UTC."""
    assert pack_command._now().moment.tzinfo is UTC
