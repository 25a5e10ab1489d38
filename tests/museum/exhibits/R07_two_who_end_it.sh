# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R7
# bug: Devres: the loser of a race to revoke returns while the winner still drops; each fix made the next bug (8b60b1dd7b5a, 75a7b151e808, ba268514ea14, 8e315cd31ddb)
# class: UAF
# boot: none
# by: language
# language: only the driver core's call ends a scope, and nothing in it can be kept beyond
# design: no Devres: one scope, one order of ending
# test: programs that end a scope by hand or keep what is in it must not compile; a driver that leaks all its handles is cleaned up after
# verdict: misuse/run: scope_ended_by_hand
# verdict: misuse/run: ring_outlives_its_device
# verdict: misuse/run: ok_handles_leaked
# verdict: misuse/run: unsafe_in_the_driver
# fails with: they compile where the scope is Clone or its end is public
# no twin: no such thing in C
