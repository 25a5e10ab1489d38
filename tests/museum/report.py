# SPDX-License-Identifier: GPL-2.0
"""report.py EXHIBITS WORK RESULTS: RESULTS/museum.md and RESULTS/museum/data.jsonl from the exhibits' heads and what their runs said.

WORK has `verdicts`, the output of tests/run, and `twins`, the lines of tests/museum/twins. An exhibit holds when each verdict that it
names exists and passed in this run. Ends with 1 where one does not; the table says which.
"""

import json
import pathlib
import re
import sys

FIELDS = ("exhibit", "bug", "class", "boot", "by", "language", "design", "test", "fails with")
STOPPED_BY = {"language": "the language", "design": "the design", "test": "only a test"}
ENDINGS = {"passes": "passes", "fails": "**has it**", "hangs": "**hangs**", "broken": "**takes the guest down**"}


class Refusal(Exception):
    """One sentence: what is missing."""


def read_exhibit(path):
    """The head of an exhibit as a dictionary; `verdict` is a list."""
    text = path.read_text()
    head = {"verdicts": [], "has_twin": bool(re.search(r"^(replay|twin)\(\)", text, re.M)), "file": path.name}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        name, colon, value = line[2:].partition(": ")
        if name == "verdict":
            head["verdicts"].append(value)
        elif colon:
            head[name] = value
    missing = [field for field in FIELDS if field not in head]
    if missing or head["by"] not in STOPPED_BY:
        raise Refusal(f"{path.name}: its head lacks {', '.join(missing) or 'a `by` that is language, design or test'}")
    if not head["verdicts"]:
        head["verdicts"] = [f"guest/museum_{head['boot']}: museum_{head['exhibit']}"]
    if "no twin" in head:
        head["has_twin"] = False
    return head


def read_verdicts(path):
    """Name of a verdict to whether it passed, and to what it said where it did not."""
    found = {}
    for line in path.read_text().splitlines():
        if match := re.match(r"(ok|FAIL) +(\S+?): (\S+) ?(.*)", line):
            found[f"{match[2]}: {match[3]}"] = "" if match[1] == "ok" else match[4] or "failed"
    return found


def read_twins(path):
    """Number to (ending, seconds, words), and to what was observed; facts of the boots."""
    twins, saw, facts = {}, {}, {}
    for line in path.read_text().splitlines():
        kind, number, rest = (line.split(" ", 2) + ["", ""])[:3]
        if kind == "twin":
            ending, seconds, words = (rest.split(" ", 2) + ["", ""])[:3]
            twins[number] = {"ending": ending, "seconds": int(seconds or 0), "words": words}
        elif kind == "saw":
            saw.setdefault(number, []).append(rest)
        elif kind == "fact":
            facts[number] = rest
    return twins, saw, facts


def words_of(exhibit, twin, saw):
    """What the C driver did, as a cell."""
    if not exhibit["has_twin"]:
        return f"not run: {exhibit.get('no twin', 'shown without a device')}"
    if twin is None:
        return "**not run in this run**"
    text = f"{ENDINGS[twin['ending']]} ({twin['seconds']} s)"
    if twin["ending"] == "passes":
        text += f": {exhibit['in C']}" if "in C" in exhibit else ""
    elif twin["words"]:
        text += f": {twin['words']}"
    # Equal rounds are said once.
    return "; ".join([text, *dict.fromkeys(saw)])


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def row_of(exhibit):
    """One line of the table; what stops the bug is bold."""
    columns = [exhibit["exhibit"], exhibit["bug"], exhibit["class"]]
    for name in ("language", "design", "test"):
        columns.append(f"**{exhibit[name]}**" if exhibit["by"] == name else exhibit[name])
    columns.append(exhibit["c"])
    return "| " + " | ".join(cell(c) for c in columns) + " |"


def order(exhibit):
    number = exhibit["exhibit"]
    return number.startswith("R"), int(number.lstrip("R"))


def counted(exhibits, twins):
    """The sentences with the counts."""
    by = {name: sum(e["by"] == name for e in exhibits) for name in STOPPED_BY}
    held = sum(e["holds"] for e in exhibits)
    ran = [twins[e["exhibit"]] for e in exhibits if e["exhibit"] in twins]
    run_time = sum(any(v.startswith("guest/museum") for v in e["verdicts"]) for e in exhibits)
    endings = {ending: sum(t["ending"] == ending for t in ran) for ending in ENDINGS}
    return COUNTS.format(
        exhibits=len(exhibits), held=held, run_time=run_time, elsewhere=len(exhibits) - run_time, **by, ran=len(ran), **endings
    )


COUNTS = """**{exhibits} exhibits, {held} hold in this run.** {run_time} are replayed in the guest, {elsewhere} are shown by the compiler, on the host or
in the compiled module. Of all of them **the language alone prevents {language}, the design {design}, and only tests {test}**; the cell that does is
bold. Of {ran} twins run on the C driver of the same kernel {passes} pass, {fails} do not, {hangs} do not end, {broken} take the guest down."""

TEXT = """# Museum

Real bugs of others, each replayed against rnvme, and kept in the suite for ever. Numbers and R numbers are those of the list that the exhibits
come from: 89 bugs of the C driver, of other block and NVMe drivers, and of Rust abstractions.

{counts}
{failed}
| | bug | class | what the language did | what the design did | what only a test did | what C did |
|---|---|---|---|---|---|---|
{rows}

## How it is made

```
make museum
```

An exhibit is a file in `tests/museum/exhibits`: a head with the words of its row, and a `replay()` that makes the bug's situation and looks.
`make test` replays all of them with rnvme, in three boots; `make museum` does so too, then runs each one on the stock C driver, bound to the same
device in the same kernel with the same timeouts (I/O 3 s, admin 2 s, 20 retries, no native multipath), and writes this file and
`museum/data.jsonl`. Conditions: {facts}.

An exhibit holds when each verdict that it names was given in this run and passed: its own replay, a program that must not compile
(`tests/misuse`), a host test or a loom model (`tests/host`), a check of the compiled module (`tests/objects`), a rule (`tests/tidy`). Where a test
shows the bug already, the exhibit names it and does not repeat it. The head says what would make it fail.

**Class**: UAF use after free, DBL completed twice, CID identifier, DMA memory that the device reaches, RACE, LEAK, HANG, OOB out of bounds,
INT overflow, NULL, LOCK, BAR barrier, IRQ, SPEC against the specification, INFO information leaks.

**What stops it**: *language* means that the driver cannot be written with this bug: it does not compile, or ownership takes the forgotten step.
That is a promise of `abstractions/`, whose own bugs of the kind are the R rows. *Design* means that it can happen and is caught, or that the
structure leaves no room for it. *Test* means that neither helps: without the test it could come back tomorrow.

**What C did** is what was observed: it *passes* where the check of the bug itself passes (the words behind name the fix, from the history of the
bug); where both drivers survive and differ in what the application saw, the rest of the cell says so. rnvme is held to more than C in such
rows: that the application sees no error. *Has it* means that this check failed with the C driver, in the words of the check.

## Not here

{absent}
"""


def main(exhibits_path, work, results):
    exhibits = sorted((read_exhibit(p) for p in pathlib.Path(exhibits_path).glob("*.sh")), key=order)
    work, results = pathlib.Path(work), pathlib.Path(results)
    verdicts = read_verdicts(work / "verdicts")
    twins, saw, facts = read_twins(work / "twins")
    failed = []
    for exhibit in exhibits:
        number = exhibit["exhibit"]
        wrong = [f"{v}: {verdicts.get(v, 'no such verdict in this run')}" for v in exhibit["verdicts"] if verdicts.get(v, "?") != ""]
        exhibit["holds"] = not wrong
        exhibit["c"] = words_of(exhibit, twins.get(number), saw.get(number, []))
        failed += [f"{number}: {w}" for w in wrong]
        failed += [f"{number}: its twin was not run"] if exhibit["has_twin"] and number not in twins else []
    text = TEXT.format(
        counts=counted(exhibits, twins),
        failed="\n**Does not hold**\n\n" + "\n".join(f"- {f}" for f in failed) + "\n" if failed else "",
        rows="\n".join(map(row_of, exhibits)),
        facts=", ".join(f"{name} {value}" for name, value in facts.items()),
        absent=(pathlib.Path(exhibits_path).parent / "absent.md").read_text().strip(),
    )
    (results / "museum").mkdir(parents=True, exist_ok=True)
    (results / "museum.md").write_text(text)
    with open(results / "museum" / "data.jsonl", "w", encoding="utf-8") as data:
        for exhibit in exhibits:
            record = {k: v for k, v in exhibit.items() if k != "c"}
            record |= {"twin": twins.get(exhibit["exhibit"]), "observed": saw.get(exhibit["exhibit"], [])}
            data.write(json.dumps(record, ensure_ascii=False) + "\n")
    print(counted(exhibits, twins))
    for line in failed:
        print(f"does not hold: {line}")
    return bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (Refusal, FileNotFoundError) as refusal:
        sys.exit(f"tests/museum/report.py: {refusal}")
