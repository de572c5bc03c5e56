import base64
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longbien.channel.envelope import open_frame, open_message, open_receipt, open_sealed
from longbien.channel.split_view import verify_split_view
from longbien.channel.transfer import SealedObject, parse_missing, parse_sealed_object
from longbien.channel.wire import parse_answer
from longbien.ledger.notes import parse_vkey
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.trust.age.identities import parse_identity
from longbien.trust.dsse import HybridKey, find_hybrid
from longbien.trust.keys import parse_public_key
from outside import REPOSITORY

FOLDER = REPOSITORY / "vectors" / "channel"
COUNTS = {
    "messages.json": 35,
    "receipts.json": 9,
    "frames.json": 5,
    "answers.json": 8,
    "split-views.json": 14,
    "transfers.json": 14,
}
OUTCOMES = {0: "passed", 1: "indeterminate", 2: "failed"}


def cases(name: str) -> list[dict[str, object]]:
    """Return the cases of one file; a missing file fails."""
    return json.loads((FOLDER / name).read_text())


KEYS = json.loads((FOLDER / "keys.json").read_text())
IDENTITY = parse_identity(KEYS["identity"])


def named(name: str) -> pytest.MarkDecorator:
    """Run a test for each case of a file."""
    found = cases(name)
    return pytest.mark.parametrize("case", found, ids=[str(case["name"]) for case in found])


def pair_of(name: object) -> HybridKey:
    """Return the keys of an authority."""
    one, two = (parse_public_key(base64.b64decode(spki)) for spki in KEYS[name])
    return HybridKey(ec=one, mldsa=two)


def is_read(read: Callable[[], object]) -> bool:
    """Tell if a reader takes what it is given."""
    try:
        read()
    except (Malformed, Refused):
        return False
    return True


def checker() -> ModuleType:
    """Return the independent checker as a module."""
    spec = importlib.util.spec_from_file_location(
        "check_channel", REPOSITORY / "vectors" / "check_channel.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECKER = checker()


def test_all_files_are_there() -> None:
    """No golden vector goes missing in silence."""
    assert {path.name for path in FOLDER.iterdir()} == {*COUNTS, "keys.json", "book.json"}
    assert {name: len(cases(name)) for name in COUNTS} == COUNTS


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the generator or the checker."""
    return subprocess.run(
        [sys.executable, REPOSITORY / "vectors" / script, folder],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_generator_gives_the_same_files_again(tmp_path: Path) -> None:
    """Fixed seeds, and what was drawn once is kept: to the byte."""
    shutil.copy(FOLDER / "book.json", tmp_path)

    done = run("generate_channel.py", tmp_path)

    assert done.returncode == 0, done.stderr
    for name in (*COUNTS, "keys.json", "book.json"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_the_independent_checker_agrees() -> None:
    """A program that shares no code with us finds every case as the files say."""
    done = run("check_channel.py", FOLDER)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"{sum(COUNTS.values())} cases agree\n"


@named("messages.json")
def test_messages(case: dict[str, object]) -> None:
    """Each message is read or refused, and its signatures hold or not, as the file says."""
    data = str(case["envelope"]).encode()

    assert is_read(lambda: open_message(data)) is case["is_well_formed"]
    if case["is_well_formed"]:
        envelope, _ = open_message(data)
        assert bool(find_hybrid(envelope, [pair_of(case["pair"])])) is case["is_signed"]
        assert Digest.of(data).hex == case["sha256"]


@named("receipts.json")
def test_receipts(case: dict[str, object]) -> None:
    """So is each receipt."""
    data = str(case["envelope"]).encode()

    assert is_read(lambda: open_receipt(data)) is case["is_well_formed"]
    if case["is_well_formed"]:
        found = find_hybrid(open_receipt(data).envelope, [pair_of(case["pair"])])
        assert bool(found) is case["is_signed"]


@named("frames.json")
def test_frames(case: dict[str, object]) -> None:
    """Each sealed frame opens to the very bytes, or does not open."""
    sealed = base64.b64decode(str(case["sealed"]))

    assert is_read(lambda: open_frame(sealed, identities=[IDENTITY])) is bool(case["plain"])
    if case["plain"]:
        plain = open_sealed(sealed, identities=[IDENTITY])
        assert plain.decode() == case["plain"]


def read_answer(data: bytes) -> None:
    """Read an answer with the receipt in it."""
    open_receipt(parse_answer(data).receipt)


@named("answers.json")
def test_answers(case: dict[str, object]) -> None:
    """Each answer is read or refused."""
    data = str(case["answer"]).encode()

    assert is_read(lambda: read_answer(data)) is case["is_well_formed"]


def outcome_of(document: bytes, keys: object) -> str:
    """Return our word about an accusation."""
    known = [parse_vkey(key.encode()) for key in keys]  # type: ignore[attr-defined]  # a list
    return OUTCOMES[verify_split_view(document, keys=known).outcome]


@named("split-views.json")
def test_split_views(case: dict[str, object]) -> None:
    """Each accusation is proved, not proved, or not to be judged."""
    assert outcome_of(str(case["document"]).encode(), case["keys"]) == case["outcome"]


def sealed_of(count: object) -> SealedObject:
    """Return an object of that many parts."""
    digest = Digest(bytes(32))
    return SealedObject(
        header=digest,
        header_size=1,
        parts_list=digest,
        part_count=int(str(count)),
        part_size=1,
        size=100,
    )


@named("transfers.json")
def test_transfers(case: dict[str, object]) -> None:
    """Sealed objects and answers about missing parts are read or refused."""
    if "sealed" in case:
        found = is_read(lambda: parse_sealed_object(case["sealed"]))  # type: ignore[arg-type]
    else:
        data = str(case["missing"]).encode()
        found = is_read(lambda: parse_missing(data, sealed=sealed_of(case["part_count"])))
    assert found is case["is_well_formed"]


# --- two programs, one verdict ---------------------------------------------------------------

WELL = [
    (CHECKER.message, open_message, str(case["envelope"]).encode())
    for case in cases("messages.json")
    if case["is_well_formed"]
]
WELL += [
    (CHECKER.receipt, open_receipt, str(case["envelope"]).encode())
    for case in cases("receipts.json")
    if case["is_well_formed"]
]
WELL += [(CHECKER.answer, read_answer, str(cases("answers.json")[0]["answer"]).encode())]
PUT = st.binary(max_size=4) | st.sampled_from([b"", b'"', b"}", b"]", b",", b"A", b"==", b"\n"])


@settings(max_examples=400)
@given(st.sampled_from(WELL), st.integers(0, 10**6), st.integers(0, 4), PUT)
def test_two_programs_agree_on_changed_bytes(
    sample: tuple[Callable[[bytes], object], Callable[[bytes], object], bytes],
    place: int,
    length: int,
    put: bytes,
) -> None:
    """Whatever is changed in a good document, both read it or both refuse it."""
    theirs, ours, good = sample
    at = place % (len(good) + 1)
    data = good[:at] + put + good[at + length :]

    assert is_read(lambda: ours(data)) is CHECKER.holds(theirs, data)


ODD = st.sampled_from(
    [None, True, False, 0, -1, 1, 2, 2**53 - 1, "", "LB1", "a", "IL/a", [], {}, ["A"], "a.b"]
) | st.text(max_size=4)
PAYLOADS = [
    (CHECKER.message, open_message, "message", case)
    for case in cases("messages.json")
    if case["is_well_formed"]
] + [
    (CHECKER.receipt, open_receipt, "receipt", case)
    for case in cases("receipts.json")
    if case["is_well_formed"]
]


@settings(max_examples=400)
@given(st.sampled_from(PAYLOADS), st.data())
def test_two_programs_agree_on_changed_fields(
    sample: tuple[Callable[[bytes], object], Callable[[bytes], object], str, dict[str, object]],
    data: st.DataObject,
) -> None:
    """Whatever a field holds, both read the document or both refuse it."""
    theirs, ours, _, case = sample
    envelope = json.loads(str(case["envelope"]))
    value = json.loads(base64.b64decode(envelope["payload"]))
    value[data.draw(st.sampled_from(sorted(value)))] = data.draw(ODD)
    envelope["payload"] = base64.b64encode(encode_json(value)).decode()
    changed = encode_json(envelope)

    assert is_read(lambda: ours(changed)) is CHECKER.holds(theirs, changed)


@settings(max_examples=200)
@given(st.data())
def test_two_programs_agree_on_accusations(data: st.DataObject) -> None:
    """Parts of several split views put together, and changed: one verdict."""
    documents = [json.loads(str(case["document"])) for case in cases("split-views.json")]
    chosen = data.draw(
        st.fixed_dictionaries(
            {
                name: st.sampled_from([document[name] for document in documents])
                for name in ("consistency", "first", "second", "type")
            }
        )
    )
    document = encode_json(chosen)
    keys = data.draw(st.sampled_from([KEYS["ledgers"], KEYS["ledgers"][:1], []]))

    assert outcome_of(document, keys) == CHECKER.split_view(document, keys)
