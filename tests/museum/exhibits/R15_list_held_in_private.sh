# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R15
# bug: an entry is removed from a list that another thread has taken for itself (CVE-2025-68260, rust_binder)
# class: RACE
# boot: none
# by: design
# language: nothing: the removal was unsafe code with a wrong reason
# design: no intrusive list of our own; the driver has no unsafe at all
# test: unsafe in the driver must not compile, and each unsafe in the abstractions says why
# verdict: misuse/run: unsafe_in_the_driver
# verdict: misuse/run: unsafe_allowed_again
# verdict: tidy: unsafe-has-its-reason
# verdict: tidy: driver-is-safe
# fails with: tests/tidy.d/broken breaks each rule
# no twin: no such thing in C
