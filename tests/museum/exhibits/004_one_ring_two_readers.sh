# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 4
# bug: two contexts walk one completion queue at once, and head and phase are lost (nvme-pci: avoid race between nvme_reap_pending_cqes() and nvme_poll(); FreeBSD D24256)
# class: RACE
# boot: none
# by: language
# language: the completion side is one exclusive value, reached through the call that holds it and by no other way
# design: interrupt, look and drain all go through that call
# test: two programs that reach around it must not compile; loom runs interrupt, look and drain against each other
# verdict: misuse/run: completion_side_reached_into
# verdict: misuse/run: taker_kept
# verdict: host/run: interleavings::interrupt_and_look_together_end_a_completed_request_once
# fails with: the programs compile once the field is public
# no twin: shown by the compiler
