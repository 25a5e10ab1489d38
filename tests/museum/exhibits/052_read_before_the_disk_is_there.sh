# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 52
# bug: the first read of a namespace is stalled, the probe fails, and a timer fires in freed memory (CVE-2026-80589, 26cb8ebbfaf7; found by FuzzNvme)
# class: UAF
# boot: recovery
# by: test
# language: nothing: the timer is the block layer's
# design: requests end before the disk that they are of
# test: the first reads are dropped, the device is unbound while they are waited for, and time passes
# fails with: a scope that leaves its disk: unbind does not end
# in C: fixed upstream (26cb8ebbfaf7)
replay() {
  unbind
  tell honest 'drop op=read first=3'
  nvme-bind --no-wait "$DRIVER" "$ADDRESS" &
  sleep 1
  within 30 nvme-bind --no-wait none "$ADDRESS"
  wait
  told drop
  sleep $((IO_TIMEOUT + 1))
  recovers
}
