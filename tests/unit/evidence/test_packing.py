import pytest
from attrs import evolve

import memory_bag
import trust_world as world
from longbien.evidence import layout
from longbien.evidence.custody import parse_events
from longbien.evidence.instructions import Facts, encode_verify_script, encode_verify_text
from longbien.evidence.manifests import parse_bag_info, parse_payload_manifest, parse_tag_manifest
from longbien.evidence.packing import (
    Custody,
    Described,
    Signatures,
    certificate_path,
    complete,
    describe,
    keys_of,
    packed,
    require_head,
    signature_files,
    taken_in,
    trust_files,
)
from longbien.evidence.records import encode_head, exhibit_tree, head_commitment
from longbien.evidence.wire import Head, parse_head, parse_package
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.trust.certificates import Ocsp, parse_certificates

PLAN = memory_bag.Plan()
PACKAGE = memory_bag.describe(PLAN)
AT = memory_bag.CREATED
LEDGER = memory_bag.ledger()


@pytest.fixture
def described() -> Described:
    """Return a described package with leaves for its second file."""
    return describe(PACKAGE, {2: b"\x01" * 64})


@pytest.fixture
def custody(described: Described) -> Custody:
    """Return custody with two events and made-up proofs."""
    return Custody(
        events=(taken_in(PACKAGE, at=AT), packed(described, at=AT)),
        salts=(b"\x01" * 32, b"\x02" * 32),
        proofs=(b"proof 1", b"proof 2"),
        policy=LEDGER.policy_text,
        keys=keys_of(LEDGER.policy),
    )


@pytest.fixture
def facts() -> Facts:
    """Return who speaks for the package."""
    return Facts(
        signer=world.signer().certificates[0],
        post_quantum=world.mldsa_signer().certificates[0],
        post_quantum_path="trust/0123.pem",
        time_authorities=world.tsa().certificates[:1],
        roots=(("CN=Root \u00e9\nline", "ab" * 32), ("CN=Other", "")),
        ledger_keys=keys_of(LEDGER.policy),
    )


def test_the_description_comes_first(described: Described) -> None:
    """Manifest, description, bag-info and leaves agree with the package."""
    info = parse_bag_info(described.files[layout.BAG_INFO])
    lines = parse_payload_manifest(described.files[layout.PAYLOAD_MANIFEST])

    assert parse_package(described.files[layout.DESCRIPTION]) == PACKAGE
    assert [(line.path, line.sha256) for line in lines] == [
        (file.path, file.sha256) for file in PACKAGE.files
    ]
    assert info.exhibit_tree == exhibit_tree(PACKAGE)
    assert info.head == head_commitment(PACKAGE)
    assert (info.payload_bytes, info.payload_files) == (PACKAGE.payload_bytes, 3)
    assert info.bagged_on == AT.moment.date()
    assert described.files["evidence/leaves/2.bin"] == b"\x01" * 64
    assert "evidence/leaves/1.bin" not in described.files


def test_the_events_fix_the_description(described: Described) -> None:
    """The last event names the digests of manifest and description, and counts."""
    first, last = taken_in(PACKAGE, at=AT), packed(described, at=AT)

    for event in (first, last):
        assert (event.exhibits, event.files, event.bytes) == (2, 3, PACKAGE.payload_bytes)
        assert (event.package_id, event.request, event.by, event.at) == (
            PACKAGE.package_id,
            PACKAGE.request,
            PACKAGE.created_by,
            AT,
        )
    assert last.payload_manifest_sha256 == Digest.of(described.files[layout.PAYLOAD_MANIFEST])
    assert last.description_sha256 == Digest.of(described.files[layout.DESCRIPTION])


def test_the_tag_manifest_covers_every_other_file(
    described: Described, custody: Custody, facts: Facts
) -> None:
    """All files that each bag must have are there, and nothing escapes the signature."""
    files = complete(described, custody, material=memory_bag.trust_material(), facts=facts)
    lines = parse_tag_manifest(files[layout.TAG_MANIFEST])

    assert {line.path for line in lines} == files.keys() - {layout.TAG_MANIFEST}
    assert all(line.sha256 == Digest.of(files[line.path]) for line in lines)
    assert files.keys() > set(layout.REQUIRED_TAGS)
    assert files["custody/0002.tlog-proof"] == b"proof 2"
    events = parse_events(files[layout.EVENTS])
    assert [line.event for line in events] == list(custody.events)
    assert [line.salt for line in events] == list(custody.salts)
    assert files[layout.WITNESS_KEYS] == "".join(f"{key}\n" for key in custody.keys).encode()
    assert files[layout.POLICY] == LEDGER.policy_text


def test_trust_material_is_named_by_its_digest() -> None:
    """Certificates as PEM, lists and answers as DER."""
    material = evolve(memory_bag.trust_material(), ocsps=(Ocsp(der=b"answer"),))
    files = trust_files(material)
    first = material.certificates[0]

    assert parse_certificates(files[certificate_path(first.sha256)]) == (first,)
    assert certificate_path(first.sha256) == f"trust/{first.sha256.hex[:16]}.pem"
    crl = material.crls[0]
    assert files[f"trust/{Digest.of(crl.der).hex[:16]}.crl"] == crl.der
    assert files[f"trust/{Digest.of(b'answer').hex[:16]}.ocsp"] == b"answer"
    assert all(map(layout.is_trust, files))


def test_signatures_have_the_places_of_their_signer() -> None:
    """The sender's files have no number."""
    signatures = Signatures(cades=b"c", timestamp=b"t", post_quantum=b"p")

    assert signature_files(signatures) == {
        "signatures/tagmanifest-sha256.txt.p7s": b"c",
        "signatures/tagmanifest-sha256.txt.p7s.tsr": b"t",
        "signatures/tagmanifest-sha256.txt.mldsa65": b"p",
    }
    assert "signatures/tagmanifest-sha256.txt.2.p7s" in signature_files(signatures, number=2)


def test_a_head_that_no_reader_would_accept_is_refused_beforehand() -> None:
    """A text that is too long shows before a byte was copied."""
    head: Head = parse_head(encode_head(PACKAGE))

    require_head(head)
    with pytest.raises(Malformed) as caught:
        require_head(evolve(head, created_by="x" * 4001))
    assert caught.value.code == "package.field"


def test_the_instructions_name_this_package(facts: Facts) -> None:
    """Fingerprints to compare, roots to get, and no line that a certificate could forge."""
    text = encode_verify_text(PACKAGE, facts).decode("ascii")

    assert text.startswith(f"How to verify the package LB-{PACKAGE.package_id}\n")
    assert "EXERCISE: this is training material" in text
    assert f"        {facts.signer.sha256}\n" in text
    assert f"        {facts.post_quantum.sha256}\n" in text
    assert f"        {facts.time_authorities[0].sha256}\n" in text
    assert "    CN=Root \\xe9?line\n        " + "ab" * 32 + "\n    CN=Other\n" in text
    assert "openssl x509 -in trust/0123.pem -pubkey" in text
    assert all(Digest.of(key.encode()).hex in text for key in facts.ledger_keys)
    assert all(len(line) <= 100 for line in text.split("\n") if "CN=" not in line)


def test_real_evidence_is_not_called_an_exercise(facts: Facts) -> None:
    """The warning stands only where it is true."""
    text = encode_verify_text(evolve(PACKAGE, exercise=False), facts)

    assert b"EXERCISE: " not in text


def test_the_commands_are_those_of_the_specification(facts: Facts) -> None:
    """-binary and -purpose any are not optional."""
    text = encode_verify_text(PACKAGE, facts).decode("ascii").replace("\\\n", " ")
    words = " ".join(text.split())

    assert "sha256sum -c tagmanifest-sha256.txt sha256sum -c manifest-sha256.txt" in words
    assert (
        "openssl cms -verify -cades -binary -purpose any -inform DER "
        "-in signatures/tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt "
        "-CAfile root.pem -out /dev/null"
    ) in words
    assert (
        "openssl ts -verify -in signatures/tagmanifest-sha256.txt.p7s.tsr "
        "-data signatures/tagmanifest-sha256.txt.p7s -CAfile tsa-root.pem"
    ) in words


def test_the_script_is_the_same_in_every_package() -> None:
    """It can be compared with the published one."""
    script = encode_verify_script()

    assert script.startswith(b"#!/bin/sh\n")
    assert script.endswith(b"say PASSED\n")
