# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R1
# bug: no put_disk after del_gendisk, none where building fails: the queue leaks, and may outlive its tag set (rust: block 2957771379fa)
# class: LEAK
# boot: qemu
# seconds: 90
# by: test
# language: Drop puts, once it is written; that it was not, the compiler did not see
# design: the disk holds its tag set
# test: bound and unbound ten times: nothing left of the disks, memory where it was
# fails with: put_disk left out of Drop: unreclaimable memory grows
# in C: never had it
replay() {
  local round before after disk
  for round in {1..12}; do
    unbind
    nvme-bind "$DRIVER" "$ADDRESS"
    unbind
    # The first ones fill caches.
    ((round != 4)) || before=$(unreclaimable)
  done
  after=$(unreclaimable)
  echo "from $before to $after KiB"
  ((after - before < 1024)) || give_up "$((after - before)) KiB more after eight binds"
  bind
  disk=${DISK#/dev/}
  test -e "/sys/kernel/debug/block/$disk"
  unbind
  refused test -e "/sys/kernel/debug/block/$disk"
}
