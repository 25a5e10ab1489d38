# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R9
# bug: methods that are right only in a callback of the bus could be called anywhere (rust: pci 7b948a2af6b5)
# class: RACE
# boot: none
# by: language
# language: being in such a callback is a value that the crate alone makes and that cannot be kept
# design: what sleeps or registers takes it
# test: programs that make one or keep one must not compile
# verdict: misuse/run: live_forged
# verdict: misuse/run: live_in_a_static
# verdict: misuse/run: live_in_a_controller
# verdict: misuse/run: live_in_queue_data
# fails with: they compile once Live is Clone and 'static
# no twin: no such thing in C
