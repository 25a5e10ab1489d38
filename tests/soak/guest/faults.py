# SPDX-License-Identifier: GPL-2.0
"""The list of faults, as data."""

import dataclasses
import pathlib

LIST = pathlib.Path(__file__).resolve().parent.parent / "faults"
LOADS = ("probe", "fio", "idle", "ext4")
EXPECTED = ("none", "error", "serves", "no-disk", "gone", "corrupt")


@dataclasses.dataclass(frozen=True)
class Fault:
    """A line of the list."""

    name: str
    load: str
    expected: str
    times: int
    lines: tuple

    @property
    def ends_device(self):
        """Whether the device serves nothing else afterwards."""
        return any("gone" in line.split() for line in self.lines)


def read(path=LIST):
    """All of them, in their order."""
    faults = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, load, expected, times, lines = (field.strip() for field in line.split("|"))
        if load not in LOADS or expected not in EXPECTED:
            raise ValueError(f"faults: {line}")
        faults.append(Fault(name, load, expected, int(times), tuple(part.strip() for part in lines.split(";"))))
    return faults


if __name__ == "__main__":
    for number, fault in enumerate(read()):
        print(number, "alone" if fault.ends_device else "shared", fault.name, fault.load, sep="\t")
