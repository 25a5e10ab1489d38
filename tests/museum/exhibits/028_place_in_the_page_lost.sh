# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 28
# bug: the bounce buffer loses the place in the page on which PRPs rely, and large requests do not fit in it (nvme-pci: set min_align_mask; limit max_hw_sectors based on the DMA max mapping size)
# class: DMA
# boot: qemu
# by: test
# language: nothing: alignment is not in the types
# design: the mask and the largest mapping are taken from the platform when limits are made
# test: odd places in memory, requests of 1 MiB and more, all bounced
# fails with: without the mask: PRPs do not begin on a page, QEMU complains and the data differ
# in C: fixed upstream
replay() {
  bind
  verify --bsrange=1m-4m --size=8m --iodepth=1 --numjobs=1 --offset_increment=0
  verify --bsrange=512-64k --iomem_align=512 --size=2m --iodepth=4
  python3 -B /rnvme/tests/guest/lib/vectors.py "$DISK" $((64 << 20)) 30 28
}
