# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 46
# bug: removal interrupts recovery, and a queue stays frozen or quiesced (CVE-2024-49569; nvme: two kinds of IO hang from removing NSs)
# class: HANG
# boot: recovery
# seconds: 120
# by: design
# language: quiescing and freezing are kept by the set that is quiesced, and end with it
# design: a removal finds the queue running or fails what waits
# test: unbound in the middle of resets under I/O
# fails with: a reset that leaves its set quiesced when a removal cuts in: unbind does not end
# in C: fixed upstream
replay() {
  local round
  for round in 1 2 3; do
    echo "round $round"
    bind 'delay=40 queue=admin'
    stress 20
    sleep 0.3
    reset &
    sleep "0.$((round * 2))"
    within 30 nvme-bind --no-wait none "$ADDRESS"
    job_ends 10 || true
    wait
  done
  recovers
}
