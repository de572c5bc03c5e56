"""Every parser of the program is fuzzed, or it is said why not."""

import ast
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

THROUGH = {
    "parse_article": "parse_pack",
    "parse_base64": "parse_header",
    "parse_bech32": "parse_recipient",
    "parse_certificate": "parse_certificates",
    "parse_crl": "parse_crls",
    "parse_definition": "parse_pack",
    "parse_file_record": "parse_package",
    "parse_head": "parse_package",
    "parse_material": "parse_certificates",
    "parse_note_text": "parse_gossip",
    "parse_offence": "parse_offences",
    "parse_salt": "parse_events",
    "parse_signed_data": "verify_cades",
    "parse_wrapped": "parse_header",
}
"""Parsers of a part, each with the parser of the whole that hands it every such part."""

OWN_BYTES = {
    "parse_catalogue": "reads a table inside of the package, whose form its tests hold",
    "parse_crl_number": "reads a list that this program has just made and signed",
    "parse_pins": "reads a row that bears this node's mark, which is asked first",
    "parse_revoked": "reads a list that this program has just made and signed",
}
"""Parsers of what nobody else writes, and why they are not fuzzed."""


def parsers() -> set[str]:
    """Return the names of all functions that parse."""
    return {
        node.name
        for path in (REPOSITORY / "src" / "longbien").rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("parse_")
    }


def fuzzed() -> set[str]:
    """Return every name that stands in a target."""
    return {
        node.id
        for path in (REPOSITORY / "fuzz").glob("targets_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name)
    }


def test_every_parser_is_reached_by_a_target_or_named_with_a_reason() -> None:
    """A new parser has a target, stands behind one that has, or reads nobody else's bytes."""
    left = parsers() - fuzzed() - THROUGH.keys() - OWN_BYTES.keys()

    assert left == set()


def test_no_reason_outlives_its_parser() -> None:
    """What is named is there, is not fuzzed by itself, and stands behind one that is fuzzed."""
    named = THROUGH.keys() | OWN_BYTES.keys()

    assert named <= parsers()
    assert named & fuzzed() == set()
    assert set(THROUGH.values()) <= fuzzed()


def test_every_target_begins_with_something_good() -> None:
    """Coverage-guided search begins inside of the form, not at noise."""
    for path in sorted((REPOSITORY / "fuzz").glob("targets_*.py")):
        tree = ast.parse(path.read_text())
        targets = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("fuzz_")
        }
        keys = {
            key.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
            for key in node.value.keys
            if isinstance(key, ast.Constant)
        }
        assert targets - keys == set(), path.name
