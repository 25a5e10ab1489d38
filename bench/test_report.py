# SPDX-License-Identifier: GPL-2.0
"""The statistics and the table of the comparison: python3 -B -m pytest -p no:cacheprovider bench

Each test names the change that made it fail when it was tried.
"""

import copy
import json
import pathlib
import random
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

import series  # noqa: E402
import stats  # noqa: E402
import table  # noqa: E402

# One job of fio 3.39, cut to what is read.
JOB = {
    "jobname": "randread-4k-d32",
    "error": 0,
    "job options": {"rw": "randread", "bs": "4k", "iodepth": "32"},
    "read": {
        "total_ios": 14000,
        "runtime": 700,
        "iops": 20000.0,
        "bw_bytes": 81920000,
        "lat_ns": {"mean": 50000.0, "percentile": {"50.000000": 48000, "99.000000": 90000, "99.900000": 200000}},
    },
    "write": {"total_ios": 0},
}
COMMON = {"ioengine": "io_uring", "numjobs": "1"}
PLACE = {"clock": "wall", "boot": 1, "round": 1, "position": 1, "side": "a", "driver": "nvme", "setting": "none", "scheduler": "none"}


def record(**changes):
    return {**series.record_of(JOB, COMMON, PLACE), **changes}


def comparison(rates_a, rates_b, **changes):
    """Records of both sides with the given IOPS, one per round."""
    return [
        record(side=side, driver=driver, round=number, iops=rate, **changes)
        for side, driver, rates in (("a", "nvme", rates_a), ("b", "rnvme", rates_b))
        for number, rate in enumerate(rates, 1)
    ]


# seen to fail: paired_ratios zips the two dictionaries' values in the order of insertion
def test_ratios_pair_by_round_whatever_the_order():
    assert stats.paired_ratios({1: 10, 2: 20}, {2: 60, 1: 20}) == [2, 3]


# seen to fail: the comparison of the keys removed
def test_a_round_without_partner_is_refused():
    with pytest.raises(ValueError, match=r"\[3\]"):
        stats.paired_ratios({1: 1, 2: 1}, {1: 1, 2: 1, 3: 1})


# seen to fail: `<= 0` made `< 0`
def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        stats.paired_ratios({1: 10}, {1: 0})


# seen to fail: PAIRS_MIN = 4
def test_four_pairs_have_no_interval():
    assert stats.bootstrap_interval([1.0] * 4) is None
    assert stats.bootstrap_interval([1.0] * 5) == (1.0, 1.0)


# seen to fail: seed=None
def test_the_same_data_gives_the_same_interval(monkeypatch):
    monkeypatch.setattr(stats, "RESAMPLES", 20)
    draw = random.Random(5)
    values = [draw.lognormvariate(0, 0.3) for _ in range(40)]
    assert stats.bootstrap_interval(values) == stats.bootstrap_interval(values)


# seen to fail: confidence=0.7
def test_the_interval_holds_the_true_ratio_in_nine_of_ten_noisy_comparisons(monkeypatch):
    monkeypatch.setattr(stats, "RESAMPLES", 400)
    draw = random.Random(2)
    for pairs in (6, 10):
        held = 0
        for _ in range(200):
            low, high = stats.bootstrap_interval([1.05 * draw.lognormvariate(0, 0.2) for _ in range(pairs)])
            held += low <= 1.05 <= high
        assert held >= 180, f"{pairs} pairs: {held} of 200"


# seen to fail: the median replaced by the mean
def test_one_outlier_does_not_move_the_interval():
    low, high = stats.bootstrap_interval([1.0] * 9 + [50.0])
    assert (low, high) == (1.0, 1.0)


# seen to fail: `==` made `!=` in verdict
@pytest.mark.parametrize(
    "interval, better, expected",
    [
        ((1.1, 1.2), "higher", "second"),
        ((1.1, 1.2), "lower", "first"),
        ((0.8, 0.9), "higher", "first"),
        ((0.8, 0.9), "lower", "second"),
        ((0.9, 1.1), "higher", None),
        ((1.0, 1.0), "lower", None),
    ],
)
def test_a_side_is_named_only_when_the_interval_leaves_out_one(interval, better, expected):
    assert stats.verdict(interval, better) == expected


# seen to fail: EXACTNESS = 0; min(second) / min(first)
def test_virtual_time_names_no_side_for_ranges_that_meet_or_nearly_so():
    assert stats.verdict(stats.range_interval([100, 103], [99, 101]), "lower") is None
    assert stats.verdict(stats.range_interval([100.00, 100.01], [100.05, 100.06]), "lower") is None
    assert stats.verdict(stats.range_interval([100, 101], [97, 98]), "lower") == "second"


# seen to fail: PER_IO from iops
def test_time_per_io_does_not_depend_on_the_milliseconds_of_the_run():
    assert table.PER_IO.value(record(lat_mean_ns=320_000.0, iops=1)) == 10_000


# seen to fail: 1 << 10 made 1000
def test_sizes_of_fio_are_powers_of_two():
    assert [series.parse_size(text) for text in ("512", "4k", "1M")] == [512, 4096, 1 << 20]


# seen to fail: {**job options, **common}
def test_a_job_option_outranks_the_global_one():
    job = copy.deepcopy(JOB)
    job["job options"]["ioengine"] = "psync"
    assert series.record_of(job, COMMON, PLACE)["engine"] == "psync"


# seen to fail: the check of job["error"] removed
def test_a_job_that_failed_is_refused():
    with pytest.raises(series.Refusal, match="error 5"):
        series.record_of({**JOB, "error": 5}, COMMON, PLACE)


# seen to fail: len(used) != 1 made len(used) > 1
@pytest.mark.parametrize("ios", [0, 7])
def test_a_job_needs_exactly_one_direction(ios):
    job = copy.deepcopy(JOB)
    job["read"]["total_ios"] = job["write"]["total_ios"] = ios
    with pytest.raises(series.Refusal, match="randread-4k-d32"):
        series.record_of(job, COMMON, PLACE)


# seen to fail: " again" not appended
def test_the_c_driver_against_itself_keeps_its_two_sides():
    place = series.place_of(pathlib.Path("3.2.b.nvme.none.json"), "wall", {"a.driver": "nvme"})
    assert (place["side"], place["driver"], place["round"], place["position"]) == ("b", "nvme again", 3, 2)


# seen to fail: default and none runs grouped by job alone
def test_the_default_scheduler_is_a_row_of_its_own():
    records = comparison([100] * 5, [100] * 5) + comparison([50] * 5, [50] * 5, setting="default", scheduler="mq-deadline")
    titles = {row.title for row in table.rows_of(records, "wall")}
    assert titles == {"4 KiB random read, depth 32", "4 KiB random read, depth 32, default scheduler"}


# seen to fail: `better` of IOPS made "lower"
def test_more_iops_are_better_for_the_driver_that_has_them():
    rows = table.rows_of(comparison([1000, 1010, 990, 1000, 1005], [2000, 2020, 2010, 1990, 2000]), "wall")
    assert rows[0].better() == "second"
    assert "| 1.0 | 2.0 | 2.00 [1.99, 2.03] | rnvme |" in table.markdown(rows, "C nvme", "rnvme")


# seen to fail: the floor never looked for
def test_the_floor_is_a_column_and_not_a_side():
    records = comparison([1, 1], [1, 1], clock="virtual", lat_mean_ns=32_000)
    records.append(record(clock="virtual", side="floor", driver="null_blk", lat_mean_ns=8_000))
    row = table.rows_of(records, "virtual")[0]
    assert (row.first, row.second, row.floor) == ((1000, 1000, 1000), (1000, 1000, 1000), 250)
    assert table.markdown([row], "C nvme", "rnvme", with_floor=True).splitlines()[-1].endswith("| 1.00 | – | 250 |")


# seen to fail: (low, high) always written
def test_a_spread_that_does_not_show_is_not_written():
    assert table.write_spread((0.999, 1.0, 1.001), 1) == "1.0"
    assert table.write_spread((0.9, 1.0, 1.1), 1) == "1.0 (0.9 – 1.1)"


def write_work(work, pairs=5, error=0):
    runs = work / "wall" / "runs"
    runs.mkdir(parents=True)
    for pair in range(1, pairs + 1):
        for position, (side, driver) in enumerate((("a", "nvme"), ("b", "rnvme")), 1):
            text = json.dumps({"global options": COMMON, "jobs": [{**JOB, "error": error}]})
            (runs / f"{pair}.{position}.{side}.{driver}.none.json").write_text("fio: a warning before the report\n" + text)
    keys = ("hardware_queues", "scheduler_default", "driver")
    facts = [f"{side}.{key}=x" for side in "ab" for key in keys] + [f"{key}=x" for key in ("kernel", "accelerator", "cpus", "fio")]
    (work / "wall" / "facts").write_text("\n".join(facts + ["memory_mib=x", "clocksource=x"]) + "\n")
    (work / "wall.command").write_text("./qemu-nvme.sh\n")
    (work / "host").write_text("".join(f"{key}=x\n" for key in ("qemu", "host_cpus", "host_cpu", "revision", "date", "command")) + "jobs=quick\n")


def run_report(folder):
    return subprocess.run([HERE / "report", folder / "work", folder / "out"], capture_output=True, text=True)


# seen to fail: the SVG's date left in; a figure renamed in record_of
def test_the_same_work_gives_the_same_files(tmp_path):
    contents = []
    for name in ("one", "two"):
        write_work(tmp_path / name / "work")
        assert run_report(tmp_path / name).returncode == 0
        out = tmp_path / name / "out"
        contents.append({path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert contents[0] == contents[1]
    assert set(contents[0]) == {"data.jsonl", "conditions.json", "quick.md", "quick.svg"}
    lines = [json.loads(line) for line in contents[0]["data.jsonl"].decode().splitlines()]
    assert len(lines) == 10 and lines[0]["lat_p999_ns"] == 200000 and lines[0]["block_bytes"] == 4096


# seen to fail: the folder of results made before the last record was read
def test_a_failed_job_leaves_one_sentence_and_no_results(tmp_path):
    write_work(tmp_path / "work", error=5)
    ended = run_report(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == "bench: the job randread-4k-d32 ended with error 5 under nvme.\n"
    assert not (tmp_path / "out").exists()
