# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 40
# bug: a timeout reads all ones while the function is being reset, and removes a healthy drive (nvme-pci: avoid race between FLR and command timeout)
# class: RACE
# boot: recovery
# by: test
# language: nothing: all ones are a number
# design: from reset_prepare to reset_done is a state of its own, in which timeouts only begin anew
# test: the function is reset from sysfs while slow commands are under way
# fails with: without reset_prepare: the controller is reset twice, or given up
# in C: fixed upstream
replay() {
  local round
  bind 'delay=1200 op=read every=8'
  stress 6
  for round in 1 2; do
    echo "round $round"
    sleep 1
    within 20 bash -c "echo 1 > /sys/bus/pci/devices/$ADDRESS/reset"
  done
  job_ends 30
  comes_back
  has_disk
}
