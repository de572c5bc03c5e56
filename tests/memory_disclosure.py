"""A partial disclosure in memory: made of the package of ``memory_bag``, signed and judged."""

import functools
from collections.abc import Mapping

import memory_bag
import trust_world
from longbien.evidence import layout
from longbien.evidence.checks_disclosure import SIGNATURE_PATHS
from longbien.evidence.disclosure import (
    Disclosure,
    Reason,
    Selection,
    disclose,
    encode_disclosure,
)
from longbien.evidence.disclosure_text import disclosure_text
from longbien.evidence.layout import DISCLOSURE, DISCLOSURE_TEXT
from longbien.evidence.manifests import ManifestLine
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.report import Report
from longbien.evidence.source import Entry
from longbien.evidence.verify import verify
from longbien.primitives.digest import Digest
from longbien.primitives.ids import PackageId
from longbien.trust.certificates import Anchors

BIG = b"0123456789abcdef" * (LEAF_SIZE // 16) * 3 + b"tail"
PAYLOAD = {**memory_bag.PAYLOAD, "data/E0003/disk.dd": BIG}
PLAN = memory_bag.changed(payload=PAYLOAD)


@functools.cache
def package_files() -> Mapping[str, bytes]:
    """Return the whole package, signed."""
    return memory_bag.build(PLAN)


@functools.cache
def chosen() -> Disclosure:
    """Return a disclosure: an image, an empty file, the middle of a disk; one file withheld."""
    return disclose(
        memory_bag.describe(PLAN),
        (
            Selection(path="data/E0001/image.dd"),
            Selection(path="data/E0002/mail/empty.txt"),
            Selection(path="data/E0003/disk.dd", start=LEAF_SIZE, end=2 * LEAF_SIZE),
        ),
        disclosure_id=PackageId("11111111-2222-4333-8444-555555555555"),
        made_at=memory_bag.NOW,
        made_by="Court registry",
        reasons={Reason.PRIVILEGED: 1},
        leaves=lambda file: memory_bag.measured(PAYLOAD[file.path]).leaves,
        trust=tuple(
            ManifestLine(path=f"discloser/trust/{name}", sha256=Digest.of(data))
            for name, data in memory_bag.trust_files(memory_bag.trust_material()).items()
        ),
    )


def folder(disclosure: Disclosure | None = None) -> dict[str, bytes]:
    """Return the files of a disclosure that nobody signed."""
    disclosure = chosen() if disclosure is None else disclosure
    kept = {
        path: data
        for path, data in package_files().items()
        if path in {layout.BAG_INFO, layout.TAG_MANIFEST}
        or path.startswith(("signatures/", "trust/"))
    }
    given = {
        place: PAYLOAD[one.file.path][one.start : one.end]
        for one, place in zip(disclosure.given, disclosure.places, strict=True)
    }
    trust = memory_bag.trust_files(memory_bag.trust_material())
    return {
        **kept,
        **given,
        **{f"discloser/trust/{name}": data for name, data in trust.items()},
        DISCLOSURE: encode_disclosure(disclosure),
        DISCLOSURE_TEXT: disclosure_text(disclosure, count=4),
    }


@functools.cache
def good() -> Mapping[str, bytes]:
    """Return the files of a signed disclosure."""
    files = folder()
    return files | memory_bag.sign(files[DISCLOSURE], PLAN, SIGNATURE_PATHS)


def judge(files: Mapping[str, bytes], *odd: Entry, anchors: Anchors | None = None) -> Report:
    """Verify as a relying party that trusts everybody concerned."""
    return verify(
        memory_bag.MemoryBag(files, odd),
        anchors=trust_world.anchors() if anchors is None else anchors,
        policy=None,
        now=memory_bag.NOW,
        recipient=memory_bag.RECIPIENT,
    )
