# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R3
# bug: the bound is on a marker and not on the data that a disk owns (rust: block: fix Send bound for GenDisk)
# class: RACE
# boot: none
# by: language
# language: auto traits wherever possible: what holds a pointer is not Send
# design: each unsafe impl has a program that it must refuse
# test: programs that send what must stay must not compile
# verdict: misuse/run: pointer_in_the_submission_side
# verdict: misuse/run: stopped_sent_to_another_task
# verdict: misuse/run: owned_kept_in_a_controller
# fails with: they compile once the bound is taken away
# no twin: no such thing in C
