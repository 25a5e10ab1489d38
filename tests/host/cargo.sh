# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests/host/run and tests/host/mutants: cargo in the package root, with its crates in
# the cache.

HOST_TESTS=$PROJECT/tests/host
export CARGO_HOME=$CACHE/cargo CARGO_TERM_COLOR=never RUST_BACKTRACE=${RUST_BACKTRACE:-0}

# The crates of Cargo.lock are fetched once; after that no network is needed.
# shellcheck disable=SC2317 # called by with_lock
fetch_crates() {
  local key stamp authorities=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  key=$(hash_of "$HOST_TESTS/Cargo.lock")
  stamp=$CARGO_HOME/fetched-$key
  [[ ! -e $stamp ]] || return 0
  mkdir -p "$CARGO_HOME"
  # Whom the host trusts, we trust: the package root has its own /etc.
  if [[ -r $authorities ]]; then
    cp "$authorities" "$CARGO_HOME/authorities.pem"
    export CARGO_HTTP_CAINFO=$CARGO_HOME/authorities.pem
  fi
  run_step "fetching the crates of tests/host" "$CACHE/log/cargo-fetch" \
    "$PROJECT/vm/enter" cargo fetch --locked --manifest-path "$HOST_TESTS/Cargo.toml" ||
    die "cannot fetch the crates of tests/host/Cargo.lock (see $CACHE/log/cargo-fetch): crates.io must be reachable once."
  touch "$stamp"
}

# cargo_test FOLDER FLAGS ARGUMENT…: in the current folder. Each set of compiler flags has a FOLDER
# of its own for what is built.
cargo_test() {
  local folder=$1 flags=$2
  shift 2
  "$PROJECT/vm/enter" env CARGO_TARGET_DIR="$folder" RUSTFLAGS="$flags" \
    cargo test --locked --offline "$@"
}

# What both need before the first test.
prepare_cargo() {
  [[ -e $ROOT.done ]] || "$PROJECT/vm/prepare"
  with_lock cargo fetch_crates
}
