# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 34
# bug: surprise removal: a queue is freed under who still submits to it, or freed and then kicked (nvme-pci 751a0cc0cd3a, 5a92e700af2e)
# class: UAF
# boot: recovery
# device: 1
# seconds: 90
# by: language
# language: whoever submits borrows from a queue that is counted; tearing down takes it by value
# design: gone is a state that fails requests before queues end
# test: the device goes under I/O; measured until the disk has gone
# fails with: a driver that looks only at a timeout: the limit of 1 s is missed
# in C: fixed upstream
replay() {
  bind
  stress 30 --numjobs=2
  sleep 1
  pulled tell gone
  job_ends 10 || true
}
