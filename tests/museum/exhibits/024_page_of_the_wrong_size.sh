# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 24
# bug: the controller's page and the kernel's are mixed up (nvme 841734234a28)
# class: SPEC
# boot: none
# by: test
# language: nothing: both are numbers
# design: one type for the page size, made from CAP and checked
# test: lists for pages of 4 to 64 KiB are read back by an independent reader
# verdict: host/run: prps::larger_pages_are_read_back_too
# verdict: host/run: prps::two_pages_need_no_list
# verdict: host/run: registers::the_page_is_4_kib_or_the_smallest_that_the_device_can
# fails with: mutants of host/mutants take 4096 for the page
# no twin: a sum, shown on the host
