# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 63
# bug: shadow doorbells written in the machine's order of bytes (nvme b5f96cb719d8)
# class: SPEC
# boot: none
# by: language
# language: fields on the wire have a type with an order, made from a number by its one conversion
# design: wire types are shared with the device, and nothing else is
# test: fields lie where the specification puts them, byte by byte
# verdict: host/run: commands::doorbell_buffer_config_carries_shadow_then_event_index
# verdict: host/run: commands::read_carries_lba_count_and_pointers
# fails with: a mutant of host/mutants writes another order
# no twin: needs a big-endian machine
