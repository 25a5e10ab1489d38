# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 19
# bug: what to unmap is read back from the PRPs, though several mappings give the same PRPs (nvme-pci: fix dma unmapping when using PRPs)
# class: DMA
# boot: qemu
# by: language
# language: a mapping keeps what it mapped; descriptors can be written and not read
# design: there is no way from a PRP to a mapping
# test: pieces of any alignment, in transfers of 16 KiB at most, through a bounce buffer of 1 MiB: data verified, and more than the buffer holds passes
# fails with: a page less unmapped than was mapped: the buffer is used up, and I/O stops
# in C: fixed upstream
replay() {
  use_device 1
  bind
  python3 -B /rnvme/tests/guest/lib/vectors.py "$DISK" $((64 << 20)) 40 19
  verify --bsrange=512-16k --size=4m
}
