import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from outside import REPOSITORY

GOLDEN = REPOSITORY / "vectors" / "package"

pytestmark = pytest.mark.slow

# Runs inside the lean environment: an alarm at everything that leaves the process; what was loaded
_PROBE = """
import sys
def alarm(event, arguments):
    if event.split(".")[0] in {"socket", "subprocess", "ftplib", "smtplib", "urllib"} or event in {
        "os.system", "os.exec", "os.posix_spawn", "ctypes.dlopen",
    }:
        raise SystemExit(f"the verifier did {event}")
sys.addaudithook(alarm)
from longbien.cli.main import run
code = run(sys.argv[1:])
print(code, *sorted({name.split(".")[0] for name in sys.modules}))
"""

_LISTING = """
import importlib.metadata as m, json, re
plain = lambda name: re.sub(r"[-_.]+", "-", name).lower()
print(json.dumps({
    plain(d.metadata["Name"]): [
        plain(re.match(r"[A-Za-z0-9._-]+", need)[0])
        for need in d.requires or ()
        if "extra ==" not in need
    ]
    for d in m.distributions()
}))
"""


def uv(*arguments: str | Path) -> None:
    """Run uv offline: what it needs was fetched when the test environment was set up."""
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    subprocess.run(
        ["uv", *arguments, "--offline", "-q"], cwd=REPOSITORY, env=environment, check=True
    )


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with the wheel and what it needs, without extras."""
    folder = tmp_path_factory.mktemp("lean")
    uv("build", "--wheel", "--out-dir", folder)
    uv(
        *("export", "--frozen", "--no-default-groups", "--no-emit-project", "--no-hashes"),
        *("--output-file", folder / "needs.txt"),
    )
    uv("venv", folder / "env")
    (wheel,) = folder.glob("*.whl")
    python = folder / "env" / "bin" / "python"
    uv("pip", "install", "--python", python, "-r", folder / "needs.txt", wheel)
    return python


def test_the_verifier_needs_few_packages(lean: Path) -> None:
    """At most 8 third-party packages besides the ones that pyHanko brings, and no framework."""
    done = subprocess.run([lean, "-c", _LISTING], capture_output=True, text=True, check=True)
    needs: dict[str, list[str]] = json.loads(done.stdout)
    brought, todo = set(), ["pyhanko"]
    while todo:
        name = todo.pop()
        if name not in brought:
            brought.add(name)
            todo += [need for need in needs.get(name, ()) if need in needs]

    ours = set(needs) - brought - {"longbien", "pip", "setuptools"}

    assert ours == {"rfc3161-client", "rfc8785", "attrs"} - brought
    assert len(ours) <= 8
    assert not {"django", "pytest", "python-pkcs11", "libewf-python"} & set(needs)


@pytest.mark.parametrize("kind", ["LB", "LBD"])
def test_the_verifier_works_alone_and_reaches_for_nothing(lean: Path, kind: str) -> None:
    """While the golden package passes: no socket, no other program, no signing code.

    It may split itself in two, so that one half hashes while the other loads.
    """
    (package,) = GOLDEN.glob(f"{kind}-*")

    done = subprocess.run(
        [lean, "-c", _PROBE, "verify", package, "--trust", GOLDEN / "trust"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    code, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0"
    assert not {"django", "aiohttp", "lxml", "requests", "pyhanko"} & set(modules)


def test_the_wheel_holds_the_program_and_its_licence_only(lean: Path) -> None:
    """No test, vector or key slips into what a court installs."""
    site = next((lean.parents[1] / "lib").glob("python*")) / "site-packages"
    record = next(site.glob("longbien-*.dist-info")) / "RECORD"
    names = [line.split(",")[0] for line in record.read_text().splitlines()]

    odd = [
        name
        for name in names
        if not re.fullmatch(
            r"longbien/[a-z0-9_/]+\.py|longbien/py\.typed|longbien/treaty/[a-z0-9_/-]+\.json"
            r"|longbien/locale/[a-z]+\.pot?",
            name,
        )
        and ".dist-info/" not in name
        and not name.endswith(
            (".pyc", "/bin/longbien", "/bin/longbien-assure", "/bin/longbien-sim")
        )
    ]

    assert odd == []
    assert any(name.endswith("licenses/LICENSE") for name in names)
