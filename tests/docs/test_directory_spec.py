import hashlib
import json
import re

from longbien.directory import entry, fingerprint, mirror, trusted, wire
from longbien.exercise.states import make_state
from longbien.trust import dsse
from outside import REPOSITORY

TEXT = (REPOSITORY / "spec" / "directory.md").read_text()
PLAIN = json.loads(wire.encode_entry(make_state("IL").entry))


def names(plain: object) -> set[str]:
    """Return the names of all fields in a document."""
    if isinstance(plain, dict):
        return set(plain).union(*(names(one) for one in plain.values()))
    return set().union(*(names(one) for one in plain)) if isinstance(plain, list) else set()


def test_the_example_of_an_encoding() -> None:
    """The PAE in the specification and its digest are those that the program makes."""
    pae = dsse.encode_pae(b"{}", payload_type=wire.PAYLOAD_TYPE)
    assert pae.decode() in TEXT
    assert f"is {len(pae)} bytes" in TEXT
    assert hashlib.sha256(pae).hexdigest() in TEXT


def test_the_example_of_a_fingerprint() -> None:
    """The fingerprint of no bytes is the one in the specification."""
    number = int.from_bytes(hashlib.sha256(b"").digest(), "big") % 10**40
    assert f"{number:040d}" in TEXT
    assert str(fingerprint._of(b"")) in TEXT


def test_every_field_is_named() -> None:
    """No field of an entry or of a set is missing in the specification."""
    listing = mirror.list_entries(
        [make_state("IL").signed], exercise=True, version=1, now=make_state("IL").entry.issued_at
    )
    fields = names(PLAIN) | names(json.loads(mirror.encode_set(listing)))
    assert {field for field in fields if f"`{field}`" not in TEXT} == set()


def test_numbers_of_the_specification() -> None:
    """Types, formats and limits in the text are those of the program."""
    assert all(kind in TEXT for kind in (wire.PAYLOAD_TYPE, mirror.PAYLOAD_TYPE))
    assert all(name in TEXT for name in (wire.FORMAT, mirror.FORMAT))
    assert wire.MAX_PAYLOAD == 512 * 1024
    assert f"1 to {entry.MAX_VERSION}" in TEXT
    assert f"at most {entry.MAX_LIFETIME.days} days apart" in TEXT
    assert f"1 to {entry.MAX_HOLDERS} `holders`" in TEXT
    assert f"1 to {entry.MAX_AUTHORITIES}, by ascending" in TEXT
    assert f"up to {entry.MAX_ENDPOINTS}: `host`" in TEXT
    assert f"up to {entry.MAX_KEYS} of each kind" in TEXT
    assert f"1 to {trusted.MAX_CHAIN} candidates" in TEXT
    assert f"{int(trusted.MAX_SKEW.total_seconds())} s after `now`" in TEXT
    assert f"at most {mirror.MAX_LIFETIME.days} days later" in TEXT
    assert f"by at most {mirror.MAX_STEP}," in TEXT
    assert f"1 to {dsse.MAX_SIGNATURES} of them" in TEXT


def test_every_code_of_the_rules_is_named() -> None:
    """Each refusal of an update or of a set stands beside its rule."""
    folder = REPOSITORY / "src" / "longbien" / "directory"
    sources = [(folder / name).read_text() for name in ("trusted.py", "mirror.py")]
    codes = re.findall(r'Refused\(\s*"([a-z.-]+)"', "\n".join(sources))
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in TEXT} == set()
