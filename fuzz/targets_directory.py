"""Fuzz what States publish about themselves, and what is read out over a telephone."""

from longbien.directory.fingerprint import parse_fingerprint, roots_fingerprint
from longbien.directory.mirror import parse_signed_set
from longbien.directory.wire import encode_entry, parse_entry, parse_signed_entry
from longbien.exercise.states import make_state
from longbien.primitives.errors import Malformed
from longbien.trust.dsse import encode_envelope, parse_envelope

_TYPE = "application/vnd.longbien.directory-entry+json"


def fuzz_entry(data: bytes) -> None:
    """Read the payload of an entry; one value has one form."""
    try:
        entry = parse_entry(data)
    except Malformed:
        return
    if encode_entry(entry) != data:
        raise AssertionError


def fuzz_signed_entry(data: bytes) -> None:
    """Read an entry or a set in its envelope; the envelope has one form."""
    for parse in (parse_signed_entry, parse_signed_set):
        try:
            found = parse(data)
        except Malformed:
            continue
        if encode_envelope(found.envelope) != data:
            raise AssertionError
    try:
        envelope = parse_envelope(data, payload_type=_TYPE)
    except Malformed:
        return
    if encode_envelope(envelope) != data:
        raise AssertionError


def fuzz_fingerprint(data: bytes) -> None:
    """Read what was noted down at the telephone, or Malformed."""
    try:
        found = parse_fingerprint(data.decode("utf-8", "replace"))
    except Malformed:
        return
    if parse_fingerprint(str(found)) != found:
        raise AssertionError


_ENTRY = make_state("VN").signed

SEEDS = {
    "fuzz_entry": [encode_entry(_ENTRY.entry)],
    "fuzz_signed_entry": [encode_envelope(_ENTRY.envelope)],
    "fuzz_fingerprint": [roots_fingerprint(_ENTRY.entry).digits.encode(), b"12345-67890-" * 5],
}
