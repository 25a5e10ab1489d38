# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 16
# bug: requests are cancelled and their buffers freed although the controller may not have stopped (linux-nvme, 2016-02)
# class: DMA
# boot: lying
# seconds: 90
# by: language
# language: taking requests back needs a value that only the crate makes, once the device has stopped (misuse stopped_forged)
# design: CC.EN is not trusted: RDY, else bus mastering off, else a function reset; what cannot be proven is kept
# test: the controller drops commands and never clears RDY; whatever error a program sees must come after the master switch is off
# verdict: guest/museum_lying: museum_16
# verdict: misuse/run: stopped_forged
# verdict: misuse/run: drain_after_start_dma
# fails with: drain with a Stopped made without looking: the device's log has DMA without bus mastering, or the check finds it on
# in C: the PCI function is disabled as well
is_master() { (($(od --address-radix=n --format=u2 --skip-bytes=4 --read-bytes=2 "/sys/bus/pci/devices/$ADDRESS/config") & 4)); }
replay() {
  bind 'cap to=2'
  stress 8
  sleep 1
  tell 'disable never' 'drop queue=io first=8'
  if job_ends 60 && is_live; then
    saw "it was made to stop, and went on"
  else
    ! is_master || give_up "requests were failed while the device may write"
  fi
  tell honest
}
