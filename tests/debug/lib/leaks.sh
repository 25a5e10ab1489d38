# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the tests that look for memory that nobody refers to any more.

readonly KMEMLEAK=/sys/kernel/debug/kmemleak

# What is left behind by others, before.
forget_leaks() {
  echo scan > "$KMEMLEAK"
  echo clear > "$KMEMLEAK"
}

# An object counts when two scans, some seconds apart, have not found a pointer to it.
no_leaks() {
  local count
  echo scan > "$KMEMLEAK"
  sleep 6
  echo scan > "$KMEMLEAK"
  count=$(grep --count '^unreferenced object' "$KMEMLEAK" || true)
  ((count == 0)) || {
    head -n 60 "$KMEMLEAK"
    give_up "$count objects that nobody refers to: $(grep --max-count=3 rnvme "$KMEMLEAK" | tr '\n' ' ')"
  }
}
