import base64
import json
from pathlib import Path

import pytest

from longbien.ledger.tree import verify_consistency, verify_inclusion
from outside import vectors_folder


def vectors(kind: str) -> list[Path]:
    """Return the vectors of one kind, in a fixed order."""
    return sorted((vectors_folder() / "merkle" / kind).rglob("*.json"))


def name_of(path: Path) -> str:
    """Return a name that no other vector has."""
    return "/".join(path.parts[-3:])


def raw(text: str | None) -> bytes:
    """Decode base64; absent text is no bytes."""
    return base64.b64decode(text or "")


def test_all_vectors_are_there() -> None:
    """No outside vector goes missing in silence: 98 of each kind."""
    assert len(vectors("inclusion")) == 98
    assert len(vectors("consistency")) == 98


@pytest.mark.parametrize("path", vectors("inclusion"), ids=name_of)
def test_inclusion(path: Path) -> None:
    """Each inclusion vector gets the verdict that transparency-dev/merkle wants."""
    vector = json.loads(path.read_text())

    verdict = verify_inclusion(
        leaf=raw(vector["leafHash"]),
        index=vector["leafIdx"],
        size=vector["treeSize"],
        proof=[raw(text) for text in vector["proof"] or ()],
        root=raw(vector["root"]),
    )

    assert verdict is not vector["wantErr"]


@pytest.mark.parametrize("path", vectors("consistency"), ids=name_of)
def test_consistency(path: Path) -> None:
    """Each consistency vector gets the verdict that transparency-dev/merkle wants."""
    vector = json.loads(path.read_text())

    verdict = verify_consistency(
        old_size=vector["size1"],
        new_size=vector["size2"],
        proof=[raw(text) for text in vector["proof"] or ()],
        old_root=raw(vector["root1"]),
        new_root=raw(vector["root2"]),
    )

    assert verdict is not vector["wantErr"]
