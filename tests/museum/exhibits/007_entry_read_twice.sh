# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 7
# bug: a completion is read twice from memory that the device writes: one value is checked, another used (nvme 171b10f7a86c)
# class: CID
# boot: lying
# by: language
# language: an entry is copied out once; a reference into memory that the device shares does not exist
# design: what is read is a value, looked at as often as one likes
# test: the status flips to and fro while the driver may read it, under verified I/O
# verdict: guest/museum_lying: museum_7
# verdict: misuse/run: ring_of_references
# fails with: the program compiles where the ring takes any type; status read a second time for the error: fio sees one
# in C: fixed upstream (171b10f7a86c)
replay() {
  bind
  tell 'rewrite=0/6 queue=io every=5'
  verify
  told rewrite
}
