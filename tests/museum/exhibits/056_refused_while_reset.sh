# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 56
# bug: Doorbell Buffer Config is refused during reset; a count is used as the last index (CVE-2026-43449, nvme b4e78f1427c7)
# class: OOB
# boot: lying
# by: language
# language: what is done for each queue is a loop over the queues, not over numbers
# design: a controller that refuses goes on with doorbells that are registers
# test: the command is refused in a reset under verified I/O
# fails with: shadow values still used after the refusal: requests are not seen, and time out
# in C: fixed upstream (b4e78f1427c7)
replay() {
  unbind
  tell 'shadow on'
  bind
  verify
  tell 'status=0/6/dnr op=doorbell-buffer'
  reset
  comes_back
  told status
  verify
  unbind
  tell 'shadow off'
}
