from datetime import date

import pytest
from attrs import evolve

from longbien.evidence import manifests
from longbien.evidence.manifests import (
    BAGIT_TXT,
    BagInfo,
    ExhibitTree,
    ManifestLine,
    encode_bag_info,
    encode_manifest,
    is_software,
    is_tag_path,
    parse_bag_info,
    parse_payload_manifest,
    parse_tag_manifest,
    require_bagit_txt,
)
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import PackageId, RequestUrn

A, B = "a" * 64, "b" * 64
INFO = BagInfo(
    software="longbien 0.1.0",
    bagged_on=date(2026, 11, 21),
    request=RequestUrn("urn:example:xa:7"),
    package_id=PackageId("0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f"),
    exercise=True,
    exhibit_tree=ExhibitTree(count=2, root=Digest.parse(A)),
    head=Digest.parse(B),
    payload_bytes=12,
    payload_files=2,
)
INFO_TEXT = f"""\
Bag-Software-Agent: longbien 0.1.0
BagIt-Profile-Identifier: urn:longbien:profile:lb-bag-1
Bagging-Date: 2026-11-21
External-Identifier: urn:example:xa:7
Internal-Sender-Identifier: LB-0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f
LB-Exercise: yes
LB-Exhibit-Tree: rfc6962-sha256 2 {A}
LB-Package-Head: sha256 {B}
Payload-Oxum: 12.2
"""


def test_a_manifest_is_what_sha256sum_writes() -> None:
    """Digest, two spaces, path; sorted by path."""
    lines = [
        ManifestLine(path="data/E0002/b", sha256=Digest.parse(B)),
        ManifestLine(path="data/E0001/a", sha256=Digest.parse(A)),
    ]

    text = encode_manifest(lines)

    assert text == f"{A}  data/E0001/a\n{B}  data/E0002/b\n".encode()
    assert parse_payload_manifest(text) == (lines[1], lines[0])


def test_an_empty_manifest_names_nothing() -> None:
    """No bytes, no lines."""
    assert parse_payload_manifest(b"") == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{A}  data/E0001/a", "manifest.text"),
        (f"{A}  data/E0001/ä\n", "manifest.text"),
        ("\n", "manifest.line"),
        (f"{A} data/E0001/a\n", "manifest.line"),
        (f"{A} *data/E0001/a\n", "manifest.line"),
        (f"{A}   data/E0001/a\n", "manifest.line"),
        (f"\\{A}  data/E0001/a\n", "manifest.line"),
        (f"{A.upper()}  data/E0001/a\n", "manifest.line"),
        (f"{A[:-1]}  data/E0001/a\n", "manifest.line"),
        (f"{A}  data/E0001/a\r\n", "manifest.line"),
        (f"{A}  data/E0001/a%0A\n", "manifest.line"),
        (f"{A}  data/../a\n", "manifest.path"),
        (f"{A}  bagit.txt\n", "manifest.path"),
        (f"{A}  data/E0001/a\n{A}  data/E0001/a\n", "manifest.order"),
        (f"{A}  data/E0001/b\n{A}  data/E0001/a\n", "manifest.order"),
    ],
)
def test_another_manifest_is_refused(text: str, code: str) -> None:
    """A manifest that two tools could read differently is not read at all."""
    with pytest.raises(Malformed) as caught:
        parse_payload_manifest(text.encode())

    assert caught.value.code == code


def test_a_manifest_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is bounded before any work."""
    monkeypatch.setattr(manifests, "MAX_MANIFEST", 10)

    with pytest.raises(Malformed) as caught:
        parse_tag_manifest(b"x" * 11)
    assert caught.value.code == "manifest.size"
    with pytest.raises(Malformed) as caught:
        parse_tag_manifest(b"x" * 9 + b"\n")
    assert caught.value.code == "manifest.line"


def test_the_tag_manifest_names_tag_files_alone() -> None:
    """Neither payload nor signatures nor itself."""
    assert (
        parse_tag_manifest(f"{A}  bagit.txt\n{B}  trust/a.pem\n".encode())[1].path == "trust/a.pem"
    )
    assert is_tag_path("evidence/package.json")
    for path in ("data/E0001/a", "tagmanifest-sha256.txt", "x", "signatures/x"):
        assert not is_tag_path(path)
        with pytest.raises(Malformed):
            parse_tag_manifest(f"{A}  {path}\n".encode())


def test_the_declaration_is_that_of_bagit_1_0() -> None:
    """Every other byte is another declaration."""
    require_bagit_txt(BAGIT_TXT)
    assert BAGIT_TXT == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    with pytest.raises(Malformed) as caught:
        require_bagit_txt(BAGIT_TXT + b"\n")
    assert caught.value.code == "bag.declaration"


def test_bag_info_says_nine_things_in_order() -> None:
    """Each label once, nothing folded."""
    assert encode_bag_info(INFO).decode() == INFO_TEXT
    assert parse_bag_info(INFO_TEXT.encode()) == INFO
    real = evolve(INFO, exercise=False)
    assert b"LB-Exercise: no\n" in encode_bag_info(real)
    assert parse_bag_info(encode_bag_info(real)) == real


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("", "", "bag-info.text"),
        ("12.2\n", "12.2", "bag-info.text"),
        ("12.2\n", "12.2\nX: y\n", "bag-info.text"),
        ("LB-Exercise: yes\n", "", "bag-info.text"),
        ("LB-Exercise: yes\n", "LB-Exercise: yes\nLB-Exercise: yes\n", "bag-info.text"),
        ("Bagging-Date: ", "Bagging-Date:  ", "bag-info.value"),
        ("Bagging-Date:", "bagging-date:", "bag-info.text"),
        ("0.1.0", "ü", "bag-info.text"),
        ("longbien 0.1.0", " x", "bag-info.value"),
        ("longbien 0.1.0", "x" * 201, "bag-info.value"),
        ("lb-bag-1", "lb-bag-2", "bag-info.value"),
        ("2026-11-21", "20261121", "bag-info.value"),
        ("2026-11-21", "2026-13-01", "bag-info.value"),
        ("urn:example:xa:7", "7", "bag-info.value"),
        ("LB-0b7a", "0b7a", "bag-info.value"),
        ("LB-0b7a", "LB-0B7A", "bag-info.value"),
        ("yes", "true", "bag-info.value"),
        ("rfc6962-sha256 2", "rfc6962-sha512 2", "bag-info.value"),
        ("rfc6962-sha256 2", "rfc6962-sha256 02", "bag-info.value"),
        ("rfc6962-sha256 2", "rfc6962-sha256", "bag-info.value"),
        (f"2 {A}", f"2 {A.upper()}", "bag-info.value"),
        ("sha256 bb", "sha512 bb", "bag-info.value"),
        ("12.2", "12", "bag-info.value"),
        ("12.2", "12.-2", "bag-info.value"),
        ("12.2", "1_2.2", "bag-info.value"),
        ("12.2", f"{'9' * 19}.2", "bag-info.value"),
    ],
)
def test_another_bag_info_is_refused(old: str, new: str, code: str) -> None:
    """What the encoder would not write is not read."""
    text = INFO_TEXT.replace(old, new) if old else ""

    with pytest.raises(Malformed) as caught:
        parse_bag_info(text.encode())

    assert caught.value.code == code


def test_a_bag_info_that_is_too_large_is_not_looked_at() -> None:
    """The size is bounded before any work."""
    with pytest.raises(Malformed) as caught:
        parse_bag_info(b"x" * (16 * 1024 + 1))
    assert caught.value.code == "bag-info.size"
    with pytest.raises(Malformed) as caught:
        parse_bag_info(b"x" * (16 * 1024))
    assert caught.value.code == "bag-info.text"


@pytest.mark.parametrize(
    ("text", "good"), [("x", True), ("x y", True), ("x" * 200, True), ("", False), ("x ", False)]
)
def test_software_is_named_in_one_plain_line(text: str, *, good: bool) -> None:
    """It stands in a text file that is read line by line."""
    assert is_software(text) is good
