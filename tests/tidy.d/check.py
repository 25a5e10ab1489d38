# SPDX-License-Identifier: GPL-2.0
"""The rules. Each is a function that yields what breaks it, as (file, line, what); its first line of
documentation is the reason. Reads the names of files from standard input."""

import re
import sys
from inspect import isfunction

from source import File, items

LINES_MAX = 400
SAFETY_LINES_MAX = 12
ATOMICS = {
    f"abstractions/{f}.rs" for f in ("order", "counter", "params", "blk_mq/slots", "dma/ring")
}
HANDLE = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")
# The first processes of the guest: they must not end, whatever fails.
FIRST_PROCESSES = ("vm/init", "vm/initramfs-init")
# Written so that this file does not break its own rule.
MACHINE = re.compile(r"(?<![\w.$}-])/(wor[k](/|\b(?!-))|roo[t]/\w|hom[e]/\w)")
MIRROR = re.compile(r"\b(deb|ftp|cdn|snapshot|security|archive|mirrors?)[\w.-]*\.(debia[n]|ubunt[u])\.(org|com)\b")
# A line of the log, the words that others of it are made of, and a piece of either.
MESSAGE = re.compile(r"""\b(?:dev|pr)_(?:err|warn|info)!\([^;"]*"((?:\\.|[^"\\])*)\"""")
WORDS = re.compile(
    r"^impl \S*Display for (?:Note|Event|Changed|Warning|Health|NotReady) .*?^}|^    const fn words\(.*?^    }",
    re.DOTALL | re.MULTILINE,
)
STRING = re.compile(r"""\"((?:\\.|[^"\\])*)\"""")


def rust(files, *folders):
    return [f for f in files if f.is_rust and f.within(*folders)]


def unsafe_has_its_reason(files):
    """An unsafe block says why its contract holds, an unsafe function what its contract is."""
    for file in rust(files, "abstractions"):
        last = -1
        for at, line in enumerate(file.code):
            if not re.search(r"\bunsafe\b", line) or re.search(r"\bunsafe extern \"\s*\" (\{|fn\()", line):
                continue
            # Each reason stands for one use.
            before = file.comments[max(last + 1, at - SAFETY_LINES_MAX) : at + 1]
            is_contract = re.search(r"\bunsafe (extern \"\s*\" )?fn\b|\bunsafe trait\b", line)
            # The methods of an unsafe trait have their contract there.
            is_method_of_one = re.match(r"    unsafe fn", line) and "unsafe impl" in "".join(file.code[:at])
            wanted = "# Safety" if is_contract else "SAFETY:"
            if not any(wanted in c for c in before) and not (is_contract and is_method_of_one):
                yield file.path, at + 1, f"`{wanted}` is not in the {SAFETY_LINES_MAX} lines above"
            last = at


def driver_is_safe(files):
    """What the driver does wrong may hang it, and must not be able to corrupt memory."""
    for file in rust(files, "driver"):
        for at, line in enumerate(file.code):
            if re.search(r"\bunsafe\b", line):
                yield file.path, at + 1, "unsafe belongs into abstractions/, behind a safe interface"
    root = next((f for f in files if f.path == "driver/rnvme.rs"), None)
    if not root or not any("#![forbid(unsafe_code)]" in line for line in root.code):
        yield "driver/rnvme.rs", 1, "the crate does not forbid unsafe"


def invariants_have_one_home(files):
    """A SAFETY comment leans on a sentence that stands in one place, under # Invariants, by its handle."""
    defined, cited, named = {}, {}, {}
    for file in rust(files, "abstractions"):
        in_section = False
        for at, line in enumerate(file.comments):
            text = line.strip()
            if re.match(r"//[/!] #", text):
                in_section = "# Invariants" in text
            elif not re.match(r"//[/!]", text):
                in_section = False
            definition = in_section and re.match(r"//[/!] (?:- )?`([a-z]+(?:-[a-z]+)+)`:", text)
            if definition:
                defined.setdefault(definition[1], []).append((file.path, at + 1))
            for handle in HANDLE.findall(text):
                if not definition or handle != definition[1]:
                    cited.setdefault(handle, []).append((file.path, at + 1))
    chapter = next((f for f in files if f.path == "abstractions/README.md"), None)
    for at, line in enumerate(chapter.lines if chapter else ()):
        for handle in HANDLE.findall(line):
            named.setdefault(handle, []).append((chapter.path, at + 1))
    for handle, places in defined.items():
        for path, line in places[1:]:
            yield path, line, f"`{handle}` is defined in {places[0][0]} too"
        if handle not in cited:
            yield *places[0], f"`{handle}` is defined, and no comment cites it"
        if chapter and handle not in named:
            yield *places[0], f"`{handle}` is not in abstractions/README.md, the chapter that lists them"
    for handle, places in (cited | named).items():
        if handle not in defined:
            yield *places[0], f"`{handle}` is defined nowhere under # Invariants"


def public_api_is_rust(files):
    """A driver sees no C type, no raw pointer and no unsafe function: it could not use them safely."""
    for file in rust(files, "abstractions"):
        for at, text in items(file.code):
            for what, pattern in (
                ("bindings::", r"\bbindings::"),
                ("a raw pointer", r"\*(const|mut) "),
                ("an unsafe function", r"\bunsafe (extern \"\s*\" )?fn\b"),
            ):
                if re.search(pattern, text.partition(" = ")[0]):
                    yield file.path, at, f"{what} in a public item: {' '.join(text.split())[:60]}"


def abstractions_know_no_protocol(files):
    """The crate can be read, and used, without knowing what its driver speaks."""
    for file in [f for f in files if f.within("abstractions")]:
        for at, line in enumerate(file.lines):
            if re.search(r"(?<![a-z])nvme", line, re.IGNORECASE):
                yield file.path, at + 1, "it names the protocol of a driver"


def atomics_have_their_rooms(files):
    """An ordering is argued where it is used, in the files that order.rs lists; the rest uses those."""
    for file in rust(files, "abstractions"):
        for at, line in enumerate(file.code):
            if re.search(r"\b(core|std)::sync::atomic\b|\bsync::atomic::", line) and file.path not in ATOMICS:
                yield file.path, at + 1, "core::sync::atomic belongs into " + ", ".join(sorted(ATOMICS))
    for file in rust(files, "driver"):
        for at, line in enumerate(file.code):
            if re.search(r"\bsync::atomic\b", line):
                yield file.path, at + 1, "a driver uses rnvme_abs::counter"


def types_nest_two_deep(files):
    """Three wrappers around a thing hide what it is: name the inner one."""
    for file in rust(files, "driver"):
        text = re.sub(r"->|=>|<=|>=|<<|>>=", "  ", "\n".join(file.code))
        # Innermost first: a pair of brackets becomes the depth that it has.
        seen = set()
        while match := re.search(r"(\w*)<([^<>;{}]*)>", text):
            inner = match[2]
            depth = max([int(d) for d in re.findall(r"\x01(\d+)\x02", inner)] + [0])
            is_wrapper = match[1] and re.sub(r"'\w+|[\s,]|\x01\d+\x02", "", inner) or depth
            depth += 1 if is_wrapper and re.match(r"[A-Z]", match[1] or "") else 0
            line = text.count("\n", 0, match.start()) + 1
            if depth > 2 and line not in seen:
                seen.add(line)
                yield file.path, line, f"{match[1]}<…> is {depth} deep"
            hidden = blank_lines(inner)
            text = text[: match.start()] + f"{match[1]}\x01{depth}\x02{hidden}" + text[match.end() :]


def blank_lines(text):
    return "\n" * text.count("\n")


def files_are_rooms(files):
    """What does not fit on a few screens is two things."""
    for file in files:
        if file.is_source and len(file.lines) > LINES_MAX:
            yield file.path, LINES_MAX, f"{len(file.lines)} lines, at most {LINES_MAX}"


def files_begin_with_their_licence(files):
    """Each file can be taken out of its context."""
    for file in files:
        if file.is_source and not any("SPDX-License-Identifier: GPL-2.0" in line for line in file.lines[:2]):
            yield file.path, 1, "no SPDX-License-Identifier: GPL-2.0 in the first two lines"


def crates_say_what_a_file_is(files):
    """A reader knows from the first lines what room this is."""
    for file in rust(files, "abstractions", "driver"):
        if not any(line.startswith("//! ") for line in file.lines[:4]):
            yield file.path, 1, "no line of purpose (//!) below the licence"


def nothing_is_of_one_machine(files):
    """The project works wherever it is cloned, with whatever mirror the host has."""
    for file in files:
        if file.within("results"):
            continue
        for at, line in enumerate(file.lines):
            if match := MACHINE.search(line) or MIRROR.search(line):
                yield file.path, at + 1, f"it names {match[0]}"


def scripts_stop_at_the_first_error(files):
    """A step that failed is not followed by one that relies on it; a test goes on to its next verdict."""
    for file in files:
        wanted = r"set -euo pipefail"
        if file.within("tests"):
            wanted += r"|set -uo pipefail|\. .*\blib\.sh\b"
        if file.is_bash and file.path not in FIRST_PROCESSES:
            if not any(re.match(rf"({wanted})", line) for line in file.lines):
                yield file.path, 1, "no `set -euo pipefail`"


def tests_were_seen_to_fail(files):
    """A test that cannot fail is a defect; its header says how it did."""
    for file in files:
        is_test = file.within("tests") and file.is_script and not file.path.endswith(".sh")
        is_part = ".d/" in file.path or file.within("tests/guest/lib")
        if is_test and not is_part and not any("seen to fail" in line for line in file.lines[:40]):
            yield file.path, 1, "no line `# seen to fail: …`"


def messages_are_explained(files):
    """Whoever finds a line in the log finds it in README.md, with what it means and what to do."""
    readme = next((f for f in files if f.path == "README.md"), None)
    known = " ".join(readme.text.split()) if readme else ""
    for file in rust(files, "abstractions", "driver"):
        found = list(MESSAGE.finditer(file.text))
        for words in WORDS.finditer(file.text):
            found += STRING.finditer(file.text, *words.span())
        for match in found:
            text = re.sub(r"\\\n\s*", "", match[1]).replace("\\n", "")
            # What stands between two values; shorter pieces are punctuation.
            for piece in (p.strip() for p in re.split(r"\{[^}]*\}", text)):
                if len(piece) >= 8 and piece not in known:
                    line = file.text.count("\n", 0, match.start()) + 1
                    yield file.path, line, f"README.md does not have `{piece}`"


def nothing_gives_up(files):
    """A value that should be there and is not is an error to return, not a reason to stop the machine."""
    for file in rust(files, "abstractions", "driver"):
        is_test = False
        for at, line in enumerate(file.code):
            is_test = is_test or "#[cfg(test)]" in line
            if not is_test and re.search(r"\.(unwrap|expect)\(|\b(unreachable|todo|unimplemented)!", line):
                yield file.path, at + 1, line.strip()[:60]


# What is documented here is a rule.
RULES = [f for f in list(globals().values()) if isfunction(f) and f.__module__ == __name__ and f.__doc__]


def main():
    files = []
    for path in sys.stdin.read().split("\n"):
        try:
            if path:
                files.append(File(path))
        except (FileNotFoundError, IsADirectoryError):
            continue
    failed = not files
    for rule in RULES:
        name = rule.__name__.replace("_", "-")
        broken = list(rule(files))
        for path, line, what in broken:
            reason = rule.__doc__.split("\n")[0]
            print(f"fail {name} {path}:{line}: {what} ({reason})")
        if not broken:
            print(f"pass {name}")
        failed = failed or bool(broken)
    sys.exit(failed)


if __name__ == "__main__":
    main()
