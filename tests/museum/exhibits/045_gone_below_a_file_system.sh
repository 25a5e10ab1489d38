# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 45
# bug: a mounted disk is pulled: removing it syncs, and the sync waits for a device that has gone (virtio_blk: Fix device surprise removal, and others)
# class: HANG
# boot: recovery
# device: 3
# seconds: 90
# by: test
# language: nothing: a deadlock is safe
# design: dead, then what is in flight fails, then the disk goes: nothing that removal waits for can wait for the device
# test: ext4 with dirty pages; the device goes in the middle of a reset; measured until the disk has gone, then unmounted
# fails with: the disk removed while the controller still takes requests: it does not go in time
# in C: fixed upstream
replay() {
  bind
  mkfs.ext4 -q "$DISK"
  mkdir -p /tmp/mnt
  mount "$DISK" /tmp/mnt
  dd if=/dev/zero of=/tmp/mnt/file bs=64k count=100
  tell 'when op=create-cq do gone'
  pulled reset_behind
  ! dd if=/dev/zero of=/tmp/mnt/more bs=64k count=1 conv=fsync || give_up "a write to nothing succeeded"
  within 20 umount /tmp/mnt
  wait
}
reset_behind() { reset 40 & }
