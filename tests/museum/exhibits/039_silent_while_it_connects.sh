# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 39
# bug: a command times out while reset is bringing the controller up; the queue stays quiesced, and reset waits for ever (nvme d4060d2be113)
# class: HANG
# boot: recovery
# seconds: 90
# by: test
# language: nothing: a wait without end is safe
# design: while connecting, a timeout stops the controller, which ends the wait; then it is tried again
# test: the device is silent for one command of a reset, then well
# verdict: guest/museum_recovery: museum_39
# verdict: host/run: lifecycles::every_pair_of_events_in_every_state_does_what_the_table_says
# fails with: a timeout that only re-arms while connecting: no end
# in C: fixed upstream; the controller is given up
replay() {
  bind
  stress 6
  sleep 1
  tell 'drop op=set-features fid=7 first=1'
  within 40 bash -c "echo 1 > $CONTROLLER/reset_controller"
  told drop
  tell honest
  job_ends 40 || only_rnvme give_up "the application saw an error"
}
