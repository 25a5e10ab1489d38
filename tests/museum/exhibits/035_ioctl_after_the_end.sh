# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 35
# bug: a descriptor is open when the device goes, and an ioctl touches what the driver has freed (virtio-blk 90b5feb8c4be)
# class: UAF
# boot: recovery
# device: 2
# seconds: 90
# by: language
# language: what file operations see is kept until the last of them has gone
# design: a disk's data hold no register and no ring
# test: HDIO_GETGEO and others after the device has gone
# verdict: guest/museum_recovery: museum_35
# verdict: misuse/run: disk_data_holds_a_bar
# fails with: the program compiles once the data of a disk may borrow from the device
# in C: references are counted
replay() {
  bind
  exec 7< "$DISK"
  pulled tell gone
  python3 -B -c 'import fcntl
for request in (0x301, 0x1260, 0x1268, 0x4E40, 0xC0484E41):
    try: fcntl.ioctl(7, request, bytearray(72))
    except OSError as e: print(e)'
  exec 7<&-
}
