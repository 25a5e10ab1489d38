# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 33
# bug: an ioctl through a descriptor that outlives the controller (CVE-2025-68265, nvme 03b3bcd319b3); the fix leaked the queue (CVE-2026-23360)
# class: UAF
# boot: recovery
# by: language
# language: what a disk's operations see lives as long as the disk, and nothing with the device's lifetime can be in it (misuse disk_data_holds_a_bar)
# design: a queue is counted; taking its place drops the old one
# test: a descriptor is kept over unbind and over resets, then used
# verdict: guest/museum_recovery: museum_33
# verdict: misuse/run: disk_data_holds_a_bar
# verdict: misuse/run: disk_data_holds_a_bar_for_ever
# fails with: the programs compile once the data of a disk may have a lifetime
# in C: fixed upstream
replay() {
  bind
  local disk=$DISK controller
  controller=/dev/${CONTROLLER##*/}
  exec 7< "$disk"
  ! [[ -c $controller ]] || exec 8< "$controller"
  reset
  unbind
  ! dd of=/dev/null bs=4k count=1 iflag=direct,fullblock status=none <&7 || saw "a read gave the end of the file"
  # Identify through both descriptors: an error, and nothing worse.
  python3 -B -c 'import fcntl
for fd in (7, 8):
    for request in (0xC0484E41, 0x4E40, 0x1260):
        try: fcntl.ioctl(fd, request, b"\0" * 72)
        except OSError as e: print(e)'
  exec 7<&- 8<&-
  recovers
}
