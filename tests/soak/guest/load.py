# SPDX-License-Identifier: GPL-2.0
"""What uses the disk: verified fio, and two readers, one for each CPU, that note when they were held up."""

import errno
import json
import mmap
import os
import random
import subprocess
import threading
import time

from machine import bounded, now_ms

# An I/O that took longer was held up.
HELD_UP_MS = 100
BLOCK = 4096
REGION = 512 << 20


class Reader(threading.Thread):
    """Reads a block, looks at the clock, and again, on one CPU."""

    def __init__(self, device, cpu):
        super().__init__(daemon=True)
        self.device, self.cpu = device, cpu
        self.is_ended = False
        # (begin, end, errno or 0) of those that failed or were held up, and of the last good one.
        self.bad, self.good, self.begun = [], (0, 0), None

    def run(self):
        os.sched_setaffinity(0, {self.cpu})
        buffer, fd = mmap.mmap(-1, BLOCK), -1
        while not self.is_ended:
            self.begun = begin = now_ms()
            try:
                if fd < 0:
                    fd = os.open(f"/dev/{self.device.disk()}", os.O_RDONLY | os.O_DIRECT)
                count = os.preadv(fd, [buffer], (1 << 30) + random.randrange(REGION // BLOCK) * BLOCK)
                # What is left of a disk that has gone has no size, and is read to its end at once.
                error = 0 if count == BLOCK else errno.ENODEV
            except OSError as failed:
                error = failed.errno
            if error and fd >= 0:
                os.close(fd)
                fd = -1
            end, self.begun = now_ms(), None
            if error or end - begin > HELD_UP_MS:
                self.bad.append((begin, end, error))
            if not error:
                self.good = (begin, end)
                if self.bad and self.bad[-1][2] and len(self.bad[-1]) == 3:
                    self.bad[-1] += (end,)
            time.sleep(0.02 if error else 0.004)
        if fd >= 0:
            os.close(fd)

    def has_served_since(self, since):
        return self.good[0] > since

    def recovery_ms(self, since):
        """From then until the first good read after the last that failed or was held up; None where none came."""
        bad = [sample for sample in self.bad if sample[1] > since]
        if self.begun and now_ms() - self.begun > HELD_UP_MS:
            return None
        if not bad:
            return 0
        last = bad[-1]
        if not last[2]:
            return last[1] - since
        return last[3] - since if len(last) == 4 else None

    def errors(self):
        return sum(1 for sample in self.bad if sample[2])


# Reads of a disk that has gone end at once, with nothing read; where they are asynchronous, fio 3.39 verifies what was in memory before.
FOR_DISKS_THAT_GO = ("--ioengine=psync", "--numjobs=8")


class Fio:
    """One run of verified fio. On ext4 a file, else the disk itself."""

    def __init__(self, path, seconds, *options):
        self.command = [
            "fio", "--name=soak", f"--filename={path}", "--direct=1", "--rw=randwrite", "--bssplit=4k/60:16k/25:64k/15", "--size=16m",
            "--offset_increment=32m", "--numjobs=2", "--thread", "--ioengine=io_uring", "--iodepth=8", "--verify=crc32c",
            "--verify_backlog=64", "--verify_fatal=1", "--verify_state_save=0", "--time_based", f"--runtime={seconds}", "--group_reporting",
            "--output-format=json", "--output=/tmp/fio.json", *options,
        ]  # fmt: skip
        if path.startswith("/dev/"):
            # The node of a disk that has gone would come back as a file, on which all goes well.
            self.command.append("--allow_file_create=0")
        with open("/tmp/fio.json", "w", encoding="utf-8"):
            pass
        self.log = open("/tmp/fio.log", "w+", encoding="utf-8")
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def runs(self):
        return self.child.poll() is None

    def wait(self, seconds):
        """Whether it has ended."""
        try:
            self.child.wait(max(seconds, 0.1))
            return True
        except subprocess.TimeoutExpired:
            return False

    def result(self):
        """What it saw, once it has ended: exit status, error, I/Os verified, the slowest in ms."""
        self.log.seek(0)
        said = self.log.read()
        jobs = []
        try:
            with open("/tmp/fio.json", encoding="utf-8") as text:
                output = text.read()
            jobs = json.loads(output[output.index("{") :])["jobs"]
        except (ValueError, KeyError):
            pass
        number = max([abs(job["error"]) for job in jobs], default=0)
        return {
            "exit": self.child.returncode,
            "error": errno.errorcode.get(number, str(number)) if number else "",
            "is_corrupt": number == errno.EILSEQ or "verify: bad" in said,
            "verified": sum(job["read"]["total_ios"] for job in jobs),
            "written": sum(job["write"]["total_ios"] for job in jobs),
            "slowest_ms": max([job[way]["clat_ns"]["max"] / 1e6 for job in jobs for way in ("read", "write")], default=0),
            "words": next((line for line in said.splitlines() if "error" in line or "verify" in line), "")[:200],
        }


def mount_ext4(disk):
    """A file on a file system of its own."""
    for command in (["mkfs.ext4", "-q", "-F", f"/dev/{disk}", "512M"], ["mkdir", "-p", "/mnt"], ["mount", f"/dev/{disk}", "/mnt"]):
        if bounded(60, *command)[0] != 0:
            return None
    return "/mnt/file"


def umount_ext4():
    return bounded(60, "umount", "/mnt")[0] is not None
