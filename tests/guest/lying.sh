# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced, after lib.sh, by the tests that talk to a lying device.

# The PCI functions of the lying devices, by number: the N-th has the N-th root port. Some may go later.
LYING=()
for device in /sys/bus/pci/devices/*; do
  [[ $(< "$device/vendor")$(< "$device/device") != 0x12340x11e5 ]] || LYING+=("${device##*/}")
done

# bdf_of_lying N
bdf_of_lying() {
  [[ -n ${LYING[$1]:-} ]] || give_up "there is no lying device $1"
  echo "${LYING[$1]}"
}

BDF=$(bdf_of_lying 0)
readonly BDF

# Each test binds what it wants. Timeouts are short, so that a command that is lost costs little.
modprobe rnvme
nvme-bind none
echo 2 > /sys/module/rnvme/parameters/admin_timeout
echo 10 > /sys/module/rnvme/parameters/io_timeout

# stat_of NAME [N]: a count of lying device N, 0 where there is none.
stat_of() {
  local found
  found=$(lie -d "${2:-0}" stats | sed --quiet "s/^$1=//p")
  echo "${found:-0}"
}

# Straight to sysfs, as a case binds several times and each program costs time on an emulated CPU.
unbind() { [[ ! -e /sys/bus/pci/devices/$BDF/driver ]] || echo "$BDF" > "/sys/bus/pci/devices/$BDF/driver/unbind"; }

# Binds anew, with the disks awaited. Fails where the driver refuses.
bind() {
  unbind
  nvme-bind rnvme "$BDF"
}

# try_bind SECONDS: binds; it must come to an end in time, well or not. What was said is in /tmp/said.
try_bind() {
  local start=$SECONDS mark=$EPOCHREALTIME
  mark_dmesg "bind $mark"
  echo rnvme > "/sys/bus/pci/devices/$BDF/driver_override"
  # A probe that fails is no error of this file, and one without an end is seen by the test's own.
  echo "$BDF" > /sys/bus/pci/drivers_probe || true
  ((SECONDS - start <= $1)) || give_up "binding took $((SECONDS - start)) s"
  dmesg_since "bind $mark" > /tmp/said
  cat /tmp/said
}

# works DISK: what is written is read, in requests large and small.
works() {
  [[ -e /tmp/noise ]] || head --bytes=1M /dev/urandom > /tmp/noise
  dd if=/tmp/noise of="/dev/$1" bs=256k oflag=direct
  dd if="/dev/$1" bs=4k count=256 iflag=direct | cmp - /tmp/noise
}

is_bound() { [[ -e /sys/bus/pci/devices/$BDF/driver ]]; }

# recovers: told the truth again, the device serves.
recovers() {
  lie honest
  bind
  dd if=/dev/rnvme0n1 of=/dev/null bs=4k count=16 iflag=direct
}

# told NAME [N]: the lie was really told, at least once, or N times.
told() { (($(stat_of "told-$1") >= ${2:-1})) || give_up "the lie '$1' was told $(stat_of "told-$1") times"; }

# column NAME: the sum of a column over the I/O queues of the report.
column() {
  awk -v name="$1" '$1 == "queue" { for (i = 1; i <= NF; i++) if ($i == name) n = i; table = 1; next }
    table && !NF { exit } table && $1 > 0 { sum += $n } END { print sum + 0 }' /sys/class/rnvme/rnvme0/report
}

no_breach() { expect breaches "$(lie breaches)" ""; }
