# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 14
# bug: tags are free before the ring has room: more commands than it holds (nvme-pci: Hold cq_poll_lock while completing CQEs)
# class: SPEC
# boot: lying
# by: design
# language: nothing: positions are numbers
# design: no more tags than the ring has places but one; the reported head is not used
# test: a queue of 4 entries, 32 requests at once, the head held back; the device complains of a tail beyond the head
# fails with: as many tags as entries: the device's log has "beyond"
# in C: as many tags as places
replay() {
  reload io_queue_depth=4
  bind
  tell 'sqhead=0 queue=io every=2'
  verify --iodepth=32 --size=1m
  told sqhead
}
