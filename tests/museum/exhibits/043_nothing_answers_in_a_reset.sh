# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 43
# bug: timeouts during reset disable again, or block it for ever (nvme: Don't disable on timeout in reset state; Unblock reset_work on IO failure)
# class: HANG
# boot: recovery
# seconds: 90
# by: test
# language: nothing: a wait without end is safe
# design: one deadline for each step; each failure is an attempt, with pauses that grow
# test: all admin commands of a reset are dropped for a time, under I/O
# verdict: guest/museum_recovery: museum_43
# verdict: host/run: lifecycles::every_pair_of_events_in_every_state_does_what_the_table_says
# fails with: a reset that gives up at the first failure: the application sees errors
# in C: fixed upstream; the controller is given up
replay() {
  bind
  stress 5
  tell 'drop queue=admin'
  timeout 60 bash -c "echo 1 > $CONTROLLER/reset_controller" &
  sleep 5
  told drop
  tell honest
  job_ends 60 || only_rnvme give_up "the application saw an error"
  within 30 nvme-bind --no-wait none "$ADDRESS"
  wait
  recovers
}
