# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 60
# bug: parameters and grants that do not fit give a warning, a wrong map, a panic (nvme-pci: make sure write/poll_queues less or equal then cpu count; a todo!() in an earlier Rust driver)
# class: INT
# boot: lying
# seconds: 90
# by: design
# language: nothing: a plan that does not fit is made of numbers
# design: one pure function from wish and grant to plan
# test: grants of one, and of far more than was asked; every small grant on the host
# verdict: guest/museum_lying: museum_60
# verdict: host/run: counts::every_grant_gives_a_plan_that_fits
# verdict: host/run: counts::every_small_grant_gives_a_plan_that_fits
# fails with: a mutant of host/mutants grants one too many
# in C: fixed upstream
replay() {
  bind 'dw0=0xffffffff op=set-features fid=7'
  verify
  unbind
  tell 'queues 1'
  bind
  verify
  tell 'queues 64'
  bind 'dw0=0 op=set-features fid=7'
  verify
}
