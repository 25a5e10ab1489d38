# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 47
# bug: a scan waits for I/O that reset has to release, while reset waits for the scan; or removes a namespace under its caller's lock (nvme 839a40d1e730, 6abff1b9f7b8)
# class: HANG
# boot: recovery
# seconds: 90
# by: test
# language: nothing: a deadlock is safe
# design: scan and reset are two works, neither of which waits for the other
# test: a namespace changes its format, Identify of it fails, the controller is reset and scanned at once
# fails with: a scan flushed from reset: the write to reset_controller does not end
# in C: fixed upstream
replay() {
  local round
  bind
  for round in 1 2 3; do
    echo "round $round"
    tell 'status=0/6/dnr op=identify every=2 first=4' 'delay=100 op=identify' 'format 1 4096'
    timeout 30 bash -c "echo 1 > $CONTROLLER/rescan_controller" &
    within 30 bash -c "echo 1 > $CONTROLLER/reset_controller"
    wait
    tell honest 'format 1 512'
    sleep 0.3
  done
  within 30 nvme-bind --no-wait none "$ADDRESS"
  recovers
}
