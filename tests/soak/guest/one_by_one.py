# SPDX-License-Identifier: GPL-2.0
"""one_by_one.py DRIVER:NUMBER[+]…: tries faults of tests/soak/faults, each by itself. NUMBER counts from 0; with '+' each
has a device of its own.

Prints 'begin DRIVER NUMBER' and 'result JSON' for each; 'stuck WHY' where the guest is of no more use.
"""

import json
import os
import re
import sys
import time

import faults
from load import FOR_DISKS_THAT_GO, Fio, Reader, mount_ext4, umount_ext4
from machine import Device, Log, Stuck, bounded, load_drivers, now_ms, write_file

# How long anything may take to come back.
BOUND_S = 100
# How long a disk of no size is waited for.
DEAD_MS = 8000
WARM_UP_S = 0.8
RUN_S = 4


class Trial:
    """One fault, with one driver bound to the device."""

    def __init__(self, device, log, fault, driver):
        self.device, self.log, self.fault, self.driver = device, log, fault, driver
        self.children, self.fio = [], None
        self.result = {"fault": fault.name, "driver": driver, "load": fault.load, "expected": fault.expected}

    def tell(self):
        """Tells all lines; the time before the first of them."""
        begin = now_ms()
        for line in self.fault.lines:
            if not line.startswith("!"):
                self.device.tell(line)
                continue
            word, *rest = line[1:].split()
            getattr(self, f"do_{word}")(*rest)
        return begin

    def do_sleep(self, milliseconds):
        time.sleep(int(milliseconds) / 1000)

    def do_reset(self):
        if folder := self.device.controller():
            self.children.append(write_file(f"{folder}/reset_controller", 1))

    def do_flr(self):
        self.children.append(write_file(f"{self.device.pci}/reset", 1))

    def do_rebind(self):
        bounded(30, "nvme-bind", "--no-wait", "none", self.device.bdf)
        bounded(30, "nvme-bind", "--no-wait", self.driver, self.device.bdf)

    def do_remove(self):
        bounded(30, "sh", "-c", f"echo 1 > {self.device.pci}/remove")

    def do_rescan(self):
        # No driver claims what is found, but the one that is tried.
        bounded(30, "sh", "-c", "echo 0 > /sys/bus/pci/drivers_autoprobe; echo 1 > /sys/bus/pci/rescan; echo 1 > /sys/bus/pci/drivers_autoprobe")
        bounded(30, "nvme-bind", "--no-wait", self.driver, self.device.bdf)

    def run(self):
        self.device.be_honest()
        before = self.device.stats()
        (self.probe if self.fault.load == "probe" else self.under_load)()
        is_gone = "gone" in " ".join(self.fault.lines)
        lines = self.log.read()
        said, splats = self.log.judge(lines)
        after = self.device.stats()
        told = {k: v - before.get(k, 0) for k, v in after.items() if k.startswith("told-") and v > before.get(k, 0)}
        self.result.update(log=said, splats=splats, told=told, breaches=after["breaches"] - before["breaches"])
        if self.result["breaches"]:
            self.result["breach"] = self.device.tell("breaches")[-1]
        self.end(is_gone)
        return self.result

    def probe(self):
        """Bound with the lies told: until it is clear what becomes of it."""
        self.device.unbind()
        self.log.read()
        begin = self.tell()
        # It ends by itself, or does not.
        status, _ = bounded(BOUND_S, "nvme-bind", "--no-wait", self.driver, self.device.bdf)
        outcome, quiet = "hung", 0
        while status is not None and now_ms() - begin < BOUND_S * 1000:
            if self.device.driver() is None or (self.driver == "nvme" and self.device.controller() is None):
                outcome = "refused"
            elif self.device.disk():
                outcome = "serves" if self.device.serves(20) else "broken disk"
            elif self.device.state() in ("live", "dead"):
                quiet += 1
                outcome = "no disk" if quiet >= 20 else "hung"
            if outcome != "hung":
                break
            time.sleep(0.1)
        # What was waited for to be sure of it does not count.
        self.result.update(outcome=outcome, took_ms=now_ms() - begin - quiet * 100, tries=1)

    def under_load(self):
        device, path, fio = self.device, None, None
        if not device.serves() and device.bind(self.driver) is None:
            raise Stuck("the disk does not serve before the fault")
        self.log.read()
        disk = device.disk()
        if self.fault.load == "ext4":
            path = mount_ext4(disk)
        elif self.fault.load == "fio":
            path = f"/dev/{disk}"
        if path:
            options = FOR_DISKS_THAT_GO if self.fault.expected == "gone" or self.brings_back() else ()
            fio = self.fio = Fio(path, RUN_S if self.fault.times > 1 else RUN_S - 1, *options)
            time.sleep(WARM_UP_S + 0.7)
        readers = [Reader(device, cpu) for cpu in range(os.cpu_count())]
        for reader in readers:
            reader.start()
        time.sleep(WARM_UP_S)
        times, recoveries = [], []
        while len(times) < self.fault.times and (not times or (not fio or fio.runs())):
            times.append(self.tell())
            recoveries.append(self.recovered(readers, fio, times[-1], len(times) == self.fault.times))
        is_over = not fio or fio.wait(BOUND_S - (now_ms() - times[-1]) / 1000)
        if is_over:
            # Still held up, or not: the readers say.
            recoveries[-1] = self.recovered(readers, None, times[-1], True)
        took = now_ms() - times[0]
        result = self.result
        result.update(tries=len(times), took_ms=took, recovery_ms=recoveries, reader_errors=sum(r.errors() for r in readers))
        result["disk_gone"] = device.disk() is None
        for reader in readers:
            reader.is_ended = True
        self.judge(fio, is_over, recoveries, readers)

    def recovered(self, readers, fio, since, is_last):
        """Waits until all readers have been served again; None where they are not. The disk gone counts as an end."""
        settle = since + 900
        while now_ms() - since < BOUND_S * 1000:
            if self.device.disk() is None:
                if not self.comes_back() and all(r.begun is None or now_ms() - r.begun < 250 for r in readers):
                    return now_ms() - since
            elif now_ms() > settle and all(r.has_served_since(now_ms() - 600) and r.recovery_ms(since) is not None for r in readers):
                return max(reader.recovery_ms(since) for reader in readers)
            if now_ms() > since + DEAD_MS and self.device.is_of_no_size():
                self.result["of_no_size"] = True
                return None
            time.sleep(0.05)
        return None

    def brings_back(self):
        """Whether the trial takes the disk away and makes it again."""
        return any(line.startswith(("!rebind", "!rescan")) for line in self.fault.lines)

    def comes_back(self):
        """Whether a disk that is away is made again: by what the trial does itself, or by a driver at work."""
        is_ours = self.brings_back()
        for _ in range(100):
            if self.device.disk():
                return True
            if self.device.state() in (None, "dead") and not is_ours:
                return False
            time.sleep(0.05)
        return False

    def judge(self, fio, is_over, recoveries, readers):
        result = self.result
        result["fio"] = fio.result() if fio and is_over else None
        slowest = result["fio"]["slowest_ms"] if result["fio"] else 0
        result["slowest_ms"] = slowest
        if not is_over or (recoveries[-1] is None and any(r.begun and now_ms() - r.begun > 1000 for r in readers)):
            result["outcome"] = "hung"
        elif result["fio"] and result["fio"]["is_corrupt"]:
            result["outcome"] = "corrupted"
        elif result["disk_gone"]:
            result["outcome"] = "gone"
        elif result["reader_errors"] or (fio and (result["fio"]["exit"] or result["fio"]["error"])):
            result["outcome"] = "error"
        else:
            result["outcome"] = "none"

    def end(self, is_gone):
        """Told the truth again, does the device serve, and by what?"""
        result, device = self.result, self.device
        for child in self.children:
            try:
                child.wait(30)
            except Exception:  # noqa: BLE001
                result["stuck"] = "a write to sysfs did not end"
        if is_gone:
            result["after"] = "gone"
            if self.fault.load == "ext4" and not umount_ext4():
                raise Stuck("umount did not end within 60 s")
            return
        device.be_honest()
        if self.fio and not self.fio.wait(30):
            raise Stuck("fio did not end within 30 s of the truth")
        if self.fault.load == "ext4" and not umount_ext4():
            raise Stuck("umount did not end within 60 s")
        begin = now_ms()
        while now_ms() - begin < 3000 and device.driver() and device.state() not in (None, "dead", "live"):
            time.sleep(0.1)
        if self.fault.load != "probe" and device.serves():
            result["after"] = "serves"
            return
        device.unbind()
        result["after"] = "serves when bound again" if device.bind(self.driver) is not None else "does not serve"
        if result["after"] == "does not serve":
            raise Stuck("the device does not serve though it is honest and bound again")


def say(word, *rest):
    print(word, *rest, flush=True)


def leave(why):
    """At once, whatever hangs."""
    say("stuck", re.sub(r"\s+", " ", str(why)))
    time.sleep(0.5)
    with open("/proc/sysrq-trigger", "w", encoding="ascii") as trigger:
        trigger.write("b")


def main():
    load_drivers()
    log, listed, device = Log(), faults.read(), Device(0)
    for number, task in enumerate(sys.argv[1:]):
        driver, fault = task.split(":")[0], listed[int(task.split(":")[1].rstrip("+"))]
        # Each fault after which a device is of no use has one of its own.
        if number > 0 and task.endswith("+"):
            device = Device(number)
        say("begin", *task.rstrip("+").split(":"))
        trial = Trial(device, log, fault, driver)
        try:
            if device.driver() not in (None, driver):
                device.unbind()
            trial.run()
        except (Stuck, ValueError, OSError) as why:
            trial.result.setdefault("outcome", "hung")
            trial.result["stuck"] = str(why)
        result = trial.result
        if "log" not in result:
            result["log"], result["splats"] = log.judge(log.read())
        say("result", json.dumps(result))
        if "stuck" in result:
            leave(result["stuck"])


if __name__ == "__main__":
    main()
