import pytest

from longbien.evidence import layout
from longbien.evidence.layout import Role
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import PackageId

ID = PackageId("0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f")


def test_the_folder_is_named_after_the_package() -> None:
    """The folder's name and the package id say the same."""
    assert layout.bag_folder(ID) == f"LB-{ID}"
    assert layout.parse_bag_folder(f"LB-{ID}") == ID


@pytest.mark.parametrize(
    "name", ["", f"lb-{ID}", f"LB-{ID}x", f"xLB-{ID}", f"LB-{str(ID).upper()}", f"LB-{ID}\n"]
)
def test_another_folder_name_is_refused(name: str) -> None:
    """Only the exact form is a bag's folder."""
    with pytest.raises(Malformed) as caught:
        layout.parse_bag_folder(name)

    assert caught.value.code == "layout.folder"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        *((path, Role.TAG) for path in layout.REQUIRED_TAGS),
        ("tagmanifest-sha256.txt", Role.TAG_MANIFEST),
        ("data/E0001/a", Role.PAYLOAD),
        ("evidence/leaves/1.bin", Role.LEAVES),
        ("evidence/leaves/1000000.bin", Role.LEAVES),
        ("custody/0001.tlog-proof", Role.PROOF),
        ("custody/9999.tlog-proof", Role.PROOF),
        ("trust/a.pem", Role.TRUST),
        ("trust/0-a_b.c.crl", Role.TRUST),
        ("trust/a.ocsp", Role.TRUST),
        ("signatures/tagmanifest-sha256.txt.p7s", Role.SIGNATURE),
        ("signatures/tagmanifest-sha256.txt.p7s.tsr", Role.SIGNATURE),
        ("signatures/tagmanifest-sha256.txt.mldsa65", Role.SIGNATURE),
        ("signatures/tagmanifest-sha256.txt.16.p7s", Role.SIGNATURE),
    ],
)
def test_every_file_of_a_bag_has_its_role(path: str, role: Role) -> None:
    """Each place in the bag has one purpose."""
    assert layout.find_role(path) is role


@pytest.mark.parametrize(
    "path",
    [
        "",
        "data",
        "readme.txt",
        "Data/E0001/a",
        "evidence/leaves/0.bin",
        "evidence/leaves/01.bin",
        "evidence/leaves/10000000.bin",
        "evidence/leaves/1.bin\n",
        "custody/0000.tlog-proof",
        "custody/1.tlog-proof",
        "custody/00001.tlog-proof",
        "trust/.pem",
        "trust/A.pem",
        "trust/a.key",
        "trust/a/b.pem",
        f"trust/{'a' * 92}.pem",
        "signatures/tagmanifest-sha256.txt",
        "signatures/tagmanifest-sha256.txt.1.p7s",
        "signatures/tagmanifest-sha256.txt.0.p7s",
        "signatures/tagmanifest-sha256.txt.17.p7s",
        "signatures/tagmanifest-sha256.txt.p7s.2",
        "bagit.txt/x",
    ],
)
def test_a_stranger_has_no_role(path: str) -> None:
    """Whatever the layout does not name has no place in a bag."""
    assert layout.find_role(path) is None


def test_only_description_files_are_covered_by_the_tag_manifest() -> None:
    """Payload, the tag manifest itself and signatures are not among the tag files."""
    covered = {role for role in Role if role.is_tag}

    assert covered == {Role.TAG, Role.LEAVES, Role.PROOF, Role.TRUST}


def test_leaves_and_proofs_are_numbered_from_one() -> None:
    """Number and path lead to each other."""
    assert layout.leaves_path(7) == "evidence/leaves/7.bin"
    assert layout.find_leaves_index("evidence/leaves/7.bin") == 7
    assert layout.find_leaves_index("evidence/leaves/x.bin") is None
    assert layout.proof_path(1) == "custody/0001.tlog-proof"
    assert layout.proof_path(9999) == "custody/9999.tlog-proof"


@pytest.mark.parametrize("number", [0, 10_000])
def test_there_is_no_proof_of_that_number(number: int) -> None:
    """A number that four digits cannot say is a bug of the caller."""
    with pytest.raises(ValueError, match="1 to 9999"):
        layout.proof_path(number)


def test_the_sender_signs_without_a_number() -> None:
    """No signature file has two names."""
    first, second = layout.signature_paths(1), layout.signature_paths(2)

    assert first.cades == "signatures/tagmanifest-sha256.txt.p7s"
    assert first.timestamp == "signatures/tagmanifest-sha256.txt.p7s.tsr"
    assert first.post_quantum == "signatures/tagmanifest-sha256.txt.mldsa65"
    assert second.cades == "signatures/tagmanifest-sha256.txt.2.p7s"
    assert second.timestamp == "signatures/tagmanifest-sha256.txt.2.p7s.tsr"
    assert second.post_quantum == "signatures/tagmanifest-sha256.txt.2.mldsa65"
    assert layout.find_signer_number(first.timestamp) == 1
    assert layout.find_signer_number(second.post_quantum) == 2
    assert layout.find_signer_number("signatures/x") is None


@pytest.mark.parametrize("number", [0, 17])
def test_there_is_no_signer_of_that_number(number: int) -> None:
    """A package has at most sixteen sets of signatures."""
    with pytest.raises(ValueError, match="1 to 16"):
        layout.signature_paths(number)
