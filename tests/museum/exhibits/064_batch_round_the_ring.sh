# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 64
# bug: a batch goes round the ring exactly: the tail is what it was, and the doorbell is not rung (Revert "nvme-pci: remove last_sq_tail")
# class: HANG
# boot: lying
# seconds: 120
# by: test
# language: nothing: two equal numbers are equal
# design: whether there is something to announce is counted, not read off the tail
# test: rings of 2, 3 and 4 entries with more in flight than they hold; no request may time out
# verdict: guest/museum_lying: museum_64
# verdict: host/run: completions::tail_visits_every_slot_and_stays_inside
# fails with: rung only where the tail differs from the last one rung: requests time out
# in C: fixed upstream
replay() {
  local depth
  for depth in 2 3 4; do
    reload io_queue_depth=$depth
    bind
    verify --iodepth=16 --iodepth_batch_submit=8 --iodepth_batch_complete_min=4 --size=256k
    expect "timeouts at depth $depth" "$(dmesg_since "$MARK" | grep --count --ignore-case 'timeout\|overdue\|lost')" 0
  done
}
