# SPDX-License-Identifier: GPL-2.0
"""Writes and reads a disk with O_DIRECT through awkward memory, against a copy in memory.

usage: vectors.py DISK BASE_BYTES ROUNDS SEED

Buffers begin on any dword and end anywhere, vectors have up to 200 parts, offsets are any logical
block. Ends with 1 and the place where what was read first differs from what was written.
"""

import mmap
import os
import random
import sys

REGION = 24 << 20
TRANSFER_MAX = 4 << 20
PAGE = 4096


def block_bytes(disk):
    with open(f"/sys/block/{os.path.basename(disk)}/queue/logical_block_size") as f:
        return int(f.read())


def cut(rng, blocks):
    """Lengths in blocks, in sum `blocks`: often one or few, sometimes very many."""
    parts = min(blocks, rng.choice([1, 1, 2, 3, 7, 40, 200]))
    marks = sorted(rng.sample(range(1, blocks), parts - 1)) if parts > 1 else []
    return [b - a for a, b in zip([0] + marks, marks + [blocks])]


def place(rng, arena, lengths):
    """Disjoint pieces of `arena` of these lengths, each at a dword of its own choice."""
    views, at = [], 0
    for length in lengths:
        at += 4 * rng.randrange(PAGE // 4)
        views.append(memoryview(arena)[at:at + length])
        at += length
    return views


def size(rng, block):
    blocks_max = TRANSFER_MAX // block
    return rng.choice([rng.randint(1, 8), rng.randint(1, 64), rng.randint(1, blocks_max)])


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), None)


def main():
    disk, base, rounds, seed = sys.argv[1], *map(int, sys.argv[2:])
    rng = random.Random(seed)
    block = block_bytes(disk)
    fd = os.open(disk, os.O_RDWR | os.O_DIRECT)
    # Room for every part of a vector to begin a page later than it must.
    arena = mmap.mmap(-1, TRANSFER_MAX + 210 * PAGE)
    copy = bytearray(rng.randbytes(REGION))
    whole = mmap.mmap(-1, REGION)
    whole[:] = bytes(copy)
    assert os.pwrite(fd, whole, base) == REGION
    counts = {"write": 0, "read": 0}
    for turn in range(rounds):
        blocks = size(rng, block)
        length = blocks * block
        offset = block * rng.randrange((REGION - length) // block + 1)
        lengths = [n * block for n in cut(rng, blocks)]
        views = place(rng, arena, lengths)
        what = rng.choice(["write", "read"])
        counts[what] += 1
        if what == "write":
            data = rng.randbytes(length)
            at = 0
            for view in views:
                view[:] = data[at:at + len(view)]
                at += len(view)
            done = os.pwritev(fd, views, base + offset)
            copy[offset:offset + length] = data
        else:
            done = os.preadv(fd, views, base + offset)
            got = b"".join(views)
            want = bytes(copy[offset:offset + length])
            if got != want:
                print(f"seed {seed} turn {turn}: {len(views)} parts, {length} bytes at {offset}: "
                      f"first difference at byte {first_difference(got, want)}")
                sys.exit(1)
        if done != length:
            print(f"seed {seed} turn {turn}: {what} of {length} bytes did {done}")
            sys.exit(1)
    os.preadv(fd, [whole], base)
    if whole[:] != bytes(copy):
        print(f"seed {seed}: at the end the region differs at byte {first_difference(whole[:], copy)}")
        sys.exit(1)
    print(f"{counts['write']} vectored writes, {counts['read']} vectored reads, {block}-byte blocks")


main()
