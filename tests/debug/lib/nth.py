# SPDX-License-Identifier: GPL-2.0
"""The n-th allocation fails, for n = 1, 2, … until a path is walked untouched. Prints a verdict per path.

Counted are allocations that have the module on their stack, whichever task makes them. A task's own
/proc/self/fail-nth would not do: a probe and the driver's works run in workers.
"""

import fcntl
import functools
import mmap
import os
import re
import struct
import sys
import time
from pathlib import Path

DEBUGFS = Path("/sys/kernel/debug")
DRIVER = Path("/sys/bus/pci/drivers/rnvme")
DISK = "/dev/rnvme0n1"
BLKDISCARD = 0x1277
# More than this is not a path any more.
MOST = 2000
# What is spared, one function at a time: the kernel itself does not bear the failure.
# It does not look whether the files of /proc/irq/N could be made, and warns when it removes those that could not.
IRQ_FILES = "register_irq_proc"
# The debugging of DMA ends, with a word, where it has no memory to note a mapping in.
DMA_NOTES = "add_dma_entry"


def require(holds, why):
    """A verdict is given by whoever catches this."""
    if not holds:
        raise AssertionError(why)


def wait_for(what, holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        require(time.monotonic() < end, f"in vain waited for: {what}")
        time.sleep(0.02)


class Fault:
    """The n-th allocation of one kind fails. The kernel counts on, and has no way to begin again: it
    fails at multiples of `interval`; so what it has counted is kept here."""

    def __init__(self, kind):
        self.name = kind
        self.folder = DEBUGFS / kind
        self.counted = 0
        spare_none(kind)
        self.spare(IRQ_FILES)
        self.put("verbose", os.environ.get("VERBOSE", "1"))
        self.put("times", 0)
        self.put("probability", 100)

    def put(self, name, value):
        (self.folder / name).write_text(f"{value}\n")

    def spare(self, function):
        put_range(self.name, "reject", text_of(function))

    def arm(self, n):
        put_range(self.name, "require", text_of_module(Path("/sys/module/rnvme/sections/.text").read_text()))
        # An interval of one is not counted.
        self.next = self.counted + n if self.counted + n > 1 else 0
        self.put("interval", max(self.next, 1))
        self.put("times", 1)

    def disarm(self):
        failed = int((self.folder / "times").read_text()) == 0
        self.put("times", 0)
        if failed:
            self.counted = self.next
        return failed

    def settle(self, n, walk):
        """After a walk without a failure the kernel has counted fewer than `n` more than is known here. Goes on to a
        multiple of which there is none among these, so that it is known which one it is."""
        interval = 2 * n + 2
        while self.counted % interval + n >= interval:
            interval += 1
        self.put("interval", interval)
        self.next = self.counted - self.counted % interval + interval
        failed = False
        while not failed:
            self.put("times", 1)
            walk()
            failed = self.disarm()

    def often(self, percent):
        self.put("interval", 1)
        self.put("probability", percent)
        self.put("times", -1)

    def from_byte(self, space):
        """All allocations fail once so many bytes were allocated."""
        self.arm(1)
        self.put("interval", 1)
        self.put("space", space)
        self.put("times", -1)

    def end(self):
        """Ends `often` or `from_byte`."""
        self.put("times", 0)
        self.put("space", 0)
        self.put("probability", 100)


def put_range(kind, name, bounds):
    for end, address in zip(("start", "end"), bounds):
        (DEBUGFS / kind / f"{name}-{end}").write_text(f"{address:#x}\n")


def spare_none(kind):
    """Allocations that may sleep, of high memory, of a single page: all can fail."""
    (DEBUGFS / kind / "stacktrace-depth").write_text("32\n")
    for name, value in (("ignore-gfp-wait", "N"), ("ignore-gfp-highmem", "N"), ("min-order", "0")):
        path = DEBUGFS / kind / name
        if path.exists():
            path.write_text(value)


@functools.cache
def text_of_module(section):
    """Where its code is, from where it begins: another place after each load."""
    start = int(section, 16)
    return start, max(text_symbols(r"\[rnvme\]$")) + 4096


@functools.cache
def text_of(function):
    """Where the code of a function of the kernel is."""
    begin = min(text_symbols(rf" {function}$"))
    return begin, min(symbol for symbol in text_symbols("") if symbol > begin)


def text_symbols(pattern):
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        return [int(s.split()[0], 16) for s in symbols if re.search(pattern, s) and s.split()[1] in "tT"]


class Controller:
    """The only NVMe device of this guest."""

    def __init__(self, bdf):
        self.bdf = bdf
        self.bind_file = os.open(DRIVER / "bind", os.O_WRONLY)
        self.unbind_file = os.open(DRIVER / "unbind", os.O_WRONLY)
        self.text = bdf.encode()
        # So that the driver need not: then the kernel's AML interpreter runs, which uses freed memory when an
        # allocation of its own fails.
        self.unbind()
        Path(f"/sys/bus/pci/devices/{bdf}/enable").write_text("1")

    def bound(self):
        return (DRIVER / self.bdf).exists()

    def bind(self):
        os.write(self.bind_file, self.text)

    def unbind(self):
        os.write(self.unbind_file, self.text)

    def ready(self):
        if not self.bound():
            self.bind()
        wait_for(DISK, lambda: os.path.exists(DISK))

    def nothing_left(self):
        require(not self.bound(), "it is bound")
        require(not list(Path("/sys/class/rnvme").glob("rnvme*")), "its class device is left")
        require(not list(Path("/sys/block").glob("rnvme*")), "its disk is left")
        require("rnvme" not in Path("/proc/interrupts").read_text(), "its interrupts are left")


def state():
    return Path("/sys/class/rnvme/rnvme0/state").read_text().strip()


def attempt(action):
    """The error of `action`, or None."""
    try:
        action()
        return None
    except OSError as error:
        return error


def read_one():
    disk = os.open(DISK, os.O_RDONLY | os.O_DIRECT)
    try:
        require(os.preadv(disk, [mmap.mmap(-1, 4096)], 0) == 4096, "a short read")
    finally:
        os.close(disk)


def io(disk, buffers):
    """Reads and writes of one block to 1 MiB, one buffer and many, a flush, a discard."""
    for size in (4096, 65536, 1 << 20):
        os.preadv(disk, [buffers[0][:size]], 1 << 20)
        os.pwritev(disk, [buffers[1][:size]], 4 << 20)
        os.preadv(disk, [b[:size] for b in buffers], 8 << 20)
    os.fdatasync(disk)
    fcntl.ioctl(disk, BLKDISCARD, struct.pack("QQ", 16 << 20, 1 << 20))


def walk_probe(controller, fault, n):
    if controller.bound():
        controller.unbind()
    fault.arm(n)
    error = attempt(controller.bind)
    failed = fault.disarm()
    if error:
        require(failed, f"probe failed by itself: {error}")
        controller.nothing_left()
    return failed


def walk_unbind(controller, fault, n):
    controller.ready()
    fault.arm(n)
    error = attempt(controller.unbind)
    failed = fault.disarm()
    if error and controller.bound():
        # Not even begun: the write itself had to allocate.
        return failed
    controller.nothing_left()
    return failed


def walk_file(name):
    def walk(controller, fault, n):
        controller.ready()
        file = os.open(f"/sys/class/rnvme/rnvme0/{name}", os.O_WRONLY)
        fault.arm(n)
        error = attempt(lambda: os.write(file, b"1"))
        failed = fault.disarm()
        os.close(file)
        require(failed or not error, f"{name} failed by itself: {error}")
        wait_for("a live controller", lambda: state() == "live")
        wait_for(DISK, lambda: os.path.exists(DISK))
        read_one()
        return failed

    return walk


def walk_io(controller, fault, n):
    controller.ready()
    disk = os.open(DISK, os.O_RDWR | os.O_DIRECT)
    buffers = [memoryview(mmap.mmap(-1, 1 << 20)) for _ in range(4)]
    fault.spare(DMA_NOTES)
    fault.arm(n)
    error = attempt(lambda: io(disk, buffers))
    failed = fault.disarm()
    fault.spare(IRQ_FILES)
    os.close(disk)
    # The driver asks for a request again when memory is short.
    require(not error, f"an application sees {error}")
    return failed


WALKS = {
    "probe": walk_probe,
    "reset": walk_file("reset_controller"),
    "scan": walk_file("rescan_controller"),
    "io": walk_io,
    "unbind": walk_unbind,
}


def until_untouched(controller, path, fault, least):
    """Walks until no allocation fails any more: at least `least` were reached, or it proves nothing."""
    walk = WALKS[path]
    n = 0
    try:
        while True:
            n += 1
            require(n <= MOST, "no end in sight")
            if not walk(controller, fault, n):
                break
        fault.settle(n, lambda: walk_probe(controller, Untouched(), 0))
        controller.ready()
        read_one()
        require(n > least, f"only {n - 1} allocations could fail")
        print(f"pass {path}_by_{fault.name} {n - 1} allocations failed, one at a time", flush=True)
        return True
    except (AssertionError, OSError) as error:
        print(f"fail {path}_by_{fault.name} at allocation {n}: {error}", flush=True)
        return False


class Untouched:
    """Leaves a fault as it is armed."""

    def arm(self, n):
        pass

    def disarm(self):
        return True


def from_then_on(controller, fault):
    """From some allocation on all fail, over probe."""
    space, failures = 0, 0
    try:
        while True:
            if controller.bound():
                controller.unbind()
            fault.from_byte(space)
            error = attempt(controller.bind)
            left = int((fault.folder / "space").read_text())
            fault.end()
            if error:
                failures += 1
                controller.nothing_left()
            elif left > 8192:
                break
            # The whole walk in some dozens of steps.
            space += max(64, space // 12)
        controller.ready()
        read_one()
        require(failures > 10, f"only {failures} probes failed")
        print(f"pass probe_without_{fault.name}_from_then_on {failures} probes failed", flush=True)
        return True
    except (AssertionError, OSError) as error:
        print(f"fail probe_without_{fault.name}_from_then_on at {space} bytes: {error}", flush=True)
        return False


def main():
    bdf = sys.argv[1]
    controller = Controller(bdf)
    slab, pages = Fault("failslab"), Fault("fail_page_alloc")
    # What a path is known to allocate, by far.
    plan = [
        ("probe", slab, 30),
        ("probe", pages, 5),
        ("reset", slab, 0),
        ("reset", pages, 0),
        ("scan", slab, 3),
        ("scan", pages, 0),
        ("io", slab, 1),
        ("io", pages, 0),
        ("unbind", slab, 0),
    ]
    wanted = sys.argv[2:]
    good = True
    for path, fault, least in plan:
        if not wanted or path in wanted:
            good = until_untouched(controller, path, fault, least) and good
    if not wanted or "then" in wanted:
        good = from_then_on(controller, slab) and good
    # What comes next in this guest is I/O.
    for fault in (slab, pages):
        fault.spare(DMA_NOTES)
    sys.exit(not good)


main()
