import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from longbien.adapters.api_client import ApiClient
from longbien.adapters.api_exchange import http_exchange
from longbien.cli import main
from longbien.primitives.errors import Refused


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a node that nobody has used yet."""
    folder = tmp_path_factory.mktemp("made") / "xa"
    assert main.run(["init", str(folder), "--state", "XA", "--exercise"]) == 0
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:  # noqa: ANN401 - any document
    """Run a command of officers and return its document."""
    capsys.readouterr()
    assert main.run(["officer", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_officer_is_entered_and_gets_a_token(
    node: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The token is shown once; lists show its id and never its secret."""
    folder = str(node)
    added = told(
        capsys,
        *(folder, "add", "linh", "--authority", "XA/contact-point", "--duty", "duty-officer"),
    )
    issued = told(capsys, folder, "token", "linh", "--scope", "read", "--days", "1")

    listed = told(capsys, folder, "list")

    assert added == {
        "authority": "XA/contact-point",
        "duties": ["duty-officer"],
        "officer": "linh",
    }
    assert issued["token"].startswith(f"lbt_{issued['id']}_")
    assert added in listed["officers"]
    assert {k: v for k, v in issued.items() if k != "token"} in listed["tokens"]


def test_what_an_officer_is_entrusted_with_can_change(
    node: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Entered again with other duties; under another authority it is another officer."""
    folder = str(node)
    at_point = (folder, "add", "minh", "--authority", "XA/contact-point")
    told(capsys, *at_point, "--duty", "duty-officer")

    told(capsys, *at_point, "--duty", "auditor")
    moved = main.run(
        [
            "officer",
            folder,
            "add",
            "minh",
            "--authority",
            "XA/central-authority",
            "--duty",
            "auditor",
        ]
    )

    duties = {one["officer"]: one["duties"] for one in told(capsys, folder, "list")["officers"]}
    assert duties["minh"] == ["auditor"]
    assert moved == 1


def test_tokens_are_revoked_one_by_one_or_all(
    node: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was revoked is listed as such; the file on disk holds no secret."""
    folder = str(node)
    told(capsys, folder, "add", "omar", "--authority", "XA/contact-point", "--duty", "auditor")
    first, second, third = (told(capsys, folder, "token", "omar") for _ in range(3))

    one = told(capsys, folder, "revoke", "--token", first["id"])
    rest = told(capsys, folder, "revoke", "--officer", "omar")

    assert one == {"revoked": [first["id"]]}
    assert sorted(rest["revoked"]) == sorted([second["id"], third["id"]])
    data = b"".join(path.read_bytes() for path in node.glob("store.sqlite3*"))
    assert first["id"].encode() in data
    for issued in (first, second, third):
        assert issued["token"][21:].encode() not in data


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (
            ("add", "x", "--authority", "XB/contact-point", "--duty", "auditor"),
            "officers.not-served",
        ),
        (("add", "x", "--authority", "XA/contact-point"), "officers.no-duty"),
        (("add", "x", "--authority", "XA/contact-point", "--duty", "king"), "officers.word"),
        (("add", "X Y", "--authority", "XA/contact-point", "--duty", "auditor"), "id.form"),
        (("token", "nobody"), "officers.unknown"),
        (("revoke", "--token", "0" * 16), "officers.no-such-token"),
        (("revoke", "--officer", "nobody"), "officers.unknown"),
    ],
)
def test_what_cannot_be_is_refused(
    node: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: str
) -> None:
    """With its code, and nothing entered."""
    assert main.run(["officer", str(node), *arguments]) == 1

    assert f"[{code}]" in capsys.readouterr().err


def test_a_token_lives_for_a_bounded_time(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A day at least, a year at most."""
    told(capsys, str(node), "add", "dana", "--authority", "XA/contact-point", "--duty", "auditor")

    for days in ("0", "367"):
        assert main.run(["officer", str(node), "token", "dana", "--days", days]) == 1
        assert "[officers.days]" in capsys.readouterr().err
    assert told(capsys, str(node), "token", "dana", "--days", "366")["scopes"] == ["act", "read"]


def test_people_get_words(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json each verb speaks in lines."""
    folder = str(node)
    at_point = ["--authority", "XA/contact-point", "--duty", "auditor"]

    assert main.run(["officer", folder, "add", "chi", *at_point]) == 0
    assert main.run(["officer", folder, "token", "chi"]) == 0
    assert main.run(["officer", folder, "list"]) == 0
    assert main.run(["officer", folder, "revoke", "--officer", "chi"]) == 0

    printed = capsys.readouterr().out
    assert "chi of XA/contact-point: auditor" in printed
    assert "It is shown only now" in printed
    assert "1 revoked: " in printed


# --- the server ---------------------------------------------------------------------------------


@pytest.fixture
def address(node: Path, socket_enabled: None) -> str:
    """Give an address on which nobody listens."""
    del node, socket_enabled
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def server(node: Path, address: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the server until it has said that it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "longbien", "serve", str(node)],
        env={**os.environ, "LONGBIEN_NODE_API_LISTEN": address},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_says_when_it_answers_and_stops_cleanly(
    node: Path,
    address: str,
    server: "subprocess.Popen[str]",
    number: signal.Signals,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line with its address; requests are answered from then on; a signal ends it with 0."""
    told(capsys, str(node), "add", "linh", "--authority", "XA/contact-point", "--duty", "auditor")
    token = told(capsys, str(node), "token", "linh")["token"]

    line = json.loads(server.stdout.readline())
    client = ApiClient(exchange=http_exchange(f"http://{address}"), token=token)
    directory = client.directory()
    with pytest.raises(Refused) as refused:
        ApiClient(exchange=http_exchange(f"http://{address}"), token="x").directory()  # noqa: S106 - no token
    server.send_signal(number)
    out, err = server.communicate(timeout=60)

    assert line == {"pid": server.pid, "ready": "api", "where": address}
    assert directory["own"] == "XA"
    assert refused.value.code == "api.token"
    assert (server.returncode, out) == (0, "")
    logged = [json.loads(row) for row in err.splitlines()]
    assert [(row["route"], row["status"]) for row in logged] == [
        ("api/v1/directory", 200),
        ("api/v1/directory", 401),
    ]
    assert token[21:] not in err


@pytest.mark.slow
def test_a_second_server_does_not_share_the_address(
    node: Path, address: str, server: "subprocess.Popen[str]"
) -> None:
    """It says who must stop, instead of quietly taking half of the requests."""
    server.stdout.readline()

    second = subprocess.run(
        [sys.executable, "-m", "longbien", "serve", str(node)],
        env={**os.environ, "LONGBIEN_NODE_API_LISTEN": address},
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 1
    assert "[serve.address]" in second.stderr


@pytest.mark.slow
def test_nothing_serves_on_when_the_server_was_killed(
    server: "subprocess.Popen[str]",
) -> None:
    """Its workers end with it: what they wrote to is closed, so reading comes to its end."""
    server.stdout.readline()

    server.kill()

    assert server.communicate(timeout=60)[0] == ""


def test_serving_never_creates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that holds no node is told the command that makes one."""
    assert main.run(["serve", str(tmp_path)]) == 1

    assert f"longbien init {tmp_path}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
