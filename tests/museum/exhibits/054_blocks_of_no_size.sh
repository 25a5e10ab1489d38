# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 54
# bug: LBADS below 9: a division by zero, or an empty bio (nvme 74fbc88e1614)
# class: INT
# boot: lying
# seconds: 90
# by: design
# language: a shift that does not fit panics, so it is not written: shifts of device data are checked
# design: one function makes a checked namespace of what Identify says, or an error that names the field
# test: LBADS from 0 to 255, sizes of 0 and 2^64 - 1: no disk, the reason said, the next bind works
# verdict: guest/museum_lying: museum_54
# verdict: host/run: namespaces::only_blocks_of_512_to_4096_bytes_are_accepted
# verdict: host/run: namespaces::any_bytes_give_a_disk_that_can_exist_or_an_error
# fails with: a shift that is not checked: LBADS 255 panics
# in C: fixed upstream (74fbc88e1614)
replay() {
  local lie
  for lie in lbads=0 lbads=8 lbads=255 nsze=0 nsze=0xffffffffffffffff; do
    try_bind 10 "identify namespace=1 $lie"
    [[ -z $DISK || $(< "/sys/block/${DISK#/dev/}/size") == 0 ]] || saw "$lie: a disk of $(< "/sys/block/${DISK#/dev/}/size") sectors"
    only_rnvme expect disk "$DISK" ''
  done
  only_rnvme said 'lbads 255 is not supported'
  recovers
}
