# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 8
# bug: Abort carries the tag and not the identifier, so it names another command or none (nvme 85f74acf097a)
# class: CID
# boot: lying
# by: test
# language: nothing here: both are numbers of 16 bits by the time that they are written
# design: the identifier in Abort is the one that the request was sent with; the watch logs queue and identifier
# test: a command is held back: Abort has to hit it, and no reset may be needed
# fails with: cid without its generation: the device finds no such command, and the controller is reset
# in C: fixed upstream (85f74acf097a)
replay() {
  local resets aborts
  bind
  # So that generations are not zero.
  verify
  resets=$(stat_of resets) aborts=$(stat_of abort)
  tell 'hold op=read first=1'
  dd if="$DISK" of=/dev/null bs=4k count=1 iflag=direct skip=5
  (($(stat_of abort) > aborts)) || give_up "no abort was sent"
  expect resets "$(stat_of resets)" "$resets"
}
