# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 36
# bug: an event request is armed again while reset takes the admin queue down: the caller looked at the state, the submission did not (CVE-2022-48790, nvme 0fa0f99fc84e)
# class: UAF
# boot: recovery
# by: design
# language: the admin queue cannot be freed under who borrows it; that it is stopped, types do not say
# design: submission itself refuses while the queue is not live; events are armed by a work, never by an interrupt
# test: events flood while the controller is reset again and again
# fails with: events armed in the completion: the device's log has more than AERL, or a command before ready
# in C: fixed upstream (0fa0f99fc84e)
replay() {
  local round before flood
  before=$(tell breaches)
  bind
  (while tell 'event 2 0 4' 'event 0 3 1' 'event 1 2 2'; do sleep 0.02; done) > /dev/null 2>&1 &
  flood=$!
  for round in 1 2 3 4 5; do
    echo "round $round"
    reset
  done
  kill "$flood"
  comes_back
  verify
  only_rnvme expect "rules broken" "$(tell breaches)" "$before"
}
