# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 21
# bug: the direction of unmapping is worked out a second time, wrongly (nvme-pci b8f6446b6853)
# class: DMA
# boot: qemu
# by: design
# language: nothing: a direction is a value
# design: taken from the request once, kept with the mapping
# test: only reads after only writes through a bounce buffer, which is copied by direction
# fails with: direction swapped at unmap: what is read is what memory held before
# in C: fixed upstream (b8f6446b6853)
replay() {
  bind
  head --bytes=4M /dev/urandom > /tmp/data
  dd if=/tmp/data of="$DISK" bs=128k oflag=direct
  dd if="$DISK" of=/tmp/back bs=64k count=64 iflag=direct
  cmp /tmp/data /tmp/back
  dd if="$DISK" of=/tmp/back bs=4k count=1024 iflag=direct
  cmp /tmp/data /tmp/back
}
