"""Fuzz what stands in messages and in the journal, and the law as data."""

from contextlib import suppress
from pathlib import Path

from longbien.casework.completeness.registries import parse_registry
from longbien.casework.steps import Step
from longbien.casework.wire import content_of, encode_event, parse_content, parse_event
from longbien.evidence.translations import parse_po
from longbien.primitives.canonical import encode_json, parse_canonical
from longbien.primitives.errors import Malformed
from longbien.treaty.named_offences import parse_offences
from longbien.treaty.packs import parse_pack
from longbien.treaty.profiles import parse_profile
from longbien.treaty.state_packs import parse_state_file

TREATY = Path(__file__).resolve().parents[1] / "src" / "longbien" / "treaty"
STEPS = tuple(Step)


def fuzz_content(data: bytes) -> None:
    """Read the content of a message, of the step that the first byte names; one form each."""
    if not data:
        return
    step = STEPS[data[0] % len(STEPS)]
    try:
        value = parse_canonical(data[1:], max_size=2**16, max_depth=8)
        statement = parse_content(step, value)
    except (Malformed, KeyError) as error:
        if isinstance(error, KeyError) and error.args != (step,):  # a step that says nothing
            raise
        return
    if encode_json(content_of(statement)) != data[1:]:
        raise AssertionError


def fuzz_event(data: bytes) -> None:
    """Read a journal entry of the kind that the first line names; one form each."""
    kind, _, body = data.partition(b"\n")
    try:
        event = parse_event(kind.decode("latin-1"), body)
    except Malformed:
        return
    if encode_event(event) != body:
        raise AssertionError


def fuzz_law(data: bytes) -> None:
    """Read a rule pack, a State's profile, offences, a translation: Malformed only."""
    for parse in (parse_pack, parse_profile, parse_state_file):
        try:
            parse(data)
        except Malformed:
            continue
    with suppress(Malformed):
        parse_registry(data.splitlines(keepends=True))
    text = data.decode("utf-8", "replace")
    for read in (parse_offences, parse_po):
        try:
            read(text)
        except Malformed:
            continue


SEEDS = {
    "fuzz_content": [bytes([number]) + b"{}" for number in range(len(STEPS))],
    "fuzz_event": [b"statement-sent\n{}", b"taken-in\n{}"],
    "fuzz_law": [
        *((TREATY / "packs").joinpath(name).read_bytes() for name in ("budapest.json",)),
        (TREATY / "example_profiles" / "vn.json").read_bytes(),
        b"fraud; article 174; maximum 7 years",
        b'msgid ""\nmsgstr "Language: de\\n"\n\nmsgid "a"\nmsgstr "b"\n',
    ],
}
