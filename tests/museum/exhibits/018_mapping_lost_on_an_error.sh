# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 18
# bug: an error exit forgets the mapping (CVE-2026-64019, nvme 1bf86336e4b6; CVE-2026-64020)
# class: LEAK
# boot: qemu
# by: language
# language: a half-built mapping is dropped, which unmaps it
# design: nothing is written to the ring before all is mapped
# test: requests fill a bounce buffer of 1 MiB, so that mapping fails in the middle; 64 MiB go through it all the same, so nothing stays mapped
# fails with: core::mem::forget of the mapping on the error path: the buffer stays full, and I/O stops
# in C: fixed upstream (1bf86336e4b6)
replay() {
  bind
  pool_is_filled --bsrange=8m-8m --size=64m --iodepth=2
  verify --bsrange=64k-64k --size=8m
}
