# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests/host/run and tests/host/mutants: cargo for these tests.

# shellcheck source=vm/cargo.sh
. "$PROJECT/vm/cargo.sh"

# shellcheck disable=SC2034 # for those
HOST_TESTS=$PROJECT/tests/host

# cargo_test FOLDER FLAGS ARGUMENT…: in the current folder.
cargo_test() { run_cargo "$1" "$2" test "${@:3}"; }
