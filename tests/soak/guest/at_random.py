# SPDX-License-Identifier: GPL-2.0
"""at_random.py SEED SECONDS: verified fio on both namespaces while a seed chooses faults, in chunks; between them the
driver is unbound and bound. Prints 'result JSON' for each chunk, for a failure, and for what is left at the end."""

import glob
import json
import os
import random
import re
import subprocess
import sys
import time

from load import Fio
from machine import Device, Log, bounded, now_ms, write_file

CHUNK_S = 25
# One I/O command in so many meets a fault of its own.
RATE = 600
# As short as they get: what is dropped costs one of them, and more is tried in the same time.
PARAMETERS = ["io_timeout=1", "admin_timeout=2", "max_retries=30"]
# What befalls the controller meanwhile: words of the device, or ours.
BLOWS = (
    "!reset", "!reset", "!flr", "cfs", "ones for=5", "ones for=12", "ones reads=3", "raise 1 200", "raise 2 200", "event 2 0 4",
    "!mute", "!late", "drop queue=admin first=1", "enable 300",
)  # fmt: skip


def say(**result):
    print("result", json.dumps(result), flush=True)


def counts():
    """What shows a leak: kernel memory that is not given back, in KiB, and objects of the slabs."""
    bounded(30, "sh", "-c", "sync; echo 3 > /proc/sys/vm/drop_caches; sleep 1; echo 3 > /proc/sys/vm/drop_caches")
    found = {}
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        for line in meminfo:
            name, value = line.split()[:2]
            if name[:-1] in ("SUnreclaim", "Percpu", "VmallocUsed", "KernelStack", "PageTables"):
                found[name[:-1]] = int(value)
    with open("/proc/slabinfo", encoding="ascii") as slabinfo:
        rows = [line.split() for line in slabinfo if re.match(r"(kmalloc|bio|blk|dma|request)", line)]
    found["slab_objects"] = sum(int(row[1]) for row in rows)
    return found


def is_there(device, name):
    return os.path.exists(f"/dev/{name}") and device.state() == "live"


def bind(device):
    """Both disks, or none."""
    bounded(30, "nvme-bind", "rnvme", device.bdf)
    begin = now_ms()
    while now_ms() - begin < 10000:
        names = sorted(os.path.basename(path) for path in glob.glob("/sys/block/rnvme*"))
        if len(names) == 2 and all(is_there(device, name) for name in names):
            return names
        time.sleep(0.1)
    return []


class Chunk:
    """So many seconds of fio under the faults of one seed."""

    def __init__(self, device, log, seed):
        self.device, self.log, self.seed, self.dice = device, log, seed, random.Random(seed)
        self.blows, self.why = {}, []

    def strike(self):
        blow = self.dice.choice(BLOWS)
        self.blows[blow] = self.blows.get(blow, 0) + 1
        folder = self.device.controller()
        if blow == "!reset" and folder:
            write_file(f"{folder}/reset_controller", 1)
        elif blow == "!flr":
            write_file(f"{self.device.pci}/reset", 1)
        elif blow == "!mute":
            self.device.tell("mute 1")
            time.sleep(0.8)
            self.device.tell("unmute")
        elif blow == "!late":
            self.device.tell("delay=950 queue=io first=2")
        elif blow == "enable 300":
            self.device.tell(blow, "cfs")
            time.sleep(0.5)
            self.device.tell("enable honest")
        elif not blow.startswith("!"):
            self.device.tell(blow)

    def run(self, names, seconds):
        before = self.device.stats()
        self.device.tell("honest", f"random {self.seed} {RATE}")
        options = [f"--randseed={self.seed}", f"--filename=/dev/{names[1]}", "--name=of4096", "--bssplit=4k/75:16k/15:64k/8:256k/2"]
        first = ["--numjobs=4", "--iodepth=16", "--bssplit=512/30:4k/50:16k/12:64k/6:256k/2"]
        # Several jobs of each; the options of the second come after its name.
        fio = Fio(f"/dev/{names[0]}", seconds, *first, *second(options, seconds))
        begin = now_ms()
        while fio.runs() and now_ms() - begin < seconds * 1000:
            time.sleep(self.dice.uniform(1.0, 4.0))
            self.strike()
        is_over = fio.wait(90)
        self.device.tell("honest")
        after = self.device.stats()
        told = {k[5:]: v - before.get(k, 0) for k, v in after.items() if k.startswith("told-") and v > before.get(k, 0)}
        lines = self.log.read()
        said, splats = self.log.judge(lines)
        self.why = [text for _, text in lines if re.search("lost|given up|dead", text) and "nvme" in text][:3]
        result = fio.result() if is_over else {"verified": 0, "written": 0, "error": "hung", "exit": None, "is_corrupt": False}
        say(
            kind="chunk", seed=self.seed, seconds=seconds, told=told, blows=self.blows, splats=splats, log=said, fio=result,
            breaches=after["breaches"] - before["breaches"], resets=after["resets"] - before["resets"], verified=result["verified"],
        )  # fmt: skip
        return is_over and not result["error"] and not result["exit"]


def second(options, seconds):
    """Options of a job section after the first: those that are not global are said again."""
    seed, filename, name, split = options
    return [
        seed, name, filename, "--direct=1", "--rw=randwrite", split, "--size=16m", "--offset_increment=32m", "--numjobs=4", "--thread",
        "--ioengine=io_uring", "--iodepth=16", "--verify=crc32c", "--verify_backlog=64", "--verify_fatal=1", "--time_based",
        f"--runtime={seconds}", "--group_reporting",
    ]  # fmt: skip


def unload(log):
    """What the module says when it goes."""
    status, said = bounded(60, "rmmod", "rnvme")
    return {"rmmod": status, "words": said.strip()[:200], "log": [text for _, text in log.read() if "rnvme" in text][-3:]}


def main():
    seed, seconds = int(sys.argv[1]), int(sys.argv[2])
    device, log = Device(0), Log()
    # Once for all that is allocated once.
    load = ["modprobe", "rnvme", *PARAMETERS]
    subprocess.run(load, check=True)
    bind(device)
    unload(log)
    before = counts()
    subprocess.run(load, check=True)
    begin, number = now_ms(), 0
    while now_ms() - begin < seconds * 1000 - 8000:
        chunk_seed = seed * 1000 + number
        number += 1
        names = bind(device)
        if not names:
            say(kind="failure", seed=chunk_seed, why="the device does not serve when bound again", log=log.judge(log.read())[0])
            break
        left = int(seconds - (now_ms() - begin) / 1000)
        chunk = Chunk(device, log, chunk_seed)
        if not chunk.run(names, max(min(CHUNK_S, left), 8)):
            say(kind="failure", seed=chunk_seed, why="fio saw an error, or did not end", state=device.state(), log=chunk.why)
        device.unbind()
    else:
        bounded(60, "nvme-bind", "--no-wait", "none", device.bdf)
        gone = unload(log)
        say(
            kind="unload", kernel=os.uname().release, before=before, after=counts(), kmemleak=kmemleak(), splats=log.judge(log.read())[1],
            **gone,
        )  # fmt: skip
    print("end", flush=True)


def kmemleak():
    """Reports of the kernel's own leak detector, where it has one."""
    path = "/sys/kernel/debug/kmemleak"
    if not os.path.exists(path):
        return None
    bounded(120, "sh", "-c", f"echo scan > {path}; sleep 6; echo scan > {path}")
    with open(path, encoding="utf-8") as reports:
        return reports.read().count("unreferenced object")


if __name__ == "__main__":
    main()
