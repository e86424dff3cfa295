# shellcheck shell=bash
# What the scripts share: messages, timed steps, and the set-up of a fresh machine. A script
# sources it first; it stops the script at the first error and goes to the root of the tree.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
export HOME LC_ALL=C.UTF-8
export CARGO_NET_RETRY="${CARGO_NET_RETRY:-10}"

CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/ivendor"
# shellcheck disable=SC2034 # the scripts use it
RELEASE="${CARGO_TARGET_DIR:-target}/release"
# shellcheck disable=SC2034
POSTGRES_BIN=/usr/lib/postgresql/15/bin
# Where the private services live: the databases' own user must reach it.
# shellcheck disable=SC2034
if [ "$(id -u)" -eq 0 ]; then
    STACKS=${IVENDOR_STACKS:-/var/cache/ivendor/stacks}
else
    STACKS=${IVENDOR_STACKS:-$CACHE/stacks}
fi
export IVENDOR_MODELS="${IVENDOR_MODELS:-$CACHE/models}"
export IVENDOR_PEERS="${IVENDOR_PEERS:-$(dirname "$IVENDOR_MODELS")/peers}"

say() { printf '%s\n' "$*" >&2; }

# fail CODE MESSAGE...: 1 something is wrong, 2 wrong usage or set-up, 3 a registry is away.
fail() {
    local code=$1
    shift
    say "error: $*"
    exit "$code"
}

STEP=""
TIMES=()
STARTED=$EPOCHREALTIME

# seconds SINCE: with one decimal, since an $EPOCHREALTIME.
seconds() {
    local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
    printf '%d.%d s' $((us / 1000000)) $((us % 1000000 / 100000))
}

# step NAME COMMAND...: runs the command and says how long it took; where it fails, the script
# ends and names the step.
step() {
    local start=$EPOCHREALTIME
    STEP=$1
    shift
    say "== $STEP"
    "$@"
    TIMES+=("$(printf '%-10s %10s' "$STEP" "$(seconds "$start")")")
    STEP=""
}

# times: the steps so far, a line each.
times() {
    printf '%s\n' "${TIMES[@]}" "$(printf '%-10s %10s' all "$(seconds "$STARTED")")" >&2
}

CLEANUP=()
# Processes that end with the script.
STOP=()

# temporary BESIDE: makes a folder beside the file or folder BESIDE, so that what is made in it can
# be renamed into place. It is removed at the end; its path is then in TEMPORARY.
temporary() {
    mkdir -p "$(dirname "$1")"
    TEMPORARY=$(mktemp -d "$1.part.XXXXXX")
    CLEANUP+=("$TEMPORARY")
}

on_exit() {
    local code=$?
    # One that has ended already is none to wait for.
    [ ${#STOP[@]} -eq 0 ] || { kill "${STOP[@]}" && wait "${STOP[@]}"; } 2>/dev/null || true
    [ ${#CLEANUP[@]} -eq 0 ] || rm -rf "${CLEANUP[@]}"
    [ "$code" -eq 0 ] || [ -z "$STEP" ] || say "== $STEP failed (exit code $code)"
    exit "$code"
}
trap on_exit EXIT

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail 2 "this needs root: $*"
    fi
}

# need_packages PACKAGE...: installs those of Debian's packages that are not there. Elsewhere it
# only says what is wanted.
need_packages() {
    local package missing=()
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        fail 2 "please install what Debian calls: ${missing[*]}"
    say "installing ${missing[*]}"
    apt_get install "${missing[@]}" >&2 || {
        apt_get update >&2 && apt_get install "${missing[@]}" >&2
    } || fail 3 "apt-get could not install: ${missing[*]}"
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 --no-install-recommends "$@"
}

# Looks for what a package brings, since it may have come in another way.
is_installed() {
    case $1 in
    gcc) command -v cc >/dev/null ;;
    g++) command -v c++ >/dev/null ;;
    libc6-dev) printf '#include <stdlib.h>\n' | cc -E - >/dev/null 2>&1 ;;
    python3) command -v python3 >/dev/null ;;
    python3-venv) python3 -c 'import ensurepip, venv' >/dev/null 2>&1 ;;
    tesseract-ocr) command -v tesseract >/dev/null ;;
    postgresql-15) [ -x "$POSTGRES_BIN/initdb" ] ;;
    default-jre-headless) command -v java >/dev/null ;;
    nodejs) command -v node >/dev/null ;;
    maven) command -v mvn >/dev/null ;;
    ca-certificates) [ -e /etc/ssl/certs/ca-certificates.crt ] ;;
    libssl-dev) pkg-config --exists openssl 2>/dev/null ;;
    zlib1g-dev) pkg-config --exists zlib 2>/dev/null ;;
    libtesseract-dev) pkg-config --exists tesseract 2>/dev/null ;;
    libleptonica-dev) pkg-config --exists lept 2>/dev/null ;;
    *) command -v "$1" >/dev/null || dpkg -s "$1" >/dev/null 2>&1 ;;
    esac
}

# need_postgres: the programs of PostgreSQL 15 in POSTGRES_BIN. Debian's package makes and starts a
# cluster of its own when it is installed; a setting that stands for that while keeps it from it.
need_postgres() {
    local code=0 settings=/etc/postgresql-common/createcluster.d/ivendor.conf
    ! is_installed postgresql-15 || return 0
    if command -v apt-get >/dev/null; then
        as_root mkdir -p "$(dirname "$settings")"
        printf 'create_main_cluster = false\n' | as_root tee "$settings" >/dev/null
    fi
    (need_packages postgresql-15) || code=$?
    [ ! -e "$settings" ] || as_root rm "$settings"
    [ "$code" -eq 0 ] || exit "$code"
}

# need_stack: what scripts/stack starts.
need_stack() {
    need_packages default-jre-headless maven
    need_postgres
}

# need_rust: cargo of the version that rust-toolchain.toml names.
need_rust() {
    local channel tools="${CARGO_HOME:-$HOME/.cargo}/bin"
    channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
    case ":$PATH:" in *":$tools:"*) ;; *) export PATH="$tools:$PATH" ;; esac
    if ! command -v cargo >/dev/null; then
        command -v rustup >/dev/null || need_rustup
    fi
    if command -v rustup >/dev/null; then
        rustup run "$channel" cargo clippy --version >/dev/null 2>&1 &&
            rustup run "$channel" cargo fmt --version >/dev/null 2>&1 ||
            rustup toolchain install "$channel" --profile minimal -c clippy -c rustfmt >&2 ||
            fail 3 "rustup could not install Rust $channel"
        # Debian's rustup may come without its stand-in for cargo.
        command -v cargo >/dev/null || {
            PATH="$(dirname "$(rustup which --toolchain "$channel" cargo)"):$PATH"
            export PATH
        }
    fi
    is_at_least "$channel" "$(cargo --version | cut -d' ' -f2)" ||
        fail 2 "Rust $channel or later is wanted, $(cargo --version) is here; install rustup"
}

need_rustup() {
    if command -v apt-cache >/dev/null && apt-cache show rustup >/dev/null 2>&1; then
        need_packages rustup
    else
        fail 2 "there is no Rust here: install rustup (from its own site or your system's" \
            "packages) and start again; it fetches the version of rust-toolchain.toml"
    fi
}

# is_at_least WANTED HAVE: compares versions.
is_at_least() { printf '%s\n%s\n' "$1" "$2" | sort --check=quiet --version-sort; }

# need_build: whatever compiling the workspace takes.
need_build() {
    need_packages ca-certificates gcc g++ libc6-dev
    # The client of Kafka is compiled from its source.
    need_packages cmake make libssl-dev zlib1g-dev
    # The second reader: its library, and the language data that it reads with.
    need_packages pkg-config libtesseract-dev libleptonica-dev tesseract-ocr-eng
    need_rust
}

# need_pip: a python3 with pip in the variable PIP; in a folder of its own where the system has
# none.
need_pip() {
    need_packages ca-certificates python3
    PIP=(python3 -m pip)
    "${PIP[@]}" --version >/dev/null 2>&1 && return
    need_packages python3-venv
    temporary "$CACHE/pip"
    python3 -m venv "$TEMPORARY/venv"
    PIP=("$TEMPORARY/venv/bin/python" -m pip)
}

# need_browser: Chromium, Node and, beside the tests of the page, the packages that drive the one
# with the other, as the lock file names them.
need_browser() {
    local folder=api/tests/browser
    need_packages ca-certificates chromium nodejs fonts-dejavu-core
    command -v npm >/dev/null || need_packages npm
    # What npm installed says so in a file that it writes last.
    [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] || {
        say "installing the packages of $folder"
        npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >&2
    } || fail 3 "npm could not install the packages of $folder"
}
