# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 25
# bug: small transfers go out with what was in PRP2 before: a random address is handed to the device (nvme 5228b3280b9b)
# class: INFO
# boot: lying
# by: language
# language: a command is built as a whole value, from zeroes; there is no field that nobody wrote
# design: a command is written to the ring once, complete
# test: transfers of all small sizes; the device writes down each PRP2 that is not zero where it is not needed
# verdict: guest/museum_lying: museum_25
# verdict: host/run: commands::setters_touch_nothing_else
# fails with: PRP2 set to PRP1 in the short cut: the device's log has it
# in C: fixed upstream (5228b3280b9b)
replay() {
  local before
  bind
  before=$(tell breaches)
  verify --bsrange=4k-128k
  verify --bsrange=512-8k
  expect "rules broken" "$(tell breaches)" "$before"
}
