# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced, after vm/common.sh, by what builds host programs in Rust: cargo in the package root, with
# its crates in the cache.

export CARGO_HOME=$CACHE/cargo CARGO_TERM_COLOR=never RUST_BACKTRACE=${RUST_BACKTRACE:-0}

# The crates of FOLDER's Cargo.lock are fetched once; after that no network is needed.
# shellcheck disable=SC2317 # called by with_lock
fetch_crates() { # FOLDER
  local key stamp name=${1#"$PROJECT/"} authorities=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  key=$(hash_of "$1/Cargo.lock")
  stamp=$CARGO_HOME/fetched-$key
  [[ ! -e $stamp ]] || return 0
  mkdir -p "$CARGO_HOME"
  # Whom the host trusts, we trust: the package root has its own /etc.
  if [[ -r $authorities ]]; then
    cp "$authorities" "$CARGO_HOME/authorities.pem"
    export CARGO_HTTP_CAINFO=$CARGO_HOME/authorities.pem
  fi
  run_step "fetching the crates of $name" "$CACHE/log/cargo-fetch" \
    "$PROJECT/vm/enter" cargo fetch --locked --manifest-path "$1/Cargo.toml" ||
    die "cannot fetch the crates of $name/Cargo.lock (see $CACHE/log/cargo-fetch): crates.io must be reachable once."
  touch "$stamp"
}

# prepare_cargo FOLDER: what is needed before cargo runs there.
prepare_cargo() {
  [[ -e $ROOT.done ]] || "$PROJECT/vm/prepare"
  with_lock cargo fetch_crates "$1"
}

# run_cargo FOLDER FLAGS COMMAND ARGUMENT…: in the current folder. Each set of compiler flags has a
# FOLDER of its own for what is built.
run_cargo() {
  local folder=$1 flags=$2 command=$3
  shift 3
  "$PROJECT/vm/enter" env CARGO_TARGET_DIR="$folder" RUSTFLAGS="$flags" \
    cargo "$command" --locked --offline "$@"
}
