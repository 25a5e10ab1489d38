# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R6
# bug: ownership of a request comes back by a relaxed exchange, which races with the last accesses (rust: block::mq, 2024-10-05)
# class: BAR
# boot: none
# by: test
# language: nothing: any ordering compiles
# design: orderings are in five files, each argued where it is used
# test: loom runs ending, looking and draining in all orders that the memory model allows
# verdict: host/run: interleavings::a_device_that_guesses_completes_each_request_at_most_once
# verdict: host/run: interleavings::a_drain_leaves_nothing_behind_and_ends_nothing_twice
# verdict: host/run: interleavings::tags_go_round_while_the_device_guesses
# verdict: tidy: atomics-have-their-rooms
# fails with: Relaxed in place of AcqRel in the slot word: loom finds the race
# no twin: no such thing in C
