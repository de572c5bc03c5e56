#!/bin/sh
# The project's commands for a machine that has Python 3.11 or newer and nothing else.
# Each sets up what it needs first: uv, the locked packages, Debian packages that are missing.
set -eu
cd "$(dirname "$0")"

UV_VERSION=0.13.9
# believe the certificates that the machine believes, as pip and apt do
export UV_SYSTEM_CERTS=true
# command that must be there : Debian package that brings it
DEMO_TOOLS="openssl:openssl mkfs.ext4:e2fsprogs"
TEST_TOOLS="$DEMO_TOOLS strace:strace age:age softhsm2-util:softhsm2 xxd:xxd ewfacquirestream:ewf-tools node:nodejs npm:npm chromium:chromium"

PURE='src/longbien/primitives/*,src/longbien/trust/*,src/longbien/ledger/*,src/longbien/treaty/*,src/longbien/directory/*'
PURE="$PURE,src/longbien/evidence/*,src/longbien/channel/*,src/longbien/casework/*,src/longbien/desk/*"

# arithmetic, repetition and whole nodes as processes, whose time the tracer of coverage would double
TAMPERING=tests/adversary/test_package_tampering.py
UNTRACED="tests/journey tests/fire tests/adversary/test_hostile_acts.py"
UNTRACED="$UNTRACED tests/adversary/test_package_changes.py tests/node/api/test_naughty_words.py"

usage() {
    cat <<'TEXT'
usage: ./do COMMAND

  demo      set everything up and run the main job: two nodes ask, answer and hand over
            through a cut line and a killed process ([--size 1G] [--keep] [--folder DIR])
  evidence  the evidence package alone: pack, seal, open, verify, disclose, change one byte
            ([--size MIB] [--keep])
  test      set everything up and run all checks and all tests
  soak      the tests that take minutes each: every bit of a package, one at a time
  check     only the style, type and architecture checks
  assure    the promises as figures: assurance.json and ASSURANCE.md in .cache/assure
            ([quick|ci|soak|report] [--only ID] [--seed N] [--keep] [--publish])
  bench     the figures, against the named peers ([--quick]; 4 GiB of disk)
  fuzz      fuzz every parser (about 10 minutes; needs Python 3.11 or 3.13)
  mutate    the mutation score of the pure rooms (about 30 minutes a room)
  setup     only set up
TEXT
}

say() { printf '\n== %s\n' "$*"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else
        echo "do: '$*' needs root: run it as root, then start again" >&2
        exit 1
    fi
}

# need_tools "command:package ..." installs the packages whose command is missing
need_tools() {
    PATH="$PATH:/usr/sbin:/sbin"
    missing=
    for pair in $1; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "do: missing programs; please install the counterparts of these Debian packages:$missing" >&2
        exit 1
    fi
    say "installing Debian packages:$missing"
    as_root apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}

# find_python 3.11 prints the path of an interpreter of that version that really starts
find_python() {
    for candidate in "python$1" "$HOME"/.pyenv/versions/"$1".*/bin/python"$1" \
        "$HOME"/.local/share/uv/python/cpython-"$1".*/bin/python"$1" python3; do
        found=$("$candidate" -c 'import sys
if "%d.%d" % sys.version_info[:2] == sys.argv[1]: print(sys.executable)' "$1" 2>/dev/null) || continue
        [ -z "$found" ] || { echo "$found"; return 0; }
    done
    return 1
}

find_any_python() {
    for version in 3.11 3.13 3.12 3.14; do
        find_python "$version" && return 0
    done
    echo "do: no Python 3.11 or newer was found" >&2
    exit 1
}

need_uv() {
    if command -v uv >/dev/null 2>&1 && [ "$(uv --version | cut -d' ' -f2)" = "$UV_VERSION" ]; then
        return 0
    fi
    if [ ! -x .cache/uv/bin/uv ] || [ "$(.cache/uv/bin/uv --version | cut -d' ' -f2)" != "$UV_VERSION" ]; then
        say "installing uv $UV_VERSION into .cache/uv"
        python=$(find_any_python)
        if ! "$python" -m venv .cache/uv >/dev/null 2>&1; then
            need_tools "no-such-command:python3-venv"
            "$python" -m venv --clear .cache/uv
        fi
        .cache/uv/bin/python -m pip install -q --disable-pip-version-check "uv==$UV_VERSION"
    fi
    PATH="$PWD/.cache/uv/bin:$PATH"
}

# sync FOLDER PYTHON ARGUMENTS... brings one environment to the state of the lock file
sync() {
    folder=$1 python=$2
    shift 2
    UV_PROJECT_ENVIRONMENT=$folder UV_PYTHON_DOWNLOADS=never \
        uv sync -q --frozen --python "$python" "$@"
}

setup_demo() {
    need_tools "$DEMO_TOOLS"
    need_uv
    sync .cache/demo "$(find_any_python)" --no-default-groups --extra node
    PATH="$PWD/.cache/demo/bin:$PATH"
}

setup_tests() {
    need_tools "$TEST_TOOLS"
    need_uv
    say "setting up Python environments"
    first=$(find_python 3.11 || find_any_python)
    sync .venv "$first" --all-extras
    (cd tests/interop && npm ci --silent --ignore-scripts --no-audit --no-fund)
}

check() {
    say "checks: format, style, types, architecture, spelling, docstrings"
    .venv/bin/ruff format --check .
    .venv/bin/ruff check .
    .venv/bin/mypy
    .venv/bin/lint-imports --no-logo
    .venv/bin/codespell
    .venv/bin/interrogate -q src/longbien
}

tests() {
    setup_tests
    PATH="$PWD/.venv/bin:$PATH"
    check
    say "all tests on $(.venv/bin/python -V), with coverage"
    assure begin
    rm -f .coverage .coverage.*
    # shellcheck disable=SC2046,SC2086 # lists of files
    .venv/bin/coverage run -m pytest -q -n 2 --durations=25 -m "not soak" --junitxml=.cache/tests/most.xml \
        --ignore "$TAMPERING" $(printf -- '--ignore %s ' $UNTRACED) "$@"
    .venv/bin/coverage combine -q
    .venv/bin/coverage report --fail-under=92
    say "branch coverage of the pure rooms must be whole"
    .venv/bin/coverage report --fail-under=100 --include="$PURE"
    say "a bit of every byte of a package, one at a time, on two cores"
    .venv/bin/python -m pytest -q -m "not soak" --junitxml=.cache/tests/tampering.xml "$TAMPERING"
    say "journeys of real nodes, thousands of odd changes and words"
    # shellcheck disable=SC2086 # a list of files
    .venv/bin/python -m pytest -q -n 2 --durations=15 -m "not soak" --junitxml=.cache/tests/untraced.xml $UNTRACED
    if [ $# = 0 ]; then
        say "the promises as figures"
        assure ci
    fi
    second_python "$@"
}

# the same source on the second Python that we promise; what is held against the words of the
# source and the documents (tests/docs) is so on any
second_python() {
    if ! newer=$(find_python 3.13); then
        echo "do: Python 3.13 is not on this machine; tested on $(.venv/bin/python -V) only" >&2
        [ "${CI:-}" != true ] || exit 1
        return 0
    fi
    sync .venv-3.13 "$newer" --all-extras
    say "all tests but the slow ones on $(.venv-3.13/bin/python -V)"
    PATH="$PWD/.venv-3.13/bin:$PATH" .venv-3.13/bin/python -m pytest -q -n 2 -m "not slow and not soak" \
        --ignore tests/docs "$@"
}

soak() {
    setup_tests
    PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -m pytest -q -m soak "$@"
}

assure() {
    PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD/tools" .venv/bin/python -m assure "$@"
}

fuzz() {
    need_uv
    sync .cache/fuzzing "$(find_python 3.11 || find_python 3.13)" --all-extras --group fuzz
    .cache/fuzzing/bin/python fuzz/run.py "$@"
}

mutate() {
    need_tools "$TEST_TOOLS"
    need_uv
    sync .cache/mutation "$(find_any_python)" --all-extras --group mutation
    PATH="$PWD/.cache/mutation/bin:$PATH" .cache/mutation/bin/python tools/mutate.py "$@"
}

command=${1:-}
[ $# = 0 ] || shift
case $command in
    demo) setup_demo; exec longbien demo "$@" ;;
    evidence) setup_demo; exec sh demo/evidence.sh "$@" ;;
    test) tests "$@" ;;
    setup) setup_tests ;;
    soak) soak "$@" ;;
    check) setup_tests; check ;;
    assure) setup_tests; assure "$@" ;;
    bench) setup_tests; PATH="$PWD/.venv/bin:$PATH" .venv/bin/python bench/all.py "$@" ;;
    fuzz) fuzz "$@" ;;
    mutate) mutate "$@" ;;
    *) usage; [ "$command" = help ] || exit 2 ;;
esac
