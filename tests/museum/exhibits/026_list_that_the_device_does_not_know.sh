# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 26
# bug: an SGL goes to a controller without them, or the flags say PRP while the pointer is an SGL (nvme-pci: fix psdt field for single segment sgls; don't simple map sgl when sgls are disabled)
# class: SPEC
# boot: lying
# by: language
# language: pointer and flag are one value: Prp or Sgl
# design: the choice is made once, from what Identify says
# test: the same I/O with SGLS 1 and with SGLS 0; the device checks flags against pointers
# verdict: guest/museum_lying: museum_26
# verdict: host/run: commands::an_sgl_block_goes_out_with_the_field_that_says_so
# fails with: SGLs sent whatever SGLS says: the device answers with an error, and its log has it
# in C: fixed upstream
replay() {
  local before
  before=$(tell breaches)
  bind 'identify controller sgls=0'
  verify --bsrange=16k-256k
  bind 'identify controller sgls=1'
  verify --bsrange=16k-256k
  expect "rules broken" "$(tell breaches)" "$before"
}
