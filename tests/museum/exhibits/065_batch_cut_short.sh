# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 65
# bug: an error in the middle of a batch, and what was accepted before is never announced (blk-mq: io hung due to missing commit_rqs)
# class: HANG
# boot: qemu
# by: test
# language: nothing: a doorbell that is not rung is safe
# design: a request that is refused announces what was accepted before it
# test: batches in which mapping fails, since the bounce buffer is full; no request may time out
# fails with: without announcing at a refusal: requests time out
# in C: fixed upstream, in the block layer
replay() {
  bind
  pool_is_filled --bsrange=8m-8m --size=64m --iodepth=4 --iodepth_batch_submit=4
  expect timeouts "$(dmesg_since "$MARK" | grep --count --ignore-case 'timeout\|overdue\|lost')" 0
}
