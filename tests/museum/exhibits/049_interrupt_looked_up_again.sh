# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 49
# bug: a vector is disabled, looked up again and another one enabled: reset has changed it meanwhile (CVE-2026-43448, nvme fc71f409b22c)
# class: IRQ
# boot: recovery
# seconds: 120
# by: design
# language: what was disabled is a value that knows its vector; a lookup is not possible where it ends
# design: looking at a queue needs no interrupt to be off: the slot says who won
# test: all interrupts are lost while the controller is reset under I/O, then come again
# fails with: without the look at a silent queue: reset ends by its timeouts only
# in C: fixed upstream (fc71f409b22c)
replay() {
  local begin
  bind
  stress 5
  tell 'mute all'
  begin=$(now_ms)
  within 60 bash -c "echo 1 > $CONTROLLER/reset_controller"
  saw "the reset took $(($(now_ms) - begin)) ms without interrupts"
  tell unmute
  job_ends 60 || only_rnvme give_up "the application saw an error"
}
