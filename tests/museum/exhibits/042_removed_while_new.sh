# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 42
# bug: remove comes while the controller is still new: the change of state is refused, and nobody handles that (nvme: Fix async probe remove race)
# class: RACE
# boot: recovery
# seconds: 90
# by: test
# language: that a change was refused is a result that must be looked at
# design: removal is possible from every state
# test: unbound at once, eight times, the device answering slowly; the table of states, pair by pair
# verdict: guest/museum_recovery: museum_42
# verdict: host/run: lifecycles::removal_is_possible_from_everywhere_and_final
# fails with: removal left out of the row for a new controller: the host test, and unbind does not end
# in C: fixed upstream
replay() {
  local round
  unbind
  tell honest 'delay=60 queue=admin'
  for round in 1 2 3 4; do
    echo "round $round"
    within 20 nvme-bind --no-wait "$DRIVER" "$ADDRESS"
    within 20 nvme-bind --no-wait none "$ADDRESS"
  done
  recovers
}
