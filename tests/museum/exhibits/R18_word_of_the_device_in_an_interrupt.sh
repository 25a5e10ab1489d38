# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R18
# bug: an earlier Rust driver: expect() on a device's word in an interrupt, no write cache told to the block layer, so that fsync was not durable
# class: UAF
# boot: lying
# by: test
# language: nothing: expect and a missing flag compile
# design: a device's word is checked where it comes in; limits are made from Identify in one place
# test: no panic can be reached from interrupts and submission; fsync is a flush that reaches the device
# verdict: guest/museum_lying: museum_R18
# verdict: objects: own_handler-cannot-panic
# verdict: objects: complete-cannot-panic
# verdict: objects: commit_rqs-cannot-panic
# fails with: an index in driver/prepare.rs: objects; the write cache not told: no flush comes
# in C: never had it
replay() {
  local flushes
  bind
  flushes=$(stat_of flush)
  dd if=/dev/zero of="$DISK" bs=4k count=4 conv=fsync
  (($(stat_of flush) > flushes)) || give_up "no flush reached the device"
}
