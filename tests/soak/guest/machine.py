# SPDX-License-Identifier: GPL-2.0
"""The guest: a lying device and its control port, the drivers, the kernel's log. Nothing here waits without a bound."""

import glob
import os
import re
import select
import stat
import subprocess
import time

SPLATS = "/rnvme/vm/splats"
# Equal on both sides.
IO_TIMEOUT_S = 3
ADMIN_TIMEOUT_S = 3
MAX_RETRIES = 5


class Stuck(Exception):
    """The guest does not get any further."""


def now_ms():
    return time.monotonic_ns() / 1e6


def bounded(seconds, *command):
    """(exit status or None where it did not end, what it said). What does not end is left behind."""
    with open("/tmp/bounded.log", "w+", encoding="utf-8") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            status = None
        log.seek(0)
        return status, log.read()


def is_block_device(path):
    try:
        return stat.S_ISBLK(os.stat(path).st_mode)
    except OSError:
        return False


def write_file(path, text):
    """Begins to write to a file of sysfs; does not wait."""
    return subprocess.Popen(
        ["sh", "-c", f"echo {text} > {path}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def load_drivers():
    timeouts = [f"io_timeout={IO_TIMEOUT_S}", f"admin_timeout={ADMIN_TIMEOUT_S}", f"max_retries={MAX_RETRIES}"]
    for command in (["nvme_core", *timeouts], ["nvme"], ["rnvme", *timeouts]):
        subprocess.run(["modprobe", *command], check=True)


class Device:
    """The lying device of a number."""

    def __init__(self, number):
        found = []
        for path in sorted(glob.glob("/sys/bus/pci/devices/*")):
            with open(f"{path}/vendor", encoding="ascii") as vendor, open(f"{path}/device", encoding="ascii") as device:
                if vendor.read().strip() + device.read().strip() == "0x12340x11e5":
                    found.append(path.rsplit("/", 1)[1])
        self.bdf = found[number]
        self.pci = f"/sys/bus/pci/devices/{self.bdf}"
        for path in glob.glob("/sys/class/virtio-ports/*"):
            with open(f"{path}/name", encoding="ascii") as name:
                if name.read().strip() == f"rnvme.lie{number}":
                    self.port = os.open("/dev/" + path.rsplit("/", 1)[1], os.O_RDWR)
        self.rest = b""

    def tell(self, *lines):
        """What it answers to these lines."""
        said = []
        for line in lines:
            os.write(self.port, line.encode() + b"\n")
            while (answer := self.read_line()) != "ok":
                if answer.startswith("error "):
                    raise ValueError(f"{line}: {answer}")
                said.append(answer)
        return said

    def read_line(self):
        while b"\n" not in self.rest:
            if not select.select([self.port], [], [], 30)[0]:
                raise Stuck("the device does not answer on its control port")
            self.rest += os.read(self.port, 4096)
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def stats(self):
        return {name: int(count) for name, count in (line.split("=") for line in self.tell("stats"))}

    def be_honest(self):
        self.tell("honest", "queues 64", "shadow off", "mdts 7")

    def driver(self):
        try:
            return os.path.basename(os.readlink(f"{self.pci}/driver"))
        except OSError:
            return None

    def disk(self):
        """The name of its disk, without a namespace number preferred."""
        for path in sorted(glob.glob("/sys/block/*nvme*")):
            if f"/{self.bdf}/" in os.path.realpath(path) + os.path.realpath(f"{path}/device") + "/":
                name = os.path.basename(path)
                if is_block_device(f"/dev/{name}"):
                    return name
        return None

    def controller(self):
        """Its folder below /sys/class."""
        for path in glob.glob("/sys/class/nvme/nvme*") + glob.glob("/sys/class/rnvme/rnvme*"):
            if os.path.realpath(f"{path}/device").endswith(self.bdf):
                return path
        return None

    def state(self):
        try:
            with open(f"{self.controller()}/state", encoding="ascii") as state:
                return state.read().strip()
        except OSError:
            return None

    def unbind(self):
        if self.driver() is None:
            return
        status, said = bounded(60, "nvme-bind", "--no-wait", "none", self.bdf)
        if status is None:
            raise Stuck(f"unbinding did not end within 60 s {said}")

    def bind(self, driver):
        """Milliseconds until the disk serves; None where it does not."""
        begin = now_ms()
        status, _ = bounded(60, "nvme-bind", driver, self.bdf)
        if status is None:
            raise Stuck("binding did not end within 60 s")
        return now_ms() - begin if self.serves() else None

    def serves(self, seconds=10):
        """Whether its disk can be read."""
        disk = self.disk()
        if not disk:
            return False
        status, said = bounded(seconds, "dd", f"if=/dev/{disk}", "of=/dev/null", "bs=4k", "count=4", "iflag=direct")
        return status == 0 and "4+0 records in" in said

    def is_of_no_size(self):
        """Whether the node of its disk is all that is left."""
        try:
            with open(f"/sys/block/{self.disk()}/size", encoding="ascii") as size:
                return int(size.read()) == 0
        except OSError:
            return False


class Log:
    """The kernel's log from now on."""

    def __init__(self):
        self.kmsg = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.kmsg, 0, os.SEEK_END)
        with open(SPLATS, encoding="utf-8") as splats:
            self.splats = re.compile("|".join(line.strip("\n") for line in splats if line.strip() and line[0] != "#"))
        self.lines = []

    def read(self):
        """Lines since the last time, as (level, text)."""
        lines = []
        while True:
            try:
                record = os.read(self.kmsg, 8192).decode(errors="replace")
            except BlockingIOError:
                return lines
            except BrokenPipeError:
                continue
            head, _, text = record.partition(";")
            lines.append((int(head.split(",")[0]) & 7, text.split("\n")[0]))

    def judge(self, lines):
        """(the first line of the driver that tells, reports of defects)."""
        ours = [line for line in lines if re.search("nvme", line[1]) and "callbacks suppressed" not in line[1]]
        loud = [text for level, text in ours if level <= 4] or [text for _, text in ours]
        said = re.sub(r"\b[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]:? ?", "", loud[0]) if loud else ""
        return said, [text for _, text in lines if self.splats.search(text)]
