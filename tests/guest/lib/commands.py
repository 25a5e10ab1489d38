# SPDX-License-Identifier: GPL-2.0
"""Finds NVMe write commands in a copy of the guest's memory.

usage: commands.py MEMORY LBA…

A submission queue keeps a command until the ring comes round, so what the driver wrote is there to be
read. Prints a line per LBA: how many different write commands to it there are, and for each whether it
has the FUA bit (command dword 12, bit 30).
"""

import mmap
import sys

ENTRY, SLBA = 64, 40


def writes(memory, lba):
    """Dwords 12 of the write commands to `lba` in namespace 1, each once."""
    wanted = lba.to_bytes(8, "little")
    found, at = set(), memory.find(wanted)
    while at >= 0:
        begin = at - SLBA
        if begin % ENTRY == 0:
            entry = memory[begin:begin + ENTRY]
            if entry[0] == 1 and entry[4:8] == b"\1\0\0\0" and entry[8:24] == bytes(16):
                found.add(int.from_bytes(entry[48:52], "little"))
        at = memory.find(wanted, at + 1)
    return sorted(found)


def main():
    with open(sys.argv[1], "rb") as f:
        memory = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    for lba in map(int, sys.argv[2:]):
        print(lba, *("fua" if dw12 >> 30 & 1 else "plain" for dw12 in writes(memory, lba)))


main()
