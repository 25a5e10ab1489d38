# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by what runs in the guest and lets the machine sleep. Neither the host's folders (9p over virtio
# has no callbacks for it) nor the ports to the host (they lose the host's answer) come back from that.
# So the script goes on in memory, keeps its output there, and ends with the serial console.

readonly REPORT=/run/report CONSOLE=/sys/bus/virtio/drivers/virtio_console

# in_memory SCRIPT PROGRAM…: becomes SCRIPT, which needs nothing but bash and these programs, in a root of
# its own; with "in-memory" as its argument.
in_memory() {
  local root=/run/memory script=$1 program path
  shift
  mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,usr/lib64,proc,sys,dev,tmp,run,lib-of-tests}
  for path in bin sbin lib lib64; do ln -s "usr/$path" "$root/$path"; done
  for program in bash "$@"; do
    path=$(type -P "$program")
    cp --dereference "$path" "$root/usr/bin/$program"
    ldd "$path" | grep --only-matching '/[^ ]*' | while read -r path; do
      [[ -e $root$path ]] || cp --dereference --parents "$path" "$root"
    done
  done
  cp "${BASH_SOURCE[0]}" "${BASH_SOURCE[0]%/*}/../lib.sh" "$script" "$root/lib-of-tests/"
  for path in proc sys dev tmp; do mount --rbind "/$path" "$root/$path"; done
  # What else runs must find its pages in memory.
  cat /usr/bin/{bash,timeout} /usr/lib/x86_64-linux-gnu/lib{c,tinfo}.so.6 > /dev/null
  udevadm control --exit
  LC_ALL=C exec chroot "$root" /usr/bin/bash "/lib-of-tests/${script##*/}" in-memory
}

# let_go: of the ports to the host.
let_go() {
  local device
  exec > "$REPORT.out" 2> "$REPORT.err"
  for device in "$CONSOLE"/virtio*; do echo "${device##*/}" > "$CONSOLE/unbind"; done
}

# say_and_end: what was written goes to the console, a line each with a word before it, and the machine ends. The ports may not
# come back from a suspend, and whoever waits for them does not either. By a reset, which ends the VM: powering off does not,
# now and then, after a hibernation.
say_and_end() {
  sed 's/^/rnvme-said: /' "$REPORT.err" "$REPORT.out" > /dev/ttyS0
  sleep 1
  echo b > /proc/sysrq-trigger
  sleep 60
}
