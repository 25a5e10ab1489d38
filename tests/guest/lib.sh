# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the tests that run in the guest.

# check NAME COMMAND…: runs COMMAND with every step echoed to standard error; one verdict line. COMMAND
# is a function as a rule; the first step of it that fails ends it.
check() {
  local name=$1 log=/tmp/check.log status
  shift
  set +e
  # Not in a condition, where set -e has no effect.
  (
    set -euxo pipefail
    "$@"
  ) > "$log" 2>&1
  status=$?
  set -e
  echo "== $name" >&2
  cat "$log" >&2
  if ((status == 0)); then
    echo "pass $name"
  else
    echo "fail $name exit $status: $(grep --invert-match '^++* ' "$log" | tail -n 2 | tr '\n' ' ' | cut --characters=1-400)"
    FAILED=$((${FAILED:-0} + 1))
  fi
}

# The last line of a test: fails where a check did.
finish() { exit $((${FAILED:-0} > 0)); }

# give_up MESSAGE…: ends the present check.
give_up() {
  set +x
  echo "$*"
  exit 1
}

# expect NAME IS WANTED
expect() { [[ $2 == "$3" ]] || give_up "$1 is '$2', not '$3'"; }

# refused COMMAND…: succeeds where COMMAND fails.
refused() { ! "$@" || give_up "not refused: $*"; }

# The disks of rnvme in order, without partitions.
disks() {
  local disk
  for disk in /sys/block/rnvme*; do [[ ! -e $disk ]] || echo "${disk##*/}"; done | sort --version-sort
}

# pci_of DISK|CONTROLLER: the address of its PCI function.
pci_of() {
  local path
  for path in "/sys/block/$1/device/device" "/sys/class/rnvme/$1/device" "/sys/class/nvme/$1/device"; do
    [[ ! -e $path ]] || { path=$(readlink -f "$path") && echo "${path##*/}" && return; }
  done
  give_up "$1 has no PCI function"
}

# wait_for SECONDS COMMAND…: until COMMAND succeeds; gives up after SECONDS.
wait_for() {
  local -
  set +x
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS <= end)) || give_up "in vain waited for: $*"
    sleep 0.1
  done
}

# load [PARAMETER…], unload: the module, with the disks awaited.
load() { modprobe rnvme "$@" && nvme-bind --wait rnvme; }
# udev may just be looking at a disk: that is waited for.
unload() { wait_for 10 is_unloaded; }
is_unloaded() {
  rmmod rnvme 2> /run/rmmod && return
  grep --quiet 'in use' /run/rmmod || give_up "$(< /run/rmmod)"
  return 1
}

# dmesg_since MARK: the kernel's messages since 'mark_dmesg MARK'.
mark_dmesg() { echo "rnvme-test: $1" > /dev/kmsg; }
dmesg_since() { dmesg | sed "1,/rnvme-test: $1\$/d"; }

# The disk that most tests use.
need_disk() {
  [[ -b /dev/${1:-rnvme0n1} ]] || { echo "fail ${0##*/} no device ${1:-rnvme0n1}" && exit 1; }
}
