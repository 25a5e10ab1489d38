# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 23
# bug: bytes divided by sectors: the pool of PRP lists is a page too small and written past its end (CVE-2022-50756, nvme c89a529e823d)
# class: OOB
# boot: none
# by: test
# language: a list page is a slice: writing past its end is refused, not done
# design: running out of pages is an error of the request
# test: lists of every length hold their entries, and one page fewer would not
# verdict: host/run: prps::list_pages_hold_their_entries_and_one_fewer_would_not
# verdict: host/run: prps::running_out_of_list_pages_is_an_error_at_each_of_them
# fails with: a mutant of host/mutants counts an entry too few
# no twin: a sum, shown on the host
