# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 30
# bug: a drive writes more than it was asked for, past the caller's buffer (udisks#1152, libnvme#684; since nvme 52fde2c07da6 user memory is handed out as it is)
# class: DMA
# boot: lying
# by: design
# language: nothing: the device is not compiled
# design: every admin read goes to a page of the driver's own, and Identify and logs are read from there; no memory of a program is lent to one
# test: Identify and logs are overrun at each bind, with verified I/O after; with the C driver a program asks for 512 bytes with a canary behind
# fails with: the twin is the failure: the same lie overwrites the canary where the program's memory is lent
# in C: a buffer aligned to 4 bytes is lent as it is
replay() {
  bind 'overrun=0x730 op=get-log'
  verify
  tell 'health 4'
  sleep 1
  # Nobody has a page of a program here, whatever it asks for.
  only_rnvme refused test -e "/dev/${CONTROLLER##*/}"
  verify
}
twin() {
  bind
  # Not before: the logs that the driver reads for itself lie in memory as large as they are, and the kernel falls over.
  tell 'overrun=0x740 op=get-log'
  python3 -B - "/dev/${CONTROLLER##*/}" << 'END' || give_up 'what lay behind the 512 bytes of the caller was overwritten'
import ctypes, fcntl, mmap, struct, sys
page = mmap.mmap(-1, 8192)
page.write(b"\x5a" * 8192)
at = ctypes.addressof(ctypes.c_char.from_buffer(page))
# Get Log Page, health, 512 bytes.
command = struct.pack("<BBHIIIQQIIIIIIIIII", 2, 0, 0, 0xFFFFFFFF, 0, 0, 0, at, 0, 512, (127 << 16) | 2, 0, 0, 0, 0, 0, 0, 0)
fcntl.ioctl(open(sys.argv[1]), 0xC0484E41, command)
sys.exit(page[512:4096] != b"\x5a" * 3584)
END
  told overrun
}
