# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 1
# bug: a controller sends a completion twice, or one of a life ago; the driver ends a request that is free or another's (nvme e7006de6c238)
# class: CID
# boot: lying
# by: design
# language: a request is taken out of its slot by value, so one completion ends it once; that the second is refused is no matter of types
# design: an identifier names slot and generation; an empty slot or an old generation is counted, said once, dropped
# test: fio verifies while every 7th completion is doubled and every 5th preceded by a stale one
# fails with: takes by slot alone, whatever the generation: fio reads what was not written
# in C: fixed upstream: a generation of 4 bits in the identifier
replay() {
  local resets
  bind
  resets=$(stat_of resets)
  tell 'duplicate queue=io every=7' 'phantom=stale queue=io every=5'
  verify
  told duplicate
  told phantom
  expect resets "$(stat_of resets)" "$resets"
}
