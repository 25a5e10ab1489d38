# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 15
# bug: the wait for an admin command ends early, and its buffer is freed while the controller owns it (nvme 0c0f9b95c8b7)
# class: DMA
# boot: lying
# by: language
# language: a command owns its buffer and gives it back when it has ended, or when the device is proven to have stopped
# design: a command that is given up stops the controller first
# test: Identify answers after its timeout; the program that uses the buffer meanwhile must not compile
# verdict: guest/museum_lying: museum_15
# verdict: misuse/run: buffer_borrowed_while_a_command_runs
# verdict: misuse/run: command_that_borrows
# fails with: the program compiles with a buffer behind a shared reference; a probe without a bound does not end
# in C: waits without signals, and disables before it frees
replay() {
  try_bind 20 "delay=$((ADMIN_TIMEOUT * 1000 + 500)) op=identify first=1"
  told delay
  sleep 1
  recovers
  verify
}
