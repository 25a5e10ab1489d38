# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 11
# bug: submission and timeout both end the same request, then use it (null_blk de3510e52b0a, CVE-2023-53531)
# class: DBL
# boot: none
# by: language
# language: who starts a request gives it away; who has no value cannot end one, and what has ended cannot be taken
# design: a timeout has a view of a request and not the request
# test: programs that end one twice, keep one or start one by hand must not compile
# verdict: misuse/run: request_ended_twice
# verdict: misuse/run: request_kept_beyond_finish
# verdict: misuse/run: request_started_by_hand
# verdict: misuse/run: data_seen_by_a_timeout
# fails with: they compile once Ended is Copy, or the lifetime is left out
# no twin: shown by the compiler
