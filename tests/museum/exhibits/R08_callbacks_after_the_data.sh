# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R8
# bug: private data are dropped in remove while interrupts are still registered (driver core; be31fcf5af75)
# class: UAF
# boot: lying
# seconds: 90
# by: design
# language: a handler borrows from what its scope ends last; that C calls it no more is the abstraction's promise
# design: interrupts, block layer and works end in unbind, before anything is dropped
# test: interrupts storm while the device is unbound under I/O
# fails with: vectors freed after the controller: the guest reports a use after free
# in C: free_irq comes first
replay() {
  local round
  for round in 1 2 3; do
    echo "round $round"
    bind
    stress 20
    sleep 0.5
    tell 'irq=storm:50 queue=io every=5' 'raise 0 500' 'raise 1 500' 'raise 2 500'
    within 20 nvme-bind --no-wait none "$ADDRESS"
    job_ends 10 || true
  done
  recovers
}
