"""The master key under a security module: a real SoftHSM token in a temporary folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from outside import REPOSITORY

# a module reads its configuration once in a process, and other tests have one of their own
SCRIPT = """
import sys
from pathlib import Path
import pkcs11
from attrs import evolve
from longbien.adapters.at_rest import create_master_key, read_master_key
from longbien.node.configuration import NodeSettings
from longbien.node.master_key import load_master_key, seal_master_key
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import StateCode

folder = Path(sys.argv[1])
module = Path("/usr/lib/softhsm/libsofthsm2.so")
token = pkcs11.lib(str(module)).get_token(token_label="node")
with token.open(rw=True, user_pin="2718") as session:
    for label in ("master", "other"):
        session.generate_key(pkcs11.KeyType.AES, 256, label=label, store=True)

def drawn(count):
    return bytes(range(count))

def code(work):
    try:
        work()
    except LongBienError as error:
        return error.code
    return "nothing"

settings = NodeSettings(
    folder=folder, state=StateCode("VN"), master_key_file=Path("master.key"),
    master_key_module=module, master_key_token="node", master_key_label="master",
    master_key_pin_file=Path("pin"),
)
plain = NodeSettings(folder=folder, state=StateCode("VN"), master_key_file=Path("master.key"))
path = folder / "master.key"
made = create_master_key(path, random_bytes=drawn)
print(load_master_key(settings, random_bytes=drawn).mark("x") == made.mark("x"))
print(code(lambda: seal_master_key(plain, random_bytes=drawn)))
seal_master_key(settings, random_bytes=drawn)
text = path.read_text()
print(text.startswith("pkcs11 "), drawn(32).hex() not in text, oct(path.stat().st_mode & 0o777))
print(load_master_key(settings, random_bytes=drawn).mark("x") == made.mark("x"))
print(code(lambda: read_master_key(path)))
print(code(lambda: load_master_key(evolve(settings, master_key_label="other"), random_bytes=drawn)))
print(code(lambda: load_master_key(evolve(settings, master_key_label="none"), random_bytes=drawn)))
print(code(lambda: seal_master_key(settings, random_bytes=drawn)))
path.write_text(text[:-3] + ("00" if text[-3:-1] != "00" else "11") + "\\n")
print(code(lambda: load_master_key(settings, random_bytes=drawn)))
"""

EXPECTED = """\
True
at-rest.no-module
True True 0o600
True
at-rest.wrapped
hsm.other-key
hsm.no-key
at-rest.master-key
hsm.other-key
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a token in a folder; a missing SoftHSM fails the test."""
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    (tmp_path / "pin").write_text("2718\n")
    (tmp_path / "pin").chmod(0o600)
    init = "--init-token --free --label node --so-pin 1234 --pin 2718"
    subprocess.run(
        ["softhsm2-util", *init.split()],
        check=True,
        capture_output=True,
        env={"SOFTHSM2_CONF": str(tmp_path / "softhsm2.conf"), "PATH": "/usr/bin:/bin"},
    )
    return tmp_path


def test_a_master_key_is_sealed_by_the_module_and_opened_by_it_alone(folder: Path) -> None:
    """From an open file to a sealed one; another key, no module, a changed file open nothing."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, folder],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={"SOFTHSM2_CONF": str(folder / "softhsm2.conf"), "PATH": "/usr/bin:/bin"},
    )

    assert done.stderr == ""
    assert done.stdout == EXPECTED
