# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 44
# bug: a reader holds the disk while removal freezes its queue and waits for the disk's lock (nvme: Fix a race in controller removal)
# class: HANG
# boot: recovery
# seconds: 90
# by: test
# language: nothing: a deadlock is safe
# design: dead first, then what is in flight fails, then the disk goes
# test: I/O and Abort are ignored while a reader has the disk open, and the device is unbound
# fails with: the disk removed before its requests fail: unbind waits for the timeout, or for ever
# in C: fixed upstream
replay() {
  local begin
  bind
  tell 'drop queue=io' 'drop op=abort'
  dd if="$DISK" of=/dev/null bs=4k count=1 iflag=direct skip=3 &
  (sleep 0.3 && exec dd if="$DISK" of=/dev/null bs=4k count=1 skip=777) &
  sleep 0.5
  begin=$(now_ms)
  within 40 nvme-bind --no-wait none "$ADDRESS"
  saw "unbound after $(($(now_ms) - begin)) ms"
  wait
  recovers
}
