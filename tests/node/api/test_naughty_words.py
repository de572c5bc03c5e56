import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import BaseModel

from api_world import Clock, Door, executing, open_pair
from longbien.exercise.safeguard_records import RECORD
from longbien.node.api.bodies import ACTS, AskBody, CallDrillBody, GiveInformationBody
from longbien.node.api.body import Body

OPENING: dict[str, type[Body]] = {
    "ask": AskBody,
    "give-information": GiveInformationBody,
    "call-drill": CallDrillBody,
}
VERBS = {**ACTS, **OPENING}

NAUGHTY = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202etxt.exe",
    "\u200b\u2066x\u2069",
    "e\u0301",  # not NFC
    "\U000e0001",
    "\ue000",
    "\u2028",
    "\r\nSet-Cookie: a=b",
    "{0}{code}{",
    "%s%n%x",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "${jndi:ldap://x}",
    "=cmd|' /C calc'!A0",
    "\ufdfd" * 4000,
    "\U0001d54b\U0001d522" * 3000,
    "👩‍👩‍👧‍👦" * 900,
    "NULL",
    "true",
    "1e400",
    "9" * 400,
    "x" * (2**20 - 4000),
]


@pytest.fixture(scope="module")
def door(template: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an officer of a node with a case that is carried out."""
    folder = tmp_path_factory.mktemp("naughty")
    with open_pair(template.folder, folder, clock=Clock(template.made)) as pair:
        executing(pair)
        yield pair.vn.door("any")


@pytest.fixture(scope="module")
def case(door: Door) -> str:
    """Give the case."""
    return str(door.get("/cases").json["cases"][0]["case"])


def sound(annotation: object, name: str) -> object:
    """Return a value that its field takes."""
    samples = {
        "peer": "IL/contact-point",
        "contents": {"offence_and_facts": "x"},
        "legal_basis": ["UNCC"],
        "exhibits": ["E1"],
        "safeguards": RECORD,
        "goes_on": True,
        "package": "11111111-2222-4333-8444-555555555555",
        "preservation": "11111111-2222-4333-8444-555555555555",
        "kind": "preservation",
        "ground": "40(27)",
        "conditions": [],
        "use_limits": [{"kind": "specialty", "text": "x"}],
        "topic": "costs",
        "measure": "freezing",
        "cause": {"warn": "prejudice"},
    }
    if name in samples:
        return samples[name]
    if name.endswith(("_at", "_by")) or name in {"at", "until"}:
        return "2030-01-01T00:00:00Z"
    if name.startswith("is_"):
        return True
    return "x" if annotation is str else 1


def body_of(kind: type[BaseModel], verb: str) -> dict[str, Any]:
    """Return a sound body of a verb."""
    told = {name: sound(one.annotation, name) for name, one in kind.model_fields.items()}
    causes = {
        "warn": "prejudice",
        "end-preservation": "withdrawn",
        "propose-destruction": "condition",
    }
    if "cause" in told:
        told["cause"] = causes[verb]
    if "verb" in told:
        told["verb"] = verb
    return told


def replaced(told: object, word: str) -> Iterator[Any]:
    """Give the document with each of its texts, and each name of a field, replaced in turn."""
    if isinstance(told, str):
        yield word
    elif isinstance(told, list):
        for at, member in enumerate(told):
            for other in replaced(member, word):
                yield [*told[:at], other, *told[at + 1 :]]
    elif isinstance(told, dict):
        for name, member in told.items():
            for other in replaced(member, word):
                yield {**told, name: other}
        yield {**told, word: "x"}


@pytest.mark.slow
@pytest.mark.parametrize("verb", sorted(VERBS))
def test_no_word_in_any_field_is_a_fault_of_ours(door: Door, case: str, verb: str) -> None:
    """Each naughty text in each field of each verb: done or refused with a code, never a 5xx."""
    path = f"/cases/{case}/acts/{verb}" if verb in ACTS else "/cases"
    sound_one = body_of(VERBS[verb], verb)

    statuses = set()
    for word in NAUGHTY:
        for told in itertools.islice(replaced(sound_one, word), 12):
            found = door.post(path, told)
            assert found.status < 500, (verb, word[:20], found.body)
            if found.status >= 400:
                assert found.code, (verb, word[:20])
            statuses.add(found.status)

    assert statuses & {400, 422}


def test_a_sound_body_of_each_verb_is_understood(door: Door, case: str) -> None:
    """The bodies above are sound: what refuses them is the case, not their form."""
    for verb, kind in VERBS.items():
        path = f"/cases/{case}/acts/{verb}" if verb in ACTS else "/cases"

        found = door.post(path, body_of(kind, verb))

        assert found.status in {200, 201} or found.code != "api.request", (verb, found.body)


def test_no_word_in_a_header_is_a_fault_of_ours(door: Door, case: str) -> None:
    """Reasons, names, notes, keys, tokens, versions: percent-encoded or raw."""
    for word in NAUGHTY:
        coded = quote(word.encode("utf-8", "surrogatepass"), safe="")[:30_000]
        raw = word.encode("utf-8", "surrogatepass").decode("latin-1")[:30_000]
        for text in (coded, raw):
            found = [
                door.get(f"/cases/{case}", **{"Longbien-Reason": text}),
                door.get(f"/cases/{case}", reason="x", **{"If-None-Match": text}),
                door.get("/who", Authorization=f"Bearer {text}"),
                door.act(case, "give-status", seen=text or " ", text="x"),
                door.act(case, "give-status", key=text or " ", text="x"),
                door.put(f"/cases/{case}/exhibits/E9", b"", **{"Longbien-Note": text}),
                door.put(f"/cases/{case}/exhibits/E8", b"", **{"Longbien-Name": text}),
                door.put(f"/cases/{case}/exhibits/E7", b"", **{"Content-Type": text}),
            ]
            for one in found:
                assert one.status < 500, (word[:20], one.body)


def test_no_word_in_an_address_is_a_fault_of_ours(door: Door, case: str) -> None:
    """Paths and queries, percent-encoded, of any bytes."""
    for word in NAUGHTY:
        coded = quote(word.encode("utf-8", "surrogatepass"), safe="")[:30_000]
        for path in (
            f"/cases/{coded}",
            f"/cases/{coded}/summary",
            f"/cases/{case}/acts/{coded}",
            f"/cases/{case}/packages/{coded}/export",
            f"/cases?kind={coded}&state={coded}&peer={coded}&after={coded}&limit={coded}",
            f"/cases?{coded}={coded}",
            f"/{coded}",
        ):
            found = door.get(path, reason="x")
            assert found.status < 500, (path[:60], found.body)
        assert door.put(f"/cases/{case}/exhibits/{coded}", b"x").status < 500
