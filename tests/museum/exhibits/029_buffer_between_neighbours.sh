# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 29
# bug: a DMA buffer is a field of a larger structure, and its neighbours are lost where caches are not coherent (nvme-hwmon: kmalloc the NVME SMART log buffer)
# class: DMA
# boot: none
# by: language
# language: what a command reads into is memory that it owns; a borrowed field has no address for the device
# design: admin data have a page of their own
# test: programs that lend a command what they keep must not compile
# verdict: misuse/run: command_that_borrows
# verdict: misuse/run: buffer_borrowed_while_a_command_runs
# fails with: they compile where a command takes a reference
# no twin: needs a machine without coherent caches
