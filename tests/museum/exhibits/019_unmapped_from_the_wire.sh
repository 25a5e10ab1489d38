# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 19
# bug: what to unmap is read back from the PRPs, though several mappings give the same PRPs (nvme-pci: fix dma unmapping when using PRPs)
# class: DMA
# boot: qemu
# by: language
# language: a mapping keeps what it mapped; descriptors can be written and not read
# design: there is no way from a PRP to a mapping
# test: pieces of any alignment through a bounce buffer, small transfers: data verified, no slot left
# fails with: unmapping a page less than was mapped: slots stay in use
# in C: fixed upstream
replay() {
  local before
  use_device 1
  unbind
  before=$(pool_used)
  bind
  python3 -B /rnvme/tests/guest/lib/vectors.py "$DISK" $((64 << 20)) 40 19
  verify --bsrange=512-16k
  unbind
  expect "slots in use" "$(pool_used)" "$before"
}
