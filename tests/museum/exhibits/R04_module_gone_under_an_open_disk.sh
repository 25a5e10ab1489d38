# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R4
# bug: file operations without an owner: the module is unloaded while a disk is open, and the next call goes into freed code (rust: block 67a11f2e0760)
# class: UAF
# boot: qemu
# by: test
# language: nothing: the owner is a field that C reads
# design: the abstraction sets it for every disk
# test: unloading is refused while a disk is open, and not after
# fails with: file operations without an owner: the module goes
# in C: never had it
replay() {
  bind
  exec 7< "$DISK"
  refused rmmod "$DRIVER"
  dd of=/dev/null bs=4k count=1 iflag=direct status=none <&7
  exec 7<&-
  udevadm settle
  rmmod "$DRIVER"
  load_driver
  bind
}
