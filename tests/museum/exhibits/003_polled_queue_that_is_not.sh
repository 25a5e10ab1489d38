# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 3
# bug: the number of polled queues changes over a reset: a task polls a queue that interrupts by now, and both complete (CVE-2026-31523, nvme 166e31d7dbf6)
# class: DBL
# boot: qemu
# by: design
# language: the right to take completions exists only within one call and cannot be kept (misuse taker_kept, taker_forged)
# design: rnvme drives no polled queue, so a poller waits for the interrupt; were both to look, the one who empties the slot completes
# test: polling readers that verify, over resets; with the C driver poll_queues changes each time
# verdict: guest/museum_qemu: museum_3
# verdict: misuse/run: taker_kept
# verdict: misuse/run: taker_forged
# fails with: reset without putting requests back: a reader sees an error
# in C: fixed upstream (166e31d7dbf6)
replay() {
  local round
  if [[ $DRIVER == nvme ]]; then reload poll_queues=1; fi
  bind
  for round in 0 1 0 1; do
    stress 3 --ioengine=pvsync2 --hipri=1 --iodepth=1 --numjobs=4 --rw=randread
    if [[ $DRIVER == nvme ]]; then echo "$round" > /sys/module/nvme/parameters/poll_queues; fi
    sleep 1
    reset
    comes_back
    unseen
  done
}
