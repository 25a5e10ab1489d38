# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 20
# bug: two arguments of one type are swapped where an SGL is unmapped: silent corruption wherever data go through a bounce buffer (nvme-pci a54afbc8a213)
# class: DMA
# boot: qemu
# by: language
# language: the mapping is one value that unmaps itself; list and data are different types
# design: the kernel's own iterator unmaps what it mapped
# test: SGLs and large requests through a bounce buffer of 1 MiB: data verified, and more than the buffer holds passes
# fails with: the mapping leaked: the buffer is used up, and I/O stops; direction swapped: fio reads zeroes
# in C: fixed upstream (a54afbc8a213)
replay() {
  bind
  verify --bsrange=64k-256k --size=16m --iodepth=4
  verify --bsrange=512-64k --size=2m --iodepth=4
}
