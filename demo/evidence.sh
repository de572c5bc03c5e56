#!/bin/sh
# The main job, with nothing but the commands that an officer has: make exhibits, pack, seal, open,
# verify, disclose, change one byte, verify again.  Everything happens in one temporary folder.
#
#   sh demo/evidence.sh [--size MIB] [--keep]
set -eu

size=64
keep=no
while [ $# -gt 0 ]; do
    case $1 in
        --size) size=$2; shift 2 ;;
        --keep) keep=yes; shift ;;
        *) echo "usage: demo [--size MIB] [--keep]" >&2; exit 2 ;;
    esac
done

work=$(mktemp -d "${TMPDIR:-/tmp}/longbien-demo.XXXXXX")
if [ "$keep" = yes ]; then
    trap 'echo; echo "Everything is in $work"' EXIT
else
    trap 'rm -rf "$work"' EXIT
fi
trap 'exit 130' INT TERM
cd "$work"

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || step() { printf '\n%s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }

# expect CODE COMMAND... runs a command that must end with that exit code
expect() {
    wanted=$1
    shift
    printf '$ %s\n' "$*"
    code=0
    "$@" || code=$?
    if [ "$code" != "$wanted" ]; then
        echo "demo: exit code $code instead of $wanted" >&2
        exit 1
    fi
}

# show COMMAND... prints it, runs it silently
show() { printf '$ %s\n' "$*"; "$@" >/dev/null; }

step "1. Keys for an exercise: a State's root, an authority, a recipient, a ledger, two witnesses, a time-stamp authority"
show longbien keys exercise keys

step "2. Exhibits, all generated: a real ext4 image and a mailbox export, ${size} MiB"
python -m longbien.node.demo.exhibits exhibits --mib "$size"
(cd exhibits && ls -s -h -- */*)

mkdir packages given
step "3. Pack: copy, hash, describe, enter into the ledger, have it witnessed, sign, stamp"
run longbien ledger init ledger --keys keys/log
run longbien pack exhibits --out packages --exercise \
    --request urn:longbien:exercise:xb:xa:2026:0042 --by "Exercise Central Authority XA" \
    --legal-basis "UN Convention against Cybercrime, article 44" \
    --use-limit "specialty:Only for the investigation named in the request" \
    --to keys/recipient --keys keys/signer --tsa-keys keys/tsa \
    --ledger ledger --log-keys keys/log --witness keys/witness-1 --witness keys/witness-2
package=$(basename packages/LB-*)

step "4. Seal it for the recipient alone: one file, post-quantum"
run longbien seal "packages/$package" --to keys/recipient
ls -s -h -- packages/*.tar.age

step "5. The recipient opens it, verified at the door"
mkdir received
run longbien open "packages/$package.tar.age" --identity keys/recipient/identity.txt --out received --trust keys/trust

step "6. Anybody checks it without us, with sha256sum and openssl"
(cd "received/$package" && run sh verify.sh "$work/keys/trust/roots/ec.pem" "$work/keys/trust/tsa-roots/tsa.pem")

step "7. The defence gets one exhibit, with the proof that it belongs to the signed package"
run longbien disclose "received/$package" --give E0001 --out given --reason not-relevant \
    --by "Exercise Central Authority XA" --keys keys/signer --tsa-keys keys/tsa --trust keys/trust
expect 0 longbien verify given/LBD-* --trust keys/trust

step "8. The package as received (and the same report as one page, report.html)"
expect 0 longbien verify "received/$package" --trust keys/trust --html report.html

step "9. One byte of the disk image is changed"
image=$(find "received/$package/data" -name 'image.dd')
printf 'X' | dd of="$image" bs=1 seek=1048577 conv=notrunc status=none
expect 1 longbien verify "received/$package" --trust keys/trust
