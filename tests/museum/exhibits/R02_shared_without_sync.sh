# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R2
# bug: queue_rq runs on many CPUs with a shared borrow, and the bound Sync is missing (rust: block: require Sync for QueueData)
# class: RACE
# boot: none
# by: language
# language: with the bound there, a Cell is refused
# design: what contexts share and what one has alone are two types
# test: programs with a Cell in what is shared must not compile
# verdict: misuse/run: cell_in_queue_data
# verdict: misuse/run: cell_in_disk_data
# fails with: they compile once the bound is taken away
# no twin: no such thing in C
