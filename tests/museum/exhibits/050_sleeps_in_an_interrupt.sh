# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 50
# bug: the completion path calls what may sleep (nvme f6fe0b2d3545)
# class: LOCK
# boot: none
# by: test
# language: in part: the right to sleep is a value that interrupts are not given; what the kernel's own functions do, it does not know
# design: what may sleep takes that value
# test: from the compiled interrupt and completion paths nothing that waits can be reached; what interrupts see cannot hold the right to sleep
# verdict: objects: own_handler-cannot-wait
# verdict: objects: complete-cannot-wait
# verdict: objects: complete_batch-cannot-wait
# verdict: misuse/run: live_in_the_completion_side
# verdict: misuse/run: live_captured_under_a_lock
# fails with: a mutex taken in count_interrupt: own_handler-cannot-wait
# no twin: read from the compiled module
