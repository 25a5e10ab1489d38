# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 59
# bug: how long to wait is read from the device: nothing at all, or minutes (nvme: avoid bogus CRTO values)
# class: SPEC
# boot: lying
# seconds: 90
# by: design
# language: nothing: a time is a number
# design: clamped at both ends, one deadline, and the message names the register
# test: CAP.TO of 0 with a controller that needs a while; RDY that never comes
# verdict: guest/museum_lying: museum_59
# verdict: host/run: registers::a_timeout_is_never_zero_and_crto_can_only_raise_it
# fails with: a timeout of 0 taken as it is: the first bind fails
# in C: fixed upstream
replay() {
  bind 'cap to=0' 'enable 300'
  try_bind 10 'cap to=2' 'enable never'
  ! is_bound || has_no_disk
  only_rnvme said 'did not get ready within 1000 ms'
  recovers
}
