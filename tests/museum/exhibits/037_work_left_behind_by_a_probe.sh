# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 37
# bug: a probe fails and leaves a work pending that runs into what was freed (CVE-2024-45013; its fix made CVE-2024-53169)
# class: UAF
# boot: recovery
# seconds: 90
# by: language
# language: a work is owned by what it touches, whose end cancels it and waits
# design: the scope of a device ends everything that was registered in it, in one order
# test: the n-th admin command of a probe fails, for every n; the next bind has to work
# verdict: guest/museum_recovery: museum_37
# verdict: misuse/run: work_that_captures
# verdict: misuse/run: work_that_borrows_for_ever
# fails with: the programs compile where a work takes a closure; a probe that leaves its disk: the next bind fails
# in C: fixed upstream
replay() {
  local number
  for number in 1 2 3 4 5 6 7 8; do
    echo "number $number"
    try_bind 10 "status=0/6/dnr queue=admin nth=$number"
  done
  recovers
}
