# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 66
# bug: preparing one request of a list fails: the unprepared one is submitted, and the rest is lost (nvme-pci: fix queue_rqs list splitting)
# class: DMA
# boot: qemu
# by: language
# language: a list gives requests that are owned; only one that was mapped can be written to the ring
# design: what is refused goes back to the block layer, alone
# test: lists of small requests beside large ones that fill the bounce buffer, all verified
# verdict: guest/museum_qemu: museum_66
# verdict: misuse/run: request_kept_beyond_prepare
# verdict: misuse/run: segments_kept_beyond_prepare
# fails with: a refused request dropped from the list: fio does not end
# in C: fixed upstream
replay() {
  bind
  stress 6 --rw=randread --iodepth=32 --iodepth_batch_submit=16
  pool_is_filled --bsrange=8m-8m --size=64m --iodepth=2
  job_ends 20 || give_up "small requests beside large ones failed"
}
