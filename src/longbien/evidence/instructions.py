"""``VERIFY.txt`` and ``verify.sh``: how to check the package with tools that everybody has.

The text names this package's own fingerprints.  The script is the same, byte for byte, in every
package, so that it can be compared with the published one: a forged script inside a forged
package proves nothing.
"""

from attrs import frozen

from longbien.evidence.layout import EVENTS, SIGNATURES, TAG_MANIFEST, WITNESS_KEYS, proof_path
from longbien.evidence.package import Package
from longbien.primitives.digest import Digest
from longbien.trust.certificates import Certificate

_P7S = f"{SIGNATURES}/{TAG_MANIFEST}.p7s"


@frozen(kw_only=True)
class Facts:
    """Who speaks for this package: what a reader compares by telephone."""

    signer: Certificate
    """The sender's ECDSA certificate."""

    post_quantum: Certificate
    """The sender's ML-DSA-65 certificate."""

    post_quantum_path: str
    """Where that certificate stands in the bag."""

    time_authorities: tuple[Certificate, ...]
    """Certificates of the time-stamp authority."""

    roots: tuple[tuple[str, str], ...]
    """Names of the roots that the reader must get from the States themselves, each with the
    fingerprint that the sender knows, or with nothing."""

    ledger_keys: tuple[str, ...]
    """The verifier keys of the ledger and its witnesses."""


def encode_verify_text(package: Package, facts: Facts) -> bytes:
    """Return the bytes of ``VERIFY.txt``: ASCII, for people."""
    parts = (
        _title(package),
        _paragraphs(_BEFORE),
        _get_roots(facts),
        _paragraphs(_COMMANDS),
        _post_quantum(facts),
        _paragraphs(_LEDGER),
        _fingerprints(facts),
        _paragraphs(_LIMITS),
    )
    return "\n".join(parts).encode("ascii", "backslashreplace")


def encode_verify_script() -> bytes:
    """Return the bytes of ``verify.sh``: the same in every package."""
    return _SCRIPT.encode("ascii")


def _title(package: Package) -> str:
    warning = "\nEXERCISE: this is training material, not evidence.\n" if package.exercise else ""
    return (
        f"How to verify the package LB-{package.package_id}\n"
        f"without the software that made it\n{warning}"
    )


def _paragraphs(text: str) -> str:
    return text.strip("\n") + "\n"


def _get_roots(facts: Facts) -> str:
    lines = []
    for name, fingerprint in facts.roots:
        lines.append(f"    {_plain(name)}")
        lines += [f"        {fingerprint}"] if fingerprint else []
    return _paragraphs(_ROOTS).replace("@ROOTS@", "\n".join(lines))


def _post_quantum(facts: Facts) -> str:
    return _paragraphs(_MLDSA).replace("@CERTIFICATE@", facts.post_quantum_path)


def _fingerprints(facts: Facts) -> str:
    rows = [
        ("Signer (ECDSA)", facts.signer),
        ("Signer (ML-DSA-65)", facts.post_quantum),
        *(("Time-stamp authority", one) for one in facts.time_authorities),
    ]
    lines = ["6. Fingerprints (SHA-256 of the certificate) to compare by telephone\n"]
    for label, certificate in rows:
        lines.append(f"    {label}: {_plain(certificate.subject)}")
        lines.append(f"        {certificate.sha256}")
    lines += [
        "",
        f"    Keys of the ledger and its witnesses (SHA-256 of each line of {WITNESS_KEYS},",
    ]
    lines.append("    without its line feed)")
    for key in facts.ledger_keys:
        lines.append(f"        {_plain(key.split('+', 1)[0])}")
        lines.append(f"        {Digest.of(key.encode('utf-8'))}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    # names in certificates may hold anything; a line break in one must not make a line of ours
    return "".join(char if char.isprintable() else "?" for char in text)


_BEFORE = """
You need: sh, the usual system tools (GNU coreutils), OpenSSL 3.0 or later. No
network. Run the commands in this folder.

Take these commands, and the script verify.sh, from the published text (the files
spec/package.md and spec/verify.sh of Long Bien) or from the copy that your
authority keeps; then compare. A forged instruction inside a forged package
proves nothing. verify.sh is the same file in every package:

    sha256sum verify.sh
    sh verify.sh ROOT.pem TSA-ROOT.pem [LEDGER-KEYS]

does all that follows and ends with "PASSED", or with "FAILED" and a reason.
"""

_ROOTS = """
1. Get the roots

Get these root certificates from the States that they belong to, not from this
package, and compare their fingerprints by telephone. Put them into root.pem
(the State) and tsa-root.pem (the time-stamp authority). The sender says that
they are these, each with its SHA-256 fingerprint where the sender has it:

@ROOTS@

    openssl x509 -in root.pem -noout -subject -fingerprint -sha256
"""

_COMMANDS = f"""
2. Nothing was changed

    sha256sum -c {TAG_MANIFEST}
    sha256sum -c manifest-sha256.txt

Every line must end with ": OK". For large exhibits this is quicker; compare its
output with manifest-sha256.txt:

    openssl dgst -sha256 -r data/*/*

No file may be in the folder that none of the two manifests names, except
{TAG_MANIFEST} itself and what is in {SIGNATURES}/:

    find . -type f | sort

3. Who signed, and when at the latest

    openssl cms -verify -cades -binary -purpose any -inform DER \\
        -in {_P7S} -content {TAG_MANIFEST} \\
        -CAfile root.pem -out /dev/null

must say "CAdES Verification successful".

    openssl ts -verify -in {_P7S}.tsr \\
        -data {_P7S} -CAfile tsa-root.pem

must say "Verification: OK". The time:

    openssl ts -reply -in {_P7S}.tsr -text

Look at "Time stamp:". When the certificates have expired since, judge at that
time: add -attime SECONDS to both -verify commands, where SECONDS is the output of

    date -u -d "THE TIME STAMP" +%s

What the certificates' issuers had revoked by then is in trust/:

    openssl crl -inform DER -in trust/NAME.crl -noout -text
"""

_MLDSA = f"""
4. The second signature, good also against quantum computers (OpenSSL 3.5 or later)

    openssl x509 -in @CERTIFICATE@ -pubkey -noout > /tmp/mldsa.pub
    openssl pkeyutl -verify -pubin -inkey /tmp/mldsa.pub -rawin \\
        -in {TAG_MANIFEST} -sigfile {SIGNATURES}/{TAG_MANIFEST}.mldsa65

must say "Signature Verified Successfully". An older OpenSSL cannot read the key;
then the first signature stands alone.
"""

_LEDGER = f"""
5. The custody ledger

{EVENTS} says what happened; the n-th line belongs to the n-th
proof, {proof_path(1)} and so on. verify.sh shows, with sh and
openssl alone, that each event is in the ledger and that the ledger's key signed
the head of it, and counts the witnesses whose Ed25519 signatures are good. The
keys come from {WITNESS_KEYS}, unless you give your own file of
verifier keys: only then is it proven whose ledger it is.
"""

_LIMITS = """
7. What this does not prove

A signature proves who signed and that nothing changed since; the ledger proves
order, and that nothing was rewritten. Neither proves that what was signed is
true.
"""

_SCRIPT = r"""#!/bin/sh
# Verifies an evidence package (LB-Bag 1) with sh, coreutils, sed, grep, find and OpenSSL 3.0.
# usage: sh verify.sh [-a SECONDS] ROOT.pem TSA-ROOT.pem [LEDGER-KEYS]
#   ROOT.pem     root certificate of the State, got from that State
#   TSA-ROOT.pem root certificate of the time-stamp authority
#   LEDGER-KEYS  verifier keys (one vkey a line) that you trust; else the package's own are used
#   -a SECONDS   judge certificates at this time (since 1970), when they have expired by now
# Exit code: 0 PASSED, 1 FAILED, 2 wrong usage.  This file is the same in every package.
set -eu
LC_ALL=C
export LC_ALL

say() { printf '%s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }
usage() { sed -n '3,7s/^# \{0,1\}//p' "$0"; exit 2; }

at=
if [ "${1-}" = -a ]; then
    [ $# -ge 2 ] || usage
    at="-attime $2"
    shift 2
fi
[ $# -eq 2 ] || [ $# -eq 3 ] || usage
for file in "$@"; do [ -r "$file" ] || { say "cannot read $file"; exit 2; }; done
root=$(realpath -- "$1")
tsa=$(realpath -- "$2")
keys=custody/witness.vkeys
[ $# -eq 2 ] || keys=$(realpath -- "$3")
cd -- "$(dirname -- "$0")"
tags=tagmanifest-sha256.txt
p7s=signatures/$tags.p7s
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# 2. nothing was changed, added or left out
odd=$(find . ! -type f ! -type d | head -n 1)
[ -z "$odd" ] || fail "$odd is neither a file nor a folder"
sha256sum --strict --quiet -c "$tags" || fail "a file of the description was changed"
sha256sum --strict --quiet -c manifest-sha256.txt || fail "an exhibit was changed"
cut -c67- manifest-sha256.txt "$tags" | sort > "$tmp/named"
find . -type f | sed 's|^\./||' | grep -v '^signatures/' | grep -Fvx "$tags" | sort > "$tmp/there"
cmp -s "$tmp/named" "$tmp/there" || fail "a file was added, or stands in no manifest"
say "ok: every file is as it was when it was signed"

# 3. who signed, and when at the latest
openssl cms -verify -cades -binary -purpose any -inform DER -in "$p7s" -content "$tags" \
    $at -CAfile "$root" -out /dev/null 2> "$tmp/cms" ||
    { cat "$tmp/cms"; fail "the signature does not verify under $root"; }
say "ok: the signature (CAdES)"
openssl ts -verify -in "$p7s.tsr" -data "$p7s" $at -CAfile "$tsa" > "$tmp/ts" 2>&1 ||
    { cat "$tmp/ts"; fail "the time stamp does not verify under $tsa"; }
say "ok: the time stamp:$(openssl ts -reply -in "$p7s.tsr" -text 2> /dev/null |
    sed -n 's/^Time stamp://p')"

# 4. the parallel signature, where OpenSSL knows ML-DSA
if openssl list -signature-algorithms 2> /dev/null | grep -qi ml-dsa-65; then
    good=
    for certificate in trust/*.pem; do
        openssl x509 -in "$certificate" -noout -text 2> /dev/null |
            grep -q 'Public Key Algorithm: ML-DSA-65' || continue
        openssl x509 -in "$certificate" -pubkey -noout > "$tmp/mldsa.pub"
        if openssl pkeyutl -verify -pubin -inkey "$tmp/mldsa.pub" -rawin -in "$tags" \
            -sigfile "signatures/$tags.mldsa65" > /dev/null 2>&1; then good=$certificate; fi
    done
    [ -n "$good" ] || fail "the parallel signature (ML-DSA-65) does not verify"
    say "ok: the parallel signature (ML-DSA-65), by $good"
else
    say "not checked: the parallel signature (ML-DSA-65) needs OpenSSL 3.5"
fi

# 5. the custody ledger
hex() { od -An -v -tx1 | tr -d ' \n'; }
unhex() { printf %s "$1" | tr a-f A-F | basenc -d --base16; }
hash() { openssl dgst -sha256 -binary | hex; }
leaf() { { unhex "00$1"; } | hash; }
node() { { unhex "01$1$2"; } | hash; }

# ed25519 KEY SIGNATURE FILE: all but the file in hexadecimal
ed25519() {
    unhex "302a300506032b6570032100$1" > "$tmp/key"
    unhex "$2" > "$tmp/signature"
    openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$tmp/key" \
        -sigfile "$tmp/signature" -in "$3" > /dev/null 2>&1
}

# included INDEX SIZE LEAF ROOT: hashes in base64, one a line, on standard input (RFC 9162, 2.1.3.2)
included() {
    fn=$1 sn=$(($2 - 1)) r=$3
    [ "$fn" -le "$sn" ] || return 1
    while read -r line; do
        p=$(printf %s "$line" | base64 -d | hex)
        [ "$sn" -ne 0 ] || return 1
        if [ $((fn & 1)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
            r=$(node "$p" "$r")
            while [ $((fn & 1)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done
        else
            r=$(node "$r" "$p")
        fi
        fn=$((fn >> 1)) sn=$((sn >> 1))
    done
    [ "$sn" -eq 0 ] && [ "$r" = "$4" ]
}

# signed_head: looks at $tmp/body and $tmp/signatures; sets log and witnesses
signed_head() {
    log=0 witnesses=0
    while IFS= read -r key; do
        name=${key%%+*} rest=${key#*+}
        id=${rest%%+*}
        raw=$(printf %s "${rest#*+}" | base64 -d | hex)
        while read -r _ signer blob; do
            [ "$signer" = "$name" ] || continue
            blob=$(printf %s "$blob" | base64 -d | hex)
            case $blob in "$id"*) ;; *) continue ;; esac
            case $raw in
            01*)
                [ "$name" = "$(sed -n 1p "$tmp/body")" ] || continue
                ed25519 "${raw#01}" "${blob#"$id"}" "$tmp/body" || fail "bad signature: $name"
                log=$((log + 1)) ;;
            04*)
                rest=${blob#"$id"}
                signature=${rest#????????????????}
                time=$((0x${rest%"$signature"}))
                { printf 'cosignature/v1\ntime %s\n' "$time"; cat "$tmp/body"; } > "$tmp/cosigned"
                ed25519 "${raw#04}" "$signature" "$tmp/cosigned" || fail "bad signature: $name"
                witnesses=$((witnesses + 1)) ;;
            esac
        done < "$tmp/signatures"
    done < "$keys"
}

number=0
while IFS= read -r line; do
    number=$((number + 1))
    proof=$(printf 'custody/%04d.tlog-proof' "$number")
    event=$(printf %s "$line" | sed 's|^{"event":\(.*\),"proof":"[^"]*","salt":"[0-9a-f]*"}$|\1|')
    salt=$(printf %s "$line" | sed 's|^.*,"salt":"\([0-9a-f]*\)"}$|\1|')
    entry=01$({ unhex "$salt"; printf %s "$event"; } | hash)
    sed '/^$/,$d' "$proof" > "$tmp/top"
    sed '1,/^$/d' "$proof" > "$tmp/note"
    sed '/^$/,$d' "$tmp/note" > "$tmp/body"
    sed '1,/^$/d' "$tmp/note" > "$tmp/signatures"
    index=$(sed -n 's/^index //p' "$tmp/top")
    size=$(sed -n 2p "$tmp/body")
    top=$(sed -n 3p "$tmp/body" | base64 -d | hex)
    grep -v -e '^c2sp.org/' -e '^extra ' -e '^index ' "$tmp/top" > "$tmp/hashes" || true
    included "$index" "$size" "$(leaf "$entry")" "$top" < "$tmp/hashes" ||
        fail "event $number is not in the ledger"
    signed_head
    [ "$log" -ge 1 ] || fail "the ledger's head in $proof is not signed by a known key"
    say "ok: event $number is in the ledger $(sed -n 1p "$tmp/body"), witnesses: $witnesses"
done < custody/events.jsonl
[ "$number" -ge 1 ] || fail "there is no custody event"
[ $# -eq 3 ] || say "note: the ledger's keys are those that the package itself names"

more=$(find signatures -name '*.p7s' ! -path "$p7s" | wc -l)
[ "$more" -eq 0 ] || say "note: $more signatures of others are not checked here"
say PASSED
"""
