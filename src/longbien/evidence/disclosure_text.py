"""``DISCLOSURE.txt``: what a disclosure is, in plain words, and how to check it by hand.

The text follows from ``disclosure.json`` and ``bag-info.txt`` alone, so that a verifier can
write it again and compare: nobody can slip another text into a disclosure.
"""

from collections.abc import Iterator

from longbien.evidence.disclosure import Disclosure, GivenFile
from longbien.evidence.report_english import ENGLISH
from longbien.primitives.visible import visible

_HEAD = """\
PARTIAL DISCLOSURE OF AN EVIDENCE PACKAGE

This folder holds a part of a signed package, and the proof that it belongs to it.

  Disclosure      LBD-{disclosure_id}
  made at         {made_at}
  made by         {made_by}
  Package         LB-{package_id}
  for the request {request}
  packed by       {created_by}
  at              {created_at}

"""

_CHECK = """\
HOW TO CHECK IT

With the program:

  longbien verify --trust DIR .

By hand, with coreutils and OpenSSL 3.0 (take these commands from the published text, not from
this folder; root.pem and tsa-root.pem are roots that you had before):

  openssl cms -verify -cades -binary -purpose any -inform DER \\
      -in signatures/tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt \\
      -CAfile root.pem -out /dev/null
  openssl ts -verify -in signatures/tagmanifest-sha256.txt.p7s.tsr \\
      -data signatures/tagmanifest-sha256.txt.p7s -CAfile tsa-root.pem
  grep ' bag-info.txt$' tagmanifest-sha256.txt | sha256sum -c

bag-info.txt is then proven.  Its line LB-Exhibit-Tree commits to every file of the package; the
salt, record and proof in disclosure.json lead from each file given to that line (RFC 6962).  The
digests of the files that are given whole follow from their records:

"""

_LIMIT = """\
WHAT THIS DOES AND DOES NOT TELL

The number of files withheld is proven by the signed tree.  The reasons are the word of whoever
signed disclosure.json; without a signature nobody vouches for them.

Nothing here names a file that is withheld.  One thing remains: the tag manifest, which must stay
as it was signed, holds digests.  A reader who ALREADY HAS A COPY of a withheld file of more than
1 MiB can compute the digest of its leaf hashes and find it there; and one who already has all
files of the package, with their paths, can confirm the payload manifest.  Who has no copy learns
nothing from these digests.  The tag manifest also shows how many files have more than 1 MiB.

Of a file that is given in part the name, the size and the digest of the whole are shown, and
hashes of its other blocks of 1 MiB: who already has such a block can recognise it.

The custody ledger is not part of a disclosure: ask for the whole package to check it.
"""


def disclosure_text(disclosure: Disclosure, *, count: int) -> bytes:
    """Return the bytes of ``DISCLOSURE.txt``; ``count`` files has the whole package."""
    return "".join(_parts(disclosure, count)).encode("utf-8")


def _parts(disclosure: Disclosure, count: int) -> Iterator[str]:
    package = disclosure.package
    if package.exercise:
        yield f"{ENGLISH.word('label.exercise')}\n\n"
    yield _HEAD.format(
        disclosure_id=disclosure.disclosure_id,
        made_at=disclosure.made_at,
        made_by=visible(disclosure.made_by),
        package_id=package.package_id,
        request=package.request,
        created_by=visible(package.created_by),
        created_at=package.created_at,
    )
    yield f"WHAT IS GIVEN: {len(disclosure.given)} of {count} files\n\n"
    for given, place in zip(disclosure.given, disclosure.places, strict=True):
        yield from _given(given, place)
    yield f"\nWHAT IS WITHHELD: {count - len(disclosure.given)} of {count} files\n\n"
    for code, files in disclosure.withheld:
        yield f"  {files:>7}  {ENGLISH.word(code.value)} [{code.value}]\n"
    if package.use_limits:
        yield "\nWHAT IT MAY BE USED FOR\n\n"
    for limit in package.use_limits:
        until = "" if limit.until is None else f" (until {limit.until})"
        yield f"  {ENGLISH.word(f'limit.{limit.kind.value}')}: {visible(limit.text)}{until}\n"
    yield f"\n{_CHECK}"
    for given in disclosure.given:
        if given.is_whole:
            yield f"{given.file.sha256}  {given.file.path}\n"
    yield f"\n{_LIMIT}"


def _given(given: GivenFile, place: str) -> Iterator[str]:
    yield f"  {place}\n      originally {visible(given.file.original_name)}\n"
    if given.is_whole:
        yield f"      whole, {given.file.size} bytes\n"
    else:
        yield f"      bytes {given.start} to {given.end} of {given.file.size}\n"
