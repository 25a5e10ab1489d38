# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 2
# bug: an identifier out of range, or of a request that nobody started, is used as an index (nvme-pci: fix NULL req in completion handler; FreeBSD 36a87d0c6fe9)
# class: CID
# boot: lying
# by: design
# language: a look-up gives an Option: what is not there cannot be ended
# design: one look-up for all; out of range, idle and foreign identifiers are counted and dropped; SQ identifier and head are not believed
# test: completions of 0xffff, of idle tags, of other queues' numbers under verified I/O
# fails with: a look-up that takes the identifier modulo the depth: fio's data differ
# in C: range and state are checked
replay() {
  bind
  tell 'phantom=beyond queue=io every=5' 'phantom=65535 queue=io every=7' 'phantom=0 queue=io every=9' 'sqid=77 queue=io every=11'
  verify
  told phantom 3
  told sqid
  only_rnvme said_soon completion
}
