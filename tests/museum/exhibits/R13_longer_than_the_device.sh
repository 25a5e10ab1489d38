# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R13
# bug: 'static of a transmuted resource reaches the caller (DevresLt, 2026-06)
# class: UAF
# boot: none
# by: language
# language: what belongs to a bound device carries its lifetime, and nothing makes it longer
# design: registers and rings are reached through it only
# test: programs that keep registers or rings beyond unbind must not compile
# verdict: misuse/run: bar_outlives_its_device
# verdict: misuse/run: ring_outlives_its_device
# verdict: misuse/run: local_borrow_as_bound
# verdict: misuse/run: controller_in_a_static
# fails with: they compile once the lifetime is covariant
# no twin: no such thing in C
