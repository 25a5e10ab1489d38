# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 62
# bug: shadow doorbells keep the values of the life before the reset (nvme-pci: init shadow doorbell after each reset)
# class: SPEC
# boot: lying
# by: language
# language: the shadow pages belong to one enabled life and end with it
# design: they are made, zeroed, with each start
# test: resets under verified I/O with shadow doorbells
# verdict: guest/museum_lying: museum_62
# verdict: host/run: shadows::the_rule_holds_for_every_small_step_round_the_wrap
# fails with: pages that are not zeroed: a doorbell is not rung, and requests time out
# in C: fixed upstream
replay() {
  local round buffers
  unbind
  tell 'shadow on'
  bind
  buffers=$(stat_of doorbell-buffer)
  for round in 1 2 3; do
    echo "round $round"
    verify
    reset
    comes_back
  done
  verify
  (($(stat_of doorbell-buffer) >= buffers + 3)) || give_up "no shadow doorbells after resets"
  expect timeouts "$(dmesg_since "$MARK" | grep --count --ignore-case 'timeout\|overdue\|lost')" 0
  unbind
  tell 'shadow off'
}
