# SPDX-License-Identifier: GPL-2.0
"""Judges a compiled module by rules.txt; see tests/objects."""

import re
import sys
from pathlib import Path

import module as reading

HERE = Path(__file__).resolve().parent

# What is called for each request, each completion, each interrupt.
ROOTS = {
    "queue_rq": r"trampolines::queue_rq::<",
    "queue_rqs": r"trampolines::queue_rqs::<",
    "commit_rqs": r"trampolines::commit_rqs::<",
    "poll": r"trampolines::poll::<",
    "complete": r"trampolines::complete::<",
    "complete_batch": r"complete::complete_batch::<",
    "own_handler": r"line::own_handler::<",
    "shared_handler": r"line::shared_handler::<",
}

failures = 0


def verdict(name, why=None):
    """Prints one."""
    global failures
    if why is None:
        print(f"pass {name}")
    else:
        failures += 1
        print(f"fail {name} {why}")


def short(plain):
    """A name without the paths of crates and of type arguments that every name here has."""
    plain = re.sub(r"rnvme_abs::|<rnvme::Nvme>|rnvme::(?=\w+::)", "", plain)
    return re.sub(r"::$", "", plain)


def where(path, function, at):
    """File and line of an instruction."""
    line = reading.run("addr2line", "--exe", str(path), "--section", function.section, hex(at))
    return re.sub(r"^.*/((abstractions|driver|library)/)", r"\1", line.strip())


def rules():
    """rules.txt: allowed calls and budgets per root, and files that may panic."""
    calls, budgets, panics = {}, {}, {}
    for line in (HERE / "rules.txt").read_text().splitlines():
        rule, _, reason = line.partition("  # ")
        words = rule.split()
        if not words or line.startswith("#"):
            continue
        if words[0] in ("stack", "length"):
            budgets[words[0], words[1]] = int(words[2])
            continue
        kind, what = rule.strip().split(maxsplit=1)
        if not reason.strip():
            verdict(f"{kind} {what}", "rules.txt gives no reason for it")
        if kind == "panic":
            panics[what] = False
        else:
            calls.setdefault(kind, set()).add(what)
    return calls, budgets, panics


def check_reach(path, module, name, root):
    """Nothing that panics, traps or waits can be reached."""
    found, waits = [], []
    for symbol, chain in module.reach(root).items():
        if reading.PANIC.search(module.plain[symbol]):
            function, edge = chain[-1]
            way = " > ".join(short(module.plain[f.name]) for f, _ in chain)
            found.append(f"{short(module.plain[symbol])} at {where(path, function, edge.at)} by {way}")
        if reading.SLEEP.search(symbol):
            way = " > ".join(short(module.plain[f.name]) for f, _ in chain)
            waits.append(f"{symbol} by {way}")
        for at in module.functions[symbol].traps if symbol in module.functions else ():
            function = module.functions[symbol]
            found.append(f"ud2 at {where(path, function, at)} in {short(module.plain[symbol])}")
    verdict(f"{name}-cannot-panic", "; ".join(found) or None)
    verdict(f"{name}-cannot-wait", "; ".join(waits) or None)


def check_own_lines(path, module, panics):
    """Our own lines do not compile to panics: no plain arithmetic that can overflow, no index."""
    found = set()
    for function in module.functions.values():
        for edge in function.edges:
            if not reading.PANIC.search(module.plain[edge.to]):
                continue
            line = where(path, function, edge.at)
            file = line.rpartition(":")[0]
            if file in panics:
                panics[file] = True
            elif not line.startswith(("/", "library/", "?")):
                found.add(f"{module.plain[edge.to].rpartition('::')[2]} at {line}")
    found |= {f"{f} no longer does: take it out of rules.txt" for f, seen in panics.items() if not seen}
    verdict("own-lines-cannot-panic", "; ".join(sorted(found)) or None)


def check_calls(module, name, root, allowed):
    """It calls out of line, or takes the address of, what is listed, and all of that."""
    calls = {short(module.plain[e.to]) for e in root.edges}
    calls = {c for c in calls if not reading.PANIC.search(c)}
    calls -= {"__x86_return_thunk", "__fentry__"}
    more, fewer = sorted(calls - allowed), sorted(allowed - calls)
    why = [f"calls {c}, which rules.txt does not list" for c in more]
    why += [f"no longer calls {c}: take it out of rules.txt" for c in fewer]
    verdict(f"{name}-calls", "; ".join(why) or None)


def check_budgets(module, name, root, budgets):
    """Stack frame and length."""
    deepest = max(
        (module.functions[s] for s in module.reach(root) if s in module.functions),
        key=lambda f: f.stack_bytes,
    )
    for kind, got, unit, of in (
        ("stack", deepest.stack_bytes, "bytes", f" in {short(module.plain[deepest.name])}"),
        ("length", root.instructions, "instructions", ""),
    ):
        most = budgets.get((kind, name))
        if most is None:
            verdict(f"{name}-{kind}", f"rules.txt has no budget for it; it is {got} {unit}")
        elif got > most:
            verdict(f"{name}-{kind}", f"{got} {unit}{of}, the budget is {most}")
        else:
            verdict(f"{name}-{kind} {got} {unit}{of} of {most}")


def main():
    path = Path(sys.argv[1])
    module = reading.Module(path)
    calls, budgets, panics = rules()
    for name, pattern in ROOTS.items():
        found = module.find(pattern)
        if len(found) != 1:
            verdict(name, f"{len(found)} functions match {pattern}: there must be one")
            continue
        check_reach(path, module, name, found[0])
        check_calls(module, name, found[0], calls.pop(name, set()))
        check_budgets(module, name, found[0], budgets)
    for name in calls:
        verdict(name, "rules.txt lists calls of it, but it is no root")
    check_own_lines(path, module, panics)
    sys.exit(failures != 0)


if __name__ == "__main__":
    main()
