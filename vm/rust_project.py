# SPDX-License-Identifier: GPL-2.0
"""Adds the two crates of rnvme to the kernel tree's rust-project.json.

usage: rust_project.py KERNEL-JSON PROJECT PACKAGE-ROOT

The kernel's own generator knows no crate of a module that depends on another. Paths of the package
root's Rust library are written as the host sees them.
"""
import copy
import json
import sys


def index_of(crates, name):
    """The place of a crate in the list, which is how dependencies name it."""
    return next(i for i, crate in enumerate(crates) if crate["display_name"] == name)


def add(crates, like, name, root, depends_on):
    """Appends a crate with the settings of `like`."""
    crate = copy.deepcopy(like)
    crate["display_name"] = name
    crate["root_module"] = root
    crate["is_workspace_member"] = True
    crate["source"] = {"include_dirs": [root.rsplit("/", 1)[0]], "exclude_dirs": []}
    crate["cfg"] = list(crate.get("cfg", [])) + ["MODULE"]
    crate["deps"] = [{"crate": index_of(crates, dep), "name": dep} for dep in depends_on]
    crate.get("env", {}).pop("RUST_MODFILE", None)
    crates.append(crate)


def main():
    path, project, root = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    crates = data["crates"]
    kernel = crates[index_of(crates, "kernel")]
    base = [n for n in ("core", "bindings", "uapi", "ffi", "kernel", "pin_init", "macros", "zerocopy", "zerocopy_derive")
            if any(c["display_name"] == n for c in crates)]
    add(crates, kernel, "rnvme_abs", f"{project}/abstractions/rnvme_abs.rs", base)
    add(crates, kernel, "rnvme", f"{project}/driver/rnvme.rs", base + ["rnvme_abs"])
    text = json.dumps(data, indent=2)
    print(text.replace('"/usr/lib/rustlib', f'"{root}/usr/lib/rustlib').replace('"/usr/src/rustc', f'"{root}/usr/src/rustc'))


main()
