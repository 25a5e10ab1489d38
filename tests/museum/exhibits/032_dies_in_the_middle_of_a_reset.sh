# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 32
# bug: the number of queues changes under who reads it, while one path resets and another disables (CVE-2024-50135, nvme 26bc0a81f64c)
# class: RACE
# boot: recovery
# seconds: 90
# by: design
# language: what the reset changes is behind its lock; without it there is nothing to read
# design: one work restarts; who sees trouble asks it
# test: CFS and unbind in the middle of resets under I/O
# fails with: a reset that does not look for CFS ends by its timeouts alone
# in C: fixed upstream (26bc0a81f64c)
replay() {
  local round
  bind
  stress 4
  tell 'when op=create-cq nth=1 do cfs'
  reset
  tell honest
  job_ends 60 || only_rnvme give_up "the application saw an error"
  for round in 1 2 3; do
    echo "round $round"
    bind
    reset &
    sleep "0.0$round"
    within 30 nvme-bind --no-wait none "$ADDRESS"
    wait
  done
  recovers
}
