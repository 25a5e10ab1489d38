# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 18
# bug: an error exit forgets the mapping (CVE-2026-64019, nvme 1bf86336e4b6; CVE-2026-64020)
# class: LEAK
# boot: qemu
# by: language
# language: a half-built mapping is dropped, which unmaps it
# design: nothing is written to the ring before all is mapped
# test: requests fill a bounce buffer that is too small for them, so that mapping fails; afterwards not one slot of it is in use
# fails with: core::mem::forget of the mapping on the error path: slots stay in use
# in C: fixed upstream (1bf86336e4b6)
replay() {
  local before
  unbind
  before=$(pool_used)
  bind
  pool_is_filled --bsrange=256k-256k --size=16m --iodepth=64
  unbind
  expect "slots in use" "$(pool_used)" "$before"
}
