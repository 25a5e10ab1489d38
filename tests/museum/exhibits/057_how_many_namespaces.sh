# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 57
# bug: NN of 0xfffffffe overflows where the number of lists is rounded up (nvme: Fix u32 overflow in the number of namespace list calculation)
# class: INT
# boot: lying
# seconds: 90
# by: design
# language: an overflow in arithmetic panics and does not wrap; so device data go through checked arithmetic
# design: lists are asked for until one is not full or does not ascend; NN bounds nothing but identifiers
# test: the extremes of NN, with a list that is honest and one that never ends
# verdict: guest/museum_lying: museum_57
# verdict: host/run: lists::any_list_is_ascending_and_within_nn
# verdict: host/run: controllers::numbers_are_read_from_their_places
# fails with: nn + 1023 in place of the checked sum: the bind panics; a list believed without ascending: the bind does not end
# in C: fixed upstream
replay() {
  local nn
  for nn in 0xffffffff 0xfffffffe 0x80000000 1025; do
    bind "identify controller nn=$nn"
    dd if="$DISK" of=/dev/null bs=4k count=1 iflag=direct
  done
  try_bind 20 'identify controller nn=0xfffffffe' "identify cns=2 @0=$(printf '01000000%.0s' {1..1024})"
  # A scan may go on behind the bind.
  within 30 nvme-bind --no-wait none "$ADDRESS"
  recovers
}
