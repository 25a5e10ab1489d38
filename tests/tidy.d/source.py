# SPDX-License-Identifier: GPL-2.0
"""A source file, as code without comments and as comments without code, line by line."""

import re
from pathlib import Path

# Comments, strings, raw strings, characters. A lifetime is no character: it has no closing quote.
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)|[bc]?"(?:\\.|[^"\\])*"|b?'(?:\\[^']+|[^\\'\n])'""",
    re.DOTALL,
)


def blank(text):
    """Spaces for everything but line ends."""
    return re.sub(r"[^\n]", " ", text)


class File:
    """One file. `code` and `comments` have as many lines as `lines`."""

    def __init__(self, path):
        self.path = path
        self.text = Path(path).read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.splitlines()
        self.first = self.lines[0] if self.lines else ""

    @property
    def is_rust(self):
        return self.path.endswith(".rs")

    @property
    def is_script(self):
        return self.first.startswith("#!")

    @property
    def is_bash(self):
        return self.is_script and re.search(r"\b(ba)?sh\b", self.first) is not None

    @property
    def is_source(self):
        """Code of any kind: what is compiled, run, or read by make."""
        name = self.path.rpartition("/")[2]
        return (
            self.path.endswith((".rs", ".c", ".h", ".py", ".sh", ".fio"))
            or name in ("Makefile", "Kbuild")
            or self.is_script
        )

    def within(self, *folders):
        """Whether it lies below one of these."""
        return self.path.startswith(tuple(f + "/" for f in folders))

    @property
    def code(self):
        def keep(match):
            text = match[0]
            # A string stays one, without what is in it.
            return blank(text) if match["comment"] else '"' + blank(text[1:-1]) + '"'

        return TOKEN.sub(keep, self.text).splitlines()

    @property
    def comments(self):
        out, at = [], 0
        for match in TOKEN.finditer(self.text):
            out.append(blank(self.text[at : match.start()]))
            out.append(match[0] if match["comment"] else blank(match[0]))
            at = match.end()
        out.append(blank(self.text[at:]))
        return "".join(out).splitlines()


def items(code):
    """Public items of Rust code, as (line, text up to the body): `pub(crate)` is not public."""
    at = 0
    while at < len(code):
        if not re.match(r"\s*pub (?!use\b|mod\b)", code[at]):
            at += 1
            continue
        text, end = code[at], at
        while not re.search(r"[{;]|,\s*$", text) and end + 1 < len(code):
            end += 1
            text += "\n" + code[end]
        if "fn " in text:
            # A signature has commas of its own.
            while not re.search(r"[{;]", text) and end + 1 < len(code):
                end += 1
                text += "\n" + code[end]
        yield at + 1, text.partition("{")[0]
        at = end + 1
