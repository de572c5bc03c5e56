"""Rule packs of an invented State for tests, as data and signed by its root holders."""

import json
from collections.abc import Mapping

from longbien.exercise.states import State
from longbien.treaty.packs import RulePack, parse_pack
from longbien.treaty.state_packs import Holders, sign_file


def rule_row(rule_id: str, **more: object) -> dict[str, object]:
    """Return a rule that nothing is wrong with; ``more`` replaces its fields."""
    row: dict[str, object] = {
        "id": rule_id,
        "ref": "42(8)",
        "text": "Words for an officer.",
        "effects": ["info"],
        "grade": "M",
        "text_hash": None,
        "verified_by": None,
        "verified_on": None,
    }
    return {**row, **more}


SIGNED: Mapping[str, object] = {
    "text_hash": "ab" * 32,
    "verified_by": "a lawyer of the ministry",
    "verified_on": "2026-11-20",
}
"""What a lawyer's sign-off adds to a rule."""


def pack_bytes(*rules: Mapping[str, object], **more: object) -> bytes:
    """Return a pack; without rules it has one."""
    whole = {
        "format": "longbien:treaty.rule-pack/1",
        "id": "vn-law",
        "version": 1,
        "basis": "UNCC",
        "title": "Rules of an example",
        "as_of": "2026-11-21",
        "note": "An example.",
        "state": "VN",
        "rules": list(rules) or [rule_row("vn-law-1")],
    }
    return json.dumps({**whole, **more}, indent=1).encode()


def make_pack(*rules: Mapping[str, object], **more: object) -> RulePack:
    """Return the same, read."""
    return parse_pack(pack_bytes(*rules, **more))


def signed_by(state: State, data: bytes) -> bytes:
    """Return the signatures of all root holders of a State over a pack."""
    return sign_file(data, signers=[key for one in state.holders for key in one.both])


def holders_of(state: State) -> Holders:
    """Return the root holders of a State's newest entry."""
    return Holders(keys=state.entry.roots.holders, threshold=state.entry.roots.threshold)
