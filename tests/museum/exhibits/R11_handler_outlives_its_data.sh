# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R11
# bug: a bound is missing at interrupt callbacks; a registration that is forgotten leaves a handler without data (rust: irq 621609f1e5ca)
# class: IRQ
# boot: none
# by: language
# language: handlers are not handed out, so they cannot be forgotten
# design: the scope owns vectors and frees them, whatever a driver leaks
# test: programs that attach a foreign vector or leak what they have
# verdict: misuse/run: vectors_of_another_device
# verdict: misuse/run: ok_controller_leaked
# verdict: misuse/run: ok_handles_leaked
# fails with: the first compiles without the lifetime that names the device
# no twin: no such thing in C
