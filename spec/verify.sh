#!/bin/sh
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
