# SPDX-License-Identifier: GPL-2.0
"""What a compiled function does: its instructions, what it calls or points to, its stack frame.

Read from `objdump -dr` of a relocatable object. A call to a function of the same section has no
relocation, or one against the section: both are resolved by address.
"""

import re
import subprocess
from dataclasses import dataclass, field

LABEL = re.compile(r"^([0-9a-f]+) <(.+)>:$")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(\S+) *([^\t]*)")
RELOCATION = re.compile(r"\t[0-9a-f]+: (R_X86_64_\w+)\t(\S+?)([-+]0x[0-9a-f]+)?(?=\t|$)")
SECTION = re.compile(r"^Disassembly of section (.+):$")
TARGET = re.compile(r"^([0-9a-f]+) <(.+?)(\+0x[0-9a-f]+)?>$")

# What the linker and the tracer fill gaps with.
PADDING = ("nop", "nopw", "nopl", "int3", "cs", "data16")

# Where the compiler ends up when something cannot be: all of it stops the machine or the task.
PANIC = re.compile(
    r"core::panicking|rust_begin_unwind|panic_fmt|unwrap_failed|expect_failed|::\w+_fail(ed)?$|"
    r"capacity_overflow|panic_already_|handle_alloc_error|build_error|::panic"
)

# What waits. None of it may be called with a spinlock held or from an interrupt.
SLEEP = re.compile(
    r"^(__)?mutex_lock|^(m|us|ns)sleep|^schedule|^io_schedule|^wait_for|^wait_on|^down_|^synchronize_|^flush_|"
    r"^(disable|free)_irq$|^cancel_|^disable_\w+_sync|^dma_(alloc|free)_attrs|^blk_execute_rq$|^might_sleep"
)


@dataclass
class Edge:
    """A function is called, or its address is taken, by the instruction at `at`."""

    to: str
    at: int
    is_call: bool


@dataclass
class Function:
    """One function: everything between its label and the next."""

    name: str
    section: str
    start: int
    instructions: int = 0
    stack_bytes: int = 0
    traps: list = field(default_factory=list)
    edges: list = field(default_factory=list)


class Module:
    """The functions of an object, and the names that it leaves to others."""

    def __init__(self, path):
        listing = run("objdump", "--disassemble", "--reloc", "--no-show-raw-insn", "--wide", path)
        self.functions = {}
        self.by_place = {}
        self._local = []
        self._parse(listing.splitlines())
        self._resolve()
        self._demangle()

    def _parse(self, lines):
        section, function = "", None
        for line in lines:
            if match := SECTION.match(line):
                section, function = match[1], None
            elif match := LABEL.match(line):
                # The padding before a function is no function.
                function = None
                if not match[2].startswith("__pfx_"):
                    function = Function(match[2], section, int(match[1], 16))
                    self.functions[function.name] = function
                    self.by_place[section, function.start] = function
            elif function and (match := INSTRUCTION.match(line)):
                at, name, operands = int(match[1], 16), match[2], match[3].strip()
                self._instruction(function, at, name, operands)
                is_call = name == "call" or name.startswith("j")
                if relocations := RELOCATION.findall(line):
                    # They stand for the operand that was printed.
                    for kind, symbol, addend in relocations:
                        self._relocation(function, at, is_call, kind, symbol, addend)
                elif is_call and (target := TARGET.match(operands)):
                    self._local.append((function, at, True, section, int(target[1], 16)))

    def _instruction(self, function, at, name, operands):
        if name in PADDING or (name == "xchg" and operands == "%ax,%ax"):
            return
        function.instructions += 1
        if name == "push":
            function.stack_bytes += 8
        elif name == "sub" and (match := re.match(r"\$0x([0-9a-f]+),%rsp$", operands)):
            function.stack_bytes += int(match[1], 16)
        elif name == "ud2":
            function.traps.append(at)

    def _relocation(self, function, at, is_call, kind, symbol, addend):
        # Relative ones count from the end of their four bytes.
        offset = int(addend or "0", 16) + (4 if kind in ("R_X86_64_PC32", "R_X86_64_PLT32") else 0)
        if symbol.startswith("."):
            self._local.append((function, at, is_call, symbol, offset))
        elif offset == 0 or is_call:
            function.edges.append(Edge(symbol, at, is_call))

    def _resolve(self):
        for function, at, is_call, section, address in self._local:
            target = self.by_place.get((section, address))
            # Within the function, or data: nothing is called.
            if target and target is not function:
                function.edges.append(Edge(target.name, at, is_call))

    def _demangle(self):
        names = set(self.functions) | {e.to for f in self.functions.values() for e in f.edges}
        names = sorted(names)
        plain = run("c++filt", "--no-verbose", input="\n".join(names)).splitlines()
        self.plain = dict(zip(names, plain))

    def find(self, pattern):
        """The functions whose plain name matches."""
        return [f for n, f in self.functions.items() if re.search(pattern, self.plain[n])]

    def reach(self, root):
        """Everything that can run once `root` does: name → the chain of functions that leads there."""
        chains, todo = {root.name: []}, [root]
        while todo:
            function = todo.pop(0)
            for edge in function.edges:
                if edge.to not in chains:
                    chains[edge.to] = chains[function.name] + [(function, edge)]
                    if edge.to in self.functions:
                        todo.append(self.functions[edge.to])
        return chains


def run(*command, input=None):
    """The output of a program."""
    return subprocess.run(command, input=input, check=True, text=True, stdout=subprocess.PIPE).stdout
