// SPDX-License-Identifier: GPL-2.0
// The default of a module parameter is within its own bounds.
#![forbid(unsafe_code)]
use dummy::*;

rnvme_abs::module_params! {
    /// Out of range.
    pub DEPTH: "depth" = 1, 2..=4096, 0o444, "entries";
}
