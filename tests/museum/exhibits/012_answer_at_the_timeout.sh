# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 12
# bug: cancelling during recovery runs beside a completion that comes after all (nvme-tcp teardown_lock, d4d61470ae48)
# class: DBL
# boot: lying
# seconds: 90
# by: design
# language: nothing about the race; whoever loses it holds no request
# design: cancelling is one more contender for the slot
# test: answers come exactly at the timeout, and while the controller is reset; loom has drain and interrupt in all orders
# verdict: guest/museum_lying: museum_12
# verdict: host/run: interleavings::drain_and_interrupt_share_what_is_in_flight
# fails with: a drain that does not empty the slot: loom finds the request ended twice
# in C: the request's own state decides
replay() {
  bind
  tell "delay=$((IO_TIMEOUT * 1000)) queue=io every=30 first=3" "delay=$((IO_TIMEOUT * 1000 + 5)) queue=io every=41 first=3" \
    "delay=$((IO_TIMEOUT * 1000 + 1100)) queue=io every=37 first=2"
  verify --size=1m
  told delay 4
}
