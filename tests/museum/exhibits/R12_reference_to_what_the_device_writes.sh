# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R12
# bug: slices of memory that the device writes, and reads past its end (dma::Coherent; b24c7ffd69b8)
# class: DMA
# boot: none
# by: language
# language: a ring gives copies of plain values, never a reference
# design: no slice of shared memory exists in the interface
# test: programs that put references in a ring or keep descriptor pages must not compile
# verdict: misuse/run: ring_of_references
# verdict: misuse/run: descriptor_pages_kept_beyond_prepare
# verdict: misuse/run: ring_written_without_exclusion
# fails with: they compile once entries need not be plain
# no twin: no such thing in C
