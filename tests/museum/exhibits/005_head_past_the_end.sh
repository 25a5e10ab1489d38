# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 5
# bug: the head of the completion queue is incremented in shared memory before the wrap is looked at; another context sees an index past the end (nvme-pci: fix "slimmer CQ head update")
# class: OOB
# boot: none
# by: language
# language: the position is private to the completion side, whose holder has it exclusively
# design: a position is advanced and wrapped in one step, and masked where it is used
# test: positions of all rings go round and stay inside
# verdict: host/run: completions::a_position_beyond_the_ring_comes_back_inside
# verdict: host/run: completions::tail_visits_every_slot_and_stays_inside
# verdict: misuse/run: completion_side_reached_into
# fails with: a mutant of host/mutants wraps one late
# no twin: shown by the compiler and on the host
