# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 58
# bug: an array of discard ranges smaller than the merged bios; blocks taken for sectors (virtio_blk and nvme: fix handling single range discard request)
# class: OOB
# boot: lying
# seconds: 90
# by: design
# language: ranges are filled through a slice: the one too many is an error; blocks and sectors are different types
# design: limits are made from what the controller says, and blk-mq merges no more than that
# test: one range at most, then many, in both block sizes: neighbours keep what they have
# verdict: guest/museum_lying: museum_58
# verdict: host/run: commands::whole_blocks_become_blocks
# fails with: sectors written as blocks in the range: what lies beside is gone
# in C: fixed upstream
replay() {
  local lie
  for lie in 'identify cns=6 @3=01' 'identify cns=6 @3=ff'; do
    bind "$lie"
    discards
  done
  unbind
  tell 'format 1 4096'
  bind
  discards
  unbind
  tell 'format 1 512'
}
discards() {
  head --bytes=8M /dev/zero | tr '\0' '\377' | dd of="$DISK" bs=1M count=8 iflag=fullblock oflag=direct
  fio --name=x --filename="$DISK" --direct=1 --rw=trim --bs=32k --size=4m --offset=2m --ioengine=io_uring --iodepth=16 \
    --iodepth_batch_submit=16 --iodepth_batch_complete_min=16 --output=/tmp/fio.log
  cmp --bytes=$((4 << 20)) <(dd if="$DISK" bs=1M skip=2 iflag=direct count=4) /dev/zero
  cmp --bytes=$((2 << 20)) <(dd if="$DISK" bs=1M count=2 iflag=direct) <(tr '\0' '\377' < /dev/zero)
  cmp --bytes=$((2 << 20)) <(dd if="$DISK" bs=1M skip=6 count=2 iflag=direct) <(tr '\0' '\377' < /dev/zero)
}
