# SPDX-License-Identifier: GPL-2.0
"""What the trials of one fault with one driver come to, and how two drivers compare."""

import statistics

TIMEOUTS = "`io_timeout` and `admin_timeout` 3 s, `max_retries` 5; part two: 1 s, 2 s, 30"
HELD_UP_MS = 100
# Recovery that differs by less, or by less than a quarter, is equal.
CLOSE_MS = 150
RATIO = 1.25

EXPECTED_WORDS = {
    "none": "no error",
    "error": "errors, then it serves again",
    "serves": "a disk that works",
    "no-disk": "no disk, in bounded time",
    "gone": "errors, and the disk is gone",
    "corrupt": "data changed, as by any device without DMA protection",
}
# Lines that tell no lie by themselves.
NO_LIES = ("honest", "raise", "event", "resize", "release", "queues", "shadow", "!", "gone")
WORDS = {
    "none": "no error",
    "error": "errors",
    "gone": "disk gone",
    "corrupted": "**data corrupted**",
    "hung": "**hung: not back within 100 s**",
    "guest ended": "**the guest crashed**",
    "serves": "a disk that works",
    "refused": "refused",
    "no disk": "bound, no disk",
    "broken disk": "a disk that does not work",
}
# What is as good as can be for an expectation is 3; errors that need not be 2; no disk where there could be one 2.
RANKS = {
    "none": {"none": 3, "error": 2, "gone": 1},
    "error": {"none": 3, "error": 3, "gone": 2},
    "serves": {"serves": 3, "refused": 1, "no disk": 1, "broken disk": 1},
    "no-disk": {"refused": 3, "no disk": 3, "serves": 3, "broken disk": 1},
    "gone": {"none": 3, "error": 3, "gone": 3},
    "corrupt": {"corrupted": 3, "error": 3, "none": 3},
}


def cell(text):
    """Fit for a table."""
    text = " ".join(text.replace("|", "/").split())
    return text if len(text) <= 150 else text[:147] + "…"


class Side:
    """All trials of a fault with one driver."""

    def __init__(self, fault, trials):
        self.fault, self.trials = fault, trials
        self.tries = sum(trial.get("tries", 1) for trial in trials)

    def rank(self):
        return min((RANKS[self.fault.expected].get(trial["outcome"], 0) - self.penalty(trial) for trial in self.trials), default=None)

    @staticmethod
    def penalty(trial):
        """The device is honest again: a driver that must be bound anew to see that is half as good."""
        is_harmed = trial.get("after") == "serves when bound again" and trial["load"] != "probe" and trial["outcome"] in ("none", "error")
        return 0.5 * is_harmed + ("stuck" in trial or trial.get("after") == "does not serve")

    def is_expected(self):
        wanted = {"none": ("none",), "serves": ("serves",), "no-disk": ("refused", "no disk")}.get(self.fault.expected)
        for trial in self.trials:
            if "stuck" in trial or trial.get("splats") or (wanted and trial["outcome"] not in wanted):
                return False
            if not RANKS[self.fault.expected].get(trial["outcome"]):
                return False
        return True

    def times_ms(self):
        """One figure per try: what readers and fio were held up."""
        times = []
        for trial in self.trials:
            if self.fault.load == "probe":
                times.append(trial.get("took_ms"))
                continue
            found = list(trial.get("recovery_ms") or [None])
            slowest = trial.get("slowest_ms") or 0
            if slowest >= HELD_UP_MS and found[-1] is not None and slowest > max(found, key=lambda v: v or 0):
                found[max(range(len(found)), key=lambda n: found[n] or 0)] = slowest
            times += found
        return times

    def recovery_ms(self):
        times = self.times_ms()
        return None if not times or None in times else statistics.median(times)

    def recovery(self):
        if not self.trials:
            return "–"
        median, times = self.recovery_ms(), self.times_ms()
        if median is None:
            return "never" if any(trial.get("of_no_size") for trial in self.trials) else "not within 100 s"
        words = f"{median:,.0f} ms" if median >= HELD_UP_MS or self.fault.load == "probe" else f"< {HELD_UP_MS} ms"
        if len(times) > 1 and max(times) >= max(HELD_UP_MS, median * 1.05):
            words += f" (≤ {max(times):,.0f})"
        return words

    def words(self):
        """What the application saw, the commonest first."""
        if not self.trials:
            return "not tried"
        said = []
        for trial in self.trials:
            words = WORDS.get(trial["outcome"], trial["outcome"])
            error = (trial.get("fio") or {}).get("error")
            if trial["outcome"] in ("error", "gone") and error:
                words += f" ({error})"
            if trial.get("after") == "serves when bound again" and trial["load"] != "probe" and trial["outcome"] != "gone":
                words += "; serves only when bound again"
            if trial.get("of_no_size"):
                words += "; a disk of no size stays"
            if "stuck" in trial:
                words += f"; {cell(trial['stuck'])}"
            if trial.get("told") == {} and any(not line.startswith(NO_LIES) for line in self.fault.lines):
                words += " (the lie was not called for)"
            if trial.get("splats"):
                words += f"; **{cell(trial['splats'][0])}**"
            said.append(words)
        return " / ".join(sorted(set(said), key=said.count, reverse=True))

    def log(self):
        lines = [trial["log"] for trial in self.trials if trial.get("log") and "callbacks suppressed" not in trial["log"]]
        return cell(lines[0]) if lines else "–"


def compare(ours, theirs):
    """How rnvme does beside the C driver."""
    if not ours.trials or not theirs.trials:
        return "–"
    if ours.rank() != theirs.rank():
        return "better" if ours.rank() > theirs.rank() else "worse"
    a, b = ours.recovery_ms(), theirs.recovery_ms()
    if a is None or b is None:
        return "equal" if a == b else ("worse" if a is None else "better")
    if abs(a - b) <= CLOSE_MS or max(a, b) <= RATIO * min(a, b):
        return "equal"
    return "better" if a < b else "worse"
