# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 55
# bug: an index one too large, a length of a log that is believed (CVE-2026-74361)
# class: OOB
# boot: lying
# seconds: 90
# by: language
# language: what the device wrote is read through slices, which have an end
# design: what does not fit is an error; nothing that a device says sizes memory
# test: Identify of random bytes, and of all ones: bind ends, the next one works; any bytes on the host
# verdict: guest/museum_lying: museum_55
# verdict: host/run: controllers::any_bytes_give_an_answer_and_printable_text
# verdict: host/run: lists::any_descriptors_end
# fails with: an index that is not checked: any_bytes panics on the host, and the guest reports it
# in C: fixed upstream
replay() {
  local seed cns at
  RANDOM=55
  for seed in 1 2 3 4; do
    echo "seed $seed"
    try_bind 20 "identify cns=0 @0=$(for ((at = 0; at < 384; at++)); do printf '%02x' $((RANDOM & 255)); done)"
  done
  for cns in 0 2 3 6; do
    try_bind 20 "identify cns=$cns @0=$(printf 'ff%.0s' {1..4096})"
  done
  recovers
}
