# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 10
# bug: an interrupt comes before the first command, and the completion queue, still zero, passes for full (FreeBSD D31183)
# class: CID
# boot: lying
# by: design
# language: nothing: zero is a valid entry
# design: the phase of a fresh ring is one, so zeroes are old; and no slot is in flight that a phantom could end
# test: vectors are raised for nothing from before the bind on
# fails with: a ring that begins with phase zero: the probe fails
# in C: the phase begins with one
replay() {
  unbind
  tell honest 'raise 0 800' 'raise 1 800' 'raise 2 800'
  nvme-bind "$DRIVER" "$ADDRESS"
  find_disk
  verify
}
