# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 9
# bug: the timeout handler finds the request done, tests for the wrong state, and aborts an I/O that has ended (nvme-pci 1c5842085851)
# class: RACE
# boot: lying
# by: design
# language: a match over who won has no arm to forget
# design: the slot says who won; a lost interrupt is called one, and is looked for long before the timeout
# test: the interrupt of one read is lost: no Abort, no reset, the right message
# fails with: without the look at the queue: an Abort is sent
# in C: fixed upstream (1c5842085851)
replay() {
  local begin aborts
  bind
  aborts=$(stat_of abort)
  tell 'irq=lost op=read first=1'
  begin=$(now_ms)
  dd if="$DISK" of=/dev/null bs=4k count=1 iflag=direct skip=7
  saw "the read took $(($(now_ms) - begin)) ms"
  told irq
  expect aborts "$(stat_of abort)" "$aborts"
  said 'interrupt\|polled'
}
