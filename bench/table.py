# SPDX-License-Identifier: GPL-2.0
"""The Markdown table: which figures a job has, how they are written, what is said about them."""

import dataclasses
import typing

import stats


@dataclasses.dataclass(frozen=True)
class Figure:
    """One column of the data, as people read it."""

    name: str
    unit: str
    digits: int
    better: str
    value: typing.Callable[[dict], float]


IOPS = Figure("IOPS", "k/s", 1, "higher", lambda r: r["iops"] / 1e3)
BANDWIDTH = Figure("bandwidth", "MiB/s", 0, "higher", lambda r: r["bandwidth_bytes_per_s"] / (1 << 20))
# Little's law: with the depth always full, mean latency is depth times the time per I/O. fio knows latency to the nanosecond, its
# run time only to the millisecond.
PER_IO = Figure("time per I/O", "ns", 0, "lower", lambda r: r["lat_mean_ns"] / r["depth"])
MEAN = Figure("mean latency", "µs", 1, "lower", lambda r: r["lat_mean_ns"] / 1e3)
MEAN_NS = Figure("mean latency", "ns", 0, "lower", lambda r: r["lat_mean_ns"])
P50 = Figure("p50 latency", "µs", 1, "lower", lambda r: r["lat_p50_ns"] / 1e3)
P99 = Figure("p99 latency", "µs", 1, "lower", lambda r: r["lat_p99_ns"] / 1e3)
LARGE_BYTES = 128 << 10


def figures_of(record):
    """The figures that mean something for a job: latency where nothing waits, a rate where much is in flight."""
    if record["clock"] == "virtual":
        return [MEAN_NS, P50, P99] if record["depth"] == 1 else [PER_IO, P50, P99]
    if record["depth"] == 1:
        return [P50, P99]
    return [BANDWIDTH] if record["block_bytes"] >= LARGE_BYTES else [IOPS, P99]


PATTERNS = {
    "randread": "random read",
    "randwrite": "random write",
    "randrw": "random 70 % read",
    "read": "sequential read",
    "write": "sequential write",
    "rw": "sequential, mixed",
}


def title_of(record):
    """"4 KiB random read, 2 jobs, depth 32"."""
    size = record["block_bytes"]
    words = [f"{size >> 10} KiB {PATTERNS[record['pattern']]}" if size >= 1024 else f"{size} B {PATTERNS[record['pattern']]}"]
    if record["jobs"] > 1:
        words.append(f"{record['jobs']} jobs")
    words.append(f"depth {record['depth']}")
    if record["setting"] != "none":
        words.append("default scheduler")
    return ", ".join(words)


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table: a figure of a job, on both sides."""

    title: str
    figure: Figure
    first: tuple
    second: tuple
    ratio: float
    interval: tuple | None
    pairs: int
    floor: float | None

    def better(self):
        """"first", "second" or None."""
        return stats.verdict(self.interval, self.figure.better) if self.interval else None


def rows_of(records, clock):
    """The rows of one clock, jobs in the order in which they were measured."""
    groups = {}
    for record in records:
        if record["clock"] == clock:
            groups.setdefault((record["setting"], record["job"]), {}).setdefault(record["side"], []).append(record)
    rows = []
    for sides in groups.values():
        for figure in figures_of(sides["a"][0]):
            values = {side: {r["round"]: figure.value(r) for r in of_side} for side, of_side in sides.items()}
            ratios = stats.paired_ratios(values["a"], values["b"])
            if clock == "wall":
                interval = stats.bootstrap_interval(ratios)
            else:
                interval = stats.range_interval(values["a"].values(), values["b"].values())
            rows.append(
                Row(
                    title=title_of(sides["a"][0]),
                    figure=figure,
                    first=stats.spread(values["a"].values()),
                    second=stats.spread(values["b"].values()),
                    ratio=stats.spread(ratios)[1],
                    interval=interval,
                    pairs=len(ratios),
                    floor=next(iter(values["floor"].values())) if "floor" in values else None,
                )
            )
    return rows


def write_spread(values, digits):
    """"median (smallest – largest)"; a single number where they agree in the digits shown."""
    low, middle, high = (f"{value:,.{digits}f}" for value in values)
    return middle if low == high else f"{middle} ({low} – {high})"


def write_ratio(row, digits):
    """"0.98 [0.95, 1.02]"."""
    text = f"{row.ratio:.{digits}f}"
    if row.interval is None:
        return f"{text} (too few pairs)"
    low, high = (f"{bound:.{digits}f}" for bound in row.interval)
    return text if low == high == text else f"{text} [{low}, {high}]"


def markdown(rows, first, second, with_floor=False, ratio_digits=2):
    """The rows as a Markdown table. `first` and `second` are the names of the two sides."""
    head = ["job", "figure", first, second, f"{second} / {first}", "better"]
    if with_floor:
        head.append("without driver")
    lines = ["| " + " | ".join(head) + " |", "|---|---|" + "---:|" * 3 + ":---:|" + "---:|" * with_floor]
    names = {"first": first, "second": second, None: "–"}
    previous = None
    for row in rows:
        digits = row.figure.digits
        cells = [
            row.title if row.title != previous else "",
            f"{row.figure.name}, {row.figure.unit}",
            write_spread(row.first, digits),
            write_spread(row.second, digits),
            write_ratio(row, ratio_digits),
            names[row.better()],
        ]
        if with_floor:
            cells.append("" if row.floor is None else f"{row.floor:,.{digits}f}")
        lines.append("| " + " | ".join(cells) + " |")
        previous = row.title
    return "\n".join(lines)
