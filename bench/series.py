# SPDX-License-Identifier: GPL-2.0
"""From fio's JSON files to series: one record per job and run, with every dimension that tells it from its neighbours."""

import json
import pathlib

# Jobs whose name starts so are there for their effect, not for their figures.
UNREAD = "warm-up"

SUFFIXES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class Refusal(Exception):
    """One sentence for the person who ran the comparison."""


def parse_size(text):
    """"128k" as bytes."""
    text = text.lower()
    if text[-1] in SUFFIXES:
        return int(text[:-1]) * SUFFIXES[text[-1]]
    return int(text)


def read_fio(path):
    """fio's report; warnings that it printed before the report are skipped."""
    text = path.read_text()
    start = text.find("{")
    if start < 0:
        raise Refusal(f"{path.name} holds no report of fio.")
    return json.loads(text[start:])


def direction_of(job):
    """The one direction that the job has figures for: "read", "write" or "mixed"."""
    used = [name for name in ("read", "write", "mixed") if job.get(name, {}).get("total_ios", 0) > 0]
    if len(used) != 1:
        raise Refusal(f"the job {job['jobname']} has figures for {used or 'no direction'}: use unified_rw_reporting.")
    return used[0]


def record_of(job, common, place):
    """One record: the dimensions from the job's options, the figures from its report. `place` is boot, round and driver."""
    if job["error"]:
        raise Refusal(f"the job {job['jobname']} ended with error {job['error']} under {place['driver']}.")
    options = {**common, **job["job options"]}
    direction = direction_of(job)
    figures = job[direction]
    latency = figures["lat_ns"]
    return {
        **place,
        "job": job["jobname"],
        "engine": options["ioengine"],
        "pattern": options["rw"],
        "direction": direction,
        "block_bytes": parse_size(options["bs"]),
        "jobs": int(options["numjobs"]),
        "depth": int(options["iodepth"]),
        "ios": figures["total_ios"],
        "runtime_ms": figures["runtime"],
        "iops": round(figures["iops"], 3),
        "bandwidth_bytes_per_s": figures["bw_bytes"],
        "lat_mean_ns": round(latency["mean"], 1),
        "lat_p50_ns": latency["percentile"]["50.000000"],
        "lat_p99_ns": latency["percentile"]["99.000000"],
        "lat_p999_ns": latency["percentile"]["99.900000"],
    }


def place_of(path, clock, facts):
    """Where a run stands, from its file name: PAIR.POSITION.SIDE.DRIVER.SCHEDULER.json."""
    pair, position, side, driver, setting = path.name.removesuffix(".json").split(".")
    if side == "b" and facts["a.driver"] == driver:
        driver += " again"
    scheduler = facts.get(f"{side}.scheduler_default", "none") if setting == "default" else setting
    return {
        "clock": clock,
        "boot": 1,
        "round": int(pair),
        "position": int(position),
        "side": side,
        "driver": driver,
        "setting": setting,
        "scheduler": scheduler,
    }


def read_facts(path):
    """KEY=VALUE lines as a dictionary."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def read_boot(folder, clock):
    """All records of one boot, in the order in which they were measured."""
    facts = read_facts(folder / "facts")
    records = []
    for path in sorted(pathlib.Path(folder / "runs").glob("*.json")):
        report = read_fio(path)
        place = place_of(path, clock, facts)
        for job in report["jobs"]:
            if not job["jobname"].startswith(UNREAD):
                records.append(record_of(job, report.get("global options", {}), place))
    if not records:
        raise Refusal(f"the boot in {clock} time left no figures.")
    order = {"a": 0, "b": 0, "floor": 1}
    records.sort(key=lambda r: (order[r["side"]], r["round"], r["position"]))
    return facts, records
