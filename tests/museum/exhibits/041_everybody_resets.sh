# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 41
# bug: several namespaces time out, and each disables and resets (nvme: Sync queues on reset; CVE-2022-3169)
# class: RACE
# boot: recovery
# seconds: 90
# by: design
# language: nothing about the order; the state is changed through one door
# design: one compare-exchange, one winner; the others find it begun
# test: requests of four namespaces are dropped together: one reset, and all come back
# verdict: guest/museum_recovery: museum_41
# verdict: host/run: lifecycles::of_two_that_ask_for_the_same_only_one_acts
# fails with: a reset for each timeout: the count is 4
# in C: fixed upstream
replay() {
  local nsid resets jobs=()
  unbind
  tell 'namespace 2 size=64M' 'namespace 3 size=64M' 'namespace 4 size=64M'
  bind
  sleep 1
  resets=$(stat_of enables)
  tell 'drop op=read first=4'
  for nsid in 1 2 3 4; do
    dd if="${DISK%n*}n$nsid" of=/dev/null bs=4k count=1 iflag=direct skip=999 &
    jobs+=($!)
  done
  wait "${jobs[@]}"
  told drop 4
  saw "$(($(stat_of enables) - resets)) resets"
  (($(stat_of enables) - resets <= 1)) || give_up "$(($(stat_of enables) - resets)) resets"
  unbind
  tell 'remove 2' 'remove 3' 'remove 4'
}
