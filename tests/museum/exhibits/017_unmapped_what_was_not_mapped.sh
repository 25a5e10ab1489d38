# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 17
# bug: requests without a mapping are unmapped (CVE-2024-42276, nvme c31fad147038)
# class: NULL
# boot: none
# by: language
# language: a mapping is a value that is there or not; its Drop unmaps it
# design: requests without data have none
# test: a program that maps a discard compiles and is harmless; one that maps later than preparing must not compile
# verdict: misuse/run: ok_discard_mapped
# verdict: misuse/run: request_mapped_after_start
# fails with: the second compiles where a started request can be mapped
# no twin: shown by the compiler
