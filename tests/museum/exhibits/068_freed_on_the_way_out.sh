# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 68
# bug: who owns what on an error path is not clear: freed twice, or never (CVE-2024-41073, CVE-2024-27392, CVE-2026-64072, nvme 100c815cbd56)
# class: UAF
# boot: lying
# seconds: 90
# by: language
# language: one owner, whose Drop frees; what was taken out cannot be used
# design: a step that fails returns, and what it made goes with it
# test: Identify of a namespace, its list and its descriptors fail in turn, ten binds; memory that is not given back is looked for
# verdict: guest/museum_lying: museum_68
# verdict: misuse/run: disk_removed_twice
# fails with: a namespace leaked in the error path: slab grows by more than the limit
# in C: fixed upstream
replay() {
  local round cns before after
  for round in 1 2 3; do
    echo "round $round"
    for cns in 0 2 3; do
      try_bind 10 "status=0/6/dnr op=identify cns=$cns"
    done
    unbind
    before=${before:-$(unreclaimable)}
  done
  after=$(unreclaimable)
  echo "from $before to $after KiB"
  ((after - before < 2048)) || give_up "$((after - before)) KiB more after six binds"
  recovers
}
